//! Claims against the file, against each other, against our own statement.

use std::collections::{BTreeMap, BTreeSet};

use vienphi_domain::Words;
use vienphi_domain::digest::Digest;
use vienphi_domain::encounter::Kind;
use vienphi_domain::statement::{Digests, Line, Part, Rule, Split, Statement, Subject, Tariff};
use vienphi_money::{Price, Quantity, Rate};

use super::case::Case;
use super::*;
use crate::{Envelope, Limits};

fn envelope(change: impl Fn(String) -> String) -> Vec<Finding> {
    let file = change(String::from_utf8(Case::outpatient().bytes()).unwrap());
    check_envelope(&Envelope::read(file.as_bytes(), &Limits::default()).unwrap())
}

fn envelope_faults() -> Vec<(&'static str, Vec<Finding>)> {
    vec![
        ("", envelope(|file| file)),
        ("VP-ENVELOPE-COUNT", envelope(|file| file.replace("<SOLUONGHOSO>1<", "<SOLUONGHOSO>2<"))),
        ("VP-ENVELOPE-FACILITY", envelope(|file| file.replace("<MACSKCB>92114<", "<MACSKCB>92115<"))),
        ("VP-ENVELOPE-MISSING", envelope(|file| file.replace("<NGAYLAP>20260306<", "<NGAYLAP><"))),
        ("VP-ENVELOPE-MISSING", envelope(|file| file.replace("<NGAYLAP>20260306<", "<NGAYLAP>20260230<"))),
        ("VP-ENVELOPE-SIGNATURE", envelope(|file| file.replace("<CHUKYDONVI/>", ""))),
    ]
}

/// What the last of some claims gives in a batch.
fn batch(cases: &[Case]) -> Vec<Finding> {
    let mut batch = Batch::new();
    let mut last = Vec::new();
    for (case, file) in cases.iter().zip(0..) {
        last = batch.add(&BatchEntry::of(&case.claim()), file);
    }
    last
}

fn batch_faults() -> Vec<(&'static str, Vec<Finding>)> {
    let key = |case: Case, key: &str| case.with(1, 0, "MA_LK", key);
    let later =
        |case: Case| key(case, "K2").with(1, 0, "NGAY_VAO", "202603021000").with(1, 0, "NGAY_RA", "202603021200");
    let next =
        key(Case::outpatient(), "K2").with(1, 0, "NGAY_VAO", "202603021130").with(1, 0, "NGAY_RA", "202603021200");
    let again = key(Case::outpatient(), "K2").with(1, 0, "T_BHTT", "0");
    vec![
        ("", batch(&[Case::outpatient()])),
        ("", batch(&[Case::outpatient(), next])),
        ("", batch(&[Case::outpatient(), later(Case::outpatient()).with(1, 0, "MA_THE_BHYT", "DN4920000000002")])),
        ("VP-OVERLAP", batch(&[Case::outpatient(), again])),
        ("VP-OVERLAP", batch(&[Case::outpatient(), later(Case::outpatient())])),
        ("GDH-60", batch(&[Case::inpatient(), later(Case::outpatient())])),
        ("GDH-60", batch(&[later(Case::outpatient()), Case::inpatient()])),
        ("GDH-61", batch(&[Case::outpatient(), key(Case::outpatient(), "K2")])),
        (
            "VP-MA-LK-TWICE",
            batch(&[Case::outpatient(), Case::inpatient().with(1, 0, "MA_THE_BHYT", "DN4920000000002")]),
        ),
    ]
}

fn split(case: &Case, table: u8, row: usize) -> Split {
    let of = |field: &str| Amount::parse(case.get(table, row, field)).unwrap_or_default();
    Split {
        hospital: of("THANH_TIEN_BV"),
        insured: of("THANH_TIEN_BH"),
        other_sources: of("T_NGUONKHAC"),
        own: of("T_BNTT"),
        copayment: of("T_BNCCT"),
        insurer: of("T_BHTT"),
    }
}

const IDS: [[&str; 3]; 2] = [["2.1", "2.2", ""], ["3.1", "3.2", "3.3"]];

/// Our statement of a case that is right.
fn statement(case: &Case) -> Statement<'static> {
    let mut lines = Vec::new();
    for (table, ids) in [2_u8, 3].into_iter().zip(IDS) {
        for (row, id) in ids.into_iter().enumerate().take(case.tables[&table].len()) {
            let of = |field: &str| case.get(table, row, field);
            let prices = if table == 2 { ["DON_GIA", "DON_GIA"] } else { ["DON_GIA_BV", "DON_GIA_BH"] };
            let [price, insured_price] = prices.map(|field| Price::parse(of(field)).unwrap());
            let rate = |field: &str| Rate::parse(of(field)).unwrap_or(Rate::WHOLE);
            let day = Day::parse("2026-03-02").unwrap();
            let split = split(case, table, row);
            let part = Part {
                code: "",
                name: None,
                from: day,
                to: day,
                list_price: price,
                unit_price: price,
                insured_price,
                resolution: None,
                quantity: Quantity::parse(of("SO_LUONG")).unwrap(),
                service_ratio: rate("TYLE_TT_DV"),
                insured_ratio: rate("TYLE_TT_BH"),
                ceiling: None,
                card: None,
                benefit_rate: Some(rate("MUC_HUONG")),
                split,
                rules: vec!["card-and-route"],
            };
            let parts = vec![part];
            lines.push(Line {
                id,
                code: "",
                name: None,
                kind: Kind::Other,
                group: 1,
                payment_method: 1,
                parts,
                sum: split,
            });
        }
    }
    let text = Words { vi: "mức của thẻ".into(), en: "the card's rate".into() };
    let rule = Rule { text, ground: "Luật BHYT Điều 22; READINGS 7" };
    let digest = Digest::of(b"");
    Statement {
        encounter: "K1",
        version: 1,
        as_of: Day::parse("2026-03-06").unwrap(),
        subject: Subject { declared: Some("1.1"), derived: Some("1.1") },
        tariff: Tariff { package: "tariff-can-tho", version: "1", status: "sample", is_signed: false },
        provisional: Vec::new(),
        lines,
        totals: Default::default(),
        findings: Vec::new(),
        rules: BTreeMap::from([("card-and-route", rule)]),
        digests: Digests { encounter: digest, component: digest, tariff: digest, policies: digest, engine: digest },
        fuel: 0,
    }
}

fn against_ours(change: impl Fn(&mut Case), change_ours: impl Fn(&mut Statement<'static>)) -> Vec<Finding> {
    let mut ours = statement(&Case::outpatient());
    let mut case = Case::outpatient();
    change(&mut case);
    change_ours(&mut ours);
    differences(&case.claim(), &ours)
}

fn difference_faults() -> Vec<(&'static str, Vec<Finding>)> {
    let set = |table: u8, row: usize, field: &'static str, text: &'static str| {
        against_ours(|case| case.set(table, row, field, text), |_| {})
    };
    let in_two = against_ours(
        |_| {},
        |ours| {
            let line = &mut ours.lines[4];
            let mut half = line.parts[0].clone();
            half.quantity = Quantity::HALF;
            half.split = Split::default();
            line.parts.push(half);
        },
    );
    vec![
        ("", set(1, 0, "HO_TEN", "NGUYỄN VĂN MẪU")),
        ("", in_two),
        ("VP-DIFF-LINE", against_ours(|_| {}, |ours| drop(ours.lines.remove(2)))),
        ("VP-DIFF-MISSING", against_ours(|case| drop(case.tables.get_mut(&3).unwrap().pop()), |_| {})),
        ("VP-DIFF-PRICE", set(3, 1, "DON_GIA_BH", "44000")),
        ("VP-DIFF-RATIO", set(3, 1, "TYLE_TT_DV", "30")),
        ("VP-DIFF-RATE", set(3, 1, "MUC_HUONG", "100")),
        ("VP-DIFF-AMOUNT", set(3, 1, "T_BNTT", "1")),
        ("VP-DIFF-CUT", set(3, 1, "T_BHTT", "43500")),
        ("VP-DIFF-FORGOTTEN", set(3, 1, "T_BHTT", "1")),
    ]
}

/// The codes of all of them.
pub(super) fn all_codes() -> BTreeSet<&'static str> {
    let all = [envelope_faults(), batch_faults(), difference_faults()].concat();
    all.iter().flat_map(|(_, found)| found.iter().map(|finding| finding.code)).collect()
}

#[test]
fn each_is_found_by_its_own_code() {
    for (code, found) in [envelope_faults(), batch_faults(), difference_faults()].concat() {
        let codes: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        let expected: Vec<&str> = [code].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(codes, expected, "{found:#?}");
    }
}

#[test]
fn a_batch_says_against_which_file() {
    let second = Case::outpatient().with(1, 0, "MA_LK", "K2");
    let found = batch(&[Case::outpatient(), second]);
    assert_eq!((found[0].other_file, found[0].at_risk.to_string()), (Some(0), Case::outpatient().sum("T_BHTT")));
}

#[test]
fn a_difference_says_why() {
    let found = against_ours(|case| case.set(3, 1, "T_BHTT", "43500"), |_| {});
    assert_eq!(found[0].text.en, "the insurer will cut: T_BHTT 43500, ours is 34800: the card's rate");
    assert_eq!(found[0].ground, "Luật BHYT Điều 22; READINGS 7");
    assert_eq!(found[0].at_risk.to_string(), "8700");
}
