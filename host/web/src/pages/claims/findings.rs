//! What was found in claims, in the words and numbers of a page.

use serde_json::Value;
use vienphi_service::desk::claim_checks::{Both, Finding, SCHEMA_NOTE, severity_word};

use crate::pages::frame::Frame;

/// What a code, department or practitioner comes to, of a summary.
pub(super) struct Share<'v> {
    pub(super) name: &'v str,
    pub(super) words: &'v str,
    pub(super) findings: String,
    pub(super) at_risk: &'v str,
    /// Of the most, in percent.
    pub(super) bar: u64,
}

impl Frame {
    /// Shares of a summary, the most money first, as many as are read at a glance.
    pub(super) fn shares<'v>(&self, sums: &'v Value, kind: &str) -> Vec<Share<'v>> {
        const GLANCE: usize = 8;
        let rows: Vec<&Value> = sums["summary"][kind].as_array().into_iter().flatten().take(GLANCE).collect();
        let whole = |row: &Value| {
            let text = row["at_risk"].as_str().unwrap_or_default();
            text.split('.').next().and_then(|whole| whole.parse::<u64>().ok()).unwrap_or(0)
        };
        let most = rows.iter().map(|row| whole(row)).max().unwrap_or(0).max(1);
        rows.into_iter()
            .map(|row| Share {
                name: row["code"].as_str().or(row["name"].as_str()).unwrap_or_default(),
                words: row["text"][self.lang.word()].as_str().unwrap_or_default(),
                findings: self.count(&row["findings"]),
                at_risk: row["at_risk"].as_str().unwrap_or_default(),
                bar: whole(row).saturating_mul(100) / most,
            })
            .collect()
    }

    /// An amount or a count of a summary.
    pub(super) fn sum(&self, sums: &Value, name: &str) -> String {
        match &sums["summary"][name] {
            Value::String(amount) => self.m(amount),
            count => self.count(count),
        }
    }

    /// A text in the language of the page.
    pub(super) fn both<'v>(&self, both: &'v Both) -> &'v str {
        self.lang.pick(&both.vi, &both.en)
    }

    /// What a field has or should have: of fields that hold money as amounts are read, of others as it stands.
    pub(super) fn stated(&self, finding: &Finding, text: &Option<String>) -> String {
        let is_money = ["T_", "THANH_TIEN", "DON_GIA"].iter().any(|start| finding.field.starts_with(start));
        match text {
            None => "—".to_owned(),
            Some(text) if is_money && is_amount(text) => self.m(text),
            Some(text) => text.clone(),
        }
    }

    /// How grave a finding is, as texts and styles name it.
    pub(super) fn severity(&self, finding: &Finding) -> &'static str {
        severity_word(finding.severity)
    }

    /// How far the schema is known.
    pub(super) fn schema_note(&self) -> &'static str {
        let (vi, en) = SCHEMA_NOTE;
        self.lang.pick(vi, en)
    }
}

/// Is it an amount, and nothing that somebody wrote in its place?
fn is_amount(text: &str) -> bool {
    let (whole, part) = text.split_once('.').map_or((text, "0"), |(whole, part)| (whole, part));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_money_is_read_as_money() {
        for text in ["45000", "10492401.39", "0"] {
            assert!(is_amount(text), "{text}");
        }
        for text in ["", ".", "1.", "2026-03-02", "K03.1", "1.234.5", "-5"] {
            assert!(!is_amount(text), "{text}");
        }
    }
}
