//! What many checked claims come to: the money that hangs on what was found, by finding, department and practitioner.

use std::collections::HashMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use vienphi_money::Amount;

use super::{Finding, Severity, Text, Totals, codes};

/// So many names are counted apart; what comes after is counted together, so that no file can fill the memory.
const NAMES: usize = 20_000;

/// Who is not named in a finding.
const NOBODY: &str = "";

/// The rest, when there are more names than are counted apart.
const OTHERS: &str = "…";

/// Sums over checked claims.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Files that were looked at.
    pub files: u64,
    /// Those that could not be read.
    pub unreadable: u64,
    /// Visits in the others.
    pub visits: u64,
    /// Visits with nothing above a note.
    pub clean: u64,
    severities: [u64; 4],
    declared: i128,
    expected: i128,
    at_risk: i128,
    by_code: HashMap<&'static str, Share>,
    by_department: HashMap<String, Share>,
    by_practitioner: HashMap<String, Share>,
}

/// What of the findings falls to one code, department or practitioner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Findings above a note.
    pub findings: u64,
    /// Visits that have one.
    pub visits: u64,
    /// Đồng, in 1/100: in each visit at most what the insurer is asked for.
    pub at_risk_units: i128,
    /// The last visit that was counted.
    visit: u64,
    /// What of the last visit is already counted.
    of_visit: i128,
}

impl Share {
    fn add(&mut self, visit: u64, at_risk: Amount, most: i128) {
        if self.visit != visit {
            (self.visit, self.of_visit) = (visit, 0);
            self.visits += 1;
        }
        self.findings += 1;
        let counted = (self.of_visit + i128::from(at_risk.units())).min(most);
        self.at_risk_units += counted - self.of_visit;
        self.of_visit = counted;
    }
}

impl Summary {
    /// Counts a file.
    pub fn add_file(&mut self, is_readable: bool) {
        self.files += 1;
        self.unreadable += u64::from(!is_readable);
    }

    /// Counts a visit with all that was found in it. What hangs on a visit is at most what the insurer is asked for, or what
    /// the insurer owes when that is more: several findings may speak of the same đồng.
    pub fn add(&mut self, findings: &[Finding], totals: &Totals) {
        self.visits += 1;
        let of = |sums: &super::Sums| i128::from(sums.of("T_BHTT").unwrap_or_default().units());
        let (declared, expected) = (of(&totals.declared), of(&totals.expected));
        self.declared += declared;
        self.expected += expected;
        let most = declared.max(expected).max(0);
        let mut whole = 0;
        let mut is_clean = true;
        for finding in findings {
            if let Some(count) = self.severities.get_mut(finding.severity as usize) {
                *count += 1;
            }
            if finding.severity == Severity::Note {
                continue;
            }
            is_clean = false;
            whole = (whole + i128::from(finding.at_risk.units())).min(most);
            let visit = self.visits;
            self.by_code.entry(finding.code).or_default().add(visit, finding.at_risk, most);
            for (names, name) in
                [(&mut self.by_department, &finding.department), (&mut self.by_practitioner, &finding.practitioner)]
            {
                let name = name.as_deref().unwrap_or(NOBODY);
                let name = if names.len() < NAMES || names.contains_key(name) { name } else { OTHERS };
                match names.get_mut(name) {
                    Some(share) => share.add(visit, finding.at_risk, most),
                    None => names.entry(name.to_owned()).or_default().add(visit, finding.at_risk, most),
                }
            }
        }
        self.at_risk += whole;
        self.clean += u64::from(is_clean);
    }

    /// How many findings have a severity.
    pub fn findings(&self, severity: Severity) -> u64 {
        self.severities.get(severity as usize).copied().unwrap_or_default()
    }

    /// Findings above a note.
    pub fn faults(&self) -> u64 {
        self.severities.iter().skip(1).sum()
    }

    /// Đồng that the insurer is asked for, in 1/100.
    pub fn declared_units(&self) -> i128 {
        self.declared
    }

    /// Đồng that the lines give, in 1/100.
    pub fn expected_units(&self) -> i128 {
        self.expected
    }

    /// Đồng that hang on findings above a note, in 1/100.
    pub fn at_risk_units(&self) -> i128 {
        self.at_risk
    }

    /// The codes found, most money first.
    pub fn by_code(&self) -> Vec<(&'static str, Share)> {
        in_order(self.by_code.iter().map(|(code, share)| (*code, *share)).collect())
    }

    /// Departments (`MA_KHOA`), most money first; the empty one is what has none.
    pub fn by_department(&self) -> Vec<(&str, Share)> {
        in_order(self.by_department.iter().map(|(name, share)| (name.as_str(), *share)).collect())
    }

    /// Practitioners (`MA_BAC_SI`), most money first; the empty one is what has none.
    pub fn by_practitioner(&self) -> Vec<(&str, Share)> {
        in_order(self.by_practitioner.iter().map(|(name, share)| (name.as_str(), *share)).collect())
    }
}

/// What a code says, with dots for what is put in.
pub fn title(code: &str) -> Text {
    let Some(entry) = codes().iter().find(|entry| &*entry.code == code) else {
        return Text { vi: String::new(), en: String::new() };
    };
    Text { vi: dotted(&entry.vi), en: dotted(&entry.en) }
}

fn dotted(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        text.push('…');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text + rest
}

/// Most money first, then most findings, then by name: the same findings are always told alike.
fn in_order(mut shares: Vec<(&str, Share)>) -> Vec<(&str, Share)> {
    shares.sort_by(|(a_name, a), (b_name, b)| {
        (b.at_risk_units, b.findings).cmp(&(a.at_risk_units, a.findings)).then_with(|| a_name.cmp(b_name))
    });
    shares
}

/// 1/100 đồng as a decimal of đồng, as `-12.05` and `1200`.
fn decimal(units: i128) -> String {
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    match (units / 100, units % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, rest) => format!("{sign}{whole}.{rest:02}").trim_end_matches('0').to_owned(),
    }
}

#[derive(Serialize)]
struct Counted<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
    findings: u64,
    visits: u64,
    at_risk: String,
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counted = |(name, share): (&'static str, Share)| Counted {
            code: Some(name),
            name: None,
            text: Some(title(name)),
            findings: share.findings,
            visits: share.visits,
            at_risk: decimal(share.at_risk_units),
        };
        fn named<'a>((name, share): (&'a str, Share)) -> Counted<'a> {
            let (findings, visits, at_risk) = (share.findings, share.visits, decimal(share.at_risk_units));
            Counted { code: None, name: Some(name), text: None, findings, visits, at_risk }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("files", &self.files)?;
        map.serialize_entry("unreadable", &self.unreadable)?;
        map.serialize_entry("visits", &self.visits)?;
        map.serialize_entry("clean", &self.clean)?;
        for (name, severity) in [
            ("blocking", Severity::Blocking),
            ("errors", Severity::Error),
            ("warnings", Severity::Warning),
            ("notes", Severity::Note),
        ] {
            map.serialize_entry(name, &self.findings(severity))?;
        }
        map.serialize_entry("insurer_declared", &decimal(self.declared))?;
        map.serialize_entry("insurer_expected", &decimal(self.expected))?;
        map.serialize_entry("at_risk", &decimal(self.at_risk))?;
        map.serialize_entry("by_code", &self.by_code().into_iter().map(counted).collect::<Vec<_>>())?;
        map.serialize_entry("by_department", &self.by_department().into_iter().map(named).collect::<Vec<_>>())?;
        map.serialize_entry("by_practitioner", &self.by_practitioner().into_iter().map(named).collect::<Vec<_>>())?;
        map.end()
    }
}
