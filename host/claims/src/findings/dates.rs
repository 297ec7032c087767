//! Times and their order, days of treatment, the settlement period.

use std::collections::BTreeSet;

use vienphi_domain::{Day, Minute};

use super::lines::Line;
use super::rules::{RULES, has};
use super::sink::{Found, Sink};
use super::visit::{PLACES, Visit};
use crate::clock;

/// Files of a year may still come on so many days of January (TT 48/2017/TT-BYT).
const JANUARY_DAYS: u32 = 5;

/// Times of table 1.
pub(super) fn check_visit(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    for (field, place) in [("NGAY_VAO", PLACES.arrived), ("NGAY_RA", PLACES.discharged)] {
        if visit.text(place).is_empty() {
            sink.add(Found::of_visit("VP-EMPTY", field).expected("yyyymmddHHMM"));
        }
    }
    let stay = [("NGAY_VAO", visit.arrived), ("NGAY_VAO_NOI_TRU", visit.admitted), ("NGAY_RA", visit.discharged)];
    check_order("VP-STAY-ORDER", &stay, Found::of_visit, sink);
    if let (Some(paid), Some(discharged)) = (clock::moment(visit.text(PLACES.paid)), visit.discharged)
        && paid < discharged
    {
        sink.add(Found::of_visit("VP-PAID-EARLY", "NGAY_TTOAN").declared(paid).expected(discharged));
    }
    check_days(visit, lines, sink);
    check_period(visit, sink);
    if let (Some(received), Some(discharged)) = (visit.given.received_on, visit.discharged) {
        let day = discharged.day();
        let (year, month, of_month) = received.calendar();
        let is_late = year > day.year() + 1 || (year == day.year() + 1 && (month > 1 || of_month > JANUARY_DAYS));
        if received < day {
            sink.add(Found::of_visit("VP-FUTURE", "NGAY_RA").declared(discharged).expected(received));
        } else if is_late {
            sink.add(Found::of_visit("GDH-103", "NGAY_RA").declared(day.year()).expected(received));
        }
    }
}

/// Times of a line: ordered, performed, done; within the stay. A result may come after it.
pub(super) fn check_line(visit: &Visit<'_>, line: &Line<'_>, sink: &mut Sink<'_>) {
    let times = [("NGAY_YL", line.ordered), ("NGAY_TH_YL", line.performed), ("NGAY_KQ", line.done)];
    check_order("VP-LINE-ORDER", &times, |code, field| line.found(code, field).at_risk(line.insurer()), sink);
    let (Some(arrived), Some(discharged)) = (visit.arrived, visit.discharged) else { return };
    for (field, minute) in times.into_iter().take(2) {
        if let Some(minute) = minute.filter(|minute| *minute < arrived || discharged < *minute) {
            let stay = format!("{arrived} – {discharged}");
            let found = line.found("VP-OUTSIDE-STAY", field).declared(minute).expected(stay);
            sink.add(found.at_risk(line.insurer()));
            return;
        }
    }
}

/// Each time is not before the one that stands before it, as far as they are given.
fn check_order<'f>(
    code: &'static str,
    times: &[(&'static str, Option<Minute>); 3],
    found: impl Fn(&'static str, &'static str) -> Found<'f>,
    sink: &mut Sink<'_>,
) {
    let mut last: Option<Minute> = None;
    for (field, minute) in times {
        let Some(minute) = minute else { continue };
        if let Some(last) = last.filter(|last| minute < last) {
            sink.add(found(code, field).declared(minute).expected(last));
            return;
        }
        last = Some(*minute);
    }
}

/// `SO_NGAY_DTRI` by the kind of visit (QĐ 130/QĐ-BYT). Days of drugs (05) cannot be counted from lines.
fn check_days(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let types = &RULES.shares.visit_types;
    let Ok(declared) = visit.text(PLACES.days).parse::<i64>() else { return };
    let report = |expected: i64, sink: &mut Sink<'_>| {
        sink.add(Found::of_visit("VP-STAY-DAYS", "SO_NGAY_DTRI").declared(declared).expected(expected));
    };
    if has(&types.no_days, visit.kind) && declared != 0 {
        report(0, sink);
    } else if has(&types.stay_days, visit.kind) {
        let (Some(arrived), Some(discharged)) = (visit.arrived, visit.discharged) else { return };
        let since = |minute: Minute| i64::from(discharged.day().count()) - i64::from(minute.day().count()) + 1;
        let expected = since(visit.admitted.unwrap_or(arrived));
        // The text says in and out; a stay that waited in the emergency room is counted both ways.
        if declared != expected && declared != since(arrived) {
            report(expected, sink);
        }
    } else if has(&types.service_days, visit.kind) {
        let services = lines.iter().filter(|line| line.table == 3 && !line.is_of(&RULES.shares.supplies.groups));
        let days: BTreeSet<Day> = services.filter_map(Line::day).collect();
        let expected = i64::try_from(days.len()).unwrap_or(i64::MAX);
        if declared != expected {
            report(expected, sink);
        }
    }
}

/// `NAM_QT` and `THANG_QT`: a month of the calendar, not before that of discharge, not after that of receipt.
fn check_period(visit: &Visit<'_>, sink: &mut Sink<'_>) {
    let year = visit.text(PLACES.year).parse::<i32>().ok();
    let month = visit.text(PLACES.month).parse::<u32>().ok();
    if let Some(month) = month.filter(|month| !(1..=12).contains(month)) {
        sink.add(Found::of_visit("GDH-36", "THANG_QT").declared(month));
        return;
    }
    let Some(discharged) = visit.discharged else { return };
    let (left_year, left_month, _) = discharged.day().calendar();
    let last = visit.given.received_on.map_or(left_year + 1, |day| day.year());
    if let Some(year) = year.filter(|year| *year < left_year || last < *year) {
        let expected = if left_year < last { format!("{left_year} … {last}") } else { left_year.to_string() };
        sink.add(Found::of_visit("GDH-35", "NAM_QT").declared(year).expected(expected));
    } else if let (Some(year), Some(month)) = (year, month)
        && (year, month) < (left_year, left_month)
    {
        let found = Found::of_visit("VP-PERIOD-EARLY", "THANG_QT").declared(format!("{year:04}-{month:02}"));
        sink.add(found.expected(format!("{left_year:04}-{left_month:02}")));
    }
}
