//! Long campaigns: `cargo xtask campaign NAME …`. Those over the product as it ships resume where they were stopped.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod admission;
mod claims;
mod hot;
mod kill;
mod load;
mod model;
mod orders;
mod outage;
mod pricing;
mod record;
mod storm;
mod submissions;

use std::path::PathBuf;
use std::process::ExitCode;

use acceptance::database::Kind;
use clap::{Parser, Subcommand, ValueEnum};

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
    /// Synthetic visits exported and checked: nothing above a note
    Claims {
        /// How many visits
        #[arg(long, default_value_t = 100_000)]
        count: u64,
        /// What the random choices begin with
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// 64 clients on a few visits: refund races, one book, changing bills, retries, clients that go away
    Hot {
        /// Which database
        #[arg(long)]
        database: Base,
        /// Requests that are left before their answer
        #[arg(long, default_value_t = 100_000)]
        requests: usize,
        /// How often the races are repeated
        #[arg(long, default_value_t = 10)]
        rounds: u64,
    },
    /// `kill -9` of the server, and of PostgreSQL's, under load
    Kill {
        /// How many kills
        #[arg(long, default_value_t = 2_000)]
        cycles: u64,
        /// Which database
        #[arg(long)]
        database: Base,
        /// What the random choices begin with
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// How much a second, how fast
    Load {
        /// Which database
        #[arg(long)]
        database: Base,
        /// How many facilities share the load
        #[arg(long, default_value_t = 1)]
        facilities: usize,
        /// How many clients
        #[arg(long, default_value_t = 64)]
        clients: usize,
        /// How long each load lasts
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
        /// Visits that are added after everything was measured, for measuring all of it again
        #[arg(long, default_value_t = 0)]
        filled: u64,
        /// Payments without cash, and nothing else
        #[arg(long)]
        payments: bool,
        /// Pages at 50 a second each after `--filled` visits, 2 000 open streams, and nothing else
        #[arg(long)]
        pages: bool,
    },
    /// Random commands against a page of arithmetic
    Model {
        /// Which database
        #[arg(long)]
        database: Base,
        /// How many sequences, each over a new database
        #[arg(long, default_value_t = 500)]
        sequences: u64,
        /// Commands of each
        #[arg(long, default_value_t = 300)]
        commands: usize,
    },
    /// Every order of what rails tell of a bill, each rail
    Orders {
        /// Which database
        #[arg(long)]
        database: Base,
        /// Events of a bill: 7 are 5 040 orders
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=7))]
        events: u8,
        /// A crash of the server between each two
        #[arg(long)]
        crash: bool,
    },
    /// The database stopped, killed, paused, read-only, locked, full; and too many clients
    Outage {
        /// Which database
        #[arg(long)]
        database: Base,
        /// How often each kind
        #[arg(long, default_value_t = 25)]
        rounds: u64,
    },
    /// Notifications of transfers told ten times each, out of order, forged and stale ones among them, while a server is killed
    Storm {
        /// Which database
        #[arg(long)]
        database: Base,
        /// How many
        #[arg(long, default_value_t = 1_000_000)]
        deliveries: u64,
    },
    /// Claims sent to a portal that is slow, down, busy and loses answers, by a server that is killed every few seconds
    Submissions {
        /// Which database
        #[arg(long)]
        database: Base,
        /// How many, one claim each
        #[arg(long, default_value_t = 2_000)]
        visits: u64,
        /// What the portal's failures begin with
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

/// A database, as the command line names it.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Base {
    Sqlite,
    Postgres,
}

impl Base {
    fn kind(self) -> Kind {
        match self {
            Base::Sqlite => Kind::Sqlite,
            Base::Postgres => Kind::Postgres,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Base::Sqlite => "sqlite",
            Base::Postgres => "postgres",
        }
    }
}

/// The server as it ships. It has no planted defects and ignores `VIENPHI_PLANTED`.
fn binary() -> PathBuf {
    let path = std::env::var_os("VIENPHI_BIN").expect("run it by `cargo xtask campaign`, which builds the server");
    PathBuf::from(path)
}

fn main() -> ExitCode {
    match Cli::parse().campaign {
        Which::Admission { count, seed } => admission::run(count, seed),
        Which::Claims { count, seed } => claims::run(count, seed),
        Which::Hot { database, requests, rounds } => hot::run(database, requests, rounds),
        Which::Kill { cycles, database, seed } => kill::run(cycles, database, seed),
        Which::Load { database, facilities, clients, seconds, filled, payments, pages } => {
            let kind = database.kind();
            load::run(&binary(), &load::Options { kind, facilities, clients, seconds, filled, payments, pages })
        }
        Which::Model { database, sequences, commands } => model::run(database, sequences, commands),
        Which::Orders { database, events, crash } => orders::run(database, usize::from(events), crash),
        Which::Storm { database, deliveries } => storm::run(database, deliveries),
        Which::Submissions { database, visits, seed } => submissions::run(database, visits, seed),
        Which::Outage { database, rounds } => outage::run(database, rounds),
        Which::Pricing { count, seed, lines, prices, today } => pricing::run(count, seed, lines, prices, &today),
    }
}
