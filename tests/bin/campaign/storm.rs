//! Notifications in a storm: `campaign storm --database sqlite|postgres --deliveries N`.

use std::process::ExitCode;
use std::time::Instant;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::storm::deliveries::Storm;
use postgres_for_tests::Cluster;

use crate::record::{Part, Record};
use crate::{Base, binary};

/// Deliveries of one server's life; each event ten times. These are the points to resume from.
const STRETCH: u64 = 100_000;

pub(crate) fn run(database: Base, deliveries: u64) -> ExitCode {
    let mut record = Record::open(&format!("storm-{}-{deliveries}", database.name()));
    let kind = database.kind();
    let cluster = (kind == Kind::Postgres)
        .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
    let began = Instant::now();
    while record.sum("deliveries") < deliveries {
        let now = STRETCH.min(deliveries - record.sum("deliveries"));
        let found = match &cluster {
            Some(cluster) => Database::on(&cluster.url("postgres"), "storm"),
            None => Database::new(kind, "storm"),
        };
        let second = kind == Kind::Postgres;
        let storm = Storm { events: now.div_ceil(10), deliveries: now, second, seed: 1 + record.sum("deliveries") };
        let weathered = storm.on(&binary(), &found, kind, None);
        let part = Part::default()
            .count("deliveries", now)
            .count("events", storm.events)
            .count("answered", weathered.answered)
            .count("forged or stale", weathered.refused)
            .count("cut off", weathered.cut)
            .count("told to come again", weathered.come_again)
            .count("kills", weathered.kills)
            .count("findings", weathered.findings.len() as u64);
        record.add(&part);
        println!(
            "{:>9} of {deliveries} deliveries: {} kills, {} findings, {} s",
            record.sum("deliveries"),
            weathered.kills,
            weathered.findings.len(),
            began.elapsed().as_secs()
        );
        if !weathered.findings.is_empty() {
            println!("{}", weathered.findings[..weathered.findings.len().min(20)].join("\n"));
            return ExitCode::FAILURE;
        }
    }
    for (name, sum) in &record.sums {
        println!("{name:<24}{sum:>12}");
    }
    ExitCode::SUCCESS
}
