//! Worked cases: every reading of the law has one that fires and a near miss.

use std::collections::BTreeMap;

use acceptance::{cases, checkout};

#[test]
fn every_worked_case_comes_out() {
    let pricer = checkout::pricer(&[]);
    let mut failures = Vec::new();
    for (file, case) in cases::all() {
        for difference in cases::check(&file, &case, &pricer) {
            let file = file.file_name().unwrap_or_default().to_string_lossy();
            failures.push(format!("{file}: {} (R{}): {difference}", case.name, case.reading));
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_reading_has_a_case_that_fires_and_a_near_miss() {
    let mut seen: BTreeMap<u8, (u32, u32)> = BTreeMap::new();
    let all = cases::all();
    for (_, case) in &all {
        let (fires, misses) = seen.entry(case.reading).or_default();
        if case.fires { *fires += 1 } else { *misses += 1 }
    }
    let missing: Vec<u8> = (1..=31)
        .filter(|reading| seen.get(reading).is_none_or(|(fires, misses)| *fires == 0 || *misses == 0))
        .collect();
    assert!(missing.is_empty(), "readings without a case that fires and a near miss: {missing:?}");
    assert!(all.len() >= 60, "only {} cases", all.len());
    let without_ground: Vec<&str> =
        all.iter().filter(|(_, case)| case.ground.is_empty()).map(|(_, case)| case.name.as_str()).collect();
    assert!(without_ground.is_empty(), "cases without a ground: {without_ground:?}");
}
