//! The independent pricer in Python (`tests/oracle`), which shares nothing with the engine but the CSV files.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::checkout;

/// Prices encounters with the independent pricer: one answer for each, in order.
pub fn price(encounters: &[Value], prices: &[PathBuf], today: &str) -> Vec<Value> {
    let mut command = Command::new("python3");
    command
        .arg(checkout::root().join("tests/oracle/pricer.py"))
        .arg("--plugins")
        .arg(checkout::plugins())
        .arg("--facilities")
        .arg(checkout::facilities())
        .args(["--today", today, "--jobs", "2"]);
    for catalogue in prices {
        command.arg("--prices").arg(catalogue);
    }
    let mut pricer = command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    let mut input = BufWriter::new(pricer.stdin.take().expect("its input is piped"));
    let output = std::thread::scope(|scope| {
        // It answers while it reads: what writes must not wait for what reads.
        scope.spawn(move || {
            for encounter in encounters {
                writeln!(input, "{encounter}").expect("the independent pricer reads");
            }
        });
        pricer.wait_with_output().expect("the independent pricer ends")
    });
    assert!(output.status.success(), "the independent pricer failed");
    let answers: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).expect("the independent pricer writes JSON"))
        .collect();
    assert_eq!(answers.len(), encounters.len(), "the independent pricer answers every line");
    answers
}
