//! Long campaigns: `cargo xtask campaign pricing --count N --seed S`, which resumes where it was stopped, and
//! `cargo xtask campaign admission --count N --seed S`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use acceptance::campaign::Campaign;
use acceptance::checkout;
use acceptance::generate::Generator;
use acceptance::mutants::Mutants;
use clap::{Parser, Subcommand};

/// Long campaigns over the product.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    campaign: Which,
}

#[derive(Subcommand)]
enum Which {
    /// Random and mutated components through admission and calls
    Admission {
        /// How many
        #[arg(long, default_value_t = 10_000)]
        count: u64,
        /// The first seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
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
    match Cli::parse().campaign {
        Which::Admission { count, seed } => admission(count, seed),
        Which::Pricing { count, seed, lines, prices, today } => pricing(count, seed, lines, prices, &today),
    }
}

/// Components between two lines of progress.
const COMPONENTS: u64 = 500;

fn admission(count: u64, seed: u64) -> ExitCode {
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

fn pricing(count: u64, seed: u64, lines: usize, prices: Vec<PathBuf>, today: &str) -> ExitCode {
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
