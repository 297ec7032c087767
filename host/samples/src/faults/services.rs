//! Exams, beds, operations, supplies and prices.

use vienphi_domain::Card;
use vienphi_money::{Amount, Price, Quantity};

use super::sheet::{At, Sheet, VISIT};
use super::{Fault, Needs, fault};

/// Above 45 L of every day so far; a hospital that does not know the ceiling writes none.
const DEAR: &str = "140000000";

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "second-exam-whole",
        "VP-EXAM-RATIO",
        "Lần khám thứ hai tính 100 %",
        "the second exam is paid whole",
        |sheet| {
            sheet.is_steady()?;
            let (_, second) = two_exams(sheet)?;
            sheet.remade(second, &[("TYLE_TT_DV", "100")])?;
            sheet.is_steady()
        },
    ),
    fault("exam-again", "VP-EXAM-REPEAT", "Khám lại cùng chuyên khoa", "the same specialty again", |sheet| {
        let (first, second) = two_exams(sheet)?;
        let code = sheet.text(first, "MA_DICH_VU");
        sheet.set(second, "MA_DICH_VU", code)
    }),
    fault(
        "exams-in-ward",
        "VP-EXAM-INPATIENT",
        "Nội trú có hai lần khám",
        "two exams of an inpatient",
        |sheet| {
            sheet.is_steady()?;
            (sheet.visit("MA_LOAI_KCB") == "03").then_some(())?;
            let first = one_exam(sheet)?;
            let second = sheet.copy(first)?;
            sheet.remade(second, &[("MA_DICH_VU", "14.30"), ("TEN_DICH_VU", "Khám Mắt"), ("TYLE_TT_DV", "30")])?;
            sheet.is_steady()
        },
    ),
    fault(
        "exams-dear",
        "VP-EXAM-TOTAL",
        "Tổng tiền khám quá hai lần giá khám",
        "the exams together above twice one",
        |sheet| {
            sheet.is_steady()?;
            let (first, second) = two_exams(sheet)?;
            let price = Price::parse(&sheet.text(first, "DON_GIA_BH")).ok()?;
            let dear = Price::from_units(price.units().checked_mul(4)?).to_string();
            sheet.remade(second, &[("DON_GIA_BV", &dear), ("DON_GIA_BH", &dear), ("T_TRANTT", "")])?;
            sheet.is_steady()
        },
    ),
    fault("bed-ratio", "VP-BED-RATIO", "Giường có tỷ lệ 40 %", "a bed has the ratio 40 %", |sheet| {
        sheet.is_steady()?;
        let bed = sheet.find(&[3], |sheet, at| sheet.text(at, "MA_NHOM") == "15" && sheet.is_plain(at))?;
        sheet.remade(bed, &[("TYLE_TT_DV", "40")])?;
        sheet.is_steady()
    }),
    fault(
        "bed-days",
        "VP-BED-DAYS",
        "Số ngày giường quá số ngày nằm",
        "more bed days than days of the stay",
        |sheet| {
            sheet.is_steady()?;
            let is_usual =
                sheet.visit("MA_LOAI_RV") == "1" && ["1", "2"].contains(&sheet.visit("KET_QUA_DTRI").as_str());
            let beds = sheet.of_group("15");
            let are_paid = beds.iter().all(|bed| sheet.amount(*bed, "THANH_TIEN_BH") > Amount::ZERO);
            (is_usual && are_paid).then_some(())?;
            let bed = sheet.find(&[3], |sheet, at| sheet.text(at, "MA_NHOM") == "15" && sheet.is_plain(at))?;
            let days = Quantity::parse(&sheet.text(bed, "SO_LUONG")).ok()?;
            let more = days.checked_add(Quantity::ONE)?.to_string();
            sheet.remade(bed, &[("SO_LUONG", &more)])?;
            sheet.is_steady()
        },
    ),
    fault(
        "operation-ratio",
        "VP-OPERATION-RATIO",
        "Phẫu thuật có tỷ lệ 60 %",
        "an operation has the ratio 60 %",
        |sheet| {
            sheet.is_steady()?;
            // The main one of its session: of another the team would be wrong too.
            let operation = sheet.find(&[3], |sheet, at| {
                sheet.text(at, "MA_NHOM") == "8" && sheet.text(at, "TYLE_TT_DV") == "100" && sheet.is_plain(at)
            })?;
            sheet.remade(operation, &[("TYLE_TT_DV", "60")])?;
            sheet.is_steady()
        },
    ),
    fault(
        "second-operation-whole",
        "VP-OPERATION-SECOND",
        "Phẫu thuật thứ hai cùng lúc tính 100 %",
        "a second operation at once is paid whole",
        |sheet| {
            sheet.is_steady()?;
            let (main, second) = two_operations(sheet)?;
            together(sheet, main, second)?;
            sheet.remade(second, &[("TYLE_TT_DV", "100")])?;
            sheet.is_steady()
        },
    ),
    fault(
        "same-team",
        "VP-OPERATION-TEAM",
        "Phẫu thuật thứ hai cùng kíp tính 80 %",
        "a second operation of one team at 80 %",
        |sheet| {
            sheet.is_steady()?;
            let (main, second) = two_operations(sheet)?;
            together(sheet, main, second)?;
            let team = sheet.text(main, "NGUOI_THUC_HIEN");
            sheet.remade(second, &[("TYLE_TT_DV", "80"), ("NGUOI_THUC_HIEN", &team)])?;
            sheet.is_steady()
        },
    ),
    fault(
        "supplies-dear",
        "VP-SUPPLIES-CEILING",
        "Vật tư của một dịch vụ quá 45 tháng lương cơ sở",
        "supplies of one service above 45 L",
        |sheet| {
            sheet.common_card()?;
            sheet.is_steady()?;
            let supply = supply_of_service(sheet)?;
            sheet.remade(supply, &[("SO_LUONG", "1"), ("DON_GIA_BV", DEAR), ("DON_GIA_BH", DEAR), ("T_TRANTT", "")])?;
            sheet.is_steady()
        },
    ),
    fault("two-stents", "GDH-14", "Hai stent", "two stents", |sheet| {
        // The insurer lifts the rule for some objects, some of which have other digits than those that lift the ceiling.
        let is_lifting =
            |card: Card| card.object().is_some_and(|object| ["CC", "TE", "QN", "CA", "CY"].contains(&object));
        (!is_lifting(sheet.common_card()?)).then_some(())?;
        sheet.is_steady()?;
        let supply = supply_of_service(sheet)?;
        sheet.remade(supply, &[("SO_LUONG", "2"), ("MA_VAT_TU", "N06.02.020.0001")])?;
        sheet.is_steady()
    }),
    fault(
        "supply-of-nothing",
        "GDH-102",
        "Vật tư của dịch vụ không có",
        "a supply of a service that is not there",
        |sheet| {
            let supply = supply_of_service(sheet)?;
            sheet.set(supply, "MA_DICH_VU", "10.9999.0459")
        },
    ),
    fault(
        "price-high",
        "VP-PRICE-HIGH",
        "DON_GIA_BH cao hơn giá đang có hiệu lực",
        "DON_GIA_BH above the price in force",
        |sheet| {
            sheet.is_steady()?;
            priced(sheet, 10_000_000)
        },
    )
    .needing(Needs::Prices),
    fault(
        "price-low",
        "VP-PRICE-LOW",
        "DON_GIA_BH thấp hơn giá đang có hiệu lực",
        "DON_GIA_BH below the price in force",
        |sheet| {
            sheet.is_steady()?;
            priced(sheet, -1_500_000)
        },
    )
    .needing(Needs::Prices),
    fault("price-none", "VP-PRICE-NONE", "Dịch vụ không có giá", "a service without a price", |sheet| {
        sheet.is_steady()?;
        let test = sheet.test()?;
        let new = sheet.copy(test)?;
        sheet.remade(new, &[("MA_DICH_VU", "99.0001.0001"), ("MA_NHOM", "19")])?;
        sheet.is_steady()
    })
    .needing(Needs::Prices),
];

fn one_exam(sheet: &mut Sheet) -> Option<At> {
    let exams = sheet.of_group("13");
    let [exam] = exams.as_slice() else { return None };
    sheet.is_insured(*exam).then_some(*exam)
}

/// The only two exams of an outpatient visit, both insured.
fn two_exams(sheet: &mut Sheet) -> Option<(At, At)> {
    let exams = sheet.of_group("13");
    let [first, second] = exams.as_slice() else { return None };
    let is_paid = sheet.is_insured(*first) && sheet.is_insured(*second) && sheet.visit("MA_LOAI_KCB") == "01";
    is_paid.then_some((*first, *second))
}

/// The main operation and the only other one.
fn two_operations(sheet: &mut Sheet) -> Option<(At, At)> {
    let operations = sheet.of_group("8");
    let [one, other] = operations.as_slice() else { return None };
    let is_paid = sheet.is_plain(*one) && sheet.is_plain(*other);
    let is_main = sheet.text(*one, "TYLE_TT_DV") == "100";
    let (main, second) = if is_main { (*one, *other) } else { (*other, *one) };
    (is_paid && sheet.text(second, "TYLE_TT_DV") != "100").then_some((main, second))
}

/// Both in the minute of the main one.
fn together(sheet: &mut Sheet, main: At, second: At) -> Option<()> {
    for field in ["NGAY_YL", "NGAY_TH_YL"] {
        let moment = sheet.text(main, field);
        sheet.set(second, field, moment)?;
    }
    Some(())
}

/// A supply of a service, far from the ceiling with all others.
fn supply_of_service(sheet: &mut Sheet) -> Option<At> {
    (sheet.amount(VISIT, "T_VTYT") < Amount::from_units(4_000_000_000)).then_some(())?;
    sheet.find(&[3], |sheet, at| {
        sheet.text(at, "MA_NHOM") == "10" && !sheet.text(at, "MA_DICH_VU").is_empty() && sheet.is_insured(at)
    })
}

/// A test at another price, by thousandths of a đồng.
fn priced(sheet: &mut Sheet, more: i64) -> Option<()> {
    let test = sheet.test()?;
    let price = Price::parse(&sheet.text(test, "DON_GIA_BH")).ok()?;
    let other = Price::from_units(price.units().checked_add(more)?);
    (other > Price::ZERO).then_some(())?;
    let other = other.to_string();
    sheet.remade(test, &[("DON_GIA_BV", &other), ("DON_GIA_BH", &other)])?;
    sheet.is_steady()
}
