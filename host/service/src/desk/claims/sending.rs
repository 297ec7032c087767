//! Versions that are due are sent, and what nobody knows is looked for.
//!
//! Before anything leaves, the version is `sent`. Whoever takes one that is `sent` already and whose time is over knows that its
//! sender is gone: it becomes `unknown`, and only a query or a person's word leads on from there.

use std::sync::Arc;

use vienphi_claims::ClaimEvent;
use vienphi_domain::{Action, Actor, Moment, Role};
use vienphi_portal::{Kind, Operation, Receipt, Status};
use vienphi_store::claims::{self, Claim, Version};
use vienphi_store::{Command, Halt, StoreError, Turn};

use super::advance::{Happening, advance, note, replace_earlier, tell};
use super::{Answer, missing, state_of};
use crate::desk::portal::{Asker, Rest};
use crate::desk::{Desk, reader};
use crate::submitting::Submitting;

/// Versions of one facility and one look.
const DUE: i64 = 16;

/// Behind the longest wait for an answer, in microseconds: an answer that came is kept within it.
const MARGIN: i64 = 20 * 1_000_000;

/// A facility without a usable account is looked at again after so long.
const NO_ACCOUNT: i64 = 60 * 1_000_000;

/// Who sends: the program itself.
const SENDER: &str = "portal";

/// A version is taken to work on it.
struct Take {
    claim: i64,
    version: i64,
    held: i64,
    submitting: Arc<Submitting>,
}

/// It leaves in a moment.
struct KeepSent {
    claim: i64,
    version: i64,
    /// As it was taken: whoever took it since has it.
    tries: i64,
    held: i64,
}

/// What became of it.
struct Finish {
    claim: i64,
    version: i64,
    tries: i64,
    end: End,
    submitting: Arc<Submitting>,
}

enum End {
    /// The portal has it.
    Accepted(Receipt, Option<Answer>),
    /// It does not take it.
    Refused(Answer),
    /// It may be there: nobody saw the answer.
    Lost(Option<Answer>),
    /// It was not looked at, or never arrived; sent again then, by the portal's own wish in seconds.
    NotTaken(Option<Answer>, Option<u32>),
    /// A query did not find it.
    NotFound,
    /// A query told nothing.
    NotTold(Option<Answer>),
    /// The portal cannot be asked what became of it.
    NoQuery,
    /// Nothing was tried; looked at again then.
    Later(i64),
}

impl Desk {
    /// Works on the claims that are due; how many were.
    pub async fn run_claims(self: &Arc<Self>) -> Result<usize, Halt> {
        if self.submitting.is_none() {
            return Ok(0);
        }
        let due = claims::due(&mut *reader(&self.store).await?, self.store.now().count(), DUE).await?;
        let mut running = tokio::task::JoinSet::new();
        let mut worked = 0;
        for (facility, claim, version) in due {
            let desk = Arc::clone(self);
            running.spawn(async move { (claim, desk.run_claim(&facility, claim, version).await) });
        }
        while let Some(ran) = running.join_next().await {
            match ran {
                Ok((_, Ok(was_worked))) => worked += usize::from(was_worked),
                Ok((claim, Err(Halt::Refused(problem)))) => {
                    tracing::error!(claim, kind = problem.kind, "a claim is not worked on");
                }
                Ok((claim, Err(Halt::Failed(error)))) => tracing::warn!(claim, %error, "a claim is worked on later"),
                Err(error) => tracing::error!(%error, "a claim ended its task"),
            }
        }
        Ok(worked)
    }

    /// Whoever took a version has it for so long, in microseconds: signing in and sending are each waited for as long as may be.
    fn held(&self) -> i64 {
        let patience = i64::try_from(self.rails.patience().as_micros()).unwrap_or(60_000_000);
        2 * patience + MARGIN
    }

    /// One of them; false when it is another's, or the portal is given a rest.
    pub(super) async fn run_claim(&self, facility: &str, claim: i64, version: i64) -> Result<bool, Halt> {
        let actor = sender(facility);
        let asker = self.asker(facility).await?;
        if matches!(asker, Err(Rest::Busy)) {
            return Ok(false);
        }
        let submitting = Arc::clone(self.submitting()?);
        let take = Take { claim, version, held: self.held(), submitting: Arc::clone(&submitting) };
        let Some((claim, row)) = self.store.write(&actor, take).await? else { return Ok(false) };
        let end = match asker {
            Ok(asker) if row.state == "unknown" => self.look(&asker, &claim, &row).await?,
            Ok(asker) => self.send_claim(&actor, &asker, &claim, &row).await?,
            Err(Rest::Barred(until)) => End::Later(until),
            Err(Rest::Busy) => End::Later(self.store.now().count()),
            Err(Rest::NoAccount(why)) => {
                tracing::warn!(facility, claim = claim.id, why, "a claim cannot be sent");
                End::Later(self.store.now().count() + NO_ACCOUNT)
            }
        };
        let finish = Finish { claim: claim.id, version, tries: row.tries, end, submitting };
        self.store.write(&actor, finish).await?;
        Ok(true)
    }

    async fn send_claim(&self, actor: &Arc<Actor>, asker: &Asker, claim: &Claim, row: &Version) -> Result<End, Halt> {
        let file = self.document(actor, &claim.encounter, &row.document).await?;
        let session = match self.session(asker).await {
            Ok(session) => session,
            // Nothing of the claim has left.
            Err(status) => return Ok(self.not_taken(asker, &status, None)),
        };
        let portal = &asker.submitting.portal;
        let call = portal.send_claim(&asker.opened.account, &session, &file, self.today_there());
        let keep = KeepSent { claim: row.claim, version: row.version, tries: row.tries, held: self.held() };
        self.store.write(actor, keep).await?;
        let outcome = match self.ask_portal_for(asker, call).await {
            Ok(reply) => portal.read_claim(&reply),
            Err(lost) => vienphi_portal::Outcome { status: portal.lost(Operation::Claim, lost), answer: None },
        };
        let status = outcome.status;
        self.heard(asker, &status);
        let answer = Answer::of(&status, self.store.now());
        Ok(match (status.kind, outcome.answer) {
            (Kind::Accepted, Some(receipt)) => End::Accepted(receipt, Some(answer)),
            (Kind::Refused | Kind::WrongData, _) => End::Refused(answer),
            (Kind::SignInAgain | Kind::Busy | Kind::Down | Kind::Account, _) => {
                self.not_taken(asker, &status, Some(answer))
            }
            // Whatever else it is, it may be there.
            _ => End::Lost(Some(answer)),
        })
    }

    fn not_taken(&self, asker: &Asker, status: &Status, answer: Option<Answer>) -> End {
        let now = self.store.now();
        match status.kind {
            Kind::SignInAgain => End::NotTaken(answer, Some(0)),
            Kind::Account => match asker.lane.barred(asker.opened.version, now) {
                Some(until) if answer.is_none() => End::Later(until),
                _ => End::NotTaken(answer, status.retry_after),
            },
            _ => End::NotTaken(answer, status.retry_after),
        }
    }

    /// Asks what became of a file whose answer was lost.
    async fn look(&self, asker: &Asker, claim: &Claim, row: &Version) -> Result<End, Halt> {
        let session = match self.session(asker).await {
            Ok(session) => session,
            Err(_) => return Ok(End::NotTold(None)),
        };
        let portal = &asker.submitting.portal;
        let file = claims::document(row)?;
        let call = portal.look_up_claim(&asker.opened.account, &session, &claim.encounter, &file, self.today_there());
        let Some(call) = call else { return Ok(End::NoQuery) };
        let outcome = match self.ask_portal_for(asker, call).await {
            Ok(reply) => portal.read_claim_lookup(&reply),
            Err(lost) => vienphi_portal::Outcome { status: portal.lost(Operation::ClaimLookup, lost), answer: None },
        };
        self.heard(asker, &outcome.status);
        let answer = Answer::of(&outcome.status, self.store.now());
        Ok(match (outcome.status.kind, outcome.answer) {
            (Kind::Found | Kind::Accepted, Some(receipt)) => End::Accepted(receipt, Some(answer)),
            (Kind::NotFound, _) => End::NotFound,
            (Kind::SignInAgain, _) => End::Later(self.store.now().count()),
            _ => End::NotTold(Some(answer)),
        })
    }
}

/// The program itself, at a facility.
pub(in crate::desk) fn sender(facility: &str) -> Arc<Actor> {
    Arc::new(Actor { facility: facility.into(), name: SENDER.into(), role: Role::Integrator })
}

async fn found(turn: &mut Turn, claim: i64, version: i64) -> Result<(Claim, Version), Halt> {
    let facility = turn.facility();
    let found = claims::find(turn.connection(), &facility, claim).await?;
    let row = claims::version(turn.connection(), &facility, claim, version).await?;
    found.zip(row).ok_or_else(|| missing(claim, version).into())
}

impl Command for Take {
    type Answer = Option<(Claim, Version)>;

    async fn run(self, turn: &mut Turn) -> Result<Self::Answer, Halt> {
        let (claim, mut row) = found(turn, self.claim, self.version).await?;
        let now = turn.now();
        let is_due = row.due_at.is_some_and(|due| due <= now.count());
        if !is_due || !state_of(&row)?.is_in_flight() {
            return Ok(None);
        }
        if row.state == "sent" {
            // Whoever sent it is gone.
            lose(turn, &claim, &mut row, &self.submitting, "nobody saw the answer").await?;
            claims::update_version(turn, &row).await?;
            return Ok(None);
        }
        row.tries += 1;
        row.due_at = Some(now.count() + self.held);
        claims::update_version(turn, &row).await?;
        Ok(Some((claim, row)))
    }
}

impl Command for KeepSent {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let (_, mut row) = found(turn, self.claim, self.version).await?;
        let happening = Happening { event: ClaimEvent::Left, action: Action::ClaimSend, reason: "it leaves now" };
        if row.tries != self.tries || advance(turn, &mut row, happening).await?.is_none() {
            return Err(StoreError::Unavailable("the claim is not this process's any more".into()).into());
        }
        (row.sent_at, row.due_at) = (Some(turn.now().count()), Some(turn.now().count() + self.held));
        (row.looks, row.absent) = (0, 0);
        Ok(claims::update_version(turn, &row).await?)
    }
}

/// Nobody knows whether it arrived: it is looked for.
async fn lose(
    turn: &mut Turn,
    claim: &Claim,
    row: &mut Version,
    submitting: &Submitting,
    reason: &str,
) -> Result<(), Halt> {
    let happening = Happening { event: ClaimEvent::Lost, action: Action::ClaimSend, reason };
    let was = row.state.clone();
    if let Some(audit) = advance(turn, row, happening).await? {
        row.due_at = Some(submitting.sending.next_look(turn.now(), row.looks + 1, &name(row)));
        if was != row.state {
            tell(turn, "claim.unknown", &claim.encounter, row, audit)?;
        }
    }
    Ok(())
}

fn name(row: &Version) -> String {
    format!("claim/{}/{}", row.claim, row.version)
}

impl Command for Finish {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Finish { end, submitting, .. } = self;
        let (claim, mut row) = found(turn, self.claim, self.version).await?;
        let (now, sending) = (turn.now(), &submitting.sending);
        // Another process works on it, or somebody decided meanwhile. That it was accepted or refused stays true.
        let is_stale = row.tries != self.tries;
        if is_stale && !matches!(end, End::Accepted(..) | End::Refused(_)) {
            return Ok(());
        }
        // Somebody took it back meanwhile; nothing of it had left.
        if !state_of(&row)?.is_in_flight() {
            return Ok(());
        }
        let action = Action::ClaimSend;
        match end {
            End::Accepted(receipt, answer) => {
                let reason = "the portal has it";
                let happening = Happening { event: ClaimEvent::Accepted, action, reason };
                let Some(audit) = advance(turn, &mut row, happening).await? else { return Ok(()) };
                note(turn, &mut row, answer)?;
                row.transaction_id = Some(receipt.transaction.to_string());
                row.received_at = receipt.received_at.map(|at| at.to_string());
                claims::update_version(turn, &row).await?;
                replace_earlier(turn, &row).await?;
                return Ok(tell(turn, "claim.received", &claim.encounter, &row, audit)?);
            }
            End::Refused(answer) => {
                let reason = format!("the portal refused it: {}", answer.name);
                let happening = Happening { event: ClaimEvent::Refused, action, reason: &reason };
                let Some(audit) = advance(turn, &mut row, happening).await? else { return Ok(()) };
                note(turn, &mut row, Some(answer))?;
                claims::update_version(turn, &row).await?;
                return Ok(tell(turn, "claim.refused", &claim.encounter, &row, audit)?);
            }
            End::Lost(answer) => {
                note(turn, &mut row, answer)?;
                lose(turn, &claim, &mut row, &submitting, "no answer came").await?;
            }
            End::NotTaken(answer, wanted) => {
                note(turn, &mut row, answer)?;
                if row.state == "sent" {
                    let reason = "it was not taken";
                    advance(turn, &mut row, Happening { event: ClaimEvent::NotTaken, action, reason }).await?;
                }
                row.due_at = Some(match wanted {
                    Some(0) => now.count(),
                    wanted => sending.next_try(now, row.tries, &name(&row), wanted),
                });
            }
            End::NotFound => not_found(turn, &claim, &mut row, &submitting).await?,
            End::NotTold(answer) => {
                note(turn, &mut row, answer)?;
                row.absent = 0;
                again(turn, &claim, &mut row, &submitting)?;
            }
            End::NoQuery => {
                for_person(turn, &claim, &mut row, now)?;
                row.due_at = None;
            }
            End::Later(at) => row.due_at = Some(at.max(now.count())),
        }
        Ok(claims::update_version(turn, &row).await?)
    }
}

/// A look did not find it: when that is sure, it is sent again.
async fn not_found(turn: &mut Turn, claim: &Claim, row: &mut Version, submitting: &Submitting) -> Result<(), Halt> {
    let (now, sending) = (turn.now(), &submitting.sending);
    // What left a moment ago may still be on its way.
    if row.sent_at.is_none_or(|at| now.count() < at + sending.absent_after()) {
        row.absent = 0;
    } else {
        row.absent += 1;
    }
    if row.absent < i64::from(sending.absent_looks) {
        return again(turn, claim, row, submitting);
    }
    let reason = "the portal does not have it";
    let happening = Happening { event: ClaimEvent::Absent, action: Action::ClaimSend, reason };
    advance(turn, row, happening).await?;
    row.due_at = Some(now.count());
    Ok(())
}

/// Looked at again, and after some looks a person is told.
fn again(turn: &mut Turn, claim: &Claim, row: &mut Version, submitting: &Submitting) -> Result<(), Halt> {
    row.looks += 1;
    let now = turn.now();
    if row.looks >= i64::from(submitting.sending.patience_looks) {
        for_person(turn, claim, row, now)?;
    }
    row.due_at = Some(submitting.sending.next_look(now, row.looks + 1, &name(row)));
    Ok(())
}

/// It waits for a person who looks on the portal's pages.
fn for_person(turn: &mut Turn, claim: &Claim, row: &mut Version, now: Moment) -> Result<(), Halt> {
    if row.waits_since.is_some() {
        return Ok(());
    }
    row.waits_since = Some(now.count());
    let subject = name(row);
    let change = vienphi_store::Change {
        action: Action::ClaimSend,
        subject: &subject,
        reason: "a person must look on the portal",
        before: None,
        after: None,
    };
    let audit = turn.audit(&change)?;
    Ok(tell(turn, "claim.needs-person", &claim.encounter, row, audit)?)
}
