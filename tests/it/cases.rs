//! Worked cases: every reading of the law has one that fires and a near miss.

use std::collections::BTreeMap;

use acceptance::{cases, checkout};

#[test]
fn every_worked_case_comes_out() {
    let pricer = checkout::pricer(&[]);
    let mut failures = Vec::new();
    for worked in cases::all() {
        for difference in worked.check(&pricer) {
            failures.push(format!("{}: {} (R{:?}): {difference}", worked.file, worked.case.name, worked.case.reading));
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_reading_has_a_case_that_fires_and_a_near_miss() {
    let mut seen: BTreeMap<u8, (u32, u32)> = BTreeMap::new();
    let all = cases::all();
    for case in all.iter().map(|worked| &worked.case) {
        let Some(reading) = case.reading else { continue };
        let (fires, misses) = seen.entry(reading).or_default();
        if case.fires { *fires += 1 } else { *misses += 1 }
    }
    let missing: Vec<u8> = (1..=31)
        .filter(|reading| seen.get(reading).is_none_or(|(fires, misses)| *fires == 0 || *misses == 0))
        .collect();
    assert!(missing.is_empty(), "readings without a case that fires and a near miss: {missing:?}");
    assert!(all.len() >= 60, "only {} cases", all.len());
    let without_ground: Vec<&str> =
        all.iter().map(|worked| &worked.case).filter(|case| case.ground.is_empty()).map(|case| &*case.name).collect();
    assert!(without_ground.is_empty(), "cases without a ground: {without_ground:?}");
}
