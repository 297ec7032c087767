//! Who people are to an issuer: said by an administrator, never by the issuer.

use std::sync::Arc;

use vienphi_domain::{Action, Actor, Digest};
use vienphi_oidc::Client;
use vienphi_store::{Change, Command, Halt, Store, StoreError, Turn, links, people};

use super::super::refusals;
use super::{current, place};

/// An issuer has no longer name for anybody (OpenID Connect Core, 2).
const LONGEST_SUBJECT: usize = 255;

/// Lets somebody sign in by an issuer's word. Whoever calls this may do so: the command line.
pub async fn link(store: &Store, by: &Arc<Actor>, name: &str, issuer: &str, subject: &str) -> Result<(), Halt> {
    if let Some(fault) = Client::fault_of_issuer(issuer) {
        return Err(refusals::invalid_field("issuer", fault).into());
    }
    if !(1..=LONGEST_SUBJECT).contains(&subject.len()) || subject.chars().any(char::is_control) {
        return Err(
            refusals::invalid_field("subject", "must have 1 to 255 bytes and nothing that is not printed").into()
        );
    }
    let digest = links::digest(issuer, subject);
    store.write(by, Join { name: name.to_owned(), issuer: issuer.to_owned(), digest }).await
}

/// Ends that, and the sessions of the person.
pub async fn unlink(store: &Store, by: &Arc<Actor>, name: &str, issuer: &str) -> Result<(), Halt> {
    store.write(by, Part { name: name.to_owned(), issuer: issuer.to_owned() }).await
}

/// An entry of the audit about an issuer's name for somebody. The name may be personal: two entries about one of them have the same
/// digest, which nobody without the facility's key finds the name by.
pub(super) fn note(turn: &mut Turn, change: Change<'_>, digest: &Digest) -> Result<i64, StoreError> {
    let keyed = turn.key()?.digest(digest.bytes());
    turn.audit(&Change { after: Some(keyed), ..change })
}

struct Join {
    name: String,
    issuer: String,
    digest: Digest,
}

impl Command for Join {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Join { name, issuer, digest } = self;
        current(turn, &name).await?;
        let (subject, reason) = (place(&name), format!("linked to an account at {issuer}"));
        let change =
            Change { action: Action::PersonWrite, subject: &subject, reason: &reason, before: None, after: None };
        let audit = note(turn, change, &digest)?;
        if links::add(turn, &digest, &name, &issuer, audit).await? {
            return Ok(());
        }
        let detail =
            format!("{name} has an account at {issuer} already, or this account is another person's: unlink it first");
        Err(refusals::conflict("urn:vienphi:problem:linked", "This is linked already", detail).into())
    }
}

struct Part {
    name: String,
    issuer: String,
}

impl Command for Part {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Part { name, issuer } = self;
        if !links::remove(turn, &name, &issuer).await? {
            return Err(refusals::not_found("account at this issuer of", &name).into());
        }
        super::note(turn, Action::PersonWrite, &name, &format!("not linked to an account at {issuer} any more"))?;
        Ok(people::end_others(turn, &name, None).await?)
    }
}
