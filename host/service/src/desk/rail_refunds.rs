//! Money that goes back the way it came: an approved refund is asked of the rail that took the money.
//!
//! While the rail works on it the refund is `paying`. When the money went it is `paid`, with a receipt; when it did not it is
//! `approved` again, to be paid in another way; when it went and came back the payment of it is undone.

use std::sync::Arc;

use serde::Serialize;
use vienphi_domain::{Action, Digest};
use vienphi_ledger::Method;
use vienphi_ledger::balance::Settlement;
use vienphi_payments::{Reference, RefundState, RequestState};
use vienphi_runtime::rail::{Context, Operation, Order};
use vienphi_store::answers::Answered;
use vienphi_store::attempts::{self, Attempt};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, approvals, journals, payments, receipts};

use super::attempts::{Work, place, word};
use super::money::{self, Receipt};
use super::outcomes::{self, Found};
use super::rails::Config;
use super::told::Kept;
use super::unapplied::{self, Credit};
use super::{Desk, answered, books, dong, forms, json, reader, refunds, refusals};

/// A refund is asked of a rail.
struct Submit {
    id: i64,
    request: payments::Request,
    provider_reference: Option<String>,
    config: Config,
}

/// A person found out what became of an attempt that nobody knew of.
struct Resolve {
    id: i64,
    went: bool,
    reason: String,
}

/// A refund that a rail was asked for, in an answer.
#[derive(Debug, Serialize)]
struct Submitted {
    id: i64,
    refund: i64,
    request: i64,
    amount: String,
    state: &'static str,
    reference: String,
}

impl Desk {
    /// Asks the rail that took a request's money to give an approved refund back.
    pub(super) async fn pay_refund_by_rail(
        &self,
        actor: &Arc<vienphi_domain::Actor>,
        sent: super::Sent<'_>,
        refund: i64,
        request: i64,
    ) -> Result<Answered, Halt> {
        let mut connection = reader(&self.store).await?;
        let row = payments::find(&mut connection, &actor.facility, request).await?;
        let Some(row) = row else {
            return Err(refusals::invalid_field("request", "is no payment request of this facility").into());
        };
        let config = super::rails::config(&mut connection, &self.store, &actor.facility, &row.rail).await?;
        let events = payments::events_of(&mut connection, &actor.facility, row.id).await?;
        drop(connection);
        let taken = events.into_iter().find(|event| event.fate == "paid" && event.rail == row.rail);
        let gives_back = self.can(&row.rail, Operation::Refund) && self.can(&row.rail, Operation::QueryRefund);
        let (true, Some(config), Some(taken)) = (gives_back, config, taken) else {
            return Err(refusals::conflict(
                "urn:vienphi:problem:rail-gives-nothing-back",
                "The rail gives no money back",
                format!("rail {:?} cannot, or has not taken this money: pay the refund in another way", row.rail),
            )
            .into());
        };
        let key = self.store.key(&actor.facility).await?;
        let plain = key.open(&taken.body, &super::told::place(&taken.rail, &taken.event_key))?;
        let provider_reference = Kept::read(&plain)?.provider_reference;
        let answer = self.once(actor, &sent, Submit { id: refund, request: row, provider_reference, config }).await?;
        self.tell_changed(&actor.facility, request);
        Ok(answer)
    }
}

impl Desk {
    /// A person found out at the provider what became of an attempt that is unknown.
    pub async fn resolve_attempt(
        &self,
        actor: &Arc<vienphi_domain::Actor>,
        sent: super::Sent<'_>,
        id: &str,
    ) -> Result<Answered, Halt> {
        self.may(actor, Action::PaymentAttemptResolve)?;
        let id = id.parse().map_err(|_| refusals::not_found("payment attempt", id))?;
        let (went, reason) = forms::read(sent.document, |root| {
            let [outcome, reason] = root.fields(["outcome", "reason"])?;
            let went = outcome.required().choice(&[("succeeded", true), ("failed", false)]);
            Some((went?, forms::reason(&reason)?))
        })?;
        self.once(actor, &sent, Resolve { id, went, reason }).await
    }
}

impl Command for Resolve {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Resolve { id, went, reason } = self;
        let facility = turn.facility();
        let found = attempts::find(turn.connection(), &facility, id).await?;
        let mut attempt = found.ok_or_else(|| refusals::not_found("payment attempt", &id.to_string()))?;
        let refuse = |detail: String| {
            refusals::conflict("urn:vienphi:problem:attempt-not-unknown", "The attempt is not to be resolved", detail)
        };
        let is_live = matches!(RefundState::parse(&attempt.state), Some(RefundState::Submitted | RefundState::Pending));
        let is_stuck = is_live && attempt.kind == "refund" && attempt.work_item.is_some();
        if attempt.state != RefundState::Unknown.word() && !is_stuck {
            return Err(
                refuse(format!("payment attempt {id} is {}: only what is unknown is resolved", attempt.state)).into()
            );
        }
        if attempt.created_by == *turn.actor().name {
            return Err(refuse(format!("payment attempt {id} is your own: another person resolves it")).into());
        }
        if attempt.kind == "pay" && went {
            let detail =
                "money that came by it is told of by the rail, or recorded as unapplied credit with its reference";
            return Err(refuse(detail.to_owned()).into());
        }
        let subject = format!("payment-attempt/{id}");
        let action = Action::PaymentAttemptResolve;
        let audit = turn.audit(&Change { action, subject: &subject, reason: &reason, before: None, after: None })?;
        let found = if went { Found::Succeeded } else { Found::Failed };
        if attempt.kind == "refund" {
            outcomes::refund(turn, &mut attempt, found, &reason, audit).await?;
        } else {
            outcomes::request_state(turn, &mut attempt, found, audit).await?;
        }
        let state = attempt.state.clone();
        outcomes::end(&mut attempt, &state);
        // Whoever asks just now asked before this was known.
        attempt.tries += 1;
        attempts::update(turn, &attempt).await?;
        answered(200, &super::payments::attempted(attempt), audit)
    }
}

impl Command for Submit {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Submit { id, request, provider_reference, config } = self;
        let approval = refunds::to_pay(turn, id).await?;
        let encounter = approval.subject.strip_prefix("encounter/").unwrap_or_default();
        let facility = turn.facility();
        let request = payments::find(turn.connection(), &facility, request.id).await?.unwrap_or(request);
        let others = attempts::of_request(turn.connection(), &facility, request.id).await?;
        // Some rails tell of a payment's refunds without saying which: one of a payment is asked of its rail, whatever
        // became of it.
        let is_first = !others.iter().any(|attempt| attempt.kind == "refund");
        let is_paid = request.state == RequestState::Paid.word();
        if request.encounter != encounter || !is_paid || !is_first || approval.amount > request.amount {
            return Err(refusals::invalid_field(
                "request",
                format!(
                    "must be a paid request of {encounter:?} of {} at least, of which nothing was asked back of its rail before",
                    dong(approval.amount)
                ),
            )
            .into());
        }
        let number = turn.next_record()?;
        let reference = u64::try_from(number).ok().and_then(|number| Reference::of(&facility, number));
        let reference = reference
            .ok_or_else(|| StoreError::Damaged(format!("refund {number} of facility {facility} has no reference")))?;
        let (now, whole) = (turn.now(), |units: i64| u64::try_from(units / 100).unwrap_or(0));
        let actor = turn.actor().name.to_string();
        let context = Context {
            operation: Operation::Refund,
            order: Order {
                reference: request.reference.clone(),
                amount: whole(request.amount),
                description: format!("Hoàn viện phí {encounter}"),
                created: request.created_at.div_euclid(1_000_000),
                expires: None,
                provider_reference: provider_reference.clone(),
                refund_reference: Some(reference.as_str().to_owned()),
                refund_amount: Some(whole(approval.amount)),
                actor: actor.clone(),
            },
            now: now.seconds(),
            id: reference.as_str().to_owned(),
            settings: config.told(),
        };
        let subject = format!("payment-attempt/{number}");
        let change = Change { action: Action::RefundPay, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        approvals::set_paid(turn, id, "approved", "paying").await?;
        let attempt = Attempt {
            id: number,
            request: request.id,
            kind: "refund".to_owned(),
            rail: request.rail.clone(),
            reference: reference.as_str().to_owned(),
            provider_reference,
            amount: approval.amount,
            approval: Some(id),
            receipt: None,
            state: RefundState::Submitted.word().to_owned(),
            operation: word(Operation::Refund).to_owned(),
            phase: "begin".to_owned(),
            tries: 0,
            body: turn.key()?.seal(&json(&Work::of(context))?, &place(number))?,
            work_item: None,
            due_at: Some(now.count()),
            created_at: now.count(),
            created_by: actor,
        };
        attempts::insert(turn, &attempt, audit).await?;
        let answer = Submitted {
            id: number,
            refund: id,
            request: request.id,
            amount: dong(approval.amount),
            state: RefundState::Submitted.word(),
            reference: attempt.reference,
        };
        answered(202, &answer, audit)
    }
}

/// The money went back: the refund is paid, with a receipt.
pub(super) async fn went(turn: &mut Turn, attempt: &mut Attempt) -> Result<(), Halt> {
    let approval = approval_of(turn, attempt).await?;
    let reference = Some(format!("{}/{}", attempt.rail, attempt.reference));
    let (receipt, _) = refunds::pay_out(turn, &approval, Method::Rail, reference, None, None).await?;
    approvals::set_paid(turn, approval.id, "paying", "paid").await?;
    attempt.receipt = Some(receipt.number);
    Ok(())
}

/// It did not: the refund waits to be paid in another way.
pub(super) async fn did_not_go(turn: &mut Turn, attempt: &Attempt, why: &str, audit: i64) -> Result<(), Halt> {
    let approval = approval_of(turn, attempt).await?;
    approvals::set_paid(turn, approval.id, "paying", "approved").await?;
    tell(turn, attempt, &approval, "refund.failed", why, audit)
}

/// It went and came again: its payment is undone, and a person pays it in another way.
pub(super) async fn came_back(turn: &mut Turn, attempt: &Attempt, why: &str, audit: i64) -> Result<(), Halt> {
    let approval = approval_of(turn, attempt).await?;
    let number = attempt.receipt.clone().unwrap_or_default();
    let found = receipts::find_in(turn, &number).await?;
    let row = found.ok_or_else(|| StoreError::Damaged(format!("receipt {number} of a refund is not there")))?;
    let mirror = journals::find(turn, row.journal).await?.reversed()?;
    let text = turn.key()?.open(&row.body, &money::place(&number))?;
    let text: Receipt =
        serde_json::from_slice(&text).map_err(|_| StoreError::Damaged(format!("receipt {number} cannot be read")))?;
    // In its book while that has numbers.
    let (book, serial) = match books::number(turn, Some(row.book.clone())).await {
        Err(Halt::Refused(_)) => books::number(turn, None).await?,
        numbered => numbered?,
    };
    let receipt = Receipt {
        number: format!("{book}{serial:07}"),
        kind: "reversal".to_owned(),
        at: turn.now().to_string(),
        cashier: turn.actor().name.to_string(),
        reverses: Some(number.clone()),
        reason: Some(why.to_owned()),
        ..text
    };
    let body = json(&receipt)?;
    let subject = format!("receipt/{number}");
    let after = Some(Digest::of(&body));
    let before = Some(Digest::of(&row.body));
    let own = turn.audit(&Change { action: Action::PaymentReceive, subject: &subject, reason: why, before, after })?;
    let journal = turn.post(&mirror, Some(&row.encounter), &subject, Some(row.journal), own)?;
    let journal = journal.ok_or_else(|| StoreError::Damaged("a reversal moves nothing".into()))?;
    let settlement = Settlement { money: row.amount, from_deposits: row.from_deposits, ..Settlement::default() };
    money::keep(turn, &receipt, &body, (&book, serial), settlement, journal, Some(&number), own)?;
    receipts::set_state(turn, &number, "reversed").await?;
    receipts::move_reference(turn, &subject, None).await?;
    approvals::set_paid(turn, approval.id, "paid", "approved").await?;
    let about = Credit {
        reference: Some(attempt.reference.clone()),
        memo: Some(format!("{}: {why}", attempt.rail)),
        receipt: Some(number),
        ..Credit::default()
    };
    unapplied::open_case(turn, "refund-reversed", attempt.amount, &about, Some(&row.encounter), audit).await?;
    tell(turn, attempt, &approval, "refund.reversed", why, audit)
}

async fn approval_of(turn: &mut Turn, attempt: &Attempt) -> Result<approvals::Approval, Halt> {
    let (facility, id) = (turn.facility(), attempt.approval.unwrap_or_default());
    let found = approvals::find(turn.connection(), &facility, id).await?;
    found.ok_or_else(|| StoreError::Damaged(format!("approval {id} of a refund is not there")).into())
}

fn tell(
    turn: &mut Turn,
    attempt: &Attempt,
    approval: &approvals::Approval,
    topic: &str,
    why: &str,
    audit: i64,
) -> Result<(), Halt> {
    let encounter = approval.subject.strip_prefix("encounter/").unwrap_or_default();
    let message = serde_json::json!({
        "refund": approval.id, "attempt": attempt.id, "encounter": encounter, "amount": dong(attempt.amount), "reason": why,
    });
    turn.tell(topic, Some(encounter), &message.to_string(), audit)?;
    Ok(())
}
