//! What waits for another person's word, and that word.

use std::sync::Arc;

use serde::Serialize;
use vienphi_access::About;
use vienphi_domain::{Action, Actor};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, approvals};

use super::money::moment;
use super::{Desk, Page, Sent, answered, dong, forms, reader, refusals};

/// A request for approval.
pub(super) struct Ask {
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) amount: i64,
    pub(super) reason: String,
    /// What was asked, whole.
    pub(super) body: Vec<u8>,
    pub(super) action: Action,
}

/// Another person's word.
struct Decide {
    id: i64,
    approve: bool,
    reason: String,
}

/// A request in an answer.
#[derive(Debug, Serialize)]
pub struct Approval {
    pub(super) id: i64,
    kind: String,
    subject: String,
    amount: String,
    reason: String,
    asked_by: String,
    asked_at: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_reason: Option<String>,
    /// Of a rail or the account at the portal: what it is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<super::rails::Asked>,
}

/// Approvals of one page.
const PAGE: i64 = 100;

/// The states of a request.
const STATES: [&str; 5] = ["pending", "approved", "rejected", "paying", "paid"];

impl Desk {
    /// Requests, the newest first.
    pub async fn approvals(
        &self,
        actor: &Actor,
        state: Option<&str>,
        after: Option<i64>,
    ) -> Result<Page<Approval>, Halt> {
        self.may(actor, Action::ApprovalRead)?;
        if state.is_some_and(|state| !STATES.contains(&state)) {
            return Err(refusals::invalid_field("state", format!("must be one of {}", STATES.join(", "))).into());
        }
        let before = after.unwrap_or(i64::MAX);
        let rows = approvals::list(&mut *reader(&self.store).await?, &actor.facility, state, before, PAGE).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let key = self.store.key(&actor.facility).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in &rows {
            let asked = match row.kind.as_str() {
                "rail" => Some(super::rails::asked(&key.open(&row.body, &place(row.id))?)?),
                "portal" => Some(super::portal_account::asked(&key.open(&row.body, &place(row.id))?)?),
                _ => None,
            };
            items.push(Approval { asked, ..shown(row) });
        }
        Ok(Page { items, next })
    }

    /// Approves or rejects a request of somebody else.
    pub async fn decide(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str, approve: bool) -> Result<Answered, Halt> {
        let Some(row) = self.approval_row(actor, id).await? else {
            self.may_about_none(actor, Action::ApprovalDecide)?;
            return Err(refusals::not_found("approval", id).into());
        };
        let about = About { made_by: Some(&row.asked_by), kind: Some(&row.kind), ..About::facility(&actor.facility) };
        self.may_about(actor, Action::ApprovalDecide, &about)?;
        let reason = forms::read(sent.document, |root| {
            let [reason] = root.fields(["reason"])?;
            // Whoever approves may leave it at that; whoever does not, says why.
            if approve && !reason.is_present() { Some(String::new()) } else { forms::reason(&reason) }
        })?;
        self.once(actor, &sent, Decide { id: row.id, approve, reason }).await
    }
}

/// Keeps a request and answers it.
pub(super) async fn ask(turn: &mut Turn, ask: Ask) -> Result<Answered, Halt> {
    let (approval, audit) = keep(turn, ask).await?;
    answered(202, &shown(&approval), audit)
}

/// Keeps a request; it and its audit entry.
pub(super) async fn keep(turn: &mut Turn, ask: Ask) -> Result<(approvals::Approval, i64), Halt> {
    let id = turn.next_record()?;
    let sealed = turn.key()?.seal(&ask.body, &place(id))?;
    let subject = format!("approval/{id}");
    let change = Change { action: ask.action, subject: &subject, reason: &ask.reason, before: None, after: None };
    let audit = turn.audit(&change)?;
    let approval = approvals::Approval {
        id,
        kind: ask.kind.to_owned(),
        subject: ask.subject,
        amount: ask.amount,
        reason: ask.reason,
        body: sealed,
        asked_by: turn.actor().name.to_string(),
        asked_at: turn.now().count(),
        state: "pending".to_owned(),
        decided_by: None,
        decided_at: None,
        decided_reason: None,
    };
    approvals::insert(turn, &approval, audit).await?;
    Ok((approval, audit))
}

impl Command for Ask {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        ask(turn, self).await
    }
}

impl Command for Decide {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let (facility, actor) = (turn.facility(), turn.actor().name.to_string());
        let found = approvals::find(turn.connection(), &facility, self.id).await?;
        let mut approval = found.ok_or_else(|| refusals::not_found("approval", &self.id.to_string()))?;
        if approval.state != "pending" {
            return Err(refusals::conflict(
                "urn:vienphi:problem:already-decided",
                "It was decided already",
                format!("approval {} is {}", approval.id, approval.state),
            )
            .into());
        }
        // The policies said so too; money does not rely on one of them.
        if approval.asked_by == actor {
            return Err(refusals::conflict(
                "urn:vienphi:problem:own-request",
                "Nobody decides what they asked for",
                "another person must decide it",
            )
            .into());
        }
        let subject = format!("approval/{}", approval.id);
        let change = Change {
            action: Action::ApprovalDecide,
            subject: &subject,
            reason: &self.reason,
            before: None,
            after: None,
        };
        let audit = turn.audit(&change)?;
        let journal = match (self.approve, approval.kind.as_str()) {
            (true, "refund" | "write-off") => super::refunds::approved(turn, &approval, audit).await?,
            (false, "refund" | "write-off") => {
                super::refunds::rejected(turn, &approval).await?;
                None
            }
            (true, "reopen") => {
                let asked_at = turn.key()?.open(&approval.body, &place(approval.id))?;
                super::encounters::reopen(turn, named(&approval, "encounter/")?, &asked_at).await?;
                None
            }
            (true, "rail") => {
                super::rails::approved(turn, &approval).await?;
                None
            }
            (true, "portal") => {
                super::portal_account::approved(turn, &approval).await?;
                None
            }
            (is_approved, "shift-difference") => {
                let id = named(&approval, "shift/")?.parse().unwrap_or(0);
                let shift = super::shifts::find(turn, id).await?;
                match is_approved {
                    true => super::shifts::finish(turn, shift, Action::ShiftClose, &self.reason).await?.1,
                    false => {
                        super::shifts::recount(turn, shift).await?;
                        None
                    }
                }
            }
            (_, _) => None,
        };
        approval.state = if self.approve { "approved" } else { "rejected" }.to_owned();
        approval.decided_by = Some(actor);
        approval.decided_at = Some(turn.now().count());
        approval.decided_reason = Some(self.reason);
        approvals::decide(turn, &approval, audit, journal).await?;
        answered(200, &shown(&approval), audit)
    }
}

/// What a request is about.
fn named<'a>(approval: &'a approvals::Approval, prefix: &str) -> Result<&'a str, Halt> {
    let found = approval.subject.strip_prefix(prefix);
    found.ok_or_else(|| StoreError::Damaged(format!("approval {} is about nothing known", approval.id)).into())
}

/// What a request's text is sealed for.
pub(super) fn place(id: i64) -> String {
    format!("approval/{id}")
}

pub(super) fn shown(row: &approvals::Approval) -> Approval {
    Approval {
        id: row.id,
        kind: row.kind.clone(),
        subject: row.subject.clone(),
        amount: dong(row.amount),
        reason: row.reason.clone(),
        asked_by: row.asked_by.clone(),
        asked_at: moment(row.asked_at),
        state: row.state.clone(),
        decided_by: row.decided_by.clone(),
        decided_at: row.decided_at.map(moment),
        decided_reason: row.decided_reason.clone(),
        asked: None,
    }
}
