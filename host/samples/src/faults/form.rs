//! Values that have not the form of their fields.

use vienphi_money::Amount;

use super::sheet::{Sheet, VISIT};
use super::{Fault, fault, of_text};

pub(super) const FAULTS: &[Fault] = &[
    of_text("unknown-table", "VP-SCHEMA-ROOT", "Loại bảng lạ", "a table of an unknown kind", |text| {
        let known = ">XML5<";
        text.contains(known).then(|| text.replace(known, ">XML99<"))
    }),
    fault("key-missing", "VP-SCHEMA-REQUIRED", "Dòng không có MA_LK", "a row without MA_LK", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.set(at, "MA_LK", "")
    }),
    fault(
        "name-too-long",
        "VP-SCHEMA-LENGTH",
        "HO_TEN dài hơn 255 ký tự",
        "HO_TEN of more than 255 characters",
        |sheet| sheet.of_visit("HO_TEN", "Ă".repeat(256)),
    ),
    fault("number-in-words", "VP-SCHEMA-NUMBER", "STT ghi bằng chữ", "STT in words", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.set(at, "STT", "một")
    }),
    fault("order-without-hour", "VP-SCHEMA-TIME", "NGAY_YL chỉ có ngày", "NGAY_YL has a day alone", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        let ordered = sheet.text(at, "NGAY_YL");
        sheet.set(at, "NGAY_YL", ordered.get(..8)?)
    }),
    fault("thirteen-diseases", "VP-SCHEMA-ITEMS", "MA_BENH_KT có 13 mã", "MA_BENH_KT has 13 codes", |sheet| {
        sheet.of_visit("MA_BENH_KT", ["I10"; 13].join(";"))
    }),
    fault("disease-empty", "VP-EMPTY", "Không có bệnh chính", "no main disease", |sheet| {
        sheet.of_visit("MA_BENH_CHINH", "")
    }),
    fault("copayment-empty", "VP-EMPTY", "T_BNCCT của dòng để trống", "T_BNCCT of a line is empty", |sheet| {
        let at = sheet.find(&[2, 3], |sheet, at| sheet.is_plain(at) && sheet.amount(at, "T_BNCCT") > Amount::ZERO)?;
        sheet.set(at, "T_BNCCT", "")
    }),
    fault("quantity-empty", "VP-EMPTY", "SO_LUONG để trống", "SO_LUONG is empty", |sheet| {
        let at = sheet.plain(&[2])?;
        sheet.set(at, "SO_LUONG", "")
    }),
    fault("sum-empty", "VP-EMPTY", "T_BHTT của hồ sơ để trống", "T_BHTT of the visit is empty", |sheet| {
        sheet.of_visit("T_BHTT", "")
    }),
    fault("birth-form", "GDH-15", "NGAY_SINH chỉ có năm", "NGAY_SINH has a year alone", |sheet| {
        // The level of some cards hangs on age.
        let is_by_age = sheet.card()?.object() == Some("LH");
        (!is_by_age).then_some(())?;
        sheet.of_visit("NGAY_SINH", "1980")
    }),
    fault("card-begin-form", "GDH-18", "GT_THE_TU thiếu một chữ số", "GT_THE_TU lacks a digit", |sheet| {
        shorten(sheet, "GT_THE_TU")
    }),
    fault("card-end-form", "GDH-19", "GT_THE_DEN thiếu một chữ số", "GT_THE_DEN lacks a digit", |sheet| {
        shorten(sheet, "GT_THE_DEN")
    }),
    fault("exemption-form", "GDH-21", "NGAY_MIEN_CCT chỉ có năm", "NGAY_MIEN_CCT has a year alone", |sheet| {
        sheet.visit("NGAY_MIEN_CCT").is_empty().then_some(())?;
        sheet.of_visit("NGAY_MIEN_CCT", "2026")
    }),
    fault("arrival-form", "GDH-23", "NGAY_VAO chỉ có ngày", "NGAY_VAO has a day alone", |sheet| {
        // A card that expired is good by the day of arrival.
        is_covered_to_the_end(sheet)?;
        let arrived = sheet.visit("NGAY_VAO");
        sheet.of_visit("NGAY_VAO", arrived.get(..8)?)
    }),
    fault("discharge-form", "GDH-24", "NGAY_RA có phút 60", "NGAY_RA has a minute 60", |sheet| {
        // Without a day of discharge that of arrival counts, for L too.
        let (arrived, left) = (sheet.visit("NGAY_VAO"), sheet.visit("NGAY_RA"));
        (arrived.get(..6) == left.get(..6)).then_some(())?;
        sheet.of_visit("NGAY_RA", format!("{}2360", left.get(..8)?))
    }),
    fault("payment-form", "GDH-27", "NGAY_TTOAN là 0", "NGAY_TTOAN is 0", |sheet| sheet.of_visit("NGAY_TTOAN", "0")),
];

fn shorten(sheet: &mut Sheet, field: &str) -> Option<()> {
    sheet.card()?;
    let text = sheet.visit(field);
    sheet.of_visit(field, text.get(..7)?)
}

/// The one card is valid on the day of discharge.
fn is_covered_to_the_end(sheet: &mut Sheet) -> Option<()> {
    sheet.card()?;
    let (last, left) = (sheet.visit("GT_THE_DEN"), sheet.text(VISIT, "NGAY_RA"));
    (last.as_str() >= left.get(..8)?).then_some(())
}
