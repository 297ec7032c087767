//! Clean visits give nothing; each fault gives its own code; what is said is readable.

mod against;
mod case;
mod faults;
mod money;
mod odd;
mod readings;
mod words;

use std::collections::BTreeSet;

use super::*;
use case::Case;

#[test]
fn clean_visits_give_nothing() {
    let supported = {
        let mut case = Case::outpatient();
        case.support(2, 0, "1000");
        case.support(3, 1, "20000");
        case.with_totals()
    };
    let cases = [
        ("outpatient", Case::outpatient()),
        ("inpatient", Case::inpatient()),
        ("small", Case::small()),
        ("supported", supported),
        ("unpaid", Case::outpatient().with(1, 0, "NGAY_TTOAN", "")),
        ("exempt", Case::outpatient().with(1, 0, "NGAY_MIEN_CCT", "20260101").rated("100")),
        ("two cards", Case::two_cards()),
        (
            "army",
            Case::outpatient().with(1, 0, "MA_THE_BHYT", "QN5920000000001").rated("100").with(3, 1, "PHAM_VI", "3"),
        ),
        ("by number", Case::outpatient().with(1, 0, "MA_THE_BHYT", "9200000001")),
        (
            "by number, perhaps of the army",
            Case::outpatient().with(1, 0, "MA_THE_BHYT", "9200000001").with(3, 1, "PHAM_VI", "3"),
        ),
        ("CN in 2026", Case::outpatient().with(1, 0, "MA_THE_BHYT", "CN3920000000001").rated("100")),
        ("off route", Case::off_route()),
        ("stopped", Case::inpatient().without_prices()),
        ("a test that was stopped", {
            let mut case = Case::outpatient();
            case.service("2", "18.0119.0028_TB", case::Made::whole("1", "0", "80"));
            case.with_totals()
        }),
    ];
    for (name, case) in cases {
        let found = case.check(&Given::default());
        assert_eq!(found, [], "{name}");
    }
}

#[test]
fn totals_are_declared_and_recomputed() {
    let case = Case::outpatient().with(1, 0, "T_BHTT", "1");
    let totals = totals(&case.claim());
    assert_eq!(totals.declared.of("T_BHTT"), Some(Amount::from_units(100)));
    assert_eq!(totals.expected.of("T_BHTT").unwrap().to_string(), case.sum("T_BHTT"));
    // A wrong amount of a line is expected as it should be.
    let wrong = Case::outpatient().with(2, 0, "THANH_TIEN_BV", "1");
    assert_eq!(super::totals(&wrong.claim()).expected, totals.expected);
}

#[test]
fn every_code_is_found_and_no_other() {
    let found: BTreeSet<&str> =
        faults::all_codes().into_iter().chain(against::all_codes()).chain(["VP-SCHEMA-FIELD"]).collect();
    let known: BTreeSet<&str> =
        codes().iter().filter(|entry| !entry.recognised_only).map(|entry| &*entry.code).collect();
    assert_eq!(found, known);
    let count = codes().iter().map(|entry| &entry.code).collect::<BTreeSet<_>>().len();
    assert_eq!(count, codes().len(), "a code stands twice");
    for number in
        [1, 3, 4, 5, 8, 9, 10, 11, 12, 14, 31, 34, 35, 36, 37, 38, 39, 40, 43, 44, 47, 48, 49, 50, 51, 52, 53, 54, 55]
            .into_iter()
            .chain([56, 58, 60, 61, 101, 102, 103, 104, 105])
            .chain(15..=27)
    {
        let code = format!("GDH-{number}");
        assert!(codes::entry(&code).is_some(), "{code}");
    }
}
