//! Every order of what rails tell of a bill: `campaign orders --database sqlite|postgres --events N [--crash]`.

use std::process::ExitCode;
use std::time::Instant;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::orders::{RAILS, Trial, orders};
use postgres_for_tests::Cluster;

use crate::record::{Part, Record};
use crate::{Base, binary};

/// Orders between two looks at the whole.
const TOGETHER: usize = 720;

pub(crate) fn run(database: Base, events: usize, crash: bool) -> ExitCode {
    let name = format!("orders-{}-{events}-{}", database.name(), if crash { "crash" } else { "plain" });
    let mut record = Record::open(&name);
    let cluster = (database.kind() == Kind::Postgres)
        .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
    let began = Instant::now();
    let all = orders(events);
    let mut done = record.sum("parts");
    for (number, (rail, part)) in
        RAILS.iter().flat_map(|rail| all.chunks(TOGETHER).map(move |part| (*rail, part))).enumerate()
    {
        if (number as u64) < done {
            continue;
        }
        let database = match &cluster {
            Some(cluster) => Database::on(&cluster.url("postgres"), "orders"),
            None => Database::new(Kind::Sqlite, "orders"),
        };
        let mut trial = Trial::on(rail, database, &binary(), None);
        let mut wrong: Vec<String> = part.iter().filter_map(|order| trial.tell(order, crash).err()).collect();
        wrong.extend(trial.end().err());
        record.add(
            &Part::default().count("parts", 1).count("orders", part.len() as u64).count("findings", wrong.len() as u64),
        );
        done += 1;
        println!("{rail:?}: {:>6} orders in all, {} s", record.sum("orders"), began.elapsed().as_secs());
        if !wrong.is_empty() {
            println!("{}", wrong.join("\n"));
            return ExitCode::FAILURE;
        }
    }
    println!("{} orders of {events} events, {} findings", record.sum("orders"), record.sum("findings"));
    ExitCode::SUCCESS
}
