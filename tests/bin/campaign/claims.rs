//! Synthetic visits made into claim files: `campaign claims --count N --seed S`, which resumes where it was stopped.

use std::process::ExitCode;
use std::time::Instant;

use acceptance::claims::{Maker, campaign};

use crate::record::{Part, Record};

/// Visits between two lines of progress, and between two points to resume from.
const TOGETHER: u64 = 2_000;

/// Visits that are told of when they fail; more are of the same kinds.
const SHOWN: usize = 20;

pub(crate) fn run(count: u64, seed: u64) -> ExitCode {
    let mut record = Record::open(&format!("claims-{seed}-{count}"));
    let maker = Maker::new();
    let began = Instant::now();
    let mut failed = 0;
    let mut from = record.sum("visits").min(count);
    while from < count {
        let to = count.min(from + TOGETHER);
        let outcome = campaign(&maker, seed, from..to);
        from = to;
        if !outcome.failures.is_empty() {
            println!("{}", outcome.failures.join("\n"));
            failed += outcome.failures.len();
            if failed > SHOWN {
                return ExitCode::FAILURE;
            }
        }
        if failed > 0 {
            // The next run begins with what failed, but this one says what else does.
            continue;
        }
        let mut part = Part::default().count("visits", outcome.clean).count("rows", outcome.rows);
        for (code, notes) in &outcome.notes {
            part = part.count(code, *notes);
        }
        record.add(&part);
        println!("{from:>10} of {count}: {} rows, {} s", record.sum("rows"), began.elapsed().as_secs());
    }
    if failed > 0 {
        return ExitCode::FAILURE;
    }
    println!(
        "{}\n{count} visits exported, checked, imported and priced again: nothing above a note, no difference",
        record.told()
    );
    ExitCode::SUCCESS
}
