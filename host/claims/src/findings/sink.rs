//! Findings as they are made: what is known of the place first, words last.

use std::borrow::Cow;
use std::fmt::Display;

use vienphi_domain::Day;
use vienphi_money::Amount;

use super::codes::{CodeEntry, entry};
use super::{Finding, Text};

/// Where findings go.
pub(super) struct Sink<'v> {
    /// The day of discharge, on which a code must hold.
    day: Day,
    /// `MA_KHOA` of the visit, for what has no row.
    department: &'v str,
    pub(super) findings: Vec<Finding>,
}

/// A finding without words yet.
#[derive(Default)]
pub(super) struct Found<'f> {
    code: &'static str,
    table: Option<u8>,
    row: Option<usize>,
    field: &'static str,
    declared: Option<String>,
    expected: Option<String>,
    at_risk: Amount,
    department: &'f str,
    practitioner: &'f str,
    reason: Option<Text>,
    ground: Option<String>,
    other_file: Option<u32>,
}

impl<'v> Sink<'v> {
    pub(super) fn new(day: Day, department: &'v str) -> Sink<'v> {
        Sink { day, department, findings: Vec::new() }
    }

    /// Adds a finding, unless its code does not hold on the day.
    pub(super) fn add(&mut self, found: Found<'_>) {
        let Some(entry) = entry(found.code) else {
            // A test finds every code in the table.
            debug_assert!(false, "{} is not in rules/codes.toml", found.code);
            return;
        };
        if self.day < entry.from || entry.to < self.day {
            return;
        }
        let department = if found.department.is_empty() { self.department } else { found.department };
        self.findings.push(found.worded(entry, department));
    }
}

impl<'f> Found<'f> {
    /// A finding of this code about a field of table 1.
    pub(super) fn of_visit(code: &'static str, field: &'static str) -> Found<'f> {
        Found { code, field, table: Some(1), row: Some(0), ..Found::default() }
    }

    /// A finding of this code about a field of a row.
    pub(super) fn of_row(code: &'static str, table: Option<u8>, row: Option<usize>, field: &'static str) -> Found<'f> {
        Found { code, field, table, row, ..Found::default() }
    }

    pub(super) fn declared(mut self, declared: impl Display) -> Found<'f> {
        self.declared = Some(declared.to_string());
        self
    }

    pub(super) fn expected(mut self, expected: impl Display) -> Found<'f> {
        self.expected = Some(expected.to_string());
        self
    }

    /// Đồng that hang on it; never below zero.
    pub(super) fn at_risk(mut self, amount: Amount) -> Found<'f> {
        self.at_risk = amount.max(Amount::ZERO);
        self
    }

    /// `MA_KHOA` and `MA_BAC_SI`.
    pub(super) fn by(mut self, department: &'f str, practitioner: &'f str) -> Found<'f> {
        (self.department, self.practitioner) = (department, practitioner);
        self
    }

    pub(super) fn because(mut self, vi: impl Into<String>, en: impl Into<String>) -> Found<'f> {
        self.reason = Some(Text { vi: vi.into(), en: en.into() });
        self
    }

    /// A ground of its own in place of the code's.
    pub(super) fn on(mut self, ground: String) -> Found<'f> {
        self.ground = Some(ground);
        self
    }

    pub(super) fn against(mut self, file: u32) -> Found<'f> {
        self.other_file = Some(file);
        self
    }

    fn worded(self, entry: &'static CodeEntry, department: &str) -> Finding {
        let reason = self.reason.as_ref();
        let text = Text {
            vi: self.filled(&entry.vi, reason.map_or("", |reason| &reason.vi)),
            en: self.filled(&entry.en, reason.map_or("", |reason| &reason.en)),
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Finding {
            code: self.code,
            severity: entry.severity,
            table: self.table,
            row: self.row,
            field: self.field,
            declared: self.declared,
            expected: self.expected,
            at_risk: self.at_risk,
            department: some(department),
            practitioner: some(self.practitioner),
            text,
            ground: self.ground.map_or(Cow::Borrowed(&entry.ground), Cow::Owned),
            other_file: self.other_file,
        }
    }

    /// The words with what is known put in. What is put in is not looked at again.
    fn filled(&self, words: &str, reason: &str) -> String {
        let mut filled = String::with_capacity(words.len() + 32);
        let mut rest = words;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            filled.push_str(match name {
                "field" => self.field,
                "declared" => self.declared.as_deref().unwrap_or("–"),
                "expected" => self.expected.as_deref().unwrap_or("–"),
                _ => reason,
            });
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}
