//! temporary
use crate::hospital::database::{Kind, Place};
crate::on_both!(scale);
async fn scale(kind: Kind) {
    let place = Place::new(kind).await;
    place.with_story().await;
    let store = std::sync::Arc::new(place.open().await);
    let t = std::time::Instant::now();
    let n: usize = std::env::var("N").unwrap().parse().unwrap();
    crate::hospital::story::many(&store, n).await;
    eprintln!("{kind:?} filled {n} in {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let checks = store.verify().await.unwrap();
    eprintln!("{kind:?} verify {:?}", t.elapsed());
    for check in checks { assert_eq!(check.violations, [], "{}", check.invariant); eprintln!("  {} {}", check.invariant, check.checked); }
    let t = std::time::Instant::now();
    let file = place.beside("a");
    let a = store.backup(&file, &mut |_| {}).await.unwrap();
    eprintln!("{kind:?} backup {:?} {} bytes {:?}", t.elapsed(), file.metadata().unwrap().len(), a.tables.iter().map(|t| t.1).sum::<u64>());
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let empty = Place::new(kind).await;
        std::fs::copy(place.key_file(), empty.key_file()).unwrap();
        let store = empty.open().await;
        let t = std::time::Instant::now();
        store.restore(&file, &mut |_| {}).await.unwrap();
        eprintln!("restore into {kind:?} {:?}", t.elapsed());
    }
    let rss = std::fs::read_to_string("/proc/self/status").unwrap();
    eprintln!("{}", rss.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}
