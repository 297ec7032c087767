//! Archives: what one database holds comes out of the other as it was, and a file that is not as it was written changes nothing.

use std::io::{Read as _, Write as _};
use std::path::Path;

use sqlx::{AssertSqlSafe, Executor as _, Row as _, TypeInfo as _, ValueRef as _};
use vienphi_domain::Digest;
use vienphi_store::archive::{Archived, inspect};
use vienphi_store::keys::MasterKey;
use vienphi_store::{Store, StoreError};

use crate::hospital::database::{Kind, Place};

crate::on_both!(
    damaged_archives_change_nothing,
    archives_of_other_schemas_and_keys_are_refused,
    a_database_with_records_is_not_restored_into,
    a_backup_does_not_replace_a_file,
);

/// Everything in a database, table by table, each row as text, in an order of its own.
async fn contents(place: &Place) -> Vec<(String, Vec<String>)> {
    let mut connection = place.connection().await;
    let tables = match place.kind {
        Kind::Sqlite => "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
        Kind::Postgres => "select tablename::text from pg_tables where schemaname = 'public'",
    };
    let mut tables: Vec<(String,)> = sqlx::query_as(tables).fetch_all(&mut connection).await.unwrap();
    tables.retain(|(table,)| table != "migration");
    tables.sort();
    let mut contents = Vec::new();
    for (table,) in tables {
        let rows = connection.fetch_all(AssertSqlSafe(format!("select * from {table}"))).await.unwrap();
        let cell = |row: &sqlx::any::AnyRow, place: usize| {
            let raw = row.try_get_raw(place).unwrap();
            if raw.is_null() {
                return "null".to_owned();
            }
            match raw.type_info().name() {
                "BIGINT" | "INTEGER" => row.get::<i64, _>(place).to_string(),
                "TEXT" | "VARCHAR" => format!("{:?}", row.get::<String, _>(place)),
                _ => format!("{:02x?}", row.get::<Vec<u8>, _>(place)),
            }
        };
        let row = |row: &sqlx::any::AnyRow| (0..row.len()).map(|place| cell(row, place)).collect::<Vec<_>>().join(" ");
        let mut rows: Vec<String> = rows.iter().map(row).collect();
        rows.sort();
        contents.push((table, rows));
    }
    contents
}

async fn backup(store: &Store, to: &Path) -> Archived {
    let mut told = Vec::new();
    let archived = store.backup(to, &mut |rows| told.push(rows)).await.unwrap();
    assert!(told.is_sorted());
    assert_eq!(told.last().copied(), Some(archived.tables.iter().map(|(_, rows)| rows).sum()));
    archived
}

async fn restore(store: &Store, from: &Path) -> Result<Archived, StoreError> {
    let mut told = 0;
    let restored = store.restore(from, &mut |rows| told = rows).await;
    if let Ok(archived) = &restored {
        assert_eq!(told, archived.tables.iter().map(|(_, rows)| rows).sum::<u64>());
    }
    restored
}

/// An empty database with the key file of another.
async fn beside(place: &Place, kind: Kind) -> Place {
    let empty = Place::new(kind).await;
    std::fs::copy(place.key_file(), empty.key_file()).unwrap();
    empty
}

#[tokio::test]
async fn what_one_database_holds_comes_out_of_the_other() {
    let first = Place::new(Kind::Sqlite).await;
    first.with_story().await;
    // More rows than a page and than a statement, and texts that are no plain ones.
    first
        .tamper(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1234) \
             insert into patient_word (facility, word, patient) select '92114', cast('w' || i as blob), 'BN-L1' from n; \
             insert into delivery_attempt (facility, webhook, message, attempt, at, status, error) values \
             ('92114', 2, 1, 9, -9223372036854775808, 9223372036854775807, 'Không được: \"\\ \n\t… 🏥 {\"b\":\"Zg==\"}')",
        )
        .await;
    let there = contents(&first).await;
    let store = first.open().await;
    let file = first.beside("first.archive");
    let archived = backup(&store, &file).await;
    assert_eq!(inspect(&file).unwrap(), archived);
    let counted: Vec<(String, u64)> = there.iter().map(|(table, rows)| (table.clone(), rows.len() as u64)).collect();
    let mut told = archived.tables.clone();
    told.sort();
    assert_eq!(told, counted);

    let second = beside(&first, Kind::Postgres).await;
    let store = second.open().await;
    assert_eq!(restore(&store, &file).await.unwrap(), archived);
    assert_eq!(contents(&second).await, there);
    let file = second.beside("second.archive");
    let archived = backup(&store, &file).await;
    assert_eq!(archived.tables, inspect(&file).unwrap().tables);

    let third = beside(&first, Kind::Sqlite).await;
    let store = third.open().await;
    assert_eq!(restore(&store, &file).await.unwrap(), archived);
    assert_eq!(contents(&third).await, there);
    for check in store.verify().await.unwrap() {
        assert_eq!(check.violations, [], "{}", check.invariant);
    }
    // What was copied goes on where it stopped.
    crate::hospital::story::one_more(&store).await;
    for check in third.open().await.verify().await.unwrap() {
        assert_eq!(check.violations, [], "{}", check.invariant);
    }
}

fn lines(file: &Path) -> Vec<u8> {
    let mut plain = Vec::new();
    zstd::stream::read::Decoder::new(std::fs::File::open(file).unwrap()).unwrap().read_to_end(&mut plain).unwrap();
    plain
}

fn write(file: &Path, lines: &[u8]) {
    std::fs::write(file, zstd::bulk::compress(lines, 1).unwrap()).unwrap();
}

fn refused(result: Result<Archived, StoreError>) -> String {
    match result {
        Err(StoreError::Archive(why) | StoreError::Key(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn damaged_archives_change_nothing(kind: Kind) {
    let place = Place::new(Kind::Sqlite).await;
    place.with_story().await;
    let (whole, damaged) = (place.beside("whole"), place.beside("damaged"));
    let archived = backup(&place.open().await, &whole).await;
    let bytes = std::fs::read(&whole).unwrap();
    let plain = lines(&whole);
    let empty = beside(&place, kind).await;
    let store = empty.open().await;

    // A byte of the file: whatever can be read in spite of it is what was written.
    let step = bytes.len() / 200;
    for position in (0..40).chain((40..bytes.len()).step_by(step)).chain(bytes.len() - 20..bytes.len()) {
        let mut bytes = bytes.clone();
        bytes[position] ^= 1 << (position % 8);
        std::fs::write(&damaged, bytes).unwrap();
        match inspect(&damaged) {
            Ok(found) => assert_eq!(found, archived, "byte {position}"),
            Err(error) => assert!(matches!(error, StoreError::Archive(_)), "byte {position}: {error}"),
        }
    }
    // The end of the file.
    for length in (0..bytes.len()).step_by(step).chain(bytes.len() - 20..bytes.len()) {
        std::fs::write(&damaged, &bytes[..length]).unwrap();
        refused(inspect(&damaged));
    }
    // What follows it.
    for more in [&b"\0"[..], b"more", &bytes, &zstd::bulk::compress(b"more\n", 1).unwrap()] {
        std::fs::write(&damaged, [&bytes, more].concat()).unwrap();
        refused(inspect(&damaged));
    }
    // A byte of a line, in each kind of line and at each place of it, sealed by zstd as if it had been so.
    let mut positions: Vec<usize> = (0..plain.len()).step_by(plain.len() / 300).collect();
    positions.extend(0..40);
    positions.extend(plain.len() - 90..plain.len());
    for (start, _) in plain.windows(10).enumerate().filter(|(_, window)| window.starts_with(b"{\"table\":\"")) {
        positions.extend((start..start + 110).step_by(7));
    }
    for position in positions {
        let mut plain = plain.clone();
        plain[position] ^= 1;
        write(&damaged, &plain);
        refused(inspect(&damaged));
    }
    // Lines that are missing, twice there or in another order.
    let rows: Vec<&[u8]> = plain.split_inclusive(|byte| *byte == b'\n').collect();
    for place in (0..rows.len()).step_by(5) {
        let mut missing = rows.clone();
        missing.remove(place);
        let mut twice = rows.clone();
        twice.insert(place, rows[place]);
        let mut swapped = rows.clone();
        swapped.swap(place, (place + 1) % rows.len());
        for lines in [missing, twice, swapped] {
            write(&damaged, &lines.concat());
            refused(inspect(&damaged));
        }
    }

    // Restoring says the same, and leaves the database as it was.
    let mut cases: Vec<(Vec<u8>, &str)> = Vec::new();
    let sealed = |plain: &[u8]| zstd::bulk::compress(plain, 1).unwrap();
    let with = |place: usize, byte: u8| {
        let mut plain = plain.clone();
        plain[place] = byte;
        plain
    };
    let find = |text: &str| plain.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    cases.push((b"".to_vec(), "no archive"));
    cases.push((b"a text of any kind\n".to_vec(), "no archive"));
    cases.push((sealed(b"{}\n"), "no archive"));
    cases.push((sealed(b"{\"format\":\"another\",\"version\":1,\"schema\":9,\"tables\":[]}\n"), "no archive"));
    cases.push((sealed(&with(find("\"version\":1,") + 10, b'2')), "form 2"));
    cases.push((sealed(&with(find("PT0000004"), b'Q')), "a row is not as it was written"));
    cases.push((sealed(&with(find("{\"table\":\"journal\"") + 10, b'x')), "a table is missing"));
    cases.push((sealed(&with(plain.len() - 10, b'x')), "not as it was written"));
    cases.push((sealed(&plain[..plain.len() / 2]), "cut off"));
    cases.push((bytes[..bytes.len() / 2].to_vec(), "damaged"));
    cases.push((sealed(&[&plain[..plain.len() / 2], &vec![b'1'; 65 * 1024 * 1024]].concat()), "too long"));
    for (bytes, why) in cases {
        std::fs::write(&damaged, bytes).unwrap();
        let said = refused(restore(&store, &damaged).await);
        assert!(said.contains(why), "{said:?} does not say {why:?}");
        assert!(contents(&empty).await.iter().all(|(_, rows)| rows.is_empty()), "{said}");
    }
    refused(restore(&store, Path::new("/nowhere/at/all")).await);
    // Rows that the database itself refuses, in a file that is whole: nothing of it stays.
    let bad = replaced_rows(&plain, |table, row| match table {
        "delivery" => row.replace("\"delivered\"", "\"somewhere\""),
        _ => row,
    });
    write(&damaged, &bad);
    inspect(&damaged).unwrap();
    let error = restore(&store, &damaged).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
    assert!(contents(&empty).await.iter().all(|(_, rows)| rows.is_empty()));

    assert_eq!(restore(&store, &whole).await.unwrap(), archived);
    assert_eq!(contents(&empty).await, contents(&place).await);
}

/// An archive's lines with other rows and the digests that belong to them, as somebody would write it who means it.
fn replaced_rows(plain: &[u8], change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let text = std::str::from_utf8(plain).unwrap();
    let header = text.lines().next().unwrap();
    let tables = serde_json::from_str::<serde_json::Value>(header).unwrap()["tables"].as_array().unwrap().clone();
    let (mut out, mut rows, mut count, mut place) = (format!("{header}\n"), String::new(), 0, 0);
    for line in text.lines().skip(1) {
        if line.starts_with('[') {
            rows += &format!("{}\n", change(tables[place]["name"].as_str().unwrap(), line.to_owned()));
            count += 1;
        } else if place < tables.len() {
            let digest = Digest::of(rows.as_bytes());
            out += &rows;
            out += &format!("{{\"table\":{},\"rows\":{count},\"digest\":\"{digest}\"}}\n", tables[place]["name"]);
            (rows, count, place) = (String::new(), 0, place + 1);
        }
    }
    let digest = Digest::of(out.as_bytes());
    out += &format!("{{\"end\":\"{digest}\"}}\n");
    out.into_bytes()
}

async fn archives_of_other_schemas_and_keys_are_refused(kind: Kind) {
    let place = Place::new(kind).await;
    place.with_story().await;
    let (whole, other) = (place.beside("whole"), place.beside("other"));
    let archived = backup(&place.open().await, &whole).await;
    let plain = String::from_utf8(lines(&whole)).unwrap();
    let empty = beside(&place, kind).await;
    let store = empty.open().await;
    let again = |from: &str, to: &str| replaced_rows(plain.replacen(from, to, 1).as_bytes(), |_, row| row);
    let schema = format!("\"schema\":{}", archived.schema);
    for (lines, why) in [
        (again(&schema, "\"schema\":99"), "use the newer program"),
        (again(&schema, "\"schema\":1"), "restore it with the program that wrote it"),
        (again("[\"role\",\"text\"]", "[\"roles\",\"text\"]"), "other tables or columns"),
    ] {
        write(&other, &lines);
        inspect(&other).unwrap();
        let said = refused(restore(&store, &other).await);
        assert!(said.contains(why), "{said}");
    }
    // Another key file would leave records that nobody can open.
    let stranger = Place::new(kind).await;
    let key = MasterKey::open_or_create(&stranger.key_file()).unwrap();
    let store = Store::open(&stranger.url(), key, crate::hospital::clock()).await.unwrap();
    assert!(refused(restore(&store, &whole).await).contains("another key file"));
    for place in [&empty, &stranger] {
        assert!(contents(place).await.iter().all(|(_, rows)| rows.is_empty()));
    }
}

async fn a_database_with_records_is_not_restored_into(kind: Kind) {
    let place = Place::new(kind).await;
    place.with_story().await;
    let store = place.open().await;
    let file = place.beside("archive");
    backup(&store, &file).await;
    let before = contents(&place).await;
    assert!(refused(restore(&store, &file).await).contains("keeps records already"));
    assert_eq!(contents(&place).await, before);
}

async fn a_backup_does_not_replace_a_file(kind: Kind) {
    let place = Place::new(kind).await;
    let store = place.open().await;
    let file = place.beside("archive");
    std::fs::File::create(&file).unwrap().write_all(b"kept").unwrap();
    assert!(refused(store.backup(&file, &mut |_| {}).await).contains("is there already"));
    assert_eq!(std::fs::read(&file).unwrap(), b"kept");
    assert!(refused(store.backup(&place.beside("no/folder"), &mut |_| {}).await).contains("cannot be written"));
    // An empty database has an archive too, and nothing is left beside it.
    let file = place.beside("empty");
    let archived = backup(&store, &file).await;
    assert!(archived.tables.iter().all(|(_, rows)| *rows == 0));
    let names = std::fs::read_dir(file.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| !name.ends_with(".part")));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(restore(&store, &file).await.unwrap(), archived);
}
