//! Answers by the keys of their commands: the same command again has the same answer.

use vienphi_domain::{Actor, Digest, Problem};

use crate::deferred::Table;
use crate::error::StoreError;
use crate::store::Store;
use crate::turn::{Turn, digest};
use crate::writer::Key;

/// What a command answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// The audit entry of the effect; none when there was none.
    pub audit: Option<i64>,
}

static ANSWERED: Table =
    Table::new("answered", &["facility", "actor", "request_key", "request_digest", "status", "body", "at", "audit"]);

impl Answered {
    /// A refusal, which is an answer too.
    pub(crate) fn refused(problem: &Problem) -> Answered {
        // A problem holds texts only: writing it to memory cannot fail.
        Answered { status: problem.status, body: serde_json::to_vec(problem).unwrap_or_default(), audit: None }
    }
}

const FIND: &str =
    "select request_digest, status, body from answered where facility = $1 and actor = $2 and request_key = $3";

/// The answer to a command of the actor, with the digest of what was asked.
pub(crate) async fn find(turn: &mut Turn, key: &str) -> Result<Option<(Digest, Answered)>, StoreError> {
    let (facility, actor) = (turn.facility(), turn.actor().name.clone());
    if let Some(found) = turn.answers.get(&(Box::from(&*facility), actor.clone(), key.to_owned())) {
        return Ok(Some(found.clone()));
    }
    let query = sqlx::query_as::<_, (Vec<u8>, i64, Vec<u8>)>(FIND);
    let found = query.bind(facility.to_string()).bind(actor.to_string()).bind(key.to_owned());
    let Some((request, status, sealed)) = found.fetch_optional(turn.connection()).await? else { return Ok(None) };
    let body = turn.key()?.open(&sealed, &place(&actor, key))?;
    let status = u16::try_from(status).map_err(|_| StoreError::Damaged("an answer has no HTTP status".into()))?;
    Ok(Some((digest(request)?, Answered { status, body, audit: None })))
}

impl Store {
    /// The answer that a command had before, if it is the same command: asked before anything is checked that may have
    /// changed since.
    pub async fn answered_before(&self, actor: &Actor, key: &Key) -> Result<Option<Answered>, StoreError> {
        let query = sqlx::query_as::<_, (Vec<u8>, i64, Vec<u8>)>(FIND).bind(actor.facility.to_string());
        let query = query.bind(actor.name.to_string()).bind(key.key.clone());
        let found = query.fetch_optional(&mut *self.reader().await?).await?;
        let Some((request, status, sealed)) = found else { return Ok(None) };
        if digest(request)? != key.request {
            // The writer says so.
            return Ok(None);
        }
        let body = self.key(&actor.facility).await?.open(&sealed, &place(&actor.name, &key.key))?;
        let status = u16::try_from(status).map_err(|_| StoreError::Damaged("an answer has no HTTP status".into()))?;
        Ok(Some(Answered { status, body, audit: None }))
    }
}

/// Keeps an answer.
pub(crate) fn keep(turn: &mut Turn, key: &Key, answered: &Answered) -> Result<(), StoreError> {
    let (facility, actor, now) = (turn.facility(), turn.actor().name.clone(), turn.now());
    let sealed = turn.key()?.seal(&answered.body, &place(&actor, &key.key))?;
    let row = vec![
        (&facility).into(),
        (&*actor).into(),
        (&*key.key).into(),
        key.request.bytes().to_vec().into(),
        i64::from(answered.status).into(),
        sealed.into(),
        now.count().into(),
        answered.audit.into(),
    ];
    turn.put(&ANSWERED, row);
    turn.answers.insert((Box::from(&*facility), actor, key.key.clone()), (key.request, answered.clone()));
    Ok(())
}

fn place(actor: &str, key: &str) -> String {
    format!("answered/{actor}/{key}")
}

/// The key was used for something else.
pub(crate) fn other_request(key: &str) -> Problem {
    Problem {
        kind: "urn:vienphi:problem:idempotency-key-reused",
        title: "The Idempotency-Key was used for another request",
        status: 422,
        encounter: None,
        detail: format!("{key:?} names a request with another body or path: send this one with a key of its own"),
        errors: Vec::new(),
    }
}

/// The same command is being done.
pub(crate) fn in_flight() -> Problem {
    Problem {
        kind: "urn:vienphi:problem:request-in-flight",
        title: "The same request is being worked on",
        status: 409,
        encounter: None,
        detail: "a request with this Idempotency-Key is under way: ask again in a moment for its answer".into(),
        errors: Vec::new(),
    }
}
