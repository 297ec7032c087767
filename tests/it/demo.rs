//! The demonstration: every state of a desk is there, each time the same, and the records hold together.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use acceptance::checkout;
use acceptance::demonstration::{self, Demonstration};
use acceptance::folder::Folder;

use crate::program::binary;

/// Begun in a folder, to its end.
fn begin(folder: &Path) -> Child {
    demonstration::command(&binary(), folder).arg("--once").stderr(Stdio::piped()).spawn().unwrap()
}

fn end(demo: Child) -> String {
    let output = demo.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The rows under a title that stands alone on its line.
fn rows<'t>(text: &'t str, title: &str) -> Vec<&'t str> {
    let mut lines = text.lines().skip_while(|line| *line != title).skip(1).skip_while(|line| line.is_empty());
    // The header and the rule under it.
    assert!(
        lines.next().is_some() && lines.next().is_some_and(|line| line.starts_with('─')),
        "{title} is missing:\n{text}"
    );
    lines.take_while(|line| !line.is_empty()).collect()
}

/// In a folder with nothing in it, with what is built into the binary, and in the checkout, with what lies there.
#[test]
fn every_state_is_there_each_time_the_same_and_the_records_hold_together() {
    let folder = Folder::new("demo-alone");
    let root = checkout::root();
    // Side by side: the second takes another port.
    let [alone, here] = [folder.path(), &root].map(begin).map(end);
    let states = rows(&alone, "Visits and shifts by state");
    assert_eq!(states, rows(&here, "Visits and shifts by state"));
    for row in &states {
        let mut counts = row.rsplit("  ").filter_map(|cell| cell.trim().parse::<u32>().ok());
        let (of_station, of_hospital) = (counts.next().unwrap(), counts.next().unwrap());
        assert!(of_hospital > 0, "no visit of the hospital is in this state: {row} ({of_station} of the station)");
    }
    let counted = |names: &[&str], place: usize| -> u32 {
        let of = |name: &&str| {
            let row = states.iter().find(|row| row.trim_start().starts_with(&format!("{name}  "))).unwrap();
            row.split("  ").filter_map(|cell| cell.trim().parse::<u32>().ok()).nth(place).unwrap()
        };
        names.iter().map(of).sum()
    };
    let kinds = ["outpatient", "inpatient", "with an operation"];
    assert_eq!((counted(&kinds, 0), counted(&kinds, 1)), (270, 30));
    assert_eq!(rows(&alone, "Paid without cash").len(), 3);
    for words in ["2026-03-02", "invariants of vienphi verify, no violation", "First examination of the visit: 100 %"] {
        assert!(alone.contains(words), "{words} is missing:\n{alone}");
    }
}

/// The month of claims, while the demonstration runs: as many as it says, and as many of them wrong.
#[test]
fn the_month_of_claims_is_there_to_be_checked() {
    let folder = Folder::new("demo-month");
    let demo = Demonstration::begin(&binary(), folder.path());
    let line = demo.line("claims of last month");
    let month = PathBuf::from(line.split(" are in ").nth(1).unwrap());
    let number = |word: usize| line.split_whitespace().nth(word).unwrap().parse::<usize>().unwrap();
    let (files, wrong) = (number(1), number(6));
    let output = Command::new(binary()).args(["claims", "check", "--json"]).arg(&month).output().unwrap();
    let checked: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = checked["files"].as_array().unwrap();
    let is_wrong = |file: &&serde_json::Value| {
        let found = file["findings"].as_array().into_iter().flatten();
        file["error"].is_string() || found.into_iter().any(|finding| finding["severity"] != "note")
    };
    assert_eq!((list.len(), list.iter().filter(is_wrong).count()), (files, wrong), "{}", checked["summary"]);
    assert!(files == 120 && wrong > 0, "{files} {wrong}");
    // It ends, and what it made ends with it.
    assert_eq!(demo.interrupt(), Some(0));
    assert!(!month.exists(), "{} is left", month.display());
}
