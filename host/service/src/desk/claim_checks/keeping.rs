//! What is kept of a check, step by step: nobody is shown it before it is whole.

use vienphi_domain::Action;
use vienphi_store::claim_checks::{self, ClaimCheck, Part};
use vienphi_store::{Change, Command, Halt, Turn};

use super::body_place;
use crate::claim_upload::Sums;
use crate::desk::json;

/// A check that was not whole after so long (an hour) has broken off, in microseconds.
const BROKEN_OFF: i64 = 3_600 * 1_000_000;

/// A check begins; its number.
pub(super) struct Begin;

/// A part of a check is kept.
pub(super) struct KeepPart {
    pub(super) id: i64,
    pub(super) place: i64,
    pub(super) part: Part,
}

/// A check has all its parts.
pub(super) struct Finish {
    pub(super) id: i64,
    pub(super) parts: i64,
    pub(super) name: String,
    pub(super) sums: Sums,
}

/// Somebody chooses findings.
pub(super) struct Choose {
    pub(super) id: i64,
    pub(super) chosen: Vec<i64>,
    pub(super) dropped: Vec<i64>,
}

/// A check is removed: one that is whole by somebody, one that broke off by itself.
pub(super) struct Remove {
    pub(super) id: i64,
    pub(super) is_whole: bool,
}

impl Command for Begin {
    type Answer = i64;

    async fn run(self, turn: &mut Turn) -> Result<i64, Halt> {
        let now = turn.now().count();
        for old in claim_checks::broken_off(turn, now - BROKEN_OFF).await? {
            claim_checks::remove(turn, old).await?;
        }
        let id = turn.next_record()?;
        let subject = format!("claim-check/{id}");
        let action = Action::ClaimCheckMake;
        let audit = turn.audit(&Change { action, subject: &subject, reason: "", before: None, after: None })?;
        let made_by = turn.actor().name.to_string();
        let row =
            ClaimCheck { id, made_by, made_at: now, files: 0, visits: 0, findings: 0, parts: 0, body: Vec::new() };
        claim_checks::begin(turn, &row, audit).await?;
        Ok(id)
    }
}

impl Command for KeepPart {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        Ok(claim_checks::insert_part(turn, self.id, self.place, &self.part).await?)
    }
}

impl Command for Finish {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Finish { id, parts, name, sums } = self;
        let plain = json(&serde_json::json!({ "name": name, "sums": sums }))?;
        let body = turn.key()?.seal(&plain, &body_place(id))?;
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let summary = &sums.summary;
        let found = summary.faults() + summary.findings(vienphi_claims::Severity::Note) - sums.left_out;
        let (made_by, made_at) = (turn.actor().name.to_string(), turn.now().count());
        let (files, visits, findings) = (whole(summary.files), whole(summary.visits), whole(found));
        let row = ClaimCheck { id, made_by, made_at, files, visits, findings, parts, body };
        Ok(claim_checks::finish(turn, &row).await?)
    }
}

impl Command for Choose {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let person = turn.actor().name.to_string();
        Ok(claim_checks::choose(turn, self.id, &person, &self.chosen, &self.dropped).await?)
    }
}

impl Command for Remove {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        if self.is_whole {
            let (action, subject) = (Action::ClaimCheckMake, format!("claim-check/{}", self.id));
            turn.audit(&Change { action, subject: &subject, reason: "removed", before: None, after: None })?;
        }
        Ok(claim_checks::remove(turn, self.id).await?)
    }
}
