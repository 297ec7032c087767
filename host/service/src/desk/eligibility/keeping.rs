//! What the desk keeps of a question: that it was asked, that somebody asks it now, and what came.

use std::sync::Arc;

use serde_json::json;
use vienphi_domain::Action;
use vienphi_store::eligibility::{self, Eligibility};
use vienphi_store::{Change, Command, Halt, StoreError, Turn};

use super::{Told, answer_place, place};
use crate::desk::json as written;
use crate::submitting::Submitting;

/// Whoever asks has a question for so long, in microseconds; longer than the portal is waited for.
pub(super) const HELD: i64 = 150 * 1_000_000;

/// A question is kept.
pub(super) struct Ask {
    pub(super) row: Eligibility,
}

/// What came of asking.
pub(super) struct Keep {
    pub(super) id: i64,
    /// None when the portal did not answer.
    pub(super) told: Option<Told>,
    pub(super) submitting: Arc<Submitting>,
}

/// A question is taken to ask it.
pub(super) struct Take {
    pub(super) id: i64,
}

async fn found(turn: &mut Turn, id: i64) -> Result<Eligibility, Halt> {
    let facility = turn.facility();
    let row = eligibility::find(turn.connection(), &facility, id).await?;
    row.ok_or_else(|| StoreError::Damaged(format!("question {id} of eligibility is not there")).into())
}

impl Command for Ask {
    type Answer = i64;

    async fn run(self, turn: &mut Turn) -> Result<i64, Halt> {
        let mut row = self.row;
        row.id = turn.next_record()?;
        row.question = turn.key()?.seal(&row.question, &place(row.id))?;
        let subject = format!("eligibility/{}", row.id);
        let (action, reason) = (Action::EligibilityAsk, row.kind.clone());
        let audit = turn.audit(&Change { action, subject: &subject, reason: &reason, before: None, after: None })?;
        eligibility::insert(turn, &row, audit).await?;
        Ok(row.id)
    }
}

impl Command for Take {
    type Answer = Option<Eligibility>;

    async fn run(self, turn: &mut Turn) -> Result<Option<Eligibility>, Halt> {
        let mut row = found(turn, self.id).await?;
        let now = turn.now().count();
        // Somebody who waits for the answer may be earlier than the next try; whoever asks already is not disturbed.
        let is_held = row.due_at.is_some_and(|due| due > now && row.tries > 0 && row.is_provisional == 0);
        if row.state != "asking" || is_held {
            return Ok(None);
        }
        row.tries += 1;
        row.due_at = Some(now + HELD);
        eligibility::update(turn, &row).await?;
        Ok(Some(row))
    }
}

impl Command for Keep {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let mut row = found(turn, self.id).await?;
        if row.state != "asking" {
            return Ok(());
        }
        let now = turn.now();
        let Some(told) = self.told else {
            row.is_provisional = 1;
            row.due_at = self.submitting.asking.next_try(row.asked_at, now, row.tries, &place(row.id));
            return Ok(eligibility::update(turn, &row).await?);
        };
        row.state = "answered".to_owned();
        row.outcome = Some(told.said.name().to_owned());
        row.answered_at = Some(now.count());
        row.due_at = None;
        let plain = written(&told)?;
        row.answer = Some(turn.key()?.seal(&plain, &answer_place(row.id))?);
        if row.is_provisional == 1 {
            // Something was charged meanwhile: whoever did that is told, and that it was right as well.
            let subject = format!("eligibility/{}", row.id);
            let reason = if told.differs { "another answer than was presented" } else { "as it was presented" };
            let action = Action::ClaimSend;
            let audit = turn.audit(&Change { action, subject: &subject, reason, before: None, after: None })?;
            let message = json!({
                "eligibility": row.id, "patient": row.patient, "outcome": row.outcome, "differs": told.differs,
            });
            turn.tell("eligibility.answered", None, &message.to_string(), audit)?;
        }
        Ok(eligibility::update(turn, &row).await?)
    }
}
