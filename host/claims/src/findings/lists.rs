//! Fields whose values are codes of a list: `rules/lists.toml`, read once; and what has the form of ICD-10.

use std::sync::LazyLock;

use serde::Deserialize;
use vienphi_domain::Day;

use super::lines::{Line, place};
use super::rules::{Covers, RULES, first_day, has, last_day};
use super::sink::{Found, Sink};
use super::visit::{PLACES, Visit};
use crate::schema::Schema;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    table: u8,
    field: Box<str>,
    code: Box<str>,
    #[serde(default = "beginning", deserialize_with = "first_day")]
    from: Day,
    #[serde(default = "end_of_time", deserialize_with = "last_day")]
    to: Day,
    codes: Vec<Box<str>>,
    #[serde(skip)]
    place: usize,
}

#[derive(Deserialize)]
pub(super) struct Departments {
    #[serde(deserialize_with = "first_day")]
    pub(super) list_from: Day,
    pub(super) first: u8,
    pub(super) last: u8,
    pub(super) others: Vec<u8>,
}

#[derive(Deserialize)]
struct Subjects {
    #[serde(deserialize_with = "first_day")]
    list_from: Day,
}

#[derive(Deserialize)]
pub(super) struct Lists {
    lists: Vec<List>,
    pub(super) departments: Departments,
    subjects: Subjects,
}

pub(super) static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    // The text is compiled in, and a test reads it.
    #[allow(clippy::expect_used)]
    let mut lists: Lists = toml::from_str(include_str!("../../rules/lists.toml")).expect("the lists are well-formed");
    for list in &mut lists.lists {
        list.place = place(Schema::every_day().table(list.table), &list.field);
    }
    lists
});

/// Codes, subject and diseases of table 1.
pub(super) fn check_visit(visit: &Visit<'_>, sink: &mut Sink<'_>) {
    for list in in_force(1, visit.end) {
        let value = visit.text(list.place);
        if !value.is_empty() && !has(&list.codes, value) {
            sink.add(Found::of_visit(&list.code, &list.field).declared(value).expected(range(&list.codes)));
        }
    }
    check_subject(visit, sink);
    if visit.text(PLACES.disease).is_empty() {
        sink.add(Found::of_visit("VP-EMPTY", "MA_BENH_CHINH").expected("ICD-10"));
    }
    for (field, place) in [("MA_BENH_CHINH", PLACES.disease), ("MA_BENH_KT", PLACES.other_diseases)] {
        for code in visit.text(place).split(';').filter(|code| !is_icd(code)) {
            sink.add(Found::of_visit("VP-ICD", field).declared(code));
        }
    }
}

/// Codes of a line.
pub(super) fn check_line(visit: &Visit<'_>, line: &Line<'_>, sink: &mut Sink<'_>) {
    for list in in_force(line.table, visit.end) {
        let value = line.text(list.place);
        if !value.is_empty() && !has(&list.codes, value) {
            let found = line.found(&list.code, &list.field).declared(value).expected(range(&list.codes));
            sink.add(found.at_risk(line.insurer()));
        }
    }
    for code in line.text(line.places.diseases).split(';').filter(|code| !is_icd(code)) {
        sink.add(line.found("VP-ICD", "MA_BENH").declared(code));
    }
}

fn in_force(table: u8, day: Day) -> impl Iterator<Item = &'static List> {
    LISTS.lists.iter().filter(move |list| list.table == table && list.from <= day && day <= list.to)
}

fn check_subject(visit: &Visit<'_>, sink: &mut Sink<'_>) {
    let code = visit.subject_code;
    if code.is_empty() {
        sink.add(Found::of_visit("VP-EMPTY", "MA_DOITUONG_KCB").expected("QĐ 3276/QĐ-BYT"));
        return;
    }
    if visit.end < LISTS.subjects.list_from {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !code.split('.').all(is_number) {
            sink.add(Found::of_visit("VP-SUBJECT", "MA_DOITUONG_KCB").declared(code).expected("1, 1.1, 2, 3.3 …"));
        }
        return;
    }
    let Some(subject) = visit.subject else {
        let codes: Vec<&str> = RULES.subjects.iter().map(|subject| &*subject.code).collect();
        sink.add(Found::of_visit("VP-SUBJECT", "MA_DOITUONG_KCB").declared(code).expected(codes.join(", ")));
        return;
    };
    let covers = if visit.is_inpatient() { Covers::Inpatient } else { Covers::Outpatient };
    if subject.covers.is_some_and(|only| only != covers) {
        let found = Found::of_visit("VP-SUBJECT-VISIT-TYPE", "MA_DOITUONG_KCB").declared(code).expected(visit.kind);
        sink.add(found);
    }
}

/// A letter, a digit, a digit or letter, perhaps a point and one or two more, perhaps a sign of cause or manifestation.
fn is_icd(code: &str) -> bool {
    let code = code.trim().trim_end_matches(['*', '+', '†']);
    let is_mark = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    match code.as_bytes() {
        [] => true,
        [letter, digit, mark, rest @ ..] => {
            let rest = rest.strip_prefix(b".").unwrap_or(rest);
            letter.is_ascii_uppercase()
                && digit.is_ascii_digit()
                && is_mark(mark)
                && rest.len() <= 3
                && rest.iter().all(is_mark)
        }
        _ => false,
    }
}

/// A list in a few words.
fn range(codes: &[Box<str>]) -> String {
    match codes {
        [first, .., last] if codes.len() > 8 => format!("{first} … {last}"),
        _ => codes.join(", "),
    }
}

fn beginning() -> Day {
    Day::BEGINNING
}

fn end_of_time() -> Day {
    Day::END_OF_TIME
}
