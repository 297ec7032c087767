//! The command line as a person and a script meet it: the real binary.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use acceptance::checkout;
use acceptance::generate::Generator;
use serde_json::{Value, json};

use crate::program::{binary, vienphi};
use acceptance::folder::Folder;

fn encounter() -> Value {
    json!({
        "id": "CLI1", "facility": "92114", "patient": {"birth_date": "1961-04-02", "sex": "female"},
        "visit": {"type": "01", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:00"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "registered_facility": "92114"}],
        "lines": [
            {"id": "1", "kind": "exam", "code": "02.03", "quantity": 1, "performed_at": "2026-03-02T08:20"},
            {"id": "2", "kind": "drug", "code": "40.30", "quantity": 10, "unit_price": 125000, "performed_at": "2026-03-02T10:00"},
        ],
    })
}

#[test]
fn price_json_prints_the_statement() {
    let output = vienphi(&["price", "--json", "-"], encounter().to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let statement: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(statement["encounter"], "CLI1");
    // 45 000 + 1 250 000 is above 15 % of L: 80 %.
    assert_eq!(statement["totals"]["amount_hospital"], "1295000");
    assert_eq!(statement["totals"]["insurer"], "1036000");
    assert_eq!(statement["totals"]["cash_due"], "259000");
    for field in [
        "encounter",
        "version",
        "as_of",
        "subject",
        "provisional",
        "lines",
        "totals",
        "findings",
        "rules",
        "digests",
        "fuel",
    ] {
        assert!(statement.get(field).is_some(), "{field} is missing");
    }
}

#[test]
fn bad_input_is_a_problem_and_exit_2() {
    let mut bad = encounter();
    bad["lines"][0]["code"] = "99.99".into();
    bad["colour"] = "red".into();
    let output = vienphi(&["price", "--json", "-"], bad.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().filter_map(|error| error["path"].as_str()).collect();
    assert!(paths.contains(&"colour") && paths.contains(&"lines[0].code"), "{problem}");
    let people = vienphi(&["price", "-"], bad.to_string().as_bytes());
    assert_eq!(people.status.code(), Some(2));
    assert!(people.stdout.is_empty() && String::from_utf8_lossy(&people.stderr).contains("lines[0].code"));
    assert_eq!(vienphi(&["price", "--json", "/nowhere.json"], b"").status.code(), Some(2));
    assert_eq!(vienphi(&["price", "--today", "tomorrow", "-"], b"").status.code(), Some(2));
}

#[test]
fn a_document_without_end_is_refused_before_it_fills_memory() {
    let huge = vec![b' '; 100 * 1024 * 1024];
    let output = vienphi(&["price", "--json", "-"], &huge);
    assert_eq!(output.status.code(), Some(2));
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problem["type"], "urn:vienphi:problem:document-too-large");
}

#[test]
fn a_stream_is_answered_in_order_a_line_for_a_line() {
    let generator = Generator::new(10);
    let mut lines: Vec<String> = (0..3_000).map(|seed| generator.encounter(seed).to_string()).collect();
    lines[17] = "not json".into();
    lines[18] = format!("{{\"id\":\"long\",\"x\":\"{}\"}}", "y".repeat(17 * 1024 * 1024));
    let output =
        vienphi(&["price", "--json-lines", "--today", "2026-11-20", "-"], (lines.join("\n") + "\n").as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len());
    for (place, answer) in answers.iter().enumerate() {
        match place {
            17 => assert!(answer["errors"][0]["message"].as_str().unwrap().contains("JSON")),
            18 => assert_eq!(answer["type"], "urn:vienphi:problem:document-too-large"),
            _ => assert_eq!(answer["encounter"], format!("G{place}")),
        }
    }
    let clean = vienphi(&["price", "--json-lines", "-"], format!("{}\n\n", encounter()).as_bytes());
    assert_eq!(clean.status.code(), Some(0));
}

/// Whoever writes a line and waits for its answer gets it, before the stream ends.
#[test]
fn a_line_of_a_stream_is_answered_when_it_comes() {
    let mut child = Command::new(binary())
        .args(["price", "--json-lines", "-"])
        .current_dir(checkout::root())
        .env("VIENPHI_CACHE", checkout::target().join("compiled"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in ["A", "B", "C"] {
        let mut asked = encounter();
        asked["id"] = json!(id);
        writeln!(input, "{asked}").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["encounter"], id);
    }
    drop(input);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn replay_is_identical_until_something_changes() {
    let folder = Folder::new("replay");
    let (statement, file) = (folder.at("statement.json"), folder.at("encounter.json"));
    std::fs::write(&file, encounter().to_string()).unwrap();
    std::fs::write(&statement, vienphi(&["price", "--json", &file], b"").stdout).unwrap();
    let replay = || vienphi(&["replay", &statement, "--encounter", &file], b"");
    assert_eq!(replay().status.code(), Some(0));
    let mut changed = encounter();
    changed["lines"][1]["quantity"] = 11.into();
    std::fs::write(&file, changed.to_string()).unwrap();
    let output = replay();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("totals.cash_due"));
    std::fs::write(&statement, "{}").unwrap();
    assert_eq!(replay().status.code(), Some(2));
}

#[test]
fn explain_gives_the_reason_and_the_law_of_each_amount() {
    let output = vienphi(&["explain", "--lang", "en", "-"], encounter().to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for words in [
        "1. Examination",
        "8. Drugs",
        "First examination of the visit: 100 %",
        "TT 39/2024",
        "benefit rate 80 %",
        "DN4920000000001",
    ] {
        assert!(text.contains(words), "{words} is missing:\n{text}");
    }
    let exam = text.find("1. Examination").unwrap();
    assert!(exam < text.find("8. Drugs").unwrap(), "the order of form 01/KBCB");
    let vietnamese = vienphi(&["explain", "-"], encounter().to_string().as_bytes());
    assert!(String::from_utf8_lossy(&vietnamese.stdout).contains("Khám bệnh"));
}

#[test]
fn a_sample_tariff_says_so_everywhere() {
    let mut sample = encounter();
    sample["facility"] = "38001".into();
    let text = sample.to_string();
    let statement: Value = serde_json::from_slice(&vienphi(&["price", "--json", "-"], text.as_bytes()).stdout).unwrap();
    assert_eq!(statement["tariff"]["status"], "sample");
    for command in ["price", "explain"] {
        let output = vienphi(&[command, "-"], text.as_bytes());
        assert!(String::from_utf8_lossy(&output.stdout).contains("sample"), "{command}");
    }
}
