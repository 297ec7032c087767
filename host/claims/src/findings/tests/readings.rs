//! Readings of the law, at the places where they turn.

use super::case::{Case, Made};
use super::*;

fn codes_given(case: &Case, given: &Given<'_>) -> Vec<&'static str> {
    let mut codes: Vec<&str> = case.check(given).iter().map(|finding| finding.code).collect();
    codes.dedup();
    codes
}

fn codes_of(case: &Case) -> Vec<&'static str> {
    codes_given(case, &Given::default())
}

/// The outpatient visit on another day; its card is valid in that year.
fn on(day: &str) -> Case {
    let mut case = Case::outpatient();
    let fields = ["NGAY_VAO", "NGAY_RA", "NGAY_TTOAN", "NGAY_YL", "NGAY_TH_YL", "NGAY_KQ"];
    for rows in case.tables.values_mut() {
        for (field, text) in rows.iter_mut().flatten().filter(|(field, _)| fields.contains(*field)) {
            assert!(text.starts_with("20260302"), "{field}");
            text.replace_range(..8, day);
        }
    }
    case.set(1, 0, "GT_THE_TU", &format!("{}0101", &day[..4]));
    case.set(1, 0, "GT_THE_DEN", &format!("{}1231", &day[..4]));
    case.set(1, 0, "NAM_QT", &day[..4]);
    case.set(1, 0, "THANG_QT", &day[4..6]);
    case
}

#[test]
fn the_rate_follows_object_day_age_and_route() {
    for (day, card, birth, subject, rate) in [
        // READINGS 7: CN and LH from 75 are paid whole from 2026.
        ("20251231", "CN3920000000001", "1980", "1.1", "95"),
        ("20260101", "CN3920000000001", "1980", "1.1", "100"),
        ("20260302", "LH4920000000001", "1951", "1.1", "100"),
        ("20260302", "LH4920000000001", "1952", "1.1", "80"),
        ("20260302", "HT3920000000001", "1951", "1.1", "95"),
        ("20260302", "HN2920000000001", "1951", "1.1", "100"),
        // QĐ 3276/QĐ-BYT: reduced route rates from 01/07/2026.
        ("20260701", "DN4920000000001", "1980", "1.13", "40"),
        ("20260701", "HT3920000000001", "1951", "1.18", "47.5"),
        ("20260302", "DN4920000000001", "1980", "2", "80"),
        // The primary tier.
        ("20260302", "DN4920000000001", "1980", "1.2", "100"),
    ] {
        let case = on(day).with(1, 0, "MA_THE_BHYT", card).with(1, 0, "MA_DOITUONG_KCB", subject);
        let case = case.with(1, 0, "NGAY_SINH", &format!("{birth}03020000"));
        assert_eq!(codes_of(&case.clone().rated(rate)), [""; 0], "{day} {card} {subject} {rate}");
        let wrong = if rate == "100" { ("80", "VP-RATE-LOW") } else { ("100", "VP-RATE-HIGH") };
        assert_eq!(codes_of(&case.rated(wrong.0)), [wrong.1], "{day} {card} {subject} {}", wrong.0);
    }
}

#[test]
fn fifteen_percent_is_strictly_below() {
    // 15 % of 2 340 000 is 351 000 (READINGS 3, 5).
    for (price, rate, codes) in [
        ("350999", "100", vec![]),
        ("350999", "80", vec!["VP-SMALL-VISIT"]),
        ("351000", "80", vec![]),
        ("351000", "100", vec!["VP-RATE-HIGH"]),
    ] {
        let mut case = Case::small();
        case.tables.remove(&2);
        case.tables.get_mut(&3).unwrap().clear();
        case.tables.insert(2, Vec::new());
        case.service("19", "99.0001.0001", Made::whole("1", price, rate));
        assert_eq!(codes_of(&case.with_totals()), codes, "{price} {rate}");
    }
}

#[test]
fn a_card_that_expires_in_a_treatment_covers_fifteen_days_more() {
    // READINGS 9: of wards and courses, not of an exam.
    for (end, codes) in [("20260302", vec![]), ("20260301", vec!["VP-CARD-DAY"])] {
        assert_eq!(codes_of(&Case::inpatient().with(1, 0, "GT_THE_DEN", end)), codes, "{end}");
    }
}

#[test]
fn an_exemption_holds_from_its_day_to_the_end_of_the_year() {
    let exempt = |from: &str, rate: &str| Case::outpatient().with(1, 0, "NGAY_MIEN_CCT", from).rated(rate);
    for (from, rate, codes) in [
        ("20260301", "100", vec![]),
        ("20260301", "80", vec!["VP-RATE-LOW"]),
        // The line that crosses keeps its rate (READINGS 13).
        ("202603020915", "100", vec![]),
        ("202603020915", "80", vec![]),
        ("20260303", "100", vec!["VP-RATE-HIGH"]),
        ("20251101", "100", vec!["VP-RATE-HIGH"]),
    ] {
        assert_eq!(codes_of(&exempt(from, rate)), codes, "{from} {rate}");
    }
}

#[test]
fn a_primary_facility_pays_whole_where_it_is_known() {
    struct Primary;
    impl Facilities for Primary {
        fn knows(&self, _: &str) -> bool {
            true
        }

        fn is_primary(&self, _: &str, _: Day) -> Option<bool> {
            Some(true)
        }
    }
    let given = Given { facilities: Some(&Primary), ..Given::default() };
    let whole = Case::outpatient().rated("100");
    assert_eq!(codes_given(&whole, &given), [""; 0]);
    assert_eq!(codes_of(&whole), ["VP-RATE-HIGH"]);
}

#[test]
fn a_price_above_the_insured_one_has_two_forms() {
    // 3 × 200 000 at 50 % with an insured price of 150 000: 300 000, or 600 000 − 225 000 (READINGS 24).
    for (hospital, own, codes) in
        [("300000", "75000", vec![]), ("375000", "150000", vec![]), ("600000", "375000", vec!["GDH-52"])]
    {
        let mut case = Case::outpatient();
        let made = Made { insured_price: "150000", service_ratio: "50", ..Made::whole("3", "200000", "80") };
        case.service("19", "99.0001.0001", made);
        let case = case.with(3, 3, "THANH_TIEN_BV", hospital).with(3, 3, "T_BNTT", own).with_totals();
        assert_eq!(codes_of(&case), codes, "{hospital}");
    }
}

#[test]
fn before_the_decision_of_2023_no_ratio_lowered_what_a_hospital_counts() {
    for (day, codes) in [("20240630", vec![]), ("20240701", vec!["GDH-52"])] {
        let mut case = on(day);
        case.service("19", "99.0001.0001", Made { service_ratio: "50", ..Made::whole("1", "200000", "80") });
        let last = 3;
        for field in ["NGAY_YL", "NGAY_TH_YL", "NGAY_KQ"] {
            let text = format!("{day}1000");
            case.set(3, last, field, &text);
        }
        let case = case.with(3, last, "THANH_TIEN_BV", "200000").with(3, last, "T_BNTT", "100000").with_totals();
        assert_eq!(codes_of(&case), codes, "{day}");
    }
}

#[test]
fn support_comes_off_in_one_of_three_ways() {
    // An insured service of 43 500 at 80 %: own 0, co-payment 8 700, insurer 34 800; others pay 8 700 (READINGS 30).
    for (way, insured, copayment, insurer, codes) in [
        ("to the person", "43500", "0", "34800", vec![]),
        ("to the facility", "34800", "6960", "27840", vec![]),
        ("of the insurer's", "43500", "8700", "26100", vec!["VP-SOURCES-SPLIT"]),
    ] {
        let mut case = Case::outpatient();
        case.support(3, 1, "8700");
        let case = case.with(3, 1, "THANH_TIEN_BH", insured).with(3, 1, "T_BNCCT", copayment);
        let case = case.with(3, 1, "T_BHTT", insurer).with_totals();
        assert_eq!(codes_of(&case), codes, "{way}");
    }
}

#[test]
fn a_shared_ceiling_cuts_what_is_insured() {
    let cut = |ceiling: &str, insured: &str, copayment: &str, insurer: &str, own: &str| {
        let case = Case::outpatient().with(3, 1, "T_TRANTT", ceiling).with(3, 1, "THANH_TIEN_BH", insured);
        let case = case.with(3, 1, "T_BNCCT", copayment).with(3, 1, "T_BHTT", insurer).with(3, 1, "T_BNTT", own);
        codes_of(&case.with_totals())
    };
    assert_eq!(cut("40000", "40000", "8000", "32000", "3500"), [""; 0]);
    assert_eq!(cut("40000", "41000", "8200", "32800", "2500"), ["GDH-52"]);
    assert_eq!(cut("40000", "43500", "8700", "34800", "0"), ["VP-CEILING"]);
}

#[test]
fn special_endings_have_a_bed_day_more() {
    let mut case = Case::inpatient();
    case.set(3, 1, "SO_LUONG", "5");
    case.rate(3, 1, "80");
    let case = case.with_totals();
    assert_eq!(codes_of(&case), ["VP-BED-DAYS"]);
    assert_eq!(codes_of(&case.with(1, 0, "KET_QUA_DTRI", "5")), [""; 0]);
}
