//! What breaks the schema, case by case.

use vienphi_domain::Day;

use super::*;
use crate::{Limits, Schema};

const DAY: &str = "2026-03-02";

fn check(text: &str, day: &str) -> Vec<Violation> {
    let table = Table::read(text.as_bytes(), &Limits::default()).unwrap();
    violations(&table, Schema::on(Day::parse(day).unwrap()))
}

/// What is wrong with one value of table 1.
fn summary(field: &str, value: &str) -> Option<String> {
    let found = check(&format!("<TONG_HOP><MA_LK>K</MA_LK><{field}>{value}</{field}></TONG_HOP>"), DAY);
    assert!(found.len() <= 1, "{field} {value}");
    let violation = found.first()?;
    assert_eq!((violation.table, violation.row, violation.field), (Some(1), Some(0), field));
    assert_eq!(violation.offset, Some("<TONG_HOP><MA_LK>K</MA_LK><>".len() + field.len()));
    Some(violation.what.to_string())
}

#[test]
fn a_value_breaks_the_form_of_its_field_or_not() {
    let long = |count: usize| "ă".repeat(count);
    let (fit, over) = (long(255), long(256));
    for (field, value, what) in [
        ("HO_TEN", fit.as_str(), None),
        ("HO_TEN", &over, Some("has 256 characters; at most 255 are allowed")),
        ("LY_DO_VV", &over, None),
        ("STT", "1234567890", None),
        ("STT", "12345678901", Some("has 11 digits; at most 10 are allowed")),
        ("STT", "một", Some("is not a plain decimal number such as 1250 or 47.5")),
        ("STT", "1.", Some("is not a plain decimal number such as 1250 or 47.5")),
        ("STT", ".5", Some("is not a plain decimal number such as 1250 or 47.5")),
        ("STT", "1 000", Some("is not a plain decimal number such as 1250 or 47.5")),
        ("STT", "1e3", Some("is not a plain decimal number such as 1250 or 47.5")),
        ("T_BHTT", "-45000.5", None),
        ("T_BHTT", "45000.500", None),
        ("T_BHTT", "45000.505", Some("has 3 decimals; at most 2 are allowed")),
        ("T_BHTT", "1234567890123.45", None),
        ("T_BHTT", "12345678901234.56", Some("has 16 digits; at most 15 are allowed")),
        ("NGAY_VAO", "202603020810", None),
        ("NGAY_VAO", "20260302", Some("is not a moment such as 202603020810")),
        ("NGAY_VAO", "202613020810", Some("is not a moment such as 202603020810")),
        ("NGAY_SINH", "195100000000", None),
        ("NGAY_SINH", "19510302", Some("is not a moment of birth such as 195103020000")),
        ("NGAY_MIEN_CCT", "20260302", None),
        ("NGAY_MIEN_CCT", "202603020810", None),
        ("NGAY_MIEN_CCT", "2026", Some("is neither a day such as 20260302 nor a moment such as 202603020810")),
        ("NAM_NAM_LIEN_TUC", "20260230", Some("is not a day such as 20260302")),
        ("GT_THE_TU", "20250101;20260101", None),
        ("GT_THE_DEN", "20251231;", None),
        ("GT_THE_DEN", "20251231;31122026", Some("is not a day such as 20260302")),
        ("MA_THE_BHYT", "DN4010123456789;GD4010123456789", None),
        ("MA_THE_BHYT", "DN40101234567890", Some("has an item of 16 characters; at most 15 are allowed")),
        ("MA_BENH_KT", "A1;A2;A3;A4;A5;A6;A7;A8;A9;B1;B2;B3", None),
        ("MA_BENH_KT", "A1;A2;A3;A4;A5;A6;A7;A8;A9;B1;B2;B3;B4", Some("has 13 items; at most 12 are allowed")),
        ("NGAY_TTOAN", "", None),
    ] {
        assert_eq!(summary(field, value).as_deref(), what, "{field} {value}");
    }
}

#[test]
fn the_key_is_required() {
    let missing =
        |table, row, offset| Violation { table: Some(table), row, field: "MA_LK", offset, what: Breach::Missing };
    for (text, expected) in [
        ("<TONG_HOP/>", vec![missing(1, Some(0), None)]),
        ("<TONG_HOP><MA_LK/></TONG_HOP>", vec![missing(1, Some(0), Some(18))]),
        ("<CHI_TIEU_DIEUTRI_BENHLAO/>", vec![missing(15, None, None)]),
        ("<CHI_TIEU_DIEUTRI_BENHLAO><MA_LK>K</MA_LK></CHI_TIEU_DIEUTRI_BENHLAO>", vec![]),
        ("<CHITIEU_CHITIET_THUOC/>", vec![]),
        ("<KHAC/>", vec![Violation { table: None, row: None, field: "", offset: None, what: Breach::RootNotSeen }]),
    ] {
        assert_eq!(check(text, DAY), expected, "{text}");
    }
}

#[test]
fn a_size_is_that_of_the_day_of_discharge() {
    let text = "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><MA_LK>K</MA_LK><MUC_HUONG>1000</MUC_HUONG>\
        </CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>";
    let what: Vec<Breach> = check(text, "2026-06-30").into_iter().map(|violation| violation.what).collect();
    assert_eq!(what, [Breach::TooManyDigits { allowed: 3, found: 4 }]);
    assert_eq!(check(text, "2026-07-01"), []);
}
