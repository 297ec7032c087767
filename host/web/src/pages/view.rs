//! The parts of the interface's JSON that pages show. An amount is the text that the interface sends; a page groups its digits
//! and never counts with it.

mod encounter;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frame::Instead;
use super::texts::Lang;
use super::visitor::Visitor;
use crate::desk::following::Mark;
use crate::refusal;

pub(crate) use encounter::{Coverage, Encounter};

/// What a use case answered, as the page reads it.
pub(crate) fn view<T: DeserializeOwned>(visitor: &Visitor, answer: &impl Serialize) -> Result<T, Instead> {
    let read = serde_json::to_value(answer).and_then(serde_json::from_value);
    read.map_err(|error| broken(visitor, &error))
}

/// The same of an answer that is JSON already.
pub(crate) fn view_json<T: DeserializeOwned>(visitor: &Visitor, json: &[u8]) -> Result<T, Instead> {
    serde_json::from_slice(json).map_err(|error| broken(visitor, &error))
}

fn broken(visitor: &Visitor, error: &serde_json::Error) -> Instead {
    // serde's words may repeat a value; its place does not.
    tracing::error!(line = error.line(), column = error.column(), "an answer cannot be shown");
    visitor.trouble(refusal::panicked())
}

/// `1234567.5` as people read it: `1.234.567,5`, in English `1,234,567.5`.
pub(crate) fn money(lang: Lang, amount: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |rest| ("−", rest));
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let (between, point) = match lang {
        Lang::Vi => (".", ","),
        Lang::En => (",", "."),
    };
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push_str(between);
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push_str(point);
        text.push_str(part);
    }
    text
}

/// An amount as somebody typed it, without what people put between thousands: `250.000`, `250,000`, `250 000 đ`. What is not grouped
/// by threes stays as it is, to be refused: `1,5` is no 15.
pub(crate) fn typed(amount: &str) -> String {
    let plain: String = amount.chars().filter(|letter| !letter.is_whitespace() && *letter != 'đ').collect();
    for between in ['.', ','] {
        let mut groups = plain.split(between);
        let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        let is_first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first));
        let is_grouped = plain.contains(between) && groups.all(|group| group.len() == 3 && is_digits(group));
        if is_first && is_grouped {
            return plain.replace(between, "");
        }
    }
    plain
}

#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Patient {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) birth_date: String,
    pub(crate) sex: String,
    #[serde(default)]
    pub(crate) cards: Vec<String>,
    pub(crate) merged_into: Option<String>,
    #[serde(default)]
    pub(crate) encounters: Vec<VisitOf>,
}

#[derive(Deserialize)]
pub(crate) struct VisitOf {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) arrived_on: String,
    pub(crate) due: String,
}

/// What the insurer's portal said of a card.
#[derive(Deserialize)]
pub(crate) struct Eligibility {
    pub(crate) card: String,
    pub(crate) outcome: Option<String>,
    pub(crate) provisional: bool,
    pub(crate) asked_at: String,
    pub(crate) answered_at: Option<String>,
    #[serde(default)]
    pub(crate) differs: bool,
    pub(crate) said: Option<Said>,
    /// What may be charged while nobody answered.
    pub(crate) charge: Option<Words>,
}

#[derive(Deserialize)]
pub(crate) struct Said {
    pub(crate) advice: Words,
}

#[derive(Deserialize)]
pub(crate) struct Account {
    pub(crate) state: String,
    pub(crate) due: String,
    pub(crate) payable: String,
    pub(crate) deposits: String,
    pub(crate) paid: String,
    pub(crate) refunded: String,
    pub(crate) insurer: String,
    pub(crate) unapplied: String,
    /// Of what was taken, transfers that the bank has not confirmed.
    pub(crate) provisional: String,
    pub(crate) pending_refunds: String,
    pub(crate) pending_write_offs: String,
}

#[derive(Deserialize)]
pub(crate) struct Statement {
    pub(crate) version: i64,
    pub(crate) subject: Subject,
    pub(crate) tariff: Tariff,
    #[serde(default)]
    pub(crate) provisional: Vec<serde_json::Value>,
    pub(crate) lines: Vec<Line>,
    pub(crate) totals: Totals,
    pub(crate) findings: Vec<Finding>,
    pub(crate) rules: BTreeMap<String, Rule>,
}

impl Statement {
    /// What a line was counted by.
    pub(crate) fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }
}

impl Line {
    /// Is its price a sample, for want of a resolution?
    pub(crate) fn is_sample(&self) -> bool {
        self.rules.iter().any(|rule| rule == "sample-price")
    }

    /// Is there something that the patient pays alone?
    pub(crate) fn has_own(&self) -> bool {
        self.patient_own != "0"
    }
}

#[derive(Deserialize)]
pub(crate) struct Subject {
    pub(crate) derived: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Tariff {
    pub(crate) package: String,
    pub(crate) version: String,
}

#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: Option<String>,
    pub(crate) unit_price: Option<String>,
    pub(crate) quantity: Option<String>,
    pub(crate) service_ratio: Option<String>,
    pub(crate) benefit_rate: Option<String>,
    pub(crate) amount_hospital: String,
    pub(crate) amount_insured: String,
    pub(crate) insurer: String,
    pub(crate) copayment: String,
    pub(crate) patient_own: String,
    pub(crate) rules: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Totals {
    pub(crate) amount_hospital: String,
    pub(crate) amount_insured: String,
    pub(crate) patient_own: String,
    pub(crate) copayment: String,
    pub(crate) insurer: String,
    pub(crate) cash_due: String,
}

#[derive(Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) severity: String,
    pub(crate) text: Words,
    pub(crate) ground: String,
}

#[derive(Deserialize)]
pub(crate) struct Rule {
    pub(crate) text: Words,
    pub(crate) ground: String,
}

/// A text in both languages.
#[derive(Deserialize)]
pub(crate) struct Words {
    vi: String,
    en: String,
}

impl Words {
    pub(crate) fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

#[derive(Deserialize)]
pub(crate) struct Receipt {
    pub(crate) number: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) encounter: String,
    pub(crate) amount: String,
    pub(crate) payments: Vec<Paid>,
    pub(crate) from_deposits: String,
    pub(crate) due_after: String,
    pub(crate) deposits_after: String,
    pub(crate) at: String,
    pub(crate) cashier: String,
}

impl Receipt {
    /// Can it be undone? What was paid out, and what undoes another one, cannot.
    pub(crate) fn counts(&self) -> bool {
        matches!(self.state.as_str(), "issued" | "provisional" | "confirmed")
            && matches!(self.kind.as_str(), "deposit" | "settlement")
    }
}

#[derive(Deserialize)]
pub(crate) struct Paid {
    pub(crate) amount: String,
    pub(crate) method: String,
    pub(crate) reference: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    pub(crate) id: i64,
    pub(crate) encounter: String,
    #[serde(rename = "for")]
    pub(crate) purpose: String,
    #[serde(default)]
    pub(crate) lines: Vec<String>,
    pub(crate) released_at: Option<String>,
    pub(crate) amount: String,
    pub(crate) received: String,
    pub(crate) rail: String,
    pub(crate) reference: String,
    pub(crate) state: String,
    /// How far the rail is with it.
    pub(crate) attempt: String,
    pub(crate) qr: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) receipt: Option<String>,
    pub(crate) expires_at: Option<String>,
    pub(crate) created_at: String,
}

impl Request {
    /// The state as people are told it: of an open request also when nobody knows, or it is known not to work.
    pub(crate) fn standing(&self) -> &str {
        match (self.state.as_str(), self.attempt.as_str()) {
            ("open", attempt @ ("unknown" | "failed")) => attempt,
            (state, _) => state,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.as_mark().has_ended()
    }

    /// What a page shows of it, as the page's stream knows it.
    pub(crate) fn mark(&self) -> String {
        self.as_mark().to_string()
    }

    fn as_mark(&self) -> Mark<'_> {
        Mark { id: self.id, state: &self.state, received: &self.received, attempt: &self.attempt }
    }

    /// What a telephone's camera is shown.
    pub(crate) fn code(&self) -> Option<&str> {
        self.qr.as_deref().or(self.url.as_deref())
    }
}

#[derive(Deserialize)]
pub(crate) struct Rail {
    pub(crate) name: String,
    pub(crate) state: String,
}

#[derive(Deserialize)]
pub(crate) struct Shift {
    pub(crate) id: i64,
    pub(crate) desk: String,
    pub(crate) cashier: String,
    pub(crate) state: String,
    pub(crate) float: String,
    pub(crate) opened_at: String,
    pub(crate) counted: Option<BTreeMap<String, String>>,
    pub(crate) expected: Option<BTreeMap<String, String>>,
    pub(crate) difference: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
pub(crate) struct Approval {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) subject: String,
    pub(crate) amount: String,
    pub(crate) reason: String,
    pub(crate) asked_by: String,
    pub(crate) asked_at: String,
}

/// Money that nobody could place, or other work for a person.
#[derive(Deserialize)]
pub(crate) struct Work {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) amount: String,
    pub(crate) opened_at: String,
    pub(crate) method: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) payer: Option<String>,
    pub(crate) memo: Option<String>,
    pub(crate) encounter: Option<String>,
    pub(crate) candidates: Vec<Candidate>,
}

#[derive(Deserialize)]
pub(crate) struct Candidate {
    pub(crate) encounter: String,
    pub(crate) due: String,
    pub(crate) why: Vec<String>,
}

/// `2026-11-26T23:07:59+07:00` as `26/11/2026 23:07`, `2026-11-26` as `26/11/2026`.
pub(crate) fn when(moment: &str) -> String {
    let day = |text: &str| match text.split('-').collect::<Vec<_>>()[..] {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => text.to_owned(),
    };
    match moment.split_once('T') {
        Some((date, clock)) => format!("{} {}", day(date), clock.get(..5).unwrap_or(clock)),
        None => day(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_as_people_read_them() {
        for (amount, vi, en) in [
            ("0", "0", "0"),
            ("999", "999", "999"),
            ("1000", "1.000", "1,000"),
            ("10492401.39", "10.492.401,39", "10,492,401.39"),
            ("-50000", "−50.000", "−50,000"),
        ] {
            assert_eq!(money(Lang::Vi, amount), vi);
            assert_eq!(money(Lang::En, amount), en);
        }
    }

    #[test]
    fn typed_amounts_lose_what_people_put_between_digits() {
        for text in ["50000", "50.000", "50,000", "50 000 đ", "50\u{a0}000"] {
            assert_eq!(typed(text), "50000");
        }
        assert_eq!(typed("1.250.000"), "1250000");
        // What is no whole amount stays, so that it is refused as it was typed.
        for text in
            ["0,5", "1,5", "1.5", "12.34", "1.250,000", "1.2500", ".500", "5o.000", "1..000", "-1.000", "1000.000"]
        {
            assert_eq!(typed(text), text);
        }
    }

    #[test]
    fn moments_are_written_as_on_paper() {
        assert_eq!(when("2026-11-26T23:07:59+07:00"), "26/11/2026 23:07");
        assert_eq!(when("2026-11-26"), "26/11/2026");
        assert_eq!(when("?"), "?");
    }
}
