//! What became of an attempt, in one transaction: states move forward, money that a query finds is received as if it had been
//! told, and what nobody knows is looked at again, and becomes work for a person when it stays so.

use vienphi_domain::{Action, Digest};
use vienphi_ledger::Method;
use vienphi_payments::{AttemptState, RefundState};
use vienphi_runtime::rail::{Event, EventKind, Operation, Outcome, Status};
use vienphi_store::attempts::{self, Attempt};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, payments, work_items};

use super::attempts::{Call, Work, next_look, place, word};
use super::payments::{Display, place as request_place};
use super::receive::{Became, Receive};
use super::told::Kept;
use super::unapplied::{self, Credit};
use super::{json, rail_refunds};

/// How the work on an attempt ended for now.
pub(super) enum End {
    /// As the rail said, with what the payer is shown.
    Outcome(Outcome, Option<Display>),
    /// It cannot be done, and nothing was sent: why.
    Refused(String),
    /// It may have been done: why that is not known.
    Unknown(String),
    /// It is tried again: why, and in which phase it waits; none leaves that as it is.
    Later(String, Option<&'static str>),
}

/// What was found out is kept.
pub(super) struct Finish {
    pub(super) id: i64,
    pub(super) operation: String,
    pub(super) tries: i64,
    pub(super) end: End,
    pub(super) calls: Vec<Call>,
    pub(super) work: Work,
    /// Which component was asked.
    pub(super) component: Option<Digest>,
    /// What money of this rail is in the ledger.
    pub(super) method: Method,
    /// Can the rail be asked what became of it?
    pub(super) can_query: bool,
}

/// After so many looks without an answer a person is told.
const PATIENCE: i64 = 5;

/// A request that nobody pays is asked for so long behind its time, in microseconds; without a time, so long in all.
const ASKED_FOR: i64 = DAY;

/// In microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A refund that went is looked at for so many days.
const DAYS_LOOKED: i64 = 7;

/// What an attempt turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Pending,
    Unknown,
    Succeeded,
    Failed,
}

impl Command for Finish {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let facility = turn.facility();
        let found = attempts::find(turn.connection(), &facility, self.id).await?;
        let mut attempt = found.ok_or_else(|| StoreError::Damaged(format!("payment attempt {} is gone", self.id)))?;
        if let Some(component) = &self.component {
            for call in &self.calls {
                attempts::keep_exchange(turn, attempt.id, component, &json(call)?).await?;
            }
        }
        let is_stale = attempt.phase == "ended" || attempt.operation != self.operation || attempt.tries != self.tries;
        let Finish { end, mut work, method, can_query, .. } = self;
        if is_stale {
            // It was told meanwhile, ended, or is another process's; money that was found is money all the same.
            return stale(turn, &mut attempt, end, method).await;
        }
        let (found, why) = match &end {
            End::Outcome(outcome, _) => (found_of(outcome), outcome.raw_code.clone()),
            // Asking what became of something and not being able to is not knowing it.
            End::Refused(why) if is_query(&attempt) => (Found::Unknown, why.clone()),
            End::Refused(why) => (Found::Failed, why.clone()),
            End::Unknown(why) => (Found::Unknown, why.clone()),
            End::Later(why, phase) => {
                tracing::warn!(rail = attempt.rail, attempt = attempt.id, why, "a payment attempt waits");
                if let Some(phase) = phase {
                    attempt.phase = (*phase).to_owned();
                }
                if attempt.tries >= PATIENCE && attempt.work_item.is_none() {
                    let subject = format!("payment-attempt/{}", attempt.id);
                    let (action, reason) = (Action::PaymentReceive, "it waits");
                    let audit = turn.audit(&Change { action, subject: &subject, reason, before: None, after: None })?;
                    tell_person(turn, &mut attempt, audit).await?;
                }
                attempt.due_at = Some(next_look(turn.now(), attempt.tries));
                attempt.body = turn.key()?.seal(&json(&work)?, &place(attempt.id))?;
                return Ok(attempts::update(turn, &attempt).await?);
            }
        };
        let subject = format!("payment-attempt/{}", attempt.id);
        let reason: String = why.chars().filter(|letter| !letter.is_control()).take(200).collect();
        let change =
            Change { action: Action::PaymentReceive, subject: &subject, reason: &reason, before: None, after: None };
        let audit = turn.audit(&change)?;
        if let End::Outcome(outcome, _) = &end
            && let Some(reference) = outcome.provider_reference.as_deref().filter(|text| !text.is_empty())
        {
            let short: String = reference.chars().filter(|letter| !letter.is_control()).take(100).collect();
            work.context.order.provider_reference = Some(short.clone());
            attempt.provider_reference = Some(short);
        }
        match (attempt.kind.as_str(), end) {
            ("refund", end) => {
                let told = match &end {
                    End::Outcome(outcome, _) => outcome.amount.and_then(|amount| i64::try_from(amount).ok()),
                    _ => None,
                };
                // Another amount is another refund.
                let is_other = told.is_some_and(|told| told.checked_mul(100) != Some(attempt.amount));
                let found = if is_other { Found::Unknown } else { found };
                refund(turn, &mut attempt, found, &reason, audit).await?;
            }
            (_, End::Outcome(outcome, display)) => {
                pay(turn, &mut attempt, found, (outcome, display), method, audit).await?
            }
            (_, _) => request_state(turn, &mut attempt, found, audit).await?,
        }
        if attempt.phase != "ended" {
            go_on(turn, &mut attempt, work, found, can_query, audit).await?;
        }
        Ok(attempts::update(turn, &attempt).await?)
    }
}

fn is_query(attempt: &Attempt) -> bool {
    matches!(attempt.operation.as_str(), "query" | "query-refund")
}

fn found_of(outcome: &Outcome) -> Found {
    match outcome.status {
        Status::Pending => Found::Pending,
        Status::Succeeded => Found::Succeeded,
        Status::Failed => Found::Failed,
        Status::Unknown => Found::Unknown,
    }
}

/// What a rail says of a payment. Money is received as it would be if the rail had told of it itself.
async fn pay(
    turn: &mut Turn,
    attempt: &mut Attempt,
    found: Found,
    (outcome, display): (Outcome, Option<Display>),
    method: Method,
    audit: i64,
) -> Result<(), Halt> {
    if let Some(display) = display {
        let sealed = turn.key()?.seal(&json(&display)?, &request_place(attempt.request))?;
        payments::set_display(turn, attempt.request, sealed).await?;
    }
    let (Found::Succeeded, Some(key), Some(amount)) = (found, outcome.event_key.clone(), outcome.amount) else {
        let found = if found == Found::Succeeded { Found::Unknown } else { found };
        return request_state(turn, attempt, found, audit).await;
    };
    let Some(event) = event_of(attempt, &outcome, key, amount, turn.now().seconds()) else {
        return request_state(turn, attempt, Found::Unknown, audit).await;
    };
    let (became, _) = Receive { rail: attempt.rail.clone(), method, event, is_final: true }.run(turn).await?;
    let state = if became == Became::Mismatch { AttemptState::Mismatch } else { AttemptState::Succeeded };
    end(attempt, state.word());
    close_work(turn, attempt).await
}

/// The event of money that a query found: the one that the rail tells of, too.
fn event_of(attempt: &Attempt, outcome: &Outcome, key: String, amount: u64, now: i64) -> Option<Kept> {
    Kept::of(Event {
        key,
        kind: EventKind::Paid,
        references: vec![attempt.reference.clone()],
        provider_reference: outcome.provider_reference.clone(),
        amount,
        currency: "VND".to_owned(),
        occurred: outcome.occurred.unwrap_or(now),
        payer: None,
        content: None,
        raw_code: outcome.raw_code.clone(),
    })
}

/// What is found out about an attempt that has ended: money is received, once by its key, and news that contradict the end of a
/// refund are work for a person.
async fn stale(turn: &mut Turn, attempt: &mut Attempt, end: End, method: Method) -> Result<(), Halt> {
    let End::Outcome(outcome, _) = end else { return Ok(()) };
    let found = found_of(&outcome);
    if attempt.kind == "refund" {
        let is_failed = attempt.state == RefundState::Failed.word();
        if is_failed && found == Found::Succeeded {
            contradicted(turn, attempt).await?;
        }
        return Ok(());
    }
    if let (Found::Succeeded, Some(key), Some(amount)) = (found, outcome.event_key.clone(), outcome.amount)
        && let Some(event) = event_of(attempt, &outcome, key, amount, turn.now().seconds())
    {
        Receive { rail: attempt.rail.clone(), method, event, is_final: true }.run(turn).await?;
    }
    Ok(())
}

/// A refund that was taken for failed went after all: somebody may have paid it in another way.
async fn contradicted(turn: &mut Turn, attempt: &Attempt) -> Result<(), Halt> {
    let subject = format!("payment-attempt/{}", attempt.id);
    let (action, reason) = (Action::PaymentReceive, "it went after all");
    let audit = turn.audit(&Change { action, subject: &subject, reason, before: None, after: None })?;
    let facility = turn.facility();
    let row = payments::find(turn.connection(), &facility, attempt.request).await?;
    let encounter = row.map(|row| row.encounter);
    let about = Credit {
        reference: Some(attempt.reference.clone()),
        memo: Some(format!("{}: a refund that was taken for failed went after all", attempt.rail)),
        ..Credit::default()
    };
    unapplied::open_case(turn, "payment-conflict", attempt.amount, &about, encounter.as_deref(), audit).await?;
    Ok(())
}

/// The request says what is known of the way to pay it.
pub(super) async fn request_state(
    turn: &mut Turn,
    attempt: &mut Attempt,
    found: Found,
    audit: i64,
) -> Result<(), Halt> {
    let facility = turn.facility();
    let row = payments::find(turn.connection(), &facility, attempt.request).await?;
    let mut row = row.ok_or_else(|| StoreError::Damaged(format!("payment request {} is gone", attempt.request)))?;
    let next = match found {
        Found::Unknown => AttemptState::Unknown,
        Found::Failed => AttemptState::Failed,
        Found::Pending | Found::Succeeded if attempt.operation == "create" => AttemptState::Instructed,
        Found::Pending | Found::Succeeded => AttemptState::Pending,
    };
    if AttemptState::parse(&row.attempt).is_some_and(|now| now.may_become(next)) {
        row.attempt = next.word().to_owned();
        payments::update(turn, &row).await?;
    }
    if AttemptState::parse(&attempt.state).is_some_and(|now| now.may_become(next)) {
        attempt.state = next.word().to_owned();
    }
    if next == AttemptState::Failed {
        end(attempt, next.word());
        close_work(turn, attempt).await?;
        let message = serde_json::json!({ "request": row.id, "encounter": row.encounter, "rail": attempt.rail });
        turn.tell("payment.failed", Some(&row.encounter), &message.to_string(), audit)?;
    }
    Ok(())
}

/// What a rail says of money that goes back.
pub(super) async fn refund(
    turn: &mut Turn,
    attempt: &mut Attempt,
    found: Found,
    why: &str,
    audit: i64,
) -> Result<(), Halt> {
    let next = match found {
        Found::Pending => RefundState::Pending,
        Found::Unknown => RefundState::Unknown,
        Found::Succeeded => RefundState::Succeeded,
        Found::Failed if attempt.state == RefundState::Succeeded.word() => RefundState::Reversed,
        Found::Failed => RefundState::Failed,
    };
    if !RefundState::parse(&attempt.state).is_some_and(|now| now.may_become(next)) {
        // It is what it was.
        return Ok(());
    }
    match next {
        RefundState::Succeeded => rail_refunds::went(turn, attempt).await?,
        RefundState::Failed => rail_refunds::did_not_go(turn, attempt, why, audit).await?,
        RefundState::Reversed => rail_refunds::came_back(turn, attempt, why, audit).await?,
        RefundState::Submitted | RefundState::Pending | RefundState::Unknown => {
            attempt.state = next.word().to_owned();
            return Ok(());
        }
    }
    close_work(turn, attempt).await?;
    if next == RefundState::Succeeded {
        attempt.state = next.word().to_owned();
        attempt.tries = 0;
    } else {
        end(attempt, next.word());
    }
    Ok(())
}

/// The next look: a query, however the last operation went.
async fn go_on(
    turn: &mut Turn,
    attempt: &mut Attempt,
    work: Work,
    found: Found,
    can_query: bool,
    audit: i64,
) -> Result<(), Halt> {
    let facility = turn.facility();
    let row = payments::find(turn.connection(), &facility, attempt.request).await?;
    let row = row.ok_or_else(|| StoreError::Damaged(format!("payment request {} is gone", attempt.request)))?;
    let next = if attempt.kind == "refund" { Operation::QueryRefund } else { Operation::Query };
    if attempt.state == RefundState::Succeeded.word() {
        return look_again(turn, attempt, work, can_query);
    }
    if found == Found::Unknown && (attempt.tries >= PATIENCE || !can_query) {
        tell_person(turn, attempt, audit).await?;
    }
    let since = row.expires_at.unwrap_or(attempt.created_at);
    let is_over = attempt.kind == "pay" && found != Found::Unknown && turn.now().count() > since + ASKED_FOR;
    if !can_query || is_over {
        let state = match (is_over, attempt.kind.as_str()) {
            (true, _) => AttemptState::Expired.word().to_owned(),
            // The rail cannot be asked any more: a person finds out.
            (false, "refund") => {
                tell_person(turn, attempt, audit).await?;
                RefundState::Unknown.word().to_owned()
            }
            (false, _) => attempt.state.clone(),
        };
        if is_over {
            close_work(turn, attempt).await?;
        }
        end(attempt, &state);
        return Ok(());
    }
    if attempt.operation != word(next) {
        attempt.tries = 0;
    }
    let due_at = next_look(turn.now(), attempt.tries);
    ask(turn, attempt, work, next, due_at)
}

/// The operation that begins next, and when.
fn ask(turn: &mut Turn, attempt: &mut Attempt, work: Work, operation: Operation, due_at: i64) -> Result<(), Halt> {
    attempt.operation = word(operation).to_owned();
    attempt.phase = "begin".to_owned();
    attempt.due_at = Some(due_at);
    let mut work = Work::of(work.context);
    work.context.operation = operation;
    attempt.body = turn.key()?.seal(&json(&work)?, &place(attempt.id))?;
    Ok(())
}

/// A person is told that nobody knows what became of an attempt, once.
async fn tell_person(turn: &mut Turn, attempt: &mut Attempt, audit: i64) -> Result<(), Halt> {
    if attempt.work_item.is_some() {
        return Ok(());
    }
    let facility = turn.facility();
    let row = payments::find(turn.connection(), &facility, attempt.request).await?;
    let encounter = row.map(|row| row.encounter);
    let about = Credit {
        reference: Some(attempt.reference.clone()),
        memo: Some(format!("{} {}: nobody knows what became of it", attempt.rail, attempt.kind)),
        ..Credit::default()
    };
    let kind = "payment-unknown";
    let item = unapplied::open_case(turn, kind, attempt.amount, &about, encounter.as_deref(), audit).await?;
    attempt.work_item = Some(item);
    Ok(())
}

/// A refund that went may come back: a bank may not take it. It is asked for once a day, for a week.
fn look_again(turn: &mut Turn, attempt: &mut Attempt, work: Work, can_query: bool) -> Result<(), Halt> {
    if !can_query || turn.now().count() > attempt.created_at + DAYS_LOOKED * DAY {
        end(attempt, RefundState::Succeeded.word());
        return Ok(());
    }
    let tomorrow = turn.now().count() + DAY;
    ask(turn, attempt, work, Operation::QueryRefund, tomorrow)
}

/// Nothing is asked any more.
pub(super) fn end(attempt: &mut Attempt, state: &str) {
    attempt.state = state.to_owned();
    attempt.phase = "ended".to_owned();
    attempt.due_at = None;
}

/// What a person was to find out is known.
async fn close_work(turn: &mut Turn, attempt: &mut Attempt) -> Result<(), Halt> {
    let Some(item) = attempt.work_item.take() else { return Ok(()) };
    let facility = turn.facility();
    let found = work_items::find(turn.connection(), &facility, item).await?;
    if let Some(found) = found.filter(|found| found.state == "open") {
        work_items::finish(turn, found.id, found.encounter.as_deref()).await?;
    }
    Ok(())
}

/// A rail told of a payment itself: its attempt is not asked for any more.
pub(super) async fn told(turn: &mut Turn, rail: &str, request: i64, state: AttemptState) -> Result<(), Halt> {
    let facility = turn.facility();
    for mut attempt in attempts::of_request(turn.connection(), &facility, request).await? {
        // Money by another rail leaves this one to be asked for: its payer may still pay.
        if attempt.kind == "pay" && attempt.phase != "ended" && attempt.rail == rail {
            end(&mut attempt, state.word());
            close_work(turn, &mut attempt).await?;
            attempts::update(turn, &attempt).await?;
        }
    }
    Ok(())
}

/// A rail told of money that goes back.
pub(super) async fn told_of_refund(
    turn: &mut Turn,
    rail: &str,
    references: &[String],
    found: Found,
    audit: i64,
) -> Result<Option<i64>, Halt> {
    let facility = turn.facility();
    for reference in references {
        let attempt = attempts::find_by_reference(turn.connection(), &facility, rail, "refund", reference).await?;
        if let Some(mut attempt) = attempt {
            if attempt.state == RefundState::Failed.word() && found == Found::Succeeded {
                contradicted(turn, &attempt).await?;
            }
            refund(turn, &mut attempt, found, "told by the rail", audit).await?;
            // Whoever asks just now asked before this was known, and nobody asks for it a second time.
            attempt.tries += 1;
            if attempt.phase != "ended" {
                let work = Work::read(&turn.key()?.open(&attempt.body, &place(attempt.id))?)?;
                if attempt.state == RefundState::Succeeded.word() {
                    look_again(turn, &mut attempt, work, true)?;
                } else {
                    let due_at = next_look(turn.now(), attempt.tries);
                    ask(turn, &mut attempt, work, Operation::QueryRefund, due_at)?;
                }
            }
            attempts::update(turn, &attempt).await?;
            return Ok(Some(attempt.request));
        }
    }
    Ok(None)
}
