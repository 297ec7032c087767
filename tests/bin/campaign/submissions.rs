//! Claims on a bad day of the portal: `campaign submissions --database sqlite|postgres --visits N`.

use std::process::ExitCode;
use std::time::Duration;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::submitting::Submitting;
use postgres_for_tests::Cluster;

use crate::{Base, binary};

pub(crate) fn run(database: Base, visits: u64, seed: u64) -> ExitCode {
    let kind = database.kind();
    let cluster = (kind == Kind::Postgres)
        .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
    let found = match &cluster {
        Some(cluster) => Database::on(&cluster.url("postgres"), "submissions"),
        None => Database::new(kind, "submissions"),
    };
    let campaign = Submitting { visits, seed, life: Duration::from_secs(4) };
    let came = campaign.on(&binary(), &found, |received, all| eprint!("\r{received:>6} of {all} received"));
    println!(
        "\n{} of {visits} received, {} kills, {} calls, {} answers lost, {} s, {} findings",
        came.received,
        came.kills,
        came.calls,
        came.lost,
        came.took.as_secs(),
        came.findings.len()
    );
    if came.findings.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{}", came.findings[..came.findings.len().min(20)].join("\n"));
    ExitCode::FAILURE
}
