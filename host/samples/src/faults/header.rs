//! Sums of the visit that are not those of its lines.

use vienphi_money::Amount;

use super::sheet::VISIT;
use super::{Fault, fault};

/// A thousand đồng.
const MORE: i64 = 100_000;

pub(super) const FAULTS: &[Fault] = &[
    fault("total-off", "GDH-4", "T_TONGCHI_BV thừa 1000 đồng", "T_TONGCHI_BV has 1000 đồng too much", |sheet| {
        sheet.more(VISIT, "T_TONGCHI_BV", MORE)
    }),
    fault(
        "insured-total-off",
        "GDH-4",
        "T_TONGCHI_BH thừa 1000 đồng",
        "T_TONGCHI_BH has 1000 đồng too much",
        |sheet| sheet.more(VISIT, "T_TONGCHI_BH", MORE),
    ),
    fault("insurer-total-off", "GDH-31", "T_BHTT thừa 1000 đồng", "T_BHTT has 1000 đồng too much", |sheet| {
        sheet.more(VISIT, "T_BHTT", MORE)
    }),
    fault("own-total-off", "GDH-34", "T_BNTT thừa 1000 đồng", "T_BNTT has 1000 đồng too much", |sheet| {
        sheet.more(VISIT, "T_BNTT", MORE)
    }),
    fault(
        "drugs-total-off",
        "VP-HEADER-SUM",
        "T_THUOC thừa 1000 đồng",
        "T_THUOC has 1000 đồng too much",
        |sheet| sheet.more(VISIT, "T_THUOC", MORE),
    ),
    fault(
        "hundredth-off",
        "VP-HEADER-SUM",
        "T_BNCCT thừa 0,01 đồng",
        "T_BNCCT has a hundredth too much",
        |sheet| sheet.more(VISIT, "T_BNCCT", 1),
    ),
    fault(
        "fee-for-service-off",
        "VP-HEADER-GDV",
        "T_BHTT_GDV thừa 1000 đồng",
        "T_BHTT_GDV has 1000 đồng too much",
        |sheet| {
            sheet.common_card()?;
            sheet.more(VISIT, "T_BHTT_GDV", MORE)
        },
    ),
    fault(
        "nothing-claimed",
        "GDH-11",
        "Không đề nghị quỹ trả gì",
        "the insurer is asked for nothing",
        |sheet| {
            for table in [2, 3] {
                for row in 0..sheet.rows(table).len() {
                    let at = (table, row);
                    (sheet.amount(at, "T_NGUONKHAC") == Amount::ZERO).then_some(())?;
                    let whole = sheet.text(at, "THANH_TIEN_BV");
                    let none = [
                        ("THANH_TIEN_BH", "0"),
                        ("T_BHTT", "0"),
                        ("T_BNCCT", "0"),
                        ("MUC_HUONG", "0"),
                        ("PHAM_VI", "2"),
                    ];
                    none.into_iter().try_for_each(|(field, text)| sheet.set(at, field, text))?;
                    sheet.set(at, "T_BNTT", whole)?;
                }
            }
            sheet.add_up()
        },
    ),
];
