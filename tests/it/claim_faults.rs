//! Synthetic claims are clean; each fault is found by its own code and no other; every code has a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use acceptance::claims::{Made, Maker, campaign, found};
use acceptance::folder::Folder;
use serde_json::Value;
use vienphi_claims::{Batch, Given, Severity, codes};
use vienphi_domain::Day;
use vienphi_samples::{Fault, Needs, Plot, Twist, faults};

use crate::program::vienphi;

/// Visits that faults are put into; the rarest fault fits about one of a thousand.
const VISITS: u64 = 6_000;

/// Visits that each fault is put into at most.
const EACH: usize = 60;

/// Codes that no single file, nor two, can show.
const NOT_SHOWN: [(&str, &str); 9] = [
    ("VP-SCHEMA-FIELD", "no field of the schema begins or ends on a day yet"),
    ("VP-DIFF-LINE", "found against our own statement of the visit"),
    ("VP-DIFF-MISSING", "found against our own statement of the visit"),
    ("VP-DIFF-PRICE", "found against our own statement of the visit"),
    ("VP-DIFF-RATIO", "found against our own statement of the visit"),
    ("VP-DIFF-RATE", "found against our own statement of the visit"),
    ("VP-DIFF-AMOUNT", "found against our own statement of the visit"),
    ("VP-DIFF-CUT", "found against our own statement of the visit"),
    ("VP-DIFF-FORGOTTEN", "found against our own statement of the visit"),
];

/// A visit that once came back otherwise than it was claimed.
#[test]
fn what_once_differed_does_not_any_more() {
    let maker = Maker::new();
    let visits = [
        // Transport, paid whole, in a stay within which the card of a near-poor holder comes to be paid whole.
        (9, 5_764),
        // A day of a bed passes the limit of co-payments at midnight, and a drug of that very minute is free of them.
        (9, 52_786),
        // Operations that pass the limit, or the end of a year, between their beginning and their end.
        (2, 15_770),
        (3, 75_653),
        (3, 87_959),
        // A bed that has days on both sides of those that are free, for a new year's co-payments are counted anew.
        (2, 4_246),
        (2, 11_811),
        (2, 20_036),
        // The same, and the day of discharge counts.
        (9, 60_402),
    ];
    for (seed, visit) in visits {
        let outcome = campaign(&maker, seed, visit..visit + 1);
        assert_eq!((outcome.clean, &outcome.failures), (1, &Vec::new()), "S{seed}-{visit:07}");
    }
}

#[test]
fn generated_claims_are_clean_and_of_every_kind() {
    let outcome = campaign(&Maker::new(), 11, 0..3_000);
    assert!(outcome.failures.is_empty(), "{}", outcome.failures.join("\n"));
    let plots: BTreeSet<Plot> = outcome.kinds.keys().map(|(plot, _)| *plot).collect();
    let twists: BTreeSet<Twist> = outcome.kinds.keys().map(|(_, twist)| *twist).collect();
    assert_eq!((plots.len(), twists.len()), (9, 12), "{:?}", outcome.kinds);
}

#[test]
fn every_code_has_a_fault() {
    let shown: BTreeSet<&str> = faults().map(|fault| fault.code).collect();
    let missing: Vec<&str> = codes()
        .iter()
        .filter(|entry| !entry.recognised_only)
        .map(|entry| &*entry.code)
        .filter(|code| !shown.contains(code) && !NOT_SHOWN.iter().any(|(not_shown, _)| not_shown == code))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert!(NOT_SHOWN.iter().all(|(code, why)| !shown.contains(code) && !why.is_empty()));
}

/// The codes found in a broken file, notes left out but the fault's own.
fn codes_found(maker: &Maker, made: &Made, fault: &Fault, number: u64) -> Option<BTreeSet<&'static str>> {
    let broken = fault.put_into(&made.envelope, number).unwrap()?;
    let given = match fault.needs {
        Needs::Prices => Given { prices: Some(&maker.places), ..Given::default() },
        Needs::Facilities => Given { facilities: Some(&maker.places), ..Given::default() },
        Needs::Nothing | Needs::ReceivedOn | Needs::Batch => {
            Given { received_on: broken.received_on, ..Given::default() }
        }
    };
    let mut batch = Batch::new();
    if fault.needs == Needs::Batch {
        let before = found(&made.envelope.write().unwrap(), &given, Some(&mut batch));
        assert!(before.iter().all(|finding| finding.severity == Severity::Note), "{}", fault.name);
    }
    let findings = found(&broken.file, &given, Some(&mut batch));
    let counts = findings.iter().filter(|finding| finding.severity > Severity::Note || finding.code == fault.code);
    Some(counts.map(|finding| finding.code).collect())
}

#[test]
fn each_fault_of_a_generated_claim_is_found_by_its_own_code_and_no_other() {
    let maker = Maker::new();
    let tried: Mutex<BTreeMap<&str, usize>> = Mutex::default();
    let wrong: Mutex<Vec<String>> = Mutex::default();
    maker.each(23, 0..VISITS, |number, made| {
        let made = made.unwrap();
        for fault in faults() {
            if tried.lock().unwrap().get(fault.name).is_some_and(|count| *count >= EACH) {
                continue;
            }
            let Some(codes) = codes_found(&maker, &made, fault, number) else { continue };
            *tried.lock().unwrap().entry(fault.name).or_default() += 1;
            if codes != BTreeSet::from([fault.code]) {
                wrong.lock().unwrap().push(format!("{} in {}: {codes:?}", fault.name, made.sample.id));
            }
        }
    });
    let (tried, wrong) = (tried.into_inner().unwrap(), wrong.into_inner().unwrap());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
    let never: Vec<&str> =
        faults().map(|fault| fault.name).filter(|name| tried.get(name).is_none_or(|count| *count < 3)).collect();
    assert_eq!(never, Vec::<&str>::new(), "tried too rarely");
}

fn generate(folder: &Folder, into: &str, options: &[&str]) -> std::process::Output {
    vienphi(&[&["claims", "generate", "-o", &folder.at(into)], options].concat(), b"")
}

/// The files of a folder by name.
fn files(folder: &Folder, name: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder.at(name)).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn generating_again_gives_the_same_files_and_more_gives_more() {
    let folder = Folder::new("claims-generate");
    for (into, options) in [
        ("one", &["--count", "40", "--seed", "5", "--encounters"][..]),
        ("again", &["--count", "40", "--seed", "5", "--encounters"]),
        ("more", &["--count", "60", "--seed", "5"]),
        ("long", &["--count", "5", "--lines", "50"]),
    ] {
        let output = generate(&folder, into, options);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (one, more) = (files(&folder, "one"), files(&folder, "more"));
    assert_eq!(one.len(), 41);
    assert_eq!(one, files(&folder, "again"));
    assert!(one.iter().all(|(name, bytes)| !name.ends_with(".xml") || more.get(name) == Some(bytes)));
    // Another seed has other files, and none is written over another.
    let other = generate(&folder, "one", &["--count", "40", "--seed", "6", "--encounters"]);
    let said = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(other.status.code() == Some(2) && said.contains("is not replaced"), "{said}");
    for (name, bytes) in files(&folder, "long") {
        let claim = acceptance::claims::claim(&bytes);
        let rows: usize = [2, 3].iter().filter_map(|number| claim.table(*number)).map(|table| table.row_count()).sum();
        assert!(rows >= 50, "{name}: {rows}");
    }
}

#[test]
fn broken_files_are_listed_with_their_codes() {
    let folder = Folder::new("claims-faults");
    let count = faults().count();
    // Each at least once.
    let output = generate(&folder, "out", &["--faults", "--seed", "3", "--count", &count.to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let maker = Maker::new();
    let written = files(&folder, "out");
    let told = String::from_utf8(written["faults.jsonl"].clone()).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), count);
    for (line, fault) in told.iter().zip(faults()) {
        assert_eq!((line["fault"].as_str(), line["expected_code"].as_str()), (Some(fault.name), Some(fault.code)));
        let received_on = line["received_on"].as_str().and_then(Day::parse);
        let given = match line["needs"].as_str() {
            Some("prices" | "facilities") => maker.given(None),
            _ => Given { received_on, ..Given::default() },
        };
        let mut batch = Batch::new();
        if let Some(behind) = line["behind"].as_str() {
            found(&written[behind], &given, Some(&mut batch));
        }
        let findings = found(&written[line["file"].as_str().unwrap()], &given, Some(&mut batch));
        assert!(findings.iter().any(|finding| finding.code == fault.code), "{line}: {findings:#?}");
    }
}
