//! `kill -9` under load: `campaign kill --cycles N --database sqlite|postgres --seed S`.
//!
//! What a kill leaves is in the page cache of a machine that goes on: a loss of power is not tried by this.

use std::process::ExitCode;
use std::time::Instant;

use acceptance::storm::kills::{Kills, TOGETHER};

use crate::record::{Part, Record};
use crate::{Base, binary};

/// Cycles between two lines of progress, and between two points to resume from: those over one database.
pub(crate) fn run(cycles: u64, database: Base, seed: u64) -> ExitCode {
    let mut record = Record::open(&format!("kill-{}-{seed}-{cycles}", database.name()));
    let began = Instant::now();
    while record.sum("cycles") < cycles {
        let done = record.sum("cycles");
        let batch = TOGETHER.min(cycles - done);
        let mut kills = Kills::new(&binary(), database.kind(), seed.wrapping_add(done), None);
        for _ in 0..batch {
            kills.cycle();
        }
        kills.verify();
        let part = Part::default()
            .count("cycles", batch)
            .count("kills of the server", kills.kills.0)
            .count("kills of PostgreSQL", kills.kills.1)
            .findings(&kills.findings)
            .times("ready again", &kills.ready)
            .times("recovered by itself", &kills.recovered);
        record.add(&part);
        println!("{:>8} of {cycles}: {}, {} s", done + batch, kills.findings, began.elapsed().as_secs());
        let found = kills.findings.all();
        if !found.is_empty() {
            println!("{}", found.join("\n"));
            return ExitCode::FAILURE;
        }
    }
    println!("{}", record.told());
    ExitCode::SUCCESS
}
