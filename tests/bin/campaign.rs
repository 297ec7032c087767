//! Long campaigns: `cargo xtask campaign pricing --count N --seed S`. They resume where they were stopped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use acceptance::campaign::Campaign;
use acceptance::checkout;
use acceptance::generate::Generator;
use clap::{Parser, Subcommand};

/// Long campaigns over the product.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    campaign: Which,
}

#[derive(Subcommand)]
enum Which {
    /// Random encounters: identities, order, native against Wasm, fuel, the independent pricer
    Pricing {
        /// How many encounters
        #[arg(long, default_value_t = 1_000_000)]
        count: u64,
        /// The first seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Lines an encounter has at most
        #[arg(long, default_value_t = 14)]
        lines: usize,
        /// A catalogue laid over the tariffs; may be given several times
        #[arg(long = "prices", value_name = "CSV")]
        prices: Vec<PathBuf>,
        /// The day taken as today
        #[arg(long, default_value = "2026-11-20")]
        today: String,
    },
}

/// Encounters between two lines of progress, and between two points to resume from.
const BATCH: u64 = 10_000;

fn main() -> ExitCode {
    let Which::Pricing { count, seed, lines, prices, today } = Cli::parse().campaign;
    let pricer = checkout::pricer(&prices);
    let generator = Generator::new(lines);
    let campaign = Campaign { pricer: &pricer, generator: &generator, prices: &prices, today: &today };
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
