//! MA_KHOA: `K` and two digits, of the list of QĐ 1804/QĐ-BYT from its day of use.

use super::lines::Line;
use super::lists::LISTS;
use super::sink::{Found, Sink};
use super::visit::Visit;

/// `MA_KHOA` of table 1.
pub(super) fn check_visit(visit: &Visit<'_>, sink: &mut Sink<'_>) {
    for department in visit.department.split(';').filter(|department| !is_one(department, visit)) {
        sink.add(Found::of_visit("VP-DEPARTMENT", "MA_KHOA").declared(department).expected(allowed(visit)));
    }
}

/// `MA_KHOA` of a line.
pub(super) fn check_line(visit: &Visit<'_>, line: &Line<'_>, sink: &mut Sink<'_>) {
    for department in line.text(line.places.department).split(';').filter(|department| !is_one(department, visit)) {
        let found = line.found("VP-DEPARTMENT", "MA_KHOA").declared(department).expected(allowed(visit));
        sink.add(found.at_risk(line.insurer()));
    }
}

fn is_one(department: &str, visit: &Visit<'_>) -> bool {
    let department = department.trim();
    if department.is_empty() {
        return true;
    }
    let digits = department.strip_prefix('K').filter(|digits| digits.len() == 2 && !digits.starts_with('+'));
    let Some(digits) = digits else { return false };
    let Ok(number) = digits.parse::<u8>() else { return false };
    let list = &LISTS.departments;
    visit.end < list.list_from || (list.first..=list.last).contains(&number) || list.others.contains(&number)
}

fn allowed(visit: &Visit<'_>) -> &'static str {
    if visit.end < LISTS.departments.list_from { "K01 …" } else { "K01 … K60, K99" }
}
