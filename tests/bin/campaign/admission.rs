//! Random and mutated components: `campaign admission --count N --seed S`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use acceptance::mutants::Mutants;

/// Components between two lines of progress.
const COMPONENTS: u64 = 500;

pub(crate) fn run(count: u64, seed: u64) -> ExitCode {
    let mutants = Mutants::new();
    let began = Instant::now();
    let mut endings: BTreeMap<&str, u64> = BTreeMap::new();
    let mut from = seed;
    while from < seed + count {
        let next = (seed + count).min(from + COMPONENTS);
        let middle = from + (next - from) / 2;
        let halves = std::thread::scope(|scope| {
            let one = scope.spawn(|| mutants.run(from..middle));
            [mutants.run(middle..next), one.join().expect("a host's panic is caught")]
        });
        for half in halves {
            for (ending, times) in half.endings {
                *endings.entry(ending).or_default() += times;
            }
            if !half.failures.is_empty() {
                println!("{}", half.failures.join("\n"));
                return ExitCode::FAILURE;
            }
        }
        from = next;
        let (done, seconds) = (from - seed, began.elapsed().as_secs());
        println!("{done:>10} of {count}: {endings:?}, {} MB in use, {seconds} s", memory_in_use());
    }
    ExitCode::SUCCESS
}

/// Resident memory of this process.
fn memory_in_use() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4 / 1024
}
