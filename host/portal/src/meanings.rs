//! The outcomes of `outcomes.toml`, by operation and code.

use std::collections::BTreeMap;

use serde::Deserialize;
use vienphi_domain::Words;

use crate::outcome::{Kind, Operation};
use crate::policy::{PolicyError, is_known};

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
        Kind::Valid | Kind::ValidWithNews => operation == Operation::Card,
        Kind::NotValid => matches!(operation, Operation::Card | Operation::History),
        Kind::Found | Kind::NotFound => {
            matches!(operation, Operation::History | Operation::Copayment | Operation::ClaimLookup)
        }
        Kind::Accepted => operation.is_submission() || operation == Operation::SignIn,
        Kind::Refused => operation.is_submission(),
        _ => true,
    };
    if !fits {
        return Some("its kind makes no sense for its operation");
    }
    (is_card && operation != Operation::Card).then_some("is_card belongs to cards")
}
