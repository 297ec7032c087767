//! Times in no order, days and periods.

use vienphi_domain::{Day, Minute};

use super::sheet::{At, Sheet, VISIT, compact};
use super::{Edit, Fault, Needs, fault};

const fn received(
    name: &'static str,
    code: &'static str,
    vi: &'static str,
    en: &'static str,
    day: fn(Day) -> Option<Day>,
) -> Fault {
    Fault { name, vi, en, code, needs: Needs::ReceivedOn, edit: Edit::Received(day) }
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "admitted-after-discharge",
        "VP-STAY-ORDER",
        "Vào nội trú sau khi ra viện",
        "admitted after the discharge",
        |sheet| {
            (sheet.visit("MA_LOAI_KCB") == "03").then_some(())?;
            let left = sheet.moment(VISIT, "NGAY_RA")?;
            sheet.of_visit("NGAY_VAO_NOI_TRU", compact(after(left, 1440)))
        },
    ),
    fault(
        "done-before-ordered",
        "VP-LINE-ORDER",
        "Thực hiện trước khi có y lệnh",
        "done before it was ordered",
        |sheet| {
            let left = sheet.moment(VISIT, "NGAY_RA")?;
            let at = sheet.find(&[2, 3], |sheet, at| {
                is_of_minute(sheet, at) && sheet.moment(at, "NGAY_TH_YL").is_some_and(|done| done < left)
            })?;
            sheet.set(at, "NGAY_YL", compact(left))
        },
    ),
    fault(
        "ordered-before-arrival",
        "VP-OUTSIDE-STAY",
        "Y lệnh trước khi vào",
        "ordered before the arrival",
        |sheet| {
            let arrived = sheet.moment(VISIT, "NGAY_VAO")?;
            let at = sheet.find(&[2, 3], is_of_minute)?;
            sheet.set(at, "NGAY_YL", compact(after(arrived, -10)))
        },
    ),
    fault(
        "paid-before-discharge",
        "VP-PAID-EARLY",
        "Thanh toán trước khi ra viện",
        "paid before the discharge",
        |sheet| {
            let left = sheet.moment(VISIT, "NGAY_RA")?;
            sheet.of_visit("NGAY_TTOAN", compact(after(left, -5)))
        },
    ),
    fault(
        "days-of-stay",
        "VP-STAY-DAYS",
        "SO_NGAY_DTRI thừa ba ngày",
        "SO_NGAY_DTRI has three days too much",
        |sheet| {
            (sheet.visit("MA_LOAI_KCB") != "05").then_some(())?;
            let days: u32 = sheet.visit("SO_NGAY_DTRI").parse().ok()?;
            sheet.of_visit("SO_NGAY_DTRI", (days + 3).to_string())
        },
    ),
    fault(
        "period-early",
        "VP-PERIOD-EARLY",
        "Kỳ quyết toán trước tháng ra viện",
        "the period is before the discharge",
        |sheet| {
            let month: u32 = sheet.visit("THANG_QT").parse().ok()?;
            (month > 1).then_some(())?;
            sheet.of_visit("THANG_QT", format!("{:02}", month - 1))
        },
    ),
    fault(
        "year-of-settlement",
        "GDH-35",
        "NAM_QT trước năm ra viện",
        "NAM_QT is before the year of discharge",
        |sheet| {
            let year: u32 = sheet.visit("NAM_QT").parse().ok()?;
            sheet.of_visit("NAM_QT", year.checked_sub(2)?.to_string())
        },
    ),
    fault("month-of-settlement", "GDH-36", "THANG_QT là 13", "THANG_QT is 13", |sheet| {
        sheet.of_visit("THANG_QT", "13")
    }),
    received(
        "sent-before-discharge",
        "VP-FUTURE",
        "Nhận hồ sơ trước khi ra viện",
        "received before the discharge",
        |left| {
            let day = left.plus_days(-1);
            // Of another year the period would be wrong too.
            (day.year() == left.year()).then_some(day)
        },
    ),
    received(
        "sent-too-late",
        "GDH-103",
        "Nhận hồ sơ sau ngày 5/1 năm sau",
        "received after 5 January of the next year",
        |left| Day::of(left.year() + 1, 1, 6),
    ),
];

/// A line of one minute, in a visit that is not over in it: no bed.
fn is_of_minute(sheet: &mut Sheet, at: At) -> bool {
    sheet.is_plain(at) && !["14", "15"].contains(&sheet.text(at, "MA_NHOM").as_str())
}

fn after(minute: Minute, minutes: i64) -> Minute {
    Minute::from_count(minute.count() + minutes)
}
