//! Whatever stands in a file, it is checked, and soon.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use super::case::{Case, Made, claim};
use super::*;

/// Texts that numbers, times, lists and cards can trip over.
fn text() -> impl Strategy<Value = String> {
    let odd = [
        "-92233720368547758.08",
        "92233720368547758.07",
        "999999999999999",
        "0",
        "-1",
        "0.001",
        "1e9",
        "۱۲۳",
        ";",
        ";;;;",
        "ế",
        "K+1",
        "KK",
        "ĐN920000000001",
        "99999999",
        "219912312359",
        "190001010000",
        "20260302081",
        "2026030ế810",
        "-",
        ".",
        " ",
        "{field}",
        "{",
        "}",
        "XX.0001",
        "A.",
        "A00†",
    ];
    prop_oneof![3 => prop::sample::select(odd.to_vec()).prop_map(String::from), 1 => "[0-9;.A-Z-]{0,20}"]
}

proptest! {
    #[test]
    fn odd_texts_are_checked(changes in vec((0..4_u8, 0..6_usize, 0..66_usize, text()), 1..12)) {
        let mut case = Case::inpatient();
        case.result("10.0506.0459");
        let ours = case.claim();
        for (table, row, field, text) in changes {
            let table = table + 1;
            let fields = Schema::every_day().table(table).unwrap().fields();
            let rows = case.tables[&table].len();
            case.set(table, row % rows, &fields[field % fields.len()].name, &text);
        }
        let claim = case.claim();
        let checked = check(&claim, &Given { received_on: Day::parse("2026-03-06"), ..Given::default() });
        let mut batch = Batch::new();
        batch.add(&BatchEntry::of(&ours), 0);
        let found = [checked.findings, batch.add(&BatchEntry::of(&claim), 1)].concat();
        for finding in found {
            prop_assert!(finding.at_risk >= Amount::ZERO);
            prop_assert!(!finding.text.vi.is_empty() && !finding.text.en.is_empty());
        }
    }
}

#[test]
fn a_claim_of_nothing_is_one_without_a_summary() {
    for tables in ["", "<FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE></NOIDUNGFILE></FILEHOSO>"] {
        let file = format!(
            "<GIAMDINHHS><THONGTINHOSO><DANHSACHHOSO><HOSO>{tables}</HOSO></DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>"
        );
        let found = check_claim(&claim(file.as_bytes()), &Given::default());
        assert!(found.iter().any(|finding| finding.code == "VP-NO-SUMMARY"), "{found:#?}");
    }
}

/// Ten thousand lines of each kind that is compared with others; comparing each with each would take minutes.
#[test]
fn the_time_grows_with_the_lines() {
    let mut case = Case::inpatient();
    let rows = case.tables.get_mut(&3).unwrap();
    for number in 0..10_000 {
        for row in [0, 2, 4] {
            let mut copy = rows[row].clone();
            copy.insert("STT", (number * 3 + row).to_string());
            copy.insert("MA_DICH_VU", format!("10.{number}"));
            rows.push(copy);
        }
    }
    case.service("19", "99.0001.0001", Made::whole("1", "1", "80"));
    let claim = case.claim();
    let start = Instant::now();
    let found = check_claim(&claim, &Given::default());
    assert!(found.len() > 10_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
