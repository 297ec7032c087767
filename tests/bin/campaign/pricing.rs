//! Random encounters: `campaign pricing --count N --seed S`, which resumes where it was stopped.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use acceptance::campaign::Campaign;
use acceptance::checkout;
use acceptance::generate::Generator;

/// Encounters between two lines of progress, and between two points to resume from.
const BATCH: u64 = 10_000;

pub(crate) fn run(count: u64, seed: u64, lines: usize, prices: Vec<PathBuf>, today: &str) -> ExitCode {
    let pricer = checkout::pricer(&prices);
    let generator = Generator::new(lines);
    let campaign = Campaign { pricer: &pricer, generator: &generator, prices: &prices, today };
    // One line for each finished batch: what is there need not be done again.
    let record = checkout::target().join(format!("campaign-pricing-{seed}-{count}-{lines}.tsv"));
    let done = std::fs::read_to_string(&record).unwrap_or_default();
    let began = Instant::now();
    let (mut priced, mut refused, mut from) = (0, 0, seed);
    for line in done.lines() {
        let cells: Vec<u64> = line.split('\t').filter_map(|cell| cell.parse().ok()).collect();
        if let [next, batch_priced, batch_refused] = cells[..] {
            (from, priced, refused) = (next, priced + batch_priced, refused + batch_refused);
        }
    }
    if from > seed {
        println!("resuming at seed {from} ({})", record.display());
    }
    let mut text = done;
    while from < seed + count {
        let batch = BATCH.min(seed + count - from);
        let outcome = campaign.run(from, batch);
        priced += outcome.priced;
        refused += outcome.refused;
        from += batch;
        println!("{:>10} of {count}: {priced} priced, {refused} refused, {} s", from - seed, began.elapsed().as_secs());
        if !outcome.failures.is_empty() {
            println!("{}", outcome.failures.join("\n"));
            return ExitCode::FAILURE;
        }
        text.push_str(&format!("{from}\t{}\t{}\n", outcome.priced, outcome.refused));
        std::fs::write(&record, &text).expect("the record can be written");
    }
    println!("{count} encounters: {priced} priced, {refused} refused, no difference");
    ExitCode::SUCCESS
}
