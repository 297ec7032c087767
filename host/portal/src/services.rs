//! The services of `portal.toml`, by day.

use serde::Deserialize;
use vienphi_domain::Day;

use crate::account::Digits;
use crate::outcome::Operation;
use crate::policy::{PolicyError, is_known};

/// How fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Body {
    Json,
    Form,
}

/// Where a session and the password go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Credentials {
    Query,
    Headers,
    None,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    operation: Operation,
    pub(crate) path: String,
    from: Option<String>,
    pub(crate) body: Body,
    pub(crate) credentials: Credentials,
    /// loaiHoSo.
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) has_officer: bool,
    #[serde(default)]
    is_assumed: bool,
    #[serde(default = "yes")]
    is_on: bool,
    source: String,
    certainty: String,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortalFile {
    session_seconds: u32,
    session_margin_seconds: u32,
    password_digits: Digits,
    service: Vec<Service>,
}

/// The services of one operation: the first, and those that came after it by their days.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    first: Service,
    later: Vec<(Day, Service)>,
}

impl Line {
    /// The one of a day.
    pub(crate) fn on(&self, day: Day) -> &Service {
        self.later.iter().rev().find(|(from, _)| *from <= day).map_or(&self.first, |(_, service)| service)
    }
}

/// What `portal.toml` says.
#[derive(Debug, Clone)]
pub(crate) struct Services {
    pub(crate) session_seconds: u32,
    pub(crate) session_margin_seconds: u32,
    pub(crate) digits: Digits,
    pub(crate) sign_in: Line,
    pub(crate) card: Line,
    pub(crate) history: Line,
    pub(crate) check_in: Line,
    pub(crate) claim: Line,
    pub(crate) copayment: Line,
    /// Nobody has seen it: there may be none.
    pub(crate) claim_lookup: Option<Line>,
    pub(crate) is_claim_lookup_on: bool,
}

impl Services {
    pub(crate) fn read(text: &str) -> Result<Services, PolicyError> {
        let file: PortalFile =
            toml::from_str(text).map_err(|error| PolicyError::Unreadable { file: "portal.toml", error })?;
        let within = |key, value: u32, from, to| match (from..=to).contains(&value) {
            true => Ok(value),
            false => Err(PolicyError::Seconds { key, from, to }),
        };
        let rows = &file.service;
        let needed = |operation: Operation| {
            let absent = PolicyError::Service { operation: operation.word(), problem: "it is missing" };
            line(rows, operation)?.ok_or(absent)
        };
        let claim_lookup = line(rows, Operation::ClaimLookup)?;
        Ok(Services {
            session_seconds: within("session_seconds", file.session_seconds, 60, 24 * 3600)?,
            session_margin_seconds: within("session_margin_seconds", file.session_margin_seconds, 0, 3600)?,
            digits: file.password_digits,
            sign_in: needed(Operation::SignIn)?,
            card: needed(Operation::Card)?,
            history: needed(Operation::History)?,
            check_in: needed(Operation::CheckIn)?,
            claim: needed(Operation::Claim)?,
            copayment: needed(Operation::Copayment)?,
            is_claim_lookup_on: claim_lookup.as_ref().is_some_and(|line| line.first.is_on),
            claim_lookup,
        })
    }
}

fn line(rows: &[Service], operation: Operation) -> Result<Option<Line>, PolicyError> {
    let fault = |problem| Err(PolicyError::Service { operation: operation.word(), problem });
    let mut line: Option<Line> = None;
    for service in rows.iter().filter(|service| service.operation == operation) {
        if !service.path.starts_with('/') || service.path.contains(['?', '#', ' ']) {
            return fault("its path must begin with / and have no query");
        }
        if !is_known(&service.source, &service.certainty) {
            return fault("it needs a source, and V, V2 or U as its certainty");
        }
        if operation.is_submission() != service.kind.is_some() {
            return fault("kind (loaiHoSo) belongs to check-in and claim, and to both");
        }
        if (operation == Operation::ClaimLookup) != service.is_assumed {
            return fault("is_assumed belongs to claim-lookup, and to nothing else");
        }
        if !service.is_on && !service.is_assumed {
            return fault("only an assumed service may be off");
        }
        if operation == Operation::SignIn && service.credentials != Credentials::None {
            return fault("there are no credentials before a sign-in");
        }
        match (&mut line, &service.from) {
            (None, None) => line = Some(Line { first: service.clone(), later: Vec::new() }),
            (None, Some(_)) => return fault("its first row must have no day"),
            (Some(_), None) => return fault("all rows but its first must have a day"),
            (Some(line), Some(from)) => match Day::parse(from) {
                Some(day) if line.later.last().is_none_or(|(last, _)| *last < day) => {
                    line.later.push((day, service.clone()));
                }
                _ => return fault("from must be a day such as 2025-01-01, and later than the row before"),
            },
        }
    }
    Ok(line)
}
