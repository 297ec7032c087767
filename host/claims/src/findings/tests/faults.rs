//! Faults, each put into a clean visit, and the code each is found by.

use std::collections::BTreeSet;

use vienphi_money::Price;

use super::case::{Case, Made, claim};
use super::*;

/// A visit with one fault, and the codes it gives: the first is the fault's own.
type Fault = (&'static str, &'static [&'static str], Case);

/// The same field of the same row, changed by so many đồng.
fn more(case: Case, table: u8, row: usize, field: &'static str, dong: &str) -> Case {
    let amount = Amount::parse(case.get(table, row, field)).unwrap();
    let more = amount.plus(Amount::parse(dong).unwrap()).unwrap();
    case.with(table, row, field, &more.to_string())
}

fn outpatient(table: u8, row: usize, field: &'static str, text: &str) -> Case {
    Case::outpatient().with(table, row, field, text)
}

fn inpatient(table: u8, row: usize, field: &'static str, text: &str) -> Case {
    Case::inpatient().with(table, row, field, text)
}

/// An outpatient visit with one more service.
fn with_service(group: &str, code: &str, made: Made<'_>) -> Case {
    let mut case = Case::outpatient();
    case.service(group, code, made);
    case.with_totals()
}

fn supported(amount: &str) -> Case {
    let mut case = Case::outpatient();
    case.support(2, 0, amount);
    case.support(3, 2, amount);
    case.with_totals()
}

/// A line made anew: quantity, price or ratio, and what follows.
fn remade(mut case: Case, table: u8, row: usize, field: &'static str, text: &str) -> Case {
    case.set(table, row, field, text);
    let rate = case.get(table, row, "MUC_HUONG").to_owned();
    case.rate(table, row, &rate);
    case.with_totals()
}

fn form() -> Vec<Fault> {
    vec![
        ("no key", &["VP-SCHEMA-REQUIRED"], outpatient(2, 0, "MA_LK", "")),
        ("long name", &["VP-SCHEMA-LENGTH"], outpatient(1, 0, "HO_TEN", &"Ă".repeat(256))),
        ("no number", &["VP-SCHEMA-NUMBER"], outpatient(2, 0, "STT", "một")),
        ("no time", &["VP-SCHEMA-TIME"], outpatient(2, 0, "NGAY_YL", "20260302")),
        ("13 diseases", &["VP-SCHEMA-ITEMS"], outpatient(1, 0, "MA_BENH_KT", &["I10"; 13].join(";"))),
        ("empty money", &["VP-EMPTY"], outpatient(2, 1, "T_BNTT", "")),
        ("empty sum", &["VP-EMPTY"], outpatient(1, 0, "T_BNCCT", "")),
        ("empty quantity", &["VP-EMPTY"], outpatient(3, 0, "SO_LUONG", "")),
        ("empty disease", &["VP-EMPTY"], outpatient(1, 0, "MA_BENH_CHINH", "")),
        ("birth", &["GDH-15"], outpatient(1, 0, "NGAY_SINH", "1980")),
        ("card from", &["GDH-18"], outpatient(1, 0, "GT_THE_TU", "2026010")),
        ("card to", &["GDH-19"], outpatient(1, 0, "GT_THE_DEN", "20261331")),
        ("exempt", &["GDH-21"], outpatient(1, 0, "NGAY_MIEN_CCT", "2026")),
        ("arrival", &["GDH-23"], outpatient(1, 0, "NGAY_VAO", "20260302")),
        ("discharge", &["GDH-24"], outpatient(1, 0, "NGAY_RA", "202603022460")),
        ("payment", &["GDH-27"], outpatient(1, 0, "NGAY_TTOAN", "0")),
    ]
}

fn lists() -> Vec<Fault> {
    vec![
        ("sex", &["GDH-16"], outpatient(1, 0, "GIOI_TINH", "4")),
        ("accident", &["GDH-22"], outpatient(1, 0, "MA_TAI_NAN", "9")),
        ("result", &["GDH-25"], outpatient(1, 0, "KET_QUA_DTRI", "8")),
        ("ending", &["GDH-26"], outpatient(1, 0, "MA_LOAI_RV", "6")),
        ("visit type without its zero", &["GDH-37"], outpatient(1, 0, "MA_LOAI_KCB", "1")),
        ("area", &["GDH-38"], outpatient(1, 0, "MA_KHUVUC", "K4")),
        ("group of drugs", &["GDH-39"], outpatient(2, 0, "MA_NHOM", "13")),
        ("scope of drugs", &["GDH-40"], outpatient(2, 0, "PHAM_VI", "4")),
        ("group of services", &["GDH-43"], outpatient(3, 1, "MA_NHOM", "4")),
        ("scope of services", &["GDH-44"], outpatient(3, 1, "PHAM_VI", "0")),
        ("subject", &["VP-SUBJECT"], outpatient(1, 0, "MA_DOITUONG_KCB", "5.5")),
        ("subject of a ward", &["VP-SUBJECT-VISIT-TYPE"], outpatient(1, 0, "MA_DOITUONG_KCB", "1.15")),
        ("method", &["VP-PAYMENT-METHOD", "VP-HEADER-GDV"], outpatient(2, 0, "MA_PTTT", "4")),
        ("source of a drug", &["VP-DRUG-SOURCE"], outpatient(2, 0, "NGUON_CTRA", "9")),
        ("department", &["VP-DEPARTMENT"], outpatient(3, 0, "MA_KHOA", "Khoa")),
        ("disease", &["VP-ICD"], outpatient(1, 0, "MA_BENH_CHINH", "18.9")),
        ("disease of a line", &["VP-ICD"], outpatient(3, 0, "MA_BENH", "I10;viêm")),
    ]
}

fn cards() -> Vec<Fault> {
    let mut uninsured = Case::outpatient();
    uninsured.rate(3, 1, "0");
    let uninsured = uninsured.with(3, 1, "THANH_TIEN_BH", "0").with(3, 1, "T_BNCCT", "0").with(3, 1, "T_BNTT", "43500");
    vec![
        ("no card", &["GDH-8"], outpatient(1, 0, "MA_THE_BHYT", "")),
        ("short card", &["GDH-17"], outpatient(1, 0, "MA_THE_BHYT", "DN492000000000")),
        ("one card, two facilities", &["GDH-20"], outpatient(1, 0, "MA_DKBD", "92114;92115")),
        ("two cards, one begin", &["GDH-20"], Case::two_cards().with(1, 0, "GT_THE_TU", "20260101")),
        ("card ends first", &["VP-CARD-RANGE"], outpatient(1, 0, "GT_THE_DEN", "20251231")),
        ("card expired", &["VP-CARD-DAY"], outpatient(1, 0, "GT_THE_DEN", "20260301")),
        ("rate of another", &["VP-RATE-HIGH"], outpatient(3, 1, "MUC_HUONG", "100")),
        ("rate and money of another", &["VP-RATE-HIGH"], {
            let mut case = Case::outpatient();
            case.rate(3, 1, "100");
            case.with_totals()
        }),
        ("whole, off route", &["VP-RATE-HIGH"], Case::off_route().rated("40")),
        ("too low", &["VP-RATE-LOW"], outpatient(3, 1, "MUC_HUONG", "40")),
        ("no rate", &["VP-RATE-EMPTY"], outpatient(3, 1, "MUC_HUONG", "")),
        ("small visit", &["VP-SMALL-VISIT"], Case::small().with(3, 0, "MUC_HUONG", "80")),
        ("L changes in the stay", &["VP-L-BY-ARRIVAL"], {
            let stay = Case::small().with(1, 0, "NGAY_VAO", "202606302300").with(1, 0, "NGAY_RA", "202607010100");
            let stay = stay.with(1, 0, "NGAY_TTOAN", "").with(1, 0, "THANG_QT", "7");
            let mut stay = remade(stay, 3, 0, "DON_GIA_BH", "340000");
            stay = remade(stay, 3, 0, "DON_GIA_BV", "340000");
            for table in [2, 3] {
                for field in ["NGAY_YL", "NGAY_TH_YL"] {
                    stay.set(table, 0, field, "202606302310");
                }
            }
            stay.with(3, 0, "NGAY_KQ", "202606302320")
        }),
        ("five years, no date", &["VP-EXEMPTION-DATE"], {
            outpatient(1, 0, "NAM_NAM_LIEN_TUC", "20240101").rated("100")
        }),
        ("card not used", &["VP-NOT-INSURED"], uninsured.with_totals()),
    ]
}

fn money() -> Vec<Fault> {
    let insured_price_above = remade(Case::outpatient(), 3, 1, "DON_GIA_BH", "50000");
    let nothing_insured = {
        let mut case = Case::small();
        for table in [2, 3] {
            let all = case.get(table, 0, "THANH_TIEN_BV").to_owned();
            for (field, text) in [("PHAM_VI", "2"), ("THANH_TIEN_BH", "0"), ("T_BHTT", "0"), ("T_BNTT", &all)] {
                case.set(table, 0, field, text);
            }
        }
        case.with_totals()
    };
    let all_by_others = {
        let mut case = Case::outpatient();
        case.set(2, 0, "T_NGUONKHAC", "99999");
        case.with(2, 0, "T_NGUONKHAC_CL", "99999")
    };
    let all_of_a_service = outpatient(3, 1, "T_NGUONKHAC", "99999").with(3, 1, "T_NGUONKHAC_VTNN", "99999");
    let transport = {
        let mut case = Case::outpatient();
        case.service("12", "VC.0001", Made::whole("10", "20000", "80"));
        case.with_totals()
    };
    let mixed = more(more(supported("10000"), 3, 2, "T_BNTT", "500"), 3, 2, "T_BNCCT", "-500").with_totals();
    vec![
        ("BV of a drug", &["GDH-47"], more(Case::outpatient(), 2, 0, "THANH_TIEN_BV", "1000")),
        ("BH of a drug", &["GDH-47"], more(Case::outpatient(), 2, 1, "THANH_TIEN_BH", "-1000")),
        ("quantity of a drug", &["GDH-47"], outpatient(2, 0, "SO_LUONG", "21")),
        ("BV of a service", &["GDH-52"], more(Case::outpatient(), 3, 2, "THANH_TIEN_BV", "1000")),
        ("ratio of a service", &["GDH-52"], outpatient(3, 2, "TYLE_TT_BH", "60")),
        ("insurer of a drug", &["GDH-48"], more(Case::outpatient(), 2, 0, "T_BHTT", "1")),
        ("insurer of a service", &["GDH-53"], more(Case::outpatient(), 3, 0, "T_BHTT", "-9")),
        ("rounding", &["VP-LINE-ROUNDING"], more(Case::outpatient(), 2, 1, "T_BHTT", "0.01")),
        ("co-payment", &["VP-COPAYMENT"], more(Case::outpatient(), 3, 0, "T_BNCCT", "10")),
        ("own", &["VP-OWN"], more(Case::outpatient(), 3, 2, "T_BNTT", "10")),
        ("payers of a drug", &["GDH-41"], more(supported("1000"), 2, 0, "T_BHTT", "10")),
        ("payers of a service", &["GDH-45"], more(supported("1000"), 3, 2, "T_BNTT", "10")),
        ("others pay more than all", &["GDH-51"], all_by_others),
        ("others pay more than all of a service", &["GDH-56"], all_of_a_service),
        ("sum of others", &["VP-SOURCES-SUM"], outpatient(2, 0, "T_NGUONKHAC", "500")),
        ("part of others", &["VP-SOURCES-SUM"], more(supported("1000"), 3, 2, "T_NGUONKHAC_NSNN", "70")),
        ("order of others", &["VP-SOURCES-SPLIT"], {
            more(more(supported("1000"), 3, 2, "T_BNCCT", "500"), 3, 2, "T_BHTT", "-500")
        }),
        ("others of several kinds", &["VP-SOURCES-MIXED"], mixed),
        ("ceiling", &["VP-CEILING"], outpatient(3, 1, "T_TRANTT", "40000")),
        ("insured price", &["VP-INSURED-PRICE"], insured_price_above),
        ("negative", &["VP-NEGATIVE"], outpatient(2, 0, "SO_LUONG", "-20")),
        ("transport", &["VP-TRANSPORT"], transport),
        ("out of scope", &["VP-SCOPE-2"], outpatient(2, 0, "PHAM_VI", "2")),
        ("scope of others", &["VP-SCOPE-3"], outpatient(3, 1, "PHAM_VI", "3")),
        ("total", &["GDH-4"], more(Case::outpatient(), 1, 0, "T_TONGCHI_BV", "1000")),
        ("insured total", &["GDH-4"], more(Case::outpatient(), 1, 0, "T_TONGCHI_BH", "1000")),
        ("insurer's total", &["GDH-31"], more(Case::outpatient(), 1, 0, "T_BHTT", "1000")),
        ("own total", &["GDH-34"], more(Case::outpatient(), 1, 0, "T_BNTT", "1000")),
        ("nothing", &["GDH-11"], nothing_insured),
        ("drugs", &["VP-HEADER-SUM"], more(Case::outpatient(), 1, 0, "T_THUOC", "1000")),
        ("a hundredth of a total", &["VP-HEADER-SUM"], more(Case::outpatient(), 1, 0, "T_BNCCT", "0.01")),
        ("fee for service", &["VP-HEADER-GDV"], more(Case::outpatient(), 1, 0, "T_BHTT_GDV", "1000")),
    ]
}

fn services() -> Vec<Fault> {
    let exam = |code: &str, price: &str, ratio: &str| {
        with_service("13", code, Made { service_ratio: ratio, ..Made::whole("1", price, "80") })
    };
    let ward_exam = {
        let mut case = Case::inpatient();
        case.service("13", "03.18", Made { service_ratio: "30", ..Made::whole("1", "45000", "80") });
        case.with_totals()
    };
    let apart = |ratio: &str| remade(inpatient(3, 3, "NGAY_TH_YL", "202603030900"), 3, 3, "TYLE_TT_DV", ratio);
    vec![
        ("second exam", &["VP-EXAM-RATIO"], exam("03.18", "45000", "100")),
        ("same exam", &["VP-EXAM-REPEAT"], exam("02.03", "45000", "30")),
        ("exam twice", &["VP-EXAM-REPEAT"], remade(Case::outpatient(), 3, 0, "SO_LUONG", "2")),
        ("exams in a ward", &["VP-EXAM-INPATIENT"], ward_exam),
        ("dear exams", &["VP-EXAM-TOTAL"], exam("03.18", "200000", "30")),
        ("bed ratio", &["VP-BED-RATIO"], remade(Case::inpatient(), 3, 1, "TYLE_TT_DV", "40")),
        ("bed days", &["VP-BED-DAYS"], remade(Case::inpatient(), 3, 1, "SO_LUONG", "5")),
        ("operation ratio", &["VP-OPERATION-RATIO"], apart("60")),
        ("two whole operations", &["VP-OPERATION-SECOND"], remade(Case::inpatient(), 3, 3, "TYLE_TT_DV", "100")),
        ("one team", &["VP-OPERATION-TEAM"], remade(Case::inpatient(), 3, 3, "TYLE_TT_DV", "80")),
        ("dear supplies", &["VP-SUPPLIES-CEILING"], {
            let case = Case::inpatient().with(3, 5, "DON_GIA_BV", "110000000");
            remade(case, 3, 5, "DON_GIA_BH", "110000000")
        }),
        ("two stents", &["GDH-14"], remade(Case::inpatient(), 3, 5, "SO_LUONG", "2")),
        ("supply of nothing", &["GDH-102"], inpatient(3, 4, "MA_DICH_VU", "10.9999.0459")),
    ]
}

fn tables() -> Vec<Fault> {
    let mut no_summary = Case::outpatient();
    no_summary.tables.remove(&1);
    let mut stray = Case::outpatient();
    stray.result("22.9999.1370");
    let mut unread = Case::outpatient();
    unread.tables.get_mut(&4).unwrap().pop();
    vec![
        ("no summary", &["VP-NO-SUMMARY"], no_summary),
        ("key of another", &["VP-MA-LK"], outpatient(2, 0, "MA_LK", "K2")),
        ("number twice", &["VP-STT-TWICE"], outpatient(3, 1, "STT", "1")),
        ("numbers in no order", &["VP-STT-ORDER"], outpatient(3, 0, "STT", "9")),
        ("stray result", &["VP-RESULT-SERVICE"], stray),
        ("no result", &["VP-NO-RESULT"], unread),
        ("left before", &["VP-STAY-ORDER"], inpatient(1, 0, "NGAY_VAO_NOI_TRU", "202603070000")),
        ("done before ordered", &["VP-LINE-ORDER"], outpatient(3, 0, "NGAY_TH_YL", "202603020909")),
        ("before arrival", &["VP-OUTSIDE-STAY"], outpatient(3, 0, "NGAY_YL", "202603020809")),
        ("paid early", &["VP-PAID-EARLY"], outpatient(1, 0, "NGAY_TTOAN", "202603021129")),
        ("days", &["VP-STAY-DAYS"], inpatient(1, 0, "SO_NGAY_DTRI", "4")),
        ("days of an exam", &["VP-STAY-DAYS"], outpatient(1, 0, "SO_NGAY_DTRI", "1")),
        ("period", &["VP-PERIOD-EARLY"], outpatient(1, 0, "THANG_QT", "2")),
        ("year", &["GDH-35"], outpatient(1, 0, "NAM_QT", "2024")),
        ("month", &["GDH-36"], outpatient(1, 0, "THANG_QT", "13")),
    ]
}

fn all() -> Vec<Fault> {
    [form(), lists(), cards(), money(), services(), tables()].concat()
}

/// The codes found, each once.
fn codes_of(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

/// The codes of all faults of a claim.
pub(super) fn all_codes() -> BTreeSet<&'static str> {
    let of_files = all().into_iter().flat_map(|(_, _, case)| codes_of(&case.check(&Given::default())));
    let given = given_faults().into_iter().flat_map(|(_, findings)| codes_of(&findings));
    of_files.chain(given).collect()
}

#[test]
fn each_fault_is_found_by_its_own_code() {
    for (name, codes, case) in all() {
        let found = case.check(&Given::default());
        assert_eq!(codes_of(&found), codes.iter().copied().collect(), "{name}: {found:#?}");
    }
}

struct Known;

impl Facilities for Known {
    fn knows(&self, code: &str) -> bool {
        code == "92114"
    }

    fn is_primary(&self, code: &str, _: Day) -> Option<bool> {
        Some(code == "92200")
    }
}

impl Prices for Known {
    fn price_on(&self, _: &str, code: &str, _: Day) -> Option<Priced<'_>> {
        let price = match code {
            "02.03" => "45000",
            "22.0120.1370" => "43500",
            "18.0119.0040" => "550100",
            _ => return None,
        };
        Some(Priced { insured: Price::parse(price).unwrap(), resolution: "NQ 277/NQ-HĐND", is_sample: false })
    }
}

/// Faults that need more than the file, or a file written otherwise.
fn given_faults() -> Vec<(&'static str, Vec<Finding>)> {
    let known = Given { facilities: Some(&Known), prices: Some(&Known), received_on: None };
    let received = |day: &str| Given { received_on: Day::parse(day), ..Given::default() };
    let root = String::from_utf8(Case::outpatient().bytes()).unwrap().replace(">XML4<", ">XML99<");
    let twice = String::from_utf8(Case::outpatient().bytes()).unwrap().replace(">XML4<", ">XML2<");
    let written = |text: String| check_claim(&claim(text.as_bytes()), &Given::default());
    let mut twice = written(twice);
    twice.retain(|finding| finding.code == "VP-TABLE-TWICE");
    let other_service = with_service("19", "99.0001.0001", Made::whole("1", "10000", "80"));
    vec![
        ("", Case::outpatient().check(&known)),
        ("", Case::outpatient().check(&received("2027-01-05"))),
        ("GDH-10", outpatient(1, 0, "MA_CSKCB", "92199").check(&known)),
        ("GDH-9", outpatient(1, 0, "MA_DKBD", "92199").check(&known)),
        (
            "VP-PRICE-HIGH",
            remade(remade(Case::outpatient(), 3, 1, "DON_GIA_BV", "50000"), 3, 1, "DON_GIA_BH", "50000").check(&known),
        ),
        (
            "VP-PRICE-LOW",
            remade(remade(Case::outpatient(), 3, 1, "DON_GIA_BV", "40000"), 3, 1, "DON_GIA_BH", "40000").check(&known),
        ),
        ("VP-PRICE-NONE", other_service.check(&known)),
        ("GDH-103", Case::outpatient().check(&received("2027-01-06"))),
        ("VP-FUTURE", Case::outpatient().check(&received("2026-03-01"))),
        ("VP-SCHEMA-ROOT", written(root)),
        ("VP-TABLE-TWICE", twice),
    ]
}

#[test]
fn what_is_given_is_used() {
    for (code, found) in given_faults() {
        let expected: BTreeSet<&str> = [code].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(codes_of(&found), expected, "{found:#?}");
    }
}
