//! Random commands against a page of arithmetic: `campaign model --database sqlite|postgres --sequences N`.

use std::process::ExitCode;
use std::time::Instant;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::hospital::Hospital;
use acceptance::model::Sequence;
use acceptance::storm::aftermath::Findings;
use postgres_for_tests::Cluster;

use crate::record::{Part, Record};
use crate::{Base, binary};

pub(crate) fn run(database: Base, sequences: u64, commands: usize) -> ExitCode {
    let mut record = Record::open(&format!("model-{}-{sequences}-{commands}", database.name()));
    let cluster = (database.kind() == Kind::Postgres)
        .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
    let began = Instant::now();
    while record.sum("sequences") < sequences {
        let seed = 1_000 + record.sum("sequences");
        let database = match &cluster {
            Some(cluster) => Database::on(&cluster.url("postgres"), "model"),
            None => Database::new(Kind::Sqlite, "model"),
        };
        let hospital = Hospital::start(&binary(), &database, &[]);
        let compared = Sequence::new(&hospital, seed).run(commands);
        let mut findings = Findings::default();
        findings.verify(&hospital);
        let wrong: Vec<String> = compared.err().into_iter().chain(findings.all()).collect();
        let part = Part::default().count("sequences", 1).count("commands", commands as u64);
        record.add(&part.count("findings", wrong.len() as u64));
        if !wrong.is_empty() {
            println!("seed {seed}: {}", wrong.join("\n"));
            return ExitCode::FAILURE;
        }
        if record.sum("sequences").is_multiple_of(50) {
            println!("{:>8} of {sequences} sequences, {} s", record.sum("sequences"), began.elapsed().as_secs());
        }
    }
    println!("{} commands, {} findings", record.sum("commands"), record.sum("findings"));
    ExitCode::SUCCESS
}
