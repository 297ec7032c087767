//! Whose keys may approve and activate (`policies/sandbox/approvers.toml`).

use std::collections::BTreeMap;

use serde::Deserialize;
use vienphi_domain::Day;

use crate::key::PublicKey;

/// The keys of those who may approve packages, with their names.
#[derive(Debug, Clone, Default)]
pub struct Approvers {
    rows: BTreeMap<PublicKey, Row>,
}

/// Why the list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ApproversError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    approver: Vec<Row>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    key: PublicKey,
    /// The last day on which what it signs counts. A row is never taken out: what it signed before goes on counting.
    #[serde(default)]
    until: Option<String>,
}

impl Approvers {
    /// Reads the list. One key stands for one person.
    pub fn read(text: &str) -> Result<Approvers, ApproversError> {
        let file: File = toml::from_str(text).map_err(|error| ApproversError(error.to_string()))?;
        let mut rows: BTreeMap<PublicKey, Row> = BTreeMap::new();
        for row in file.approver {
            let Row { name, key, until } = &row;
            if name.trim().is_empty() {
                return Err(ApproversError(format!("the key {key} has no name")));
            }
            if name.chars().any(char::is_control) {
                return Err(ApproversError(format!("the name {name:?} must be one line of printable text")));
            }
            if let Some(until) = until.as_ref().filter(|until| Day::parse(until).is_none()) {
                return Err(ApproversError(format!("{name}: until must be a day such as 2026-12-31, not {until:?}")));
            }
            let is_current = |row: &Row| row.until.is_none();
            if rows.values().any(|other| other.name == *name && is_current(other) && is_current(&row)) {
                return Err(ApproversError(format!("two keys are named {name:?}: two approvals must be two people's")));
            }
            if let Some(other) = rows.get(key) {
                return Err(ApproversError(format!("{:?} and {name:?} have one key, {key}", other.name)));
            }
            rows.insert(*key, row);
        }
        Ok(Approvers { rows })
    }

    /// The name that goes with a key.
    pub fn name(&self, key: &PublicKey) -> Option<&str> {
        self.rows.get(key).map(|row| row.name.as_str())
    }

    /// May the key approve and activate on that day?
    pub(crate) fn may_act(&self, key: &PublicKey, on: Day) -> bool {
        self.rows
            .get(key)
            .is_some_and(|row| row.until.as_ref().and_then(|until| Day::parse(until)).is_none_or(|until| on <= until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_persons() {
        let [one, other] = ["11", "22"].map(|digits| digits.repeat(32));
        let row = |name: &str, key: &str| format!("[[approver]]\nname = \"{name}\"\nkey = \"{key}\"\n");
        let list = Approvers::read(&(row("An", &one) + &row("Bình", &other))).unwrap();
        assert_eq!(list.name(&one.parse().unwrap()), Some("An"));
        assert_eq!(list.name(&"33".repeat(32).parse().unwrap()), None);
        let gone = Approvers::read(&(row("An", &one) + "until = \"2026-06-30\"\n" + &row("An", &other))).unwrap();
        let may = |key: &str, day: &str| gone.may_act(&key.parse().unwrap(), Day::parse(day).unwrap());
        assert!(may(&one, "2026-06-30") && !may(&one, "2026-07-01") && may(&other, "2026-07-01"));
        for (text, says) in [
            (row("An", &one) + &row("Bình", &one), "one key"),
            (row("An", &one) + &row("An", &other), "two keys"),
            (row("", &one), "no name"),
            (row("An", "11"), "64 hexadecimal digits"),
            (row("An", &one) + "until = \"soon\"", "until must be a day"),
            ("[[approvers]]".to_owned(), "approvers"),
        ] {
            let error = Approvers::read(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
