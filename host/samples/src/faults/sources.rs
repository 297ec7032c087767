//! What others pay, taken off in no way that there is.

use vienphi_money::Amount;

use super::sheet::{At, Sheet};
use super::{Fault, fault};

/// A thousand đồng of the state's.
const HELP: i64 = 100_000;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "payers-of-drug",
        "GDH-41",
        "Bốn nguồn trả của thuốc lệch 10 đồng",
        "the payers of a drug are 10 đồng off",
        |sheet| {
            let at = helped(sheet, 2)?;
            sheet.more(at, "T_BHTT", 1000)
        },
    ),
    fault(
        "payers-of-service",
        "GDH-45",
        "Bốn nguồn trả của dịch vụ lệch 10 đồng",
        "the payers of a service are 10 đồng off",
        |sheet| {
            let at = helped(sheet, 3)?;
            sheet.more(at, "T_BHTT", 1000)
        },
    ),
    fault(
        "others-above-drug",
        "GDH-51",
        "Nguồn khác lớn hơn tiền thuốc",
        "others pay more than a drug costs",
        |sheet| above(sheet, 2),
    ),
    fault(
        "others-above-service",
        "GDH-56",
        "Nguồn khác lớn hơn tiền dịch vụ",
        "others pay more than a service costs",
        |sheet| above(sheet, 3),
    ),
    fault("others-sum", "VP-SOURCES-SUM", "T_NGUONKHAC không có nguồn nào", "T_NGUONKHAC of no source", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.set(at, "T_NGUONKHAC", "500")
    }),
    fault(
        "others-before-patient",
        "VP-SOURCES-SPLIT",
        "Nguồn khác trừ vào quỹ trước",
        "others relieve the insurer first",
        |sheet| {
            let at = helped(sheet, 2)?;
            sheet.more(at, "T_BNCCT", 50_000)?;
            sheet.more(at, "T_BHTT", -50_000)?;
            sheet.add_up()
        },
    ),
    fault(
        "others-of-two-kinds",
        "VP-SOURCES-MIXED",
        "Nguồn khác gồm nhiều loại",
        "others of several kinds",
        |sheet| {
            let at = sheet.find(&[2, 3], |sheet, at| {
                let (own, copayment) = (sheet.amount(at, "T_BNTT"), sheet.amount(at, "T_BNCCT"));
                sheet.is_plain(at) && own > Amount::from_units(10 * HELP) && copayment > Amount::from_units(HELP)
            })?;
            sheet.is_rated()?;
            sheet.support(at, 10 * HELP)?;
            sheet.more(at, "T_BNTT", 50_000)?;
            sheet.more(at, "T_BNCCT", -50_000)?;
            sheet.add_up()
        },
    ),
];

/// A line with support to the person, and what follows.
fn helped(sheet: &mut Sheet, table: u8) -> Option<At> {
    let at = sheet
        .find(&[table], |sheet, at| sheet.is_plain(at) && sheet.amount(at, "T_BNCCT") > Amount::from_units(HELP))?;
    sheet.is_rated()?;
    sheet.support(at, HELP)?;
    sheet.add_up()?;
    Some(at)
}

fn above(sheet: &mut Sheet, table: u8) -> Option<()> {
    let at = sheet.plain(&[table])?;
    let more = sheet.amount(at, "THANH_TIEN_BV").plus(Amount::from_units(HELP)).ok()?.to_string();
    sheet.set(at, "T_NGUONKHAC", more.clone())?;
    sheet.set(at, "T_NGUONKHAC_CL", more)
}
