//! What one table says of another.

use super::{Fault, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault("no-summary", "VP-NO-SUMMARY", "Không có bảng 1", "no table 1", |sheet| {
        sheet.common_card()?;
        sheet.tables()?.retain(|table| table.kind() != "XML1");
        Some(())
    }),
    fault("table-twice", "VP-TABLE-TWICE", "Bảng 5 có hai lần", "table 5 stands twice", |sheet| {
        let again = sheet.table(5)?.clone();
        sheet.tables()?.push(again);
        Some(())
    }),
    fault("key-of-another", "VP-MA-LK", "Dòng có MA_LK của hồ sơ khác", "a row of another visit", |sheet| {
        let at = sheet.plain(&[2, 3])?;
        let key = sheet.text(at, "MA_LK");
        sheet.set(at, "MA_LK", format!("{key}X"))
    }),
    fault("number-twice", "VP-STT-TWICE", "STT có hai lần", "STT stands twice", |sheet| {
        (sheet.rows(3).len() > 1).then_some(())?;
        sheet.set((3, 1), "STT", "1")
    }),
    fault("numbers-unordered", "VP-STT-ORDER", "STT không theo thứ tự", "STT in no order", |sheet| {
        (sheet.rows(3).len() > 1).then_some(())?;
        sheet.set((3, 0), "STT", "99999")
    }),
    fault(
        "stray-result",
        "VP-RESULT-SERVICE",
        "Kết quả của dịch vụ không có",
        "a result of no service",
        |sheet| {
            (!sheet.rows(4).is_empty()).then_some(())?;
            let new = sheet.copy((4, 0))?;
            sheet.set(new, "MA_DICH_VU", "22.9999.1370")
        },
    ),
    fault(
        "result-missing",
        "VP-NO-RESULT",
        "Dịch vụ không có kết quả",
        "a service without its result",
        |sheet| {
            let code = sheet.text((4, 0), "MA_DICH_VU");
            (!code.is_empty()).then_some(())?;
            for row in 0..sheet.rows(4).len() {
                if sheet.text((4, row), "MA_DICH_VU") == code {
                    sheet.set((4, row), "MA_DICH_VU", "")?;
                }
            }
            Some(())
        },
    ),
];
