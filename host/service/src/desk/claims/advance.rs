//! What happens to a version: by the table of states, with its audit entry and its step.

use vienphi_claims::{ClaimEvent, ClaimState};
use vienphi_domain::Action;
use vienphi_store::claims::{self, Version};
use vienphi_store::{Change, Halt, StoreError, Turn};

use super::{Answer, Told, state_of};

/// What happens, by whose wish and why.
pub(super) struct Happening<'a> {
    pub(super) event: ClaimEvent,
    pub(super) action: Action,
    pub(super) reason: &'a str,
}

/// Moves a version on; its audit entry. `None` when this cannot happen to it, which then is what it was.
///
/// The row is the caller's to keep ([`claims::update_version`]).
pub(super) async fn advance(turn: &mut Turn, row: &mut Version, happening: Happening<'_>) -> Result<Option<i64>, Halt> {
    let Happening { event, action, reason } = happening;
    let Some(next) = state_of(row)?.after(event) else { return Ok(None) };
    row.state = next.word().to_owned();
    // Whoever follows the row must look again; each event says when itself.
    row.due_at = None;
    if event == ClaimEvent::Accepted || event == ClaimEvent::Refused || event == ClaimEvent::Absent {
        row.waits_since = None;
    }
    let subject = format!("claim/{}/{}", row.claim, row.version);
    let after = Some(claims::document(row)?);
    let audit = turn.audit(&Change { action, subject: &subject, reason, before: None, after })?;
    claims::keep_step(turn, event.word(), row, audit).await?;
    Ok(Some(audit))
}

/// What the portal said is kept with the version.
pub(super) fn note(turn: &mut Turn, row: &mut Version, answer: Option<Answer>) -> Result<(), Halt> {
    let Some(answer) = answer else { return Ok(()) };
    let key = turn.key()?;
    let mut told = Told::open(&key, row)?;
    told.add(answer);
    row.body = told.seal(&key, row)?;
    Ok(())
}

/// The portal has a version: those before it that it had are replaced by it.
pub(super) async fn replace_earlier(turn: &mut Turn, row: &Version) -> Result<(), Halt> {
    let facility = turn.facility();
    for mut earlier in claims::versions(turn.connection(), &facility, row.claim).await? {
        if earlier.version >= row.version || state_of(&earlier)? != ClaimState::Received {
            continue;
        }
        let happening =
            Happening { event: ClaimEvent::Replaced, action: Action::ClaimSend, reason: "its successor came" };
        if advance(turn, &mut earlier, happening).await?.is_some() {
            claims::update_version(turn, &earlier).await?;
        }
    }
    Ok(())
}

/// Tells whoever asked to be told. A message names no patient.
pub(super) fn tell(turn: &mut Turn, topic: &str, encounter: &str, row: &Version, audit: i64) -> Result<(), StoreError> {
    let message = serde_json::json!({
        "claim": row.claim, "version": row.version, "encounter": encounter, "state": row.state,
        "transaction_id": row.transaction_id,
    });
    turn.tell(topic, Some(encounter), &message.to_string(), audit)?;
    Ok(())
}
