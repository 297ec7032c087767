//! `policies/portal`: services by day, and what each code means; read once and checked whole.

use std::collections::BTreeMap;

use serde::Deserialize;
use vienphi_domain::{Day, Words};

use crate::account::Digits;
use crate::outcome::{Kind, Operation};

/// Policies that cannot be used. Nothing in them is secret, so errors quote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or keys that are absent or unknown.
    #[error("portal/{file} cannot be read: {error}")]
    Unreadable {
        /// `portal.toml` or `outcomes.toml`.
        file: &'static str,
        /// What the reader says.
        error: toml::de::Error,
    },
    /// A service that is not complete.
    #[error("portal/portal.toml: service {operation:?}: {problem}")]
    Service {
        /// Which.
        operation: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An outcome that contradicts another, or that is missing.
    #[error("portal/outcomes.toml: {place}: {problem}")]
    Outcome {
        /// Which.
        place: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A number outside its range.
    #[error("portal/portal.toml: {key} must be from {from} to {to} seconds")]
    Seconds {
        /// Which.
        key: &'static str,
        /// The least.
        from: u32,
        /// The most.
        to: u32,
    },
}

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

fn is_known(source: &str, certainty: &str) -> bool {
    !source.is_empty() && ["V", "V2", "U"].contains(&certainty)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomesFile {
    always: Vec<AlwaysRow>,
    outcomes: Vec<CodeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlwaysRow {
    name: Box<str>,
    lookup: Kind,
    submission: Kind,
    vi: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    operations: Vec<Operation>,
    code: Box<str>,
    text: Option<String>,
    name: Box<str>,
    kind: Kind,
    #[serde(default)]
    is_card: bool,
    vi: String,
    en: String,
    source: String,
    certainty: String,
}

/// One meaning.
#[derive(Debug, Clone)]
pub(crate) struct Meaning {
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) is_card: bool,
    pub(crate) advice: Words<'static>,
    /// What the portal's own text must contain.
    text: Option<String>,
}

/// A meaning that rests on no code of the portal.
#[derive(Debug, Clone)]
pub(crate) struct Always {
    lookup: Meaning,
    submission: Meaning,
}

impl Always {
    pub(crate) fn of(&self, operation: Operation) -> &Meaning {
        if operation.is_submission() { &self.submission } else { &self.lookup }
    }
}

/// What `outcomes.toml` says.
#[derive(Debug, Clone)]
pub(crate) struct Outcomes {
    codes: BTreeMap<(Operation, Box<str>), Vec<Meaning>>,
    pub(crate) unlisted: Always,
    pub(crate) unreadable: Always,
    pub(crate) too_long: Always,
    pub(crate) contradiction: Always,
    pub(crate) no_number: Always,
    pub(crate) no_content: Always,
    pub(crate) session_ended: Always,
    pub(crate) forbidden: Always,
    pub(crate) too_many: Always,
    pub(crate) closed: Always,
    pub(crate) no_service: Always,
    pub(crate) not_reached: Always,
    pub(crate) no_answer: Always,
}

impl Outcomes {
    pub(crate) fn read(text: &str) -> Result<Outcomes, PolicyError> {
        let file: OutcomesFile =
            toml::from_str(text).map_err(|error| PolicyError::Unreadable { file: "outcomes.toml", error })?;
        let mut codes: BTreeMap<(Operation, Box<str>), Vec<Meaning>> = BTreeMap::new();
        for row in file.outcomes {
            let fault = |problem| Err(PolicyError::Outcome { place: format!("{} {}", row.name, row.code), problem });
            if !is_known(&row.source, &row.certainty) {
                return fault("it needs a source, and V, V2 or U as its certainty");
            }
            for operation in &row.operations {
                if let Some(problem) = misfit(*operation, row.kind, row.is_card) {
                    return fault(problem);
                }
                let meanings = codes.entry((*operation, row.code.clone())).or_default();
                if meanings.iter().any(|meaning| meaning.text.is_none() || meaning.text == row.text) {
                    return fault("a row before it takes all its answers");
                }
                meanings.push(Meaning {
                    name: row.name.clone(),
                    kind: row.kind,
                    is_card: row.is_card,
                    advice: words(&row.vi, &row.en),
                    text: row.text.clone(),
                });
            }
        }
        let mut always = BTreeMap::new();
        for row in file.always {
            let meaning = |kind| Meaning {
                name: row.name.clone(),
                kind,
                is_card: false,
                advice: words(&row.vi, &row.en),
                text: None,
            };
            if row.lookup.is_success() || row.submission.is_success() {
                let problem = "what rests on no code is never a success";
                return Err(PolicyError::Outcome { place: row.name.into(), problem });
            }
            always
                .insert(row.name.clone(), Always { lookup: meaning(row.lookup), submission: meaning(row.submission) });
        }
        let mut take = |name: &str| {
            let absent = PolicyError::Outcome { place: name.to_owned(), problem: "it is missing in `always`" };
            always.remove(name).ok_or(absent)
        };
        let outcomes = Outcomes {
            codes,
            unlisted: take("unlisted")?,
            unreadable: take("unreadable")?,
            too_long: take("too-long")?,
            contradiction: take("contradiction")?,
            no_number: take("no-number")?,
            no_content: take("no-content")?,
            session_ended: take("session-ended")?,
            forbidden: take("forbidden")?,
            too_many: take("too-many")?,
            closed: take("closed")?,
            no_service: take("no-service")?,
            not_reached: take("not-reached")?,
            no_answer: take("no-answer")?,
        };
        // A doubt about a file is never taken for its refusal: that would send it twice.
        for lost in [&outcomes.unlisted, &outcomes.unreadable, &outcomes.no_number, &outcomes.no_answer] {
            if lost.submission.kind != Kind::Unknown {
                let problem = "after a submission it must be unknown";
                return Err(PolicyError::Outcome { place: lost.submission.name.to_string(), problem });
            }
        }
        match always.keys().next() {
            Some(name) => Err(PolicyError::Outcome { place: name.to_string(), problem: "nothing uses it" }),
            None => Ok(outcomes),
        }
    }

    /// What a code means when it comes with this text.
    pub(crate) fn of(&self, operation: Operation, code: &str, text: Option<&str>) -> Option<&Meaning> {
        let meanings = self.codes.get(&(operation, Box::from(code)))?;
        let fits = |meaning: &&Meaning| match &meaning.text {
            Some(part) => text.is_some_and(|text| text.contains(part.as_str())),
            None => true,
        };
        meanings.iter().find(fits)
    }
}

fn words(vi: &str, en: &str) -> Words<'static> {
    Words { vi: vi.to_owned().into(), en: en.to_owned().into() }
}

/// A kind that makes no sense for an operation.
fn misfit(operation: Operation, kind: Kind, is_card: bool) -> Option<&'static str> {
    let fits = match kind {
        Kind::Valid | Kind::ValidWithNews | Kind::NotValid => operation == Operation::Card,
        Kind::Found | Kind::NotFound => matches!(operation, Operation::Copayment | Operation::ClaimLookup),
        Kind::Accepted => operation.is_submission() || operation == Operation::SignIn,
        Kind::Refused => operation.is_submission(),
        _ => true,
    };
    if !fits {
        return Some("its kind makes no sense for its operation");
    }
    (is_card && operation != Operation::Card).then_some("is_card belongs to cards")
}
