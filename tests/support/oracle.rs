//! The independent pricer in Python (`tests/oracle`), which shares nothing with the engine but the CSV files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::checkout;

/// Prices a file of encounters, one a line, with the independent pricer.
pub fn price(encounters: &Path, prices: &[PathBuf], today: &str) -> Vec<Value> {
    let answers = encounters.with_extension("oracle.jsonl");
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
    let status = command
        .arg(encounters)
        .stdin(Stdio::null())
        .stdout(File::create(&answers).expect("the answers can be written"))
        .status()
        .expect("python3 is installed");
    assert!(status.success(), "the independent pricer failed");
    let text = std::fs::read_to_string(&answers).expect("the answers can be read");
    text.lines().map(|line| serde_json::from_str(line).expect("the independent pricer writes JSON")).collect()
}
