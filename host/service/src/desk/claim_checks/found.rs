//! What a check found, as it is looked through: by money, by what it is about, by what somebody chose.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use vienphi_claims::Severity;
use vienphi_money::Amount;
use vienphi_reports::FindingRow;

/// A text in both languages.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Both {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// A finding as it is kept.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Finding {
    /// `GDH-…` or `VP-…`.
    pub code: Box<str>,
    /// How grave it is.
    pub severity: Severity,
    /// The table, 0 to 15.
    pub table: Option<u8>,
    /// The row of the table, from 1.
    pub row: Option<usize>,
    /// The field; empty when it is a whole table or claim.
    pub field: Box<str>,
    /// What stands there.
    pub declared: Option<String>,
    /// What should stand there.
    pub expected: Option<String>,
    /// Đồng that hang on it.
    #[serde(deserialize_with = "amount", serialize_with = "decimal")]
    pub at_risk: Amount,
    /// `MA_KHOA`.
    pub department: Option<String>,
    /// `MA_BAC_SI`.
    pub practitioner: Option<String>,
    /// In words.
    pub text: Both,
    /// What it rests on.
    pub ground: Box<str>,
    /// The file of the batch it stands against.
    pub other_file: Option<String>,
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    let text = String::deserialize(deserializer)?;
    Amount::parse(&text).map_err(|_| serde::de::Error::custom("is no amount"))
}

fn decimal<S: serde::Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(amount.text().as_str())
}

impl Finding {
    /// As a row of a workbook.
    pub(super) fn row(&self) -> FindingRow<'_> {
        FindingRow {
            code: &self.code,
            severity: self.severity,
            table: self.table,
            row: self.row,
            field: &self.field,
            declared: self.declared.as_deref(),
            expected: self.expected.as_deref(),
            at_risk: self.at_risk,
            department: self.department.as_deref(),
            practitioner: self.practitioner.as_deref(),
            vi: &self.text.vi,
            en: &self.text.en,
            ground: &self.ground,
        }
    }
}

/// A visit as it is kept, our statement beside it.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Visit {
    /// The file.
    pub file: String,
    /// `MA_LK`.
    pub visit: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The sums of table 1, declared and expected.
    pub totals: Option<Value>,
    /// Why the file could not be read.
    pub error: Option<String>,
    /// Our statement of it.
    pub shadow: Option<Shadow>,
    /// Why there is none.
    pub problem: Option<Problem>,
}

/// Our statement beside theirs.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Shadow {
    /// The package that priced it.
    pub tariff: String,
    /// What the insurer will cut.
    pub cut: String,
    /// What the hospital forgot.
    pub forgotten: String,
    /// How many lines there are.
    pub count: usize,
    /// Those that differ.
    pub lines: Vec<Line>,
    /// Where and why both part.
    pub findings: Vec<Finding>,
    /// Table 1 as declared, and our statement.
    pub totals: Value,
}

/// A line of theirs beside ours.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Line {
    /// `2.<row>` or `3.<row>`.
    pub id: String,
    /// The code of the service, drug or supply.
    pub code: String,
    /// Its name.
    pub name: String,
    /// As it stands in the file.
    pub declared: Amounts,
    /// As we price it.
    pub ours: Amounts,
    /// The rules that made ours.
    pub why: Option<Both>,
}

/// How a line divides, in đồng.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Amounts {
    /// BV.
    pub amount_hospital: String,
    /// BH.
    pub amount_insured: String,
    /// The patient's own.
    pub patient_own: String,
    /// Co-payment.
    pub copayment: String,
    /// The insurer's.
    pub insurer: String,
}

/// Why a visit could not be priced.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Problem {
    /// In one sentence.
    pub detail: String,
    /// Each fault with its place.
    pub errors: Vec<Fault>,
}

/// A fault of a visit.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Fault {
    /// Where.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// A visit of the index: what a list shows of it.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) file: Box<str>,
    pub(super) visit: Option<Box<str>>,
    #[serde(default)]
    findings: Vec<Finding>,
    pub(super) error: Option<Box<str>>,
    pub(super) shadow: Option<Beside>,
    problem: Option<Problem>,
}

/// What our statement says of a visit of the index.
#[derive(Debug, Deserialize)]
pub(super) struct Beside {
    #[serde(deserialize_with = "amount")]
    pub(super) cut: Amount,
    #[serde(deserialize_with = "amount")]
    pub(super) forgotten: Amount,
    pub(super) tariff: Box<str>,
}

/// All that was found, in the memory while it is looked at.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) visits: Vec<Entry>,
    /// Findings with the place of their visit, in the order in which they were found.
    pub(super) findings: Vec<(usize, Finding)>,
    /// Places of findings, the most money first, the gravest first where no money hangs on them.
    by_money: Vec<usize>,
    /// Visits that differ from our statement, the most money first.
    pub(super) by_difference: Vec<usize>,
}

impl Found {
    /// Adds a part as it is kept.
    pub(super) fn add(&mut self, part: &[u8]) -> Result<(), serde_json::Error> {
        for mut entry in serde_json::from_slice::<Vec<Entry>>(part)? {
            let place = self.visits.len();
            self.findings.extend(std::mem::take(&mut entry.findings).into_iter().map(|finding| (place, finding)));
            self.visits.push(entry);
        }
        Ok(())
    }

    /// Puts it in order, once everything is there.
    pub(super) fn sorted(mut self) -> Found {
        self.by_money = (0..self.findings.len()).collect();
        let weight = |place: &usize| {
            let finding = &self.findings[*place].1;
            (finding.at_risk, finding.severity)
        };
        self.by_money.sort_by(|a, b| weight(b).cmp(&weight(a)).then(a.cmp(b)));
        let off = |place: &usize| {
            let entry = &self.visits[*place];
            let beside = entry.shadow.as_ref();
            let money = beside.and_then(|beside| beside.cut.plus(beside.forgotten).ok());
            // What could not be priced comes last: nobody knows what hangs on it.
            (entry.problem.is_none(), money.unwrap_or(Amount::ZERO))
        };
        let differs = |place: &usize| off(place) != (true, Amount::ZERO);
        let mut differing: Vec<usize> = (0..self.visits.len()).filter(differs).collect();
        differing.sort_by(|a, b| off(b).cmp(&off(a)).then(a.cmp(b)));
        self.by_difference = differing;
        self
    }

    /// Places of findings that fit, the most money first.
    pub(super) fn wanted(&self, filter: &Filter, chosen: &BTreeSet<i64>) -> Vec<usize> {
        let fits = |place: &&usize| {
            let (visit, finding) = &self.findings[**place];
            let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
            let entry = &self.visits[*visit];
            is(&filter.severity, word(finding.severity))
                && is(&filter.code, &finding.code)
                && is(&filter.department, finding.department.as_deref().unwrap_or_default())
                && is(&filter.practitioner, finding.practitioner.as_deref().unwrap_or_default())
                && (filter.text.is_empty()
                    || entry.file.contains(&*filter.text)
                    || entry.visit.as_deref().is_some_and(|visit| visit.contains(&*filter.text)))
                && (!filter.is_chosen || chosen.contains(&number(**place)))
        };
        self.by_money.iter().filter(fits).copied().collect()
    }

    /// What is wrong with a visit that we could not price.
    pub(super) fn problem(&self, place: usize) -> Option<&str> {
        self.visits.get(place)?.problem.as_ref().map(|problem| &*problem.detail)
    }

    /// How many visits we could not price.
    pub(super) fn unpriced(&self) -> usize {
        self.visits.iter().filter(|entry| entry.problem.is_some()).count()
    }

    /// Bytes it takes, more or less: what a shelf of them is bounded by.
    pub(super) fn weight(&self) -> usize {
        self.visits.len() * 300 + self.findings.len() * 900
    }
}

/// Which findings are wanted; empty texts want all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Filter {
    /// `blocking`, `error`, `warning` or `note`.
    pub severity: String,
    /// As in `VP-LINE-SUM`.
    pub code: String,
    /// `MA_KHOA`.
    pub department: String,
    /// `MA_BAC_SI`.
    pub practitioner: String,
    /// A piece of the file's name or of `MA_LK`.
    pub text: String,
    /// Only what the person chose.
    pub is_chosen: bool,
}

/// A severity as the interface names it.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Blocking => "blocking",
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A place as records count it.
pub(super) fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(code: &str, severity: &str, at_risk: &str) -> Value {
        json!({"code": code, "severity": severity, "field": "", "at_risk": at_risk, "department": "K02",
            "text": {"vi": "…", "en": "…"}, "ground": "…"})
    }

    fn found() -> Found {
        let first = json!([
            {"file": "a.xml", "visit": "V1", "findings": [finding("VP-A", "note", "0"), finding("VP-B", "error", "100.5")],
             "shadow": {"cut": "10", "forgotten": "0", "tariff": "t"}},
            {"file": "b.xml", "visit": "V2", "findings": [], "problem": {"detail": "no subject", "errors": []}},
        ]);
        let second = json!([
            {"file": "c.xml", "visit": null, "findings": [finding("VP-B", "blocking", "0"), finding("VP-C", "error", "100.5")],
             "shadow": {"cut": "0", "forgotten": "0.5", "tariff": "t"}},
            {"file": "d.xml", "visit": "V4", "findings": [], "shadow": {"cut": "0", "forgotten": "0", "tariff": "t"}},
            {"file": "e.xml", "visit": "V5", "findings": [], "shadow": {"cut": "7", "forgotten": "7", "tariff": "t"}},
        ]);
        let mut found = Found::default();
        for part in [first, second] {
            found.add(part.to_string().as_bytes()).unwrap();
        }
        found.sorted()
    }

    #[test]
    fn the_most_money_comes_first_then_what_is_gravest_then_what_was_found_first() {
        let all = found().wanted(&Filter::default(), &BTreeSet::new());
        // Of the same money the same severity, in the order of the files.
        assert_eq!(all, [1, 3, 2, 0]);
    }

    #[test]
    fn visits_that_part_are_listed_by_money_and_those_without_a_price_last() {
        let found = found();
        assert_eq!(found.by_difference, [4, 0, 2, 1]);
        assert_eq!((found.unpriced(), found.problem(1), found.problem(0)), (1, Some("no subject"), None));
    }

    #[test]
    fn a_filter_wants_what_fits_all_of_it() {
        let found = found();
        let wanted = |filter: Filter| found.wanted(&filter, &BTreeSet::from([2]));
        assert_eq!(wanted(Filter { code: "VP-B".into(), ..Filter::default() }), [1, 2]);
        assert_eq!(wanted(Filter { severity: "blocking".into(), ..Filter::default() }), [2]);
        assert_eq!(wanted(Filter { text: "c.x".into(), ..Filter::default() }), [3, 2]);
        assert_eq!(wanted(Filter { text: "V1".into(), ..Filter::default() }), [1, 0]);
        assert_eq!(wanted(Filter { is_chosen: true, ..Filter::default() }), [2]);
        assert_eq!(wanted(Filter { department: "K02".into(), code: "VP-C".into(), ..Filter::default() }), [3]);
        assert!(wanted(Filter { department: "K03".into(), ..Filter::default() }).is_empty());
        assert!(wanted(Filter { practitioner: "x".into(), ..Filter::default() }).is_empty());
    }
}
