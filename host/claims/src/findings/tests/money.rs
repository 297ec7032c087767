//! Lines computed by the identities are clean, and no digit of their money can change unseen.

use proptest::collection::vec;
use proptest::prelude::*;

use super::case::{Case, Made};
use super::*;

/// A line at random: table, quantity, price, insured price, ratios, support to the person in percent of BV.
fn line() -> impl Strategy<Value = (bool, u32, u32, u32, u16, u16, u32)> {
    let ratio = prop_oneof![Just(100_u16), Just(50), Just(30), Just(80), Just(33)];
    let insured_ratio = prop_oneof![Just(100_u16), Just(50), Just(70)];
    let support = prop_oneof![3 => Just(0_u32), 1 => 1..101_u32];
    (any::<bool>(), 1..50_000_u32, 1..900_000_000_u32, 0..1000_u32, ratio, insured_ratio, support)
}

fn thousandths(units: u32) -> String {
    vienphi_money::Quantity::from_units(units.into()).to_string()
}

fn case(lines: &[(bool, u32, u32, u32, u16, u16, u32)]) -> Case {
    let mut case = Case::outpatient();
    for (is_drug, quantity, price, discount, ratio, insured_ratio, support) in lines {
        let insured = u64::from(*price) * u64::from(1000 - *discount) / 1000;
        let (quantity, price) = (thousandths(*quantity), thousandths(*price));
        let insured = thousandths(u32::try_from(insured).unwrap());
        let (ratio, insured_ratio) = (ratio.to_string(), insured_ratio.to_string());
        let made = Made {
            quantity: &quantity,
            price: &price,
            insured_price: &insured,
            service_ratio: &ratio,
            insured_ratio: &insured_ratio,
            rate: "80",
        };
        let table = if *is_drug {
            case.drug("4", made);
            2
        } else {
            // Other services: no rule of exams, beds or operations.
            case.service("19", "99.0001.0001", made);
            3
        };
        let row = case.tables[&table].len() - 1;
        let whole = Amount::parse(case.get(table, row, "THANH_TIEN_BV")).unwrap();
        let support = Amount::from_units(whole.units() * i64::from(*support) / 100);
        if support > Amount::ZERO {
            case.support(table, row, &support.to_string());
        }
    }
    case.with_totals()
}

/// Every field of money that has a digit.
fn money_fields(case: &Case) -> Vec<(u8, usize, &'static str)> {
    let of_lines = ["THANH_TIEN_BV", "THANH_TIEN_BH", "T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC", "T_NGUONKHAC_NSNN"];
    let mut fields: Vec<(u8, usize, &'static str)> = HEADER_FIELDS.into_iter().map(|field| (1, 0, field)).collect();
    for table in [2, 3] {
        for row in 0..case.tables[&table].len() {
            fields.extend(of_lines.into_iter().map(|field| (table, row, field)));
        }
    }
    fields.retain(|(table, row, field)| !case.get(*table, *row, field).is_empty());
    fields
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_lines_are_clean_and_each_digit_counts(
        lines in vec(line(), 1..6),
        picks in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..10_u8), 12),
    ) {
        let clean = case(&lines);
        let found = clean.check(&Given::default());
        prop_assert!(found.is_empty(), "{found:#?}");
        let fields = money_fields(&clean);
        for (field, digit, step) in picks {
            let (table, row, field) = fields[field.index(fields.len())];
            let text = clean.get(table, row, field);
            let mut changed = text.to_owned().into_bytes();
            let digits: Vec<usize> = (0..changed.len()).filter(|at| changed[*at].is_ascii_digit()).collect();
            let at = digits[digit.index(digits.len())];
            changed[at] = b'0' + (changed[at] - b'0' + step) % 10;
            let changed = String::from_utf8(changed).unwrap();
            let found = clean.clone().with(table, row, field, &changed).check(&Given::default());
            prop_assert!(!found.is_empty(), "{table} {row} {field}: {text} as {changed}");
            let is_there = |finding: &Finding| finding.table == Some(table) && finding.row == Some(row);
            prop_assert!(found.iter().any(is_there), "{table} {row} {field}: {found:#?}");
        }
    }
}
