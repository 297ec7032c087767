//! Many clients on a few visits: `campaign hot --database sqlite|postgres --requests N`.

use std::process::ExitCode;
use std::time::Instant;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::hospital::Hospital;
use acceptance::storm::aftermath::Findings;
use acceptance::storm::{leavers, races};
use postgres_for_tests::Cluster;

use crate::record::{Part, Record};
use crate::{Base, binary};

const CLIENTS: usize = 64;

/// Requests that are left between two looks at what they leave, which are points to resume from. It is small because a
/// connection that one of them poisons may be healed by a later one.
const STRETCH: usize = 2000;

pub(crate) fn run(database: Base, requests: usize, rounds: u64) -> ExitCode {
    let mut record = Record::open(&format!("hot-{}-{requests}-{rounds}", database.name()));
    let kind = database.kind();
    let cluster = (kind == Kind::Postgres)
        .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
    let found = |name: &str| match &cluster {
        Some(cluster) => Database::on(&cluster.url("postgres"), name),
        None => Database::new(kind, name),
    };
    let began = Instant::now();
    while record.sum("rounds") < rounds {
        let database = found("hot");
        let hospital = Hospital::start(&binary(), &database, &[]);
        let mut wrong = Vec::new();
        wrong.extend(races::refunds(&hospital, "R", CLIENTS, 20));
        wrong.extend(races::books(&hospital, "B", CLIENTS, 100));
        wrong.extend(races::changing_bills(&hospital, "C", CLIENTS, 60));
        wrong.extend(races::retries(&hospital, "K", CLIENTS, 100));
        let mut findings = Findings::default();
        findings.verify(&hospital);
        wrong.extend(findings.all());
        let part = Part::default()
            .count("rounds", 1)
            .count("refund asks", (CLIENTS * 20) as u64)
            .count("receipts of one book", (CLIENTS * 100) as u64)
            .count("commands on changing bills", (CLIENTS * 60) as u64)
            .count("keys sent by 64 at once", 100)
            .count("findings", wrong.len() as u64);
        record.add(&part);
        println!(
            "{:>8} of {rounds} rounds of races: {} findings, {} s",
            record.sum("rounds"),
            wrong.len(),
            began.elapsed().as_secs()
        );
        if !wrong.is_empty() {
            println!("{}", wrong.join("\n"));
            return ExitCode::FAILURE;
        }
    }
    while record.sum("requests left") < requests as u64 {
        let done = usize::try_from(record.sum("requests left")).unwrap_or(requests);
        let stretch = STRETCH.min(requests - done);
        let database = found("leavers");
        let hospital = Hospital::start(&binary(), &database, &[]);
        let left = leavers::leave(&hospital, (&database, kind), "L", (CLIENTS, stretch));
        let mut findings = Findings { wrong: left.wrong, ..Findings::default() };
        findings.verify(&hospital);
        let begun_twice = cluster.as_ref().map_or(0, leavers::begun_twice);
        if begun_twice > 0 {
            findings.wrong.push(format!("{begun_twice} transactions were begun within another"));
        }
        let part = Part::default()
            .count("requests left", stretch as u64)
            .count("sent again", left.sent_again as u64)
            .count("idle in transaction", left.idle_in_transaction)
            .count("findings", findings.all().len() as u64);
        record.add(&part);
        println!(
            "{:>8} of {requests} requests left: {} sent again, {} backends idle in a transaction, {} findings, {} s",
            done + stretch,
            left.sent_again,
            left.idle_in_transaction,
            findings.all().len(),
            began.elapsed().as_secs()
        );
        if left.idle_in_transaction > 0 || !findings.all().is_empty() {
            println!("{}", findings.all().join("\n"));
            return ExitCode::FAILURE;
        }
    }
    println!("{}", record.told());
    ExitCode::SUCCESS
}
