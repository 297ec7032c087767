//! What becomes of money that a rail tells of, in one transaction: it pays its request, waits as unapplied credit, or is money
//! that is in the books already.

use serde::Deserialize;
use vienphi_domain::{Action, Digest, Moment};
use vienphi_ledger::Method;
use vienphi_ledger::balance::{Money, Settlement};
use vienphi_payments::state::Why;
use vienphi_payments::{AttemptState, Fate, Reference, Request, RequestState};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, payments};

use super::money::{self, Taken};
use super::outcomes::{self, Found};
use super::owner::{Owner, owner};
use super::standing::{self, Named};
use super::told::{Kept, place};
use super::unapplied::{self, Credit};
use super::unasked;
use super::{dong, json};

/// Money was told of.
pub(super) struct Receive {
    pub(super) rail: String,
    /// What its money is in the ledger: a rail that takes money itself still has it, others tell of what the bank has.
    pub(super) method: Method,
    pub(super) event: Kept,
    /// It is not waited for any longer.
    pub(super) is_final: bool,
}

/// A message was proven and could not be read.
pub(super) struct KeepUnreadable {
    pub(super) rail: String,
    /// Of what of it is proven.
    pub(super) digest: Digest,
    pub(super) message: Vec<u8>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Became {
    Duplicate,
    Taken,
    Mismatch,
    Unknown,
}

/// The fate of money whose reference nobody knows yet.
pub(super) const UNKNOWN: &str = "unknown";

/// What actors are called that are rails.
pub(super) const RAIL: &str = "rail:";

impl Command for Receive {
    type Answer = (Became, Option<i64>);

    async fn run(self, turn: &mut Turn) -> Result<(Became, Option<i64>), Halt> {
        let Receive { rail, method, event, is_final } = self;
        let facility = turn.facility();
        let known = payments::event(turn.connection(), &facility, &rail, &event.key).await?;
        #[cfg(feature = "planted")]
        let known = known.filter(|_| !vienphi_store::planted::is(vienphi_store::planted::Defect::EventCountedAgain));
        if let Some(known) = &known
            && known.fate != UNKNOWN
        {
            return Ok((Became::Duplicate, None));
        }
        let references: Vec<Reference> =
            event.references.iter().flat_map(|text| Reference::all_in(text)).take(10).collect();
        let mut request = None;
        for reference in &references {
            request = payments::find_by_reference(turn.connection(), &facility, reference.as_str()).await?;
            if request.is_some() {
                break;
            }
        }
        let subject = place(&rail, &event.key);
        let change =
            Change { action: Action::PaymentReceive, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        let received_at = known.as_ref().map_or(turn.now().count(), |known| known.received_at);
        let body = match known {
            Some(known) => known.body,
            None => turn.key()?.seal(&json(&event)?, &subject)?,
        };
        let mut kept = payments::Event {
            rail: rail.clone(),
            event_key: event.key.clone(),
            kind: event.kind.clone(),
            request: request.as_ref().map(|request| request.id),
            amount: i64::try_from(event.amount).unwrap_or(0) * 100,
            currency: event.currency.clone(),
            occurred_at: event.occurred.saturating_mul(1_000_000),
            received_at,
            fate: "noted".to_owned(),
            receipt: None,
            credit: None,
            body,
        };
        let visit = match (event.kind.as_str(), &request) {
            ("paid", None) => standing::visit_of(turn, &references).await?,
            _ => Named::NoCode,
        };
        let became = match (event.kind.as_str(), &mut request) {
            ("paid", Some(request)) => place_money(turn, method, &event, &mut kept, request, audit).await?,
            ("paid", None) => match visit {
                Named::Visit(visit) => by_standing_code(turn, method, &event, &mut kept, &visit, audit).await?,
                // It may have come before our own record of the request was there.
                Named::NoCode if !references.is_empty() && !is_final => {
                    kept.fate = UNKNOWN.to_owned();
                    Became::Unknown
                }
                Named::NoCode | Named::Unclear => {
                    wait(turn, method, &event, &mut kept, Why::Nobody, None, audit).await?;
                    Became::Taken
                }
            },
            ("failed", Some(request)) => {
                if AttemptState::parse(&request.attempt).is_some_and(|now| now.may_become(AttemptState::Failed)) {
                    request.attempt = AttemptState::Failed.word().to_owned();
                    payments::update(turn, request).await?;
                    outcomes::told(turn, &rail, request.id, AttemptState::Failed).await?;
                }
                Became::Taken
            }
            ("refunded" | "refund-failed", request) => {
                let found = if event.kind == "refunded" { Found::Succeeded } else { Found::Failed };
                let texts: Vec<String> = references.iter().map(|reference| reference.as_str().to_owned()).collect();
                kept.request = match outcomes::told_of_refund(turn, &rail, &texts, found, audit).await? {
                    Some(of) => Some(of),
                    None => unasked::told(turn, &event, &kept, request.as_ref(), audit).await?,
                };
                Became::Taken
            }
            (_, _) => Became::Taken,
        };
        payments::keep_event(turn, &kept, audit).await?;
        if kept.kind == "paid" && method == Method::Rail {
            unasked::paid(turn, &kept, request.as_ref(), audit).await?;
        }
        Ok((became, kept.request))
    }
}

/// Money that names a patient's standing code: a deposit for the open visit.
async fn by_standing_code(
    turn: &mut Turn,
    method: Method,
    event: &Kept,
    kept: &mut payments::Event,
    visit: &str,
    audit: i64,
) -> Result<Became, Halt> {
    let is_dong = event.currency == "VND" && kept.amount > 0;
    let why = match owner(turn, method, event, kept, None).await? {
        Owner::Nobody(payment) if is_dong => match standing::deposit(turn, visit, payment, method).await {
            Ok(answer) => {
                kept.fate = "paid".to_owned();
                kept.receipt = Some(number_of(&answer.body)?);
                return Ok(Became::Taken);
            }
            // The book of receipts is full, which is known before anything is written.
            Err(Halt::Refused(_)) => Why::Refused,
            Err(failed) => return Err(failed),
        },
        _ if !is_dong => Why::Currency,
        _ => Why::Nobody,
    };
    wait(turn, method, event, kept, why, None, audit).await?;
    Ok(Became::Taken)
}

/// Money that names a request: it pays it, or waits.
async fn place_money(
    turn: &mut Turn,
    method: Method,
    event: &Kept,
    kept: &mut payments::Event,
    row: &mut payments::Request,
    audit: i64,
) -> Result<Became, Halt> {
    let state = RequestState::parse(&row.state);
    let state = state.ok_or_else(|| StoreError::Damaged(format!("payment request {} is in no state", row.id)))?;
    let asked = Request {
        amount: u64::try_from(row.amount / 100).unwrap_or(0),
        state,
        is_late: super::payments::is_late(row, moved(event, row, turn.now())),
    };
    let fate = asked.take(event.amount, &event.currency);
    let fate = match fate {
        Fate::Pays => pay(turn, method, event, kept, row).await?,
        waits @ Fate::Waits(_) => waits,
    };
    let became = match fate {
        Fate::Pays => {
            row.received = row.received.saturating_add(kept.amount);
            row.receipt.clone_from(&kept.receipt);
            row.state = RequestState::Paid.word().to_owned();
            row.attempt = AttemptState::Succeeded.word().to_owned();
            tell_paid(turn, row, audit)?;
            outcomes::told(turn, &kept.rail, row.id, AttemptState::Succeeded).await?;
            Became::Taken
        }
        Fate::Waits(why) => {
            wait(turn, method, event, kept, why, Some(row), audit).await?;
            if why != Why::Currency {
                row.received = row.received.saturating_add(kept.amount);
            }
            let is_open = matches!(state, RequestState::Open | RequestState::Mismatch);
            if is_open && matches!(why, Why::Short | Why::Over | Why::Currency | Why::Conflict) {
                row.state = RequestState::Mismatch.word().to_owned();
                row.attempt = AttemptState::Mismatch.word().to_owned();
                outcomes::told(turn, &kept.rail, row.id, AttemptState::Mismatch).await?;
                Became::Mismatch
            } else {
                Became::Taken
            }
        }
    };
    payments::update(turn, row).await?;
    Ok(became)
}

/// When the money moved: as the provider says, unless that is before the request was made or after now.
fn moved(event: &Kept, row: &payments::Request, now: Moment) -> Moment {
    let said = event.occurred.saturating_mul(1_000_000);
    // Providers count seconds.
    let created = row.created_at.div_euclid(1_000_000) * 1_000_000;
    if (created..=now.count()).contains(&said) { Moment::from_count(said) } else { now }
}

/// The exact money of a request: a settlement, or a deposit where nothing is due. What a cashier has typed in meanwhile is the
/// same money, and is not taken twice.
async fn pay(
    turn: &mut Turn,
    method: Method,
    event: &Kept,
    kept: &mut payments::Event,
    row: &payments::Request,
) -> Result<Fate, Halt> {
    let payment = match owner(turn, method, event, kept, Some(row)).await? {
        Owner::Nobody(payment) => payment,
        Owner::Typed(number) => {
            kept.fate = "counted".to_owned();
            kept.receipt = Some(number);
            return Ok(Fate::Pays);
        }
        Owner::Waiting(credit) => {
            let answer = unapplied::apply_to(turn, credit, &row.encounter).await?;
            kept.fate = "counted".to_owned();
            kept.receipt = Some(number_of(&answer.body)?);
            return Ok(Fate::Pays);
        }
        Owner::Other(_) => return Ok(Fate::Waits(Why::Conflict)),
    };
    let mut visit = money::row_of(turn, &row.encounter).await?;
    let balance = visit.balance.0;
    let due = balance.due() - balance.pending_write_offs;
    let money = Money { amount: row.amount, method, is_promise: false, shift: None };
    let taken = if row.purpose == "deposit" || due <= 0 {
        let journal = visit.balance.0.deposit(&money)?;
        let settlement = Settlement { money: row.amount, due_before: due, due_after: due, ..Settlement::default() };
        let (kind, action) = ("deposit", Action::DepositTake);
        Taken { kind, action, payments: vec![payment], settlement, journal, shift: None }
    } else {
        // Deposits pay what this money does not.
        let from_deposits = (due - row.amount).clamp(0, balance.available());
        let (journal, settlement) = visit.balance.0.settle(from_deposits, &[money])?;
        let (kind, action) = ("settlement", Action::SettlementTake);
        Taken { kind, action, payments: vec![payment], settlement, journal, shift: None }
    };
    match money::hand_out(turn, &visit, None, taken).await {
        Ok(answer) => {
            kept.fate = "paid".to_owned();
            kept.receipt = Some(number_of(&answer.body)?);
            Ok(Fate::Pays)
        }
        // The book of receipts is full, which is known before anything is written. The money is there all the same.
        Err(Halt::Refused(_)) => Ok(Fate::Waits(Why::Refused)),
        Err(failed) => Err(failed),
    }
}

/// Money waits as unapplied credit, its text naming the visit it may be for; what the ledger cannot hold, or holds already as
/// something else, is work for a person without money.
async fn wait(
    turn: &mut Turn,
    method: Method,
    event: &Kept,
    kept: &mut payments::Event,
    why: Why,
    request: Option<&payments::Request>,
    audit: i64,
) -> Result<(), Halt> {
    kept.fate = why.word().to_owned();
    let named = request.map(|request| format!(" {} ({}: {})", request.encounter, why.word(), dong(request.amount)));
    let content = event.content.as_deref().unwrap_or_default();
    let memo: String = format!("{}{}", content, named.unwrap_or_default()).chars().take(400).collect();
    let payment = match owner(turn, method, event, kept, request).await? {
        _ if why == Why::Currency || kept.amount == 0 => None,
        Owner::Nobody(payment) => Some(payment),
        Owner::Waiting(credit) => {
            // It waits already.
            kept.credit = Some(credit);
            return Ok(());
        }
        Owner::Typed(number) => {
            kept.fate = "counted".to_owned();
            kept.receipt = Some(number);
            return Ok(());
        }
        Owner::Other(subject) => {
            kept.fate = Why::Conflict.word().to_owned();
            return case(turn, kept, format!("{subject}: {memo}"), request, audit).await;
        }
    };
    let Some(payment) = payment else { return case(turn, kept, memo, request, audit).await };
    let (credit, _) = unapplied::keep(turn, payment, Some(memo), None).await?;
    kept.credit = Some(credit.id);
    Ok(())
}

/// Work for a person that has no money of its own.
pub(super) async fn case(
    turn: &mut Turn,
    kept: &payments::Event,
    memo: String,
    request: Option<&payments::Request>,
    audit: i64,
) -> Result<(), Halt> {
    let about = Credit { memo: Some(memo), reference: Some(place(&kept.rail, &kept.event_key)), ..Credit::default() };
    let encounter = request.map(|request| request.encounter.as_str());
    // Cents are no đồng.
    let amount = if kept.currency == "VND" { kept.amount } else { 0 };
    unapplied::open_case(turn, "payment-conflict", amount, &about, encounter, audit).await?;
    Ok(())
}

impl Command for KeepUnreadable {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let KeepUnreadable { rail, digest, message } = self;
        let facility = turn.facility();
        let key = format!("unreadable:{digest}");
        if payments::event(turn.connection(), &facility, &rail, &key).await?.is_some() {
            return Ok(());
        }
        let subject = place(&rail, &key);
        let change = Change {
            action: Action::PaymentReceive,
            subject: &subject,
            reason: "unreadable",
            before: None,
            after: None,
        };
        let audit = turn.audit(&change)?;
        let kept = payments::Event {
            rail,
            event_key: key,
            kind: "unreadable".to_owned(),
            request: None,
            amount: 0,
            currency: String::new(),
            occurred_at: turn.now().count(),
            received_at: turn.now().count(),
            fate: "unreadable".to_owned(),
            receipt: None,
            credit: None,
            body: turn.key()?.seal(&message, &subject)?,
        };
        case(turn, &kept, "a message that is proven and cannot be read".to_owned(), None, audit).await?;
        Ok(payments::keep_event(turn, &kept, audit).await?)
    }
}

#[derive(Deserialize)]
struct Numbered {
    number: String,
}

fn number_of(receipt: &[u8]) -> Result<String, Halt> {
    let read = serde_json::from_slice::<Numbered>(receipt);
    let read = read.map_err(|_| StoreError::Damaged("a receipt that was made cannot be read".into()))?;
    Ok(read.number)
}

fn tell_paid(turn: &mut Turn, row: &payments::Request, audit: i64) -> Result<(), Halt> {
    let message = serde_json::json!({
        "request": row.id, "encounter": row.encounter, "amount": dong(row.amount), "receipt": row.receipt,
    });
    turn.tell("payment.received", Some(&row.encounter), &message.to_string(), audit)?;
    if row.purpose == "lines" && row.released_at.is_none() {
        let lines: Vec<&str> = row.lines.split_whitespace().collect();
        let message = serde_json::json!({ "request": row.id, "encounter": row.encounter, "lines": lines });
        turn.tell("service.released", Some(&row.encounter), &message.to_string(), audit)?;
    }
    Ok(())
}
