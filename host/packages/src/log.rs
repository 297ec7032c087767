//! The log of what was done to packages: one signed line for each act, each naming the line before.

use std::fmt;

use serde::{Deserialize, Serialize};
use vienphi_domain::{Day, Digest};

use crate::key::{Key, PublicKey, Signature};

/// Comes before a line in what is signed.
const LINE: &[u8] = b"vienphi package log 1\n";

/// Seconds since 1970 in UTC, as the caller's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instant(pub i64);

/// Vietnam is seven hours ahead of UTC.
const VIETNAM: i64 = 7 * 3600;

const DAY: i64 = 24 * 3600;

impl Instant {
    /// The calendar day in Vietnam.
    pub fn day(self) -> Day {
        let count = (self.0.saturating_add(VIETNAM)).div_euclid(DAY);
        i32::try_from(count).map_or(Day::END_OF_TIME, Day::from_count)
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// The package passed admission and is kept.
    Install {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// The province it rates.
        province: String,
        /// The author's key.
        author: PublicKey,
    },
    /// Somebody who may approve has looked at it.
    Approve {
        /// What they say of it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// From a day of discharge on it rates its province.
    Activate {
        /// The first such day.
        #[serde(with = "day")]
        from: Day,
    },
    /// From a day of discharge on it no longer does.
    Retire {
        /// The first such day.
        #[serde(with = "day")]
        from: Day,
    },
    /// An activation is undone, as if it had never been.
    RollBack {
        /// The number of its line.
        activation: u64,
    },
    /// It must never price anything again.
    Revoke {
        /// Why.
        reason: String,
    },
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub line: u64,
    /// When.
    pub at: Instant,
    /// Of which package.
    #[serde(with = "digest")]
    pub package: Digest,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
    /// Whose key signed the line; nobody's for an installation, which the package's own signature stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// SHA-256 over the line before, as it stands in the file; of nothing for the first.
    #[serde(with = "digest")]
    pub before: Digest,
    /// Over the line without this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Why a log cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the log {what}")]
pub struct LogError {
    /// Which line.
    pub line: u64,
    /// What is wrong with it.
    pub what: String,
}

impl Entry {
    /// The line as it stands in the file, without its end.
    pub(crate) fn text(&self) -> String {
        // It holds texts and numbers only: writing it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn signed_by(mut self, key: &Key) -> Entry {
        self.key = Some(key.public());
        self.signature = None;
        self.signature = Some(key.sign(LINE, self.text().as_bytes()));
        self
    }

    fn is_signed(&self) -> bool {
        match (&self.act, self.key, self.signature) {
            (Act::Install { .. }, None, None) => true,
            (_, Some(key), Some(signature)) => {
                let unsigned = Entry { signature: None, ..self.clone() };
                key.verifies(LINE, unsigned.text().as_bytes(), &signature)
            }
            _ => false,
        }
    }
}

/// Reads a log and checks that no line was changed, added, left out or moved. A last line without its end was never
/// finished and is not part of the log; the bytes that are part of it come with the entries.
pub(crate) fn read(bytes: &[u8]) -> Result<(Vec<Entry>, usize), LogError> {
    let finished = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut entries = Vec::new();
    let mut before = Digest::of(&[]);
    for (number, line) in (1..).zip(bytes[..finished].split_inclusive(|byte| *byte == b'\n')) {
        let line = &line[..line.len() - 1];
        let wrong = |what: String| LogError { line: number, what };
        let entry: Entry = serde_json::from_slice(line).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        if entry.line != number {
            return Err(wrong(format!("says it is line {}", entry.line)));
        }
        if entry.before != before {
            return Err(wrong("does not follow the line before it: one of them was changed".into()));
        }
        if entry.text().as_bytes() != line {
            return Err(wrong("is not written as lines are: it was changed".into()));
        }
        if !entry.is_signed() {
            return Err(wrong("is not signed by the key it names".into()));
        }
        before = Digest::of(line);
        entries.push(entry);
    }
    Ok((entries, finished))
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Install { name, version, .. } => write!(f, "installed {} {}", printable(name), printable(version)),
            Act::Approve { reason } if reason.is_empty() => write!(f, "approved"),
            Act::Approve { reason } => write!(f, "approved: {}", printable(reason)),
            Act::Activate { from } => write!(f, "activated for discharges from {from}"),
            Act::Retire { from } => write!(f, "retired for discharges from {from}"),
            Act::RollBack { activation } => write!(f, "rolled back the activation of line {activation}"),
            Act::Revoke { reason } => write!(f, "revoked: {}", printable(reason)),
        }
    }
}

/// A text of the log as people are shown it: whoever wrote it may not steer their terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

mod digest {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use vienphi_domain::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(digest)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        Digest::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("a digest is 64 hexadecimal digits, not {text:?}")))
    }
}

mod day {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use vienphi_domain::Day;

    pub(super) fn serialize<S: Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(day)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        let text = String::deserialize(deserializer)?;
        Day::parse(&text).ok_or_else(|| de::Error::custom(format!("not a day such as 2026-01-01: {text:?}")))
    }
}
