//! Claims against each other: what is written stands behind the clean file that it was made from.

use vienphi_domain::Minute;

use super::sheet::{Sheet, VISIT, compact};
use super::{Fault, Needs, fault};

pub(super) const FAULTS: &[Fault] = &[
    fault("sent-twice", "GDH-61", "Hồ sơ gửi hai lần với MA_LK khác", "sent twice with another MA_LK", renamed)
        .needing(Needs::Batch),
    fault("key-twice", "VP-MA-LK-TWICE", "MA_LK của người khác", "the MA_LK of somebody else", |sheet| {
        let card = sheet.card()?;
        // Another person of the same object, who does not exist either: the number begins as all that are made up.
        let (number, last) = card.as_str().split_at_checked(14)?;
        let other = format!("{number}{}", (last.parse::<u32>().ok()? + 5) % 10);
        sheet.of_visit("MA_BN", "BN-X")?;
        sheet.of_visit("MA_THE_BHYT", other)
    })
    .needing(Needs::Batch),
    fault("visits-overlap", "VP-OVERLAP", "Hai đợt khám chồng thời gian", "two visits overlap", |sheet| {
        is_exam(sheet)?;
        renamed(sheet)?;
        earlier(sheet, 30)
    })
    .needing(Needs::Batch),
    fault(
        "exam-inside-stay",
        "GDH-60",
        "Khám ngoại trú nằm trong đợt nội trú",
        "an exam inside a stay",
        |sheet| {
            // The stay is made of an exam that could as well be one: one specialty, a route that both have.
            is_exam(sheet)?;
            let is_alike = ["1.1", "1.3"].contains(&sheet.visit("MA_DOITUONG_KCB").as_str());
            (is_alike && sheet.of_group("13").len() == 1).then_some(())?;
            renamed(sheet)?;
            earlier(sheet, 30)?;
            let arrived = sheet.visit("NGAY_VAO");
            for (field, text) in [("MA_LOAI_KCB", "03"), ("NGAY_VAO_NOI_TRU", arrived.as_str()), ("SO_NGAY_DTRI", "1")]
            {
                sheet.of_visit(field, text)?;
            }
            Some(())
        },
    )
    .needing(Needs::Batch),
];

fn is_exam(sheet: &mut Sheet) -> Option<()> {
    (sheet.visit("MA_LOAI_KCB") == "01").then_some(())
}

/// The same under another MA_LK.
fn renamed(sheet: &mut Sheet) -> Option<()> {
    let key = format!("{}-2", sheet.visit("MA_LK"));
    for table in sheet.tables()? {
        for row in table.rows_mut() {
            row.set("MA_LK", key.as_str()).ok()?;
        }
    }
    Some(())
}

/// Arrived some minutes before; still the same day.
fn earlier(sheet: &mut Sheet, minutes: i64) -> Option<()> {
    let arrived = sheet.moment(VISIT, "NGAY_VAO")?;
    let before = Minute::from_count(arrived.count() - minutes);
    (before.day() == arrived.day()).then_some(())?;
    sheet.of_visit("NGAY_VAO", compact(before))
}
