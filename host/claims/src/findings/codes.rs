//! The codes of findings: `rules/codes.toml`, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use vienphi_domain::Day;

use super::Severity;
use super::rules::{first_day, last_day};

/// A code that can be found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeEntry {
    /// `GDH-…` or `VP-…`.
    pub code: Box<str>,
    /// How grave it is.
    pub severity: Severity,
    /// Vietnamese words; `{field}`, `{declared}`, `{expected}` and `{reason}` are put in.
    pub vi: Box<str>,
    /// The same in English.
    pub en: Box<str>,
    /// The text of law, the insurer's list or the reading.
    pub ground: Box<str>,
    /// The first day of discharge on which it holds.
    #[serde(default = "beginning", deserialize_with = "first_day")]
    pub from: Day,
    /// The last one.
    #[serde(default = "end_of_time", deserialize_with = "last_day")]
    pub to: Day,
    /// The insurer has it, and it is never found here; its ground says why.
    #[serde(default)]
    pub recognised_only: bool,
}

#[derive(Deserialize)]
struct Document {
    codes: Vec<CodeEntry>,
}

struct Codes {
    entries: Vec<CodeEntry>,
    by_code: HashMap<Box<str>, usize>,
}

static CODES: LazyLock<Codes> = LazyLock::new(|| {
    // The text is compiled in, and a test reads it.
    #[allow(clippy::expect_used)]
    let document: Document = toml::from_str(include_str!("../../rules/codes.toml")).expect("the codes are well-formed");
    let by_code = document.codes.iter().zip(0..).map(|(entry, place)| (entry.code.clone(), place)).collect();
    Codes { entries: document.codes, by_code }
});

/// Every code, also those that are recognised only.
pub fn codes() -> &'static [CodeEntry] {
    &CODES.entries
}

/// A code, if it is known.
pub(super) fn entry(code: &str) -> Option<&'static CodeEntry> {
    CODES.by_code.get(code).and_then(|place| CODES.entries.get(*place))
}

fn beginning() -> Day {
    Day::BEGINNING
}

fn end_of_time() -> Day {
    Day::END_OF_TIME
}
