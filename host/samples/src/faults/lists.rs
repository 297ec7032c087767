//! Codes that no list has.

use super::sheet::{At, Sheet};
use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault("sex-unknown", "GDH-16", "GIOI_TINH là 4", "GIOI_TINH is 4", |sheet| sheet.of_visit("GIOI_TINH", "4")),
    fault("accident-unknown", "GDH-22", "MA_TAI_NAN là 9", "MA_TAI_NAN is 9", |sheet| {
        sheet.of_visit("MA_TAI_NAN", "9")
    }),
    fault("result-unknown", "GDH-25", "KET_QUA_DTRI là 8", "KET_QUA_DTRI is 8", |sheet| {
        is_usual_ending(sheet)?;
        sheet.of_visit("KET_QUA_DTRI", "8")
    }),
    fault("ending-unknown", "GDH-26", "MA_LOAI_RV là 6", "MA_LOAI_RV is 6", |sheet| {
        is_usual_ending(sheet)?;
        sheet.of_visit("MA_LOAI_RV", "6")
    }),
    fault(
        "visit-type-without-zero",
        "GDH-37",
        "MA_LOAI_KCB mất số 0 đầu",
        "MA_LOAI_KCB lost its zero",
        |sheet| {
            (sheet.visit("MA_LOAI_KCB") == "01").then_some(())?;
            sheet.of_visit("MA_LOAI_KCB", "1")
        },
    ),
    fault("area-unknown", "GDH-38", "MA_KHUVUC là K4", "MA_KHUVUC is K4", |sheet| sheet.of_visit("MA_KHUVUC", "K4")),
    fault("drug-group", "GDH-39", "Thuốc ghi nhóm khám", "a drug in the group of exams", |sheet| {
        let at = sheet.plain(&[2])?;
        sheet.set(at, "MA_NHOM", "13")
    }),
    fault("drug-scope", "GDH-40", "PHAM_VI của thuốc là 4", "PHAM_VI of a drug is 4", |sheet| {
        let at = sheet.plain(&[2])?;
        sheet.set(at, "PHAM_VI", "4")
    }),
    fault("service-group", "GDH-43", "Xét nghiệm ghi nhóm thuốc", "a test in the group of drugs", |sheet| {
        let at = sheet.test()?;
        sheet.set(at, "MA_NHOM", "4")
    }),
    fault("service-scope", "GDH-44", "PHAM_VI của dịch vụ là 0", "PHAM_VI of a service is 0", |sheet| {
        let at = sheet.plain(&[3])?;
        sheet.set(at, "PHAM_VI", "0")
    }),
    fault("subject-unknown", "VP-SUBJECT", "Đối tượng 5.5", "subject 5.5", |sheet| {
        sheet.of_visit("MA_DOITUONG_KCB", "5.5")
    }),
    fault(
        "subject-of-wards",
        "VP-SUBJECT-VISIT-TYPE",
        "Đối tượng nội trú, khám ngoại trú",
        "a subject of wards, an outpatient visit",
        |sheet| {
            let is_outpatient = ["01", "02", "05"].contains(&sheet.visit("MA_LOAI_KCB").as_str());
            (is_outpatient && sheet.is_on_route()).then_some(())?;
            sheet.of_visit("MA_DOITUONG_KCB", "1.15")
        },
    ),
    fault("payment-method-unknown", "VP-PAYMENT-METHOD", "MA_PTTT là 4", "MA_PTTT is 4", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        sheet.set(at, "MA_PTTT", "4")?;
        sheet.add_up()
    }),
    fault("drug-source-unknown", "VP-DRUG-SOURCE", "NGUON_CTRA là 9", "NGUON_CTRA is 9", |sheet| {
        let at = sheet.plain(&[2])?;
        sheet.set(at, "NGUON_CTRA", "9")
    }),
    fault("department-in-words", "VP-DEPARTMENT", "MA_KHOA ghi tên khoa", "MA_KHOA has a name", |sheet| {
        let at: At = sheet.plain(&[2, 3])?;
        sheet.set(at, "MA_KHOA", "Khoa Nội")
    }),
    fault(
        "disease-form",
        "VP-ICD",
        "Bệnh chính không phải mã ICD-10",
        "the main disease is no code of ICD-10",
        |sheet| sheet.of_visit("MA_BENH_CHINH", "18.9"),
    ),
];

/// Some results and endings count a bed day more.
fn is_usual_ending(sheet: &mut Sheet) -> Option<()> {
    let is_usual = ["1", "2"].contains(&sheet.visit("KET_QUA_DTRI").as_str()) && sheet.visit("MA_LOAI_RV") == "1";
    is_usual.then_some(())
}
