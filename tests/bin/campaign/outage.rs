//! The database away for a while: `campaign outage --database sqlite|postgres --rounds N`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use acceptance::database::Kind;
use acceptance::storm::outages::{OF_POSTGRES, OF_SQLITE, Outage, Outages};

use crate::record::{Part, Record};
use crate::{Base, binary};

/// Clients of an overload.
const CLIENTS: usize = 600;

pub(crate) fn run(database: Base, rounds: u64) -> ExitCode {
    let mut record = Record::open(&format!("outage-{}-{rounds}", database.name()));
    let kind = database.kind();
    let all: &[Outage] = if kind == Kind::Postgres { &OF_POSTGRES } else { &OF_SQLITE };
    let began = Instant::now();
    while record.sum("rounds") < rounds {
        let round = record.sum("rounds");
        let mut rng = fastrand::Rng::with_seed(round);
        let mut outages = Outages::new(&binary(), kind);
        let mut passed = 0;
        for outage in all {
            if !outages.can(*outage) {
                println!("{outage:?} is not tried and not counted: no disk can be mounted here");
                continue;
            }
            let millis = match outage {
                Outage::Stopped | Outage::Killed | Outage::ReadOnly | Outage::Full => rng.u64(300..4000),
                // Longer than the five seconds that SQLite waits by itself.
                Outage::Locked => rng.u64(5500..9000),
                Outage::Paused => rng.u64(3000..12_000),
            };
            outages.pass(*outage, Duration::from_millis(millis));
            passed += 1;
        }
        outages.overload(CLIENTS);
        outages.verify();
        let found = outages.findings.all();
        let part = Part::default()
            .count("rounds", 1)
            .count("outages", passed)
            .count("overloads", 1)
            .count("told to wait", outages.told_to_wait)
            .findings(&outages.findings)
            .times("recovered", &outages.recovered);
        record.add(&part);
        println!(
            "{:>8} of {rounds}: {passed} outages, {}, {} s",
            round + 1,
            outages.findings,
            began.elapsed().as_secs()
        );
        if !found.is_empty() {
            println!("{}", found.join("\n"));
            return ExitCode::FAILURE;
        }
    }
    println!("{}", record.told());
    ExitCode::SUCCESS
}
