//! What is wrong with an input: every fault with its path, and the problem object they become.

use std::cell::{Cell, RefCell};
use std::fmt;

/// One thing wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Where, as in `lines[2].quantity`; the place is the sender's.
    pub path: String,
    /// What was wrong and what is allowed.
    pub message: String,
}

/// Faults found so far.
#[derive(Debug, Default)]
pub struct Faults {
    found: RefCell<Vec<Fault>>,
    more: Cell<usize>,
}

/// A document that is wrong throughout is not worth more lines than this.
const REPORTED_AT_MOST: usize = 1_000;

impl Faults {
    /// Adds a fault.
    pub fn add(&self, path: impl fmt::Display, message: impl Into<String>) {
        let mut found = self.found.borrow_mut();
        if found.len() < REPORTED_AT_MOST {
            found.push(Fault { path: path.to_string(), message: message.into() });
        } else {
            self.more.set(self.more.get() + 1);
        }
    }

    /// Is nothing wrong?
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// Is there a fault at this path or below it?
    pub fn within(&self, path: &str) -> bool {
        self.found.borrow().iter().any(|fault| {
            fault.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// All of them, in the order found.
    pub fn into_list(self) -> Vec<Fault> {
        let mut list = self.found.into_inner();
        if self.more.get() > 0 {
            list.push(Fault { path: String::new(), message: format!("and {} more faults", self.more.get()) });
        }
        list
    }
}

/// Why a request was not answered: `application/problem+json` (RFC 9457) on every interface.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// A stable name, such as `urn:vienphi:problem:invalid-encounter`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The name in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The sender's id of the encounter, when it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// One sentence about this case.
    pub detail: String,
    /// Every fault.
    pub errors: Vec<Fault>,
}

impl Problem {
    /// The encounter can not be priced as it was sent.
    pub fn invalid_encounter(encounter: Option<String>, errors: Vec<Fault>) -> Problem {
        let detail = match errors.as_slice() {
            [only] if only.path.is_empty() => only.message.clone(),
            [only] => format!("{} {}", only.path, only.message),
            [first, ..] => format!("{} faults, the first at {}", errors.len(), first.path),
            [] => "the encounter cannot be read".to_owned(),
        };
        Problem {
            kind: "urn:vienphi:problem:invalid-encounter",
            title: "The encounter cannot be priced as sent",
            status: 422,
            encounter,
            detail,
            errors,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

impl std::error::Error for Problem {}
