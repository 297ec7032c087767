//! What is odd about a bill, in words a person can act on, with its ground.

use std::borrow::Cow;

/// Words in both languages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Words<'a> {
    /// Vietnamese.
    pub vi: Cow<'a, str>,
    /// English.
    pub en: Cow<'a, str>,
}

/// How loudly a finding speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know: an uncertain reading changed an amount.
    Inform,
    /// Somebody should look.
    Warn,
    /// The claim would be refused as it is.
    Block,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding<'a> {
    /// `VP-…`, or the insurer's own code.
    pub code: Cow<'a, str>,
    /// How loud.
    pub severity: Severity,
    /// Where, as in `lines[2].service_ratio`; the place is the statement's.
    pub path: String,
    /// What the sender said, when it said anything.
    pub declared: Option<String>,
    /// What is expected instead, when that can be said.
    pub expected: Option<String>,
    /// In words.
    pub text: Words<'a>,
    /// The text of law or reading it rests on.
    pub ground: Cow<'a, str>,
}
