//! `campaign load`: how much a second, how fast, with one facility and with several.

#![allow(clippy::float_arithmetic, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // rates and times, no money

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::load::{Load, Open, Outcome};
use postgres_for_tests::Cluster;

/// What a verifier sends at once.
const CLAIMS_OF_A_MONTH: u64 = 10_000;

/// Streams of pages that wait for money at the same time.
const OPEN_STREAMS: u64 = 2_000;

/// What is loaded.
pub(crate) struct Options {
    pub(crate) kind: Kind,
    pub(crate) facilities: usize,
    pub(crate) clients: usize,
    pub(crate) seconds: f64,
    /// Visits that are added after everything was measured, for measuring all of it again.
    pub(crate) filled: u64,
    /// Payments without cash, and nothing else.
    pub(crate) payments: bool,
    /// Pages, and nothing else.
    pub(crate) pages: bool,
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, options: &Options) -> ExitCode {
    // It is stopped when the load has ended.
    let mut cluster = match options.kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts")),
    };
    let database = match &cluster {
        None => Database::new(Kind::Sqlite, "load"),
        Some(cluster) => Database::on(&cluster.url("postgres"), "load"),
    };
    let mut load = Load::over(binary, &database, options.facilities, options.clients, options.seconds);
    println!(
        "{:?}, {} facilities, {} clients, {} s each",
        options.kind, options.facilities, options.clients, options.seconds
    );
    if options.payments {
        let failed = collect(&load, options.kind, options.seconds);
        load.verify();
        println!("verify is clean");
        return if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if options.pages {
        let failed = look(&load, options.filled.max(1));
        load.verify();
        println!("verify is clean");
        return if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut failed = measure(&load, options.kind, options.seconds);
    if options.filled > 0 {
        let began = Instant::now();
        load.fill(options.filled);
        println!("{} more visits, sent in {:.0} s", options.filled, began.elapsed().as_secs_f64());
        println!("killed; ready again after {:.2} s", load.crash().as_secs_f64());
        if let Some(cluster) = &mut cluster {
            cluster.kill().expect("PostgreSQL is killed");
            let began = Instant::now();
            cluster.restart().expect("PostgreSQL comes back");
            let database = began.elapsed().as_secs_f64();
            println!("PostgreSQL killed; back after {database:.2} s, ready {:.2} s later", load.crash().as_secs_f64());
        }
        failed += measure(&load, options.kind, options.seconds);
    }
    if options.kind == Kind::Sqlite {
        let a_second = acceptance::inside::settlements(options.clients, options.seconds);
        println!("{:<45}{a_second:>8.0}/s", "settlements in process");
    }
    let began = Instant::now();
    load.verify();
    println!("verify is clean, in {:.0} s", began.elapsed().as_secs_f64());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The loads one after another, each as fast as it is answered and then steadily at half of what is wanted of it; how many
/// answers were not the wanted ones.
fn measure(load: &Load, kind: Kind, seconds: f64) -> u64 {
    let mut failed = 0;
    for (lines, wanted) in [(10, 1_000.0), (50, 400.0)] {
        failed += show(&format!("visits of {lines} lines, sent as fast as answered"), &load.upserts(lines, None));
        failed += show(&format!("  at {}/s", wanted / 2.0), &load.upserts(lines, Some(wanted / 2.0)));
    }
    let wanted = match kind {
        Kind::Sqlite => 1_800.0,
        Kind::Postgres => 800.0,
    };
    // Enough for the fastest machine.
    let first = load.prepare((5_000.0 * seconds) as u64);
    failed += show("settlements, sent as fast as answered", &load.settlements(first, None));
    let first = load.prepare((wanted / 2.0 * seconds) as u64 + 100);
    failed + show(&format!("  at {}/s", wanted / 2.0), &load.settlements(first, Some(wanted / 2.0)))
}

/// Payments without cash: requests, what a notifier tells of, the same again, and followers.
fn collect(load: &Load, kind: Kind, seconds: f64) -> u64 {
    let wanted = match kind {
        Kind::Sqlite => 1_000.0,
        Kind::Postgres => 600.0,
    };
    let count = |a_second: f64| (a_second * seconds) as u64;
    load.with_rails();
    let first = load.prepare(count(4_000.0));
    let mut failed = show("requests with a code, as fast as answered", &load.payment_requests(first, None));
    let first = load.prepare(count(500.0) + 100);
    failed += show("  at 500/s", &load.payment_requests(first, Some(500.0)));
    failed += show("told of, as fast as answered", &load.callbacks(load.asked(count(4_000.0)), None));
    let steady = load.asked(count(wanted / 2.0) + 200);
    failed += show(&format!("  at {}/s", wanted / 2.0), &load.callbacks(steady, Some(wanted / 2.0)));
    let known = load.asked(2_000);
    failed += show("2 000 told of once", &load.callbacks(known.clone(), None));
    failed += show("told of again", &load.duplicates(&known));
    let [middle, p99, longest] = load.followers(&load.asked(2_000));
    println!(
        "{:<45}  p50 {middle:>6.1} ms  p99 {p99:>6.1} ms  longest {longest:>6.0} ms",
        "told until a follower hears"
    );
    failed
}

/// Every page over so many visits, each at 50 a second, and then many that are open at once.
fn look(load: &Load, filled: u64) -> u64 {
    let began = Instant::now();
    let first = load.fill(filled);
    println!("{filled} visits, sent in {:.0} s", began.elapsed().as_secs_f64());
    load.with_rails();
    let mut failed = 0;
    for (name, outcome) in load.pages((first, filled), CLAIMS_OF_A_MONTH, 50.0) {
        failed += show(&name, &outcome);
    }
    let Open { before_mb, after_mb, heard_ms: [middle, p99, longest] } = load.open_streams(OPEN_STREAMS);
    println!("{OPEN_STREAMS} open streams: {before_mb} MB before, {after_mb} MB with them");
    println!(
        "{:<45}  p50 {middle:>6.1} ms  p99 {p99:>6.1} ms  longest {longest:>6.0} ms",
        "told until one of them hears"
    );
    failed
}

fn show(what: &str, outcome: &Outcome) -> u64 {
    let Outcome { a_second, latency_ms: [middle, p99, longest], failed } = outcome;
    println!(
        "{what:<45}{a_second:>8.0}/s  p50 {middle:>6.1} ms  p99 {p99:>6.1} ms  longest {longest:>6.0} ms  failed {failed}"
    );
    *failed
}
