//! Requests for payment: asked for, read, followed and taken back.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use vienphi_domain::{Action, Actor, Moment};
use vienphi_ledger::balance::whole_dong;
use vienphi_money::Amount;
use vienphi_payments::{AttemptState, RequestState};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, attempts, facilities, payments};

use super::asking::Ask;
use super::money::moment;
use super::{Changed, Desk, Page, Sent, answered, dong, forms, reader, refusals};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Balance,
    Deposit,
    Lines,
}

impl Purpose {
    const WORDS: [(&str, Purpose); 3] =
        [("balance", Purpose::Balance), ("deposit", Purpose::Deposit), ("lines", Purpose::Lines)];

    pub(super) fn word(self) -> &'static str {
        Purpose::WORDS.iter().find(|(_, purpose)| *purpose == self).map_or("", |(word, _)| word)
    }
}

/// A request is taken back.
struct Cancel {
    id: i64,
}

/// The service of a request is given before it is paid.
struct Release {
    id: i64,
    reason: String,
}

/// What a payer is shown.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(super) struct Display {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) qr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
}

/// A request in an answer.
#[derive(Debug, Serialize)]
pub struct PaymentRequest {
    id: i64,
    encounter: String,
    #[serde(rename = "for")]
    purpose: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
    amount: String,
    received: String,
    rail: String,
    reference: String,
    state: String,
    attempt: String,
    #[serde(flatten)]
    display: Display,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// The service was given before it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    released_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    created_at: String,
    created_by: String,
    /// All requests that were made together because a transfer has a limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) together: Vec<i64>,
    events: Vec<Happened>,
    /// How the rail was asked to take the money, or to give it back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempted>,
}

/// What was told of money for a request.
#[derive(Debug, Serialize)]
pub struct Happened {
    rail: String,
    key: String,
    kind: String,
    amount: String,
    fate: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<i64>,
}

/// A way to pay or to give back that a rail was asked for.
#[derive(Debug, Serialize)]
pub struct Attempted {
    id: i64,
    kind: String,
    state: String,
    amount: String,
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    /// What the rail is asked next, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    tries: i64,
    since: String,
    owner: String,
}

/// A request is for some lines, not for all of a long stay.
const LINES: usize = 200;

/// What a statement says of a line.
#[derive(Deserialize)]
struct Line {
    id: String,
    patient_own: String,
    copayment: String,
}

#[derive(Deserialize)]
struct Lines {
    lines: Vec<Line>,
}

impl Desk {
    /// Asks a patient for money by a rail.
    pub async fn request_payment(&self, actor: &Arc<Actor>, sent: Sent<'_>, encounter: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::PaymentRequestCreate)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let now = self.store.now();
        let (purpose, lines, amount, rail_name, expires_at) = forms::read(sent.document, |root| {
            let [purpose, lines, amount, rail, expires] =
                root.fields(["for", "lines", "amount", "rail", "expires_at"])?;
            let for_what = purpose.required().choice(&Purpose::WORDS);
            let ids: Vec<String> = lines.items().filter_map(|line| line.text().map(str::to_owned)).collect();
            let money = if amount.is_present() { forms::dong(&amount) } else { None };
            match for_what {
                Some(Purpose::Deposit) if !amount.is_present() => amount.fault("is required for a deposit"),
                Some(Purpose::Lines) if amount.is_present() => {
                    amount.fault("must not be given: it is what the patient owes for the lines");
                }
                Some(Purpose::Lines) if ids.is_empty() || ids.len() > LINES => {
                    lines.fault(format!("must name 1 to {LINES} lines"));
                }
                Some(Purpose::Balance | Purpose::Deposit) if lines.is_present() => {
                    lines.fault("is only for requests for lines");
                }
                _ => {}
            }
            let until = expires.minute().map(Moment::at);
            if until.is_some_and(|until| until <= now) {
                expires.fault("must be later than now");
            }
            Some((for_what?, ids, money, rail.required().text()?.to_owned(), until))
        })?;
        let Some(rail) = self.rails.get(&rail_name).filter(|rail| rail.manifest().instructs) else {
            let known: Vec<&str> =
                self.rails.all().filter(|(_, rail)| rail.manifest().instructs).map(|(name, _)| name).collect();
            return Err(refusals::invalid_field("rail", format!("must be one of {}", known.join(", "))).into());
        };
        let mut connection = reader(&self.store).await?;
        let config = super::rails::config(&mut connection, &self.store, &actor.facility, &rail_name).await?;
        drop(connection);
        let Some(config) = config else {
            return Err(refusals::rail_not_set_up(&rail_name).into());
        };
        let share = match purpose {
            Purpose::Lines => Some(self.share_of(actor, encounter, &lines).await?),
            Purpose::Balance | Purpose::Deposit => None,
        };
        let manifest = rail.manifest();
        let ask = Ask {
            encounter: encounter.to_owned(),
            purpose,
            lines,
            amount,
            share,
            rail: rail_name,
            limits: (manifest.minimum, manifest.maximum),
            expires_at,
        };
        self.ask_payer(actor, sent, ask, rail, &config).await
    }

    /// What the patient owes for some lines of the statement in force, in whole đồng, and the version of that.
    async fn share_of(&self, actor: &Actor, encounter: &str, ids: &[String]) -> Result<(i64, i64), Halt> {
        let row = self.row(actor, encounter).await?;
        let document = self.document(actor, encounter, &row.statement).await?;
        let damaged = || StoreError::Damaged("a statement that was kept cannot be read".into());
        let statement: Lines = serde_json::from_slice(&document).map_err(|_| damaged())?;
        let mut sum: i64 = 0;
        for (place, id) in ids.iter().enumerate() {
            let line = statement.lines.iter().find(|line| line.id == *id);
            let Some(line) = line.filter(|_| !ids[..place].contains(id)) else {
                let message = "is no line of the statement, or is named twice";
                return Err(refusals::invalid_field(&format!("lines[{place}]"), message).into());
            };
            for amount in [&line.patient_own, &line.copayment] {
                let units = Amount::parse(amount).map_err(|_| damaged())?.units();
                sum = sum.checked_add(units).ok_or_else(damaged)?;
            }
        }
        match whole_dong(sum) {
            0 => Err(refusals::invalid_field("lines", "cost the patient nothing").into()),
            share => Ok((share, row.statement_version)),
        }
    }

    /// A request, with what was told of it.
    pub async fn payment_request(&self, actor: &Actor, id: &str) -> Result<PaymentRequest, Halt> {
        self.may(actor, Action::PaymentRequestRead)?;
        let none = || refusals::not_found("payment request", id);
        let number = id.parse().map_err(|_| none())?;
        let mut connection = reader(&self.store).await?;
        let row = payments::find(&mut connection, &actor.facility, number).await?.ok_or_else(none)?;
        let events = payments::events_of(&mut connection, &actor.facility, row.id).await?;
        let attempts = attempts::of_request(&mut connection, &actor.facility, row.id).await?;
        drop(connection);
        let display = self.store.key(&actor.facility).await?.open(&row.display, &place(row.id))?;
        let mut shown = shown(&row, &read_display(&display)?, self.store.now());
        shown.events = events
            .into_iter()
            .map(|event| Happened {
                rail: event.rail,
                key: event.event_key,
                kind: event.kind,
                amount: dong(event.amount),
                fate: event.fate,
                at: moment(event.received_at),
                receipt: event.receipt,
                credit: event.credit,
            })
            .collect();
        shown.attempts = attempts.into_iter().map(attempted).collect();
        Ok(shown)
    }

    /// The requests of a visit, the newest first.
    pub async fn payment_requests(&self, actor: &Actor, encounter: &str) -> Result<Page<PaymentRequest>, Halt> {
        self.may(actor, Action::PaymentRequestRead)?;
        self.row(actor, encounter).await?;
        let key = self.store.key(&actor.facility).await?;
        let rows = payments::of_encounter(&mut *reader(&self.store).await?, &actor.facility, encounter).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let display = read_display(&key.open(&row.display, &place(row.id))?)?;
            items.push(shown(&row, &display, self.store.now()));
        }
        Ok(Page { items, next: None })
    }

    /// Takes a request back. Money that comes all the same waits as unapplied credit.
    pub async fn cancel_payment_request(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::PaymentRequestCancel)?;
        let id = id.parse().map_err(|_| refusals::not_found("payment request", id))?;
        let answered = self.once(actor, &sent, Cancel { id }).await?;
        self.tell_changed(&actor.facility, id);
        Ok(answered)
    }

    /// Lets a service be given before it is paid: an exception, with its reason in the audit.
    pub async fn release(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::PaymentRequestRelease)?;
        let id = id.parse().map_err(|_| refusals::not_found("payment request", id))?;
        let reason = forms::read(sent.document, |root| {
            let [reason] = root.fields(["reason"])?;
            forms::reason(&reason)
        })?;
        let answered = self.once(actor, &sent, Release { id, reason }).await?;
        self.tell_changed(&actor.facility, id);
        Ok(answered)
    }

    /// Is told of every request that changes.
    pub fn follow_payment_requests(&self) -> broadcast::Receiver<Changed> {
        self.changed.subscribe()
    }

    /// Tells whoever follows of what other servers on the same database were told of. `seen` is how many messages each facility
    /// had when it was looked at last.
    pub async fn tell_of_others(&self, seen: &mut HashMap<String, i64>) -> Result<(), Halt> {
        let mut connection = reader(&self.store).await?;
        let messages = facilities::messages(&mut connection).await?;
        // Whoever begins to follow from here on looks for themselves, behind all that is counted.
        let is_followed = self.changed.receiver_count() > 0;
        for (facility, told) in messages {
            let before = seen.insert(facility.clone(), told);
            let Some(before) = before.filter(|before| is_followed && *before < told) else { continue };
            for body in facilities::told_of_payments(&mut connection, &facility, before).await? {
                if let Ok(Told { request }) = serde_json::from_str(&body) {
                    self.tell_changed(&facility, request);
                }
            }
        }
        Ok(())
    }

    pub(super) fn tell_changed(&self, facility: &str, request: i64) {
        // Nobody may be following.
        let _ = self.changed.send(Changed { facility: facility.into(), request });
    }
}

/// What a message says of a request.
#[derive(Deserialize)]
struct Told {
    request: i64,
}

impl Command for Cancel {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let facility = turn.facility();
        let found = payments::find(turn.connection(), &facility, self.id).await?;
        let mut row = found.ok_or_else(|| refusals::not_found("payment request", &self.id.to_string()))?;
        let state = RequestState::parse(&row.state);
        if !matches!(state, Some(RequestState::Open | RequestState::Mismatch)) {
            return Err(refusals::conflict(
                "urn:vienphi:problem:payment-request-ended",
                "The request has ended",
                format!("payment request {} is {}", row.id, row.state),
            )
            .into());
        }
        let subject = format!("payment-request/{}", row.id);
        let change =
            Change { action: Action::PaymentRequestCancel, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        row.state = RequestState::Cancelled.word().to_owned();
        if AttemptState::parse(&row.attempt).is_some_and(|attempt| attempt.may_become(AttemptState::Cancelled)) {
            row.attempt = AttemptState::Cancelled.word().to_owned();
        }
        payments::update(turn, &row).await?;
        let display = read_display(&turn.key()?.open(&row.display, &place(row.id))?)?;
        answered(200, &shown(&row, &display, turn.now()), audit)
    }
}

impl Command for Release {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let facility = turn.facility();
        let found = payments::find(turn.connection(), &facility, self.id).await?;
        let mut row = found.ok_or_else(|| refusals::not_found("payment request", &self.id.to_string()))?;
        let is_open = matches!(RequestState::parse(&row.state), Some(RequestState::Open | RequestState::Mismatch));
        if row.purpose != Purpose::Lines.word() || !is_open || row.released_at.is_some() {
            return Err(refusals::conflict(
                "urn:vienphi:problem:nothing-to-release",
                "There is nothing to release",
                format!(
                    "payment request {} is for {}, {}{}: a service of unpaid lines is released, once",
                    row.id,
                    row.purpose,
                    row.state,
                    if row.released_at.is_some() { " and released" } else { "" }
                ),
            )
            .into());
        }
        let subject = format!("payment-request/{}", row.id);
        let action = Action::PaymentRequestRelease;
        let audit =
            turn.audit(&Change { action, subject: &subject, reason: &self.reason, before: None, after: None })?;
        (row.released_at, row.released_by) = (Some(turn.now().count()), Some(turn.actor().name.to_string()));
        payments::update(turn, &row).await?;
        let lines: Vec<&str> = row.lines.split_whitespace().collect();
        let message = serde_json::json!({
            "request": row.id, "encounter": row.encounter, "lines": lines, "unpaid": true, "by": row.released_by,
        });
        turn.tell("service.released", Some(&row.encounter), &message.to_string(), audit)?;
        let display = read_display(&turn.key()?.open(&row.display, &place(row.id))?)?;
        answered(200, &shown(&row, &display, turn.now()), audit)
    }
}

pub(super) fn read_display(plain: &[u8]) -> Result<Display, Halt> {
    let read = serde_json::from_slice(plain);
    read.map_err(|_| StoreError::Damaged("what a payer is shown cannot be read".into()).into())
}

/// Has the request's time passed?
pub(super) fn is_late(row: &payments::Request, now: Moment) -> bool {
    row.expires_at.is_some_and(|expires| expires < now.count())
}

pub(super) fn shown(row: &payments::Request, display: &Display, now: Moment) -> PaymentRequest {
    let is_expired = row.state == RequestState::Open.word() && is_late(row, now);
    PaymentRequest {
        id: row.id,
        encounter: row.encounter.clone(),
        purpose: row.purpose.clone(),
        lines: row.lines.split_whitespace().map(str::to_owned).collect(),
        amount: dong(row.amount),
        received: dong(row.received),
        rail: row.rail.clone(),
        reference: row.reference.clone(),
        state: if is_expired { RequestState::Expired.word().to_owned() } else { row.state.clone() },
        attempt: if is_expired { AttemptState::Expired.word().to_owned() } else { row.attempt.clone() },
        display: display.clone(),
        receipt: row.receipt.clone(),
        released_at: row.released_at.map(moment),
        released_by: row.released_by.clone(),
        expires_at: row.expires_at.map(moment),
        created_at: moment(row.created_at),
        created_by: row.created_by.clone(),
        together: Vec::new(),
        events: Vec::new(),
        attempts: Vec::new(),
    }
}

pub(super) fn attempted(attempt: attempts::Attempt) -> Attempted {
    Attempted {
        id: attempt.id,
        kind: attempt.kind,
        state: attempt.state,
        amount: dong(attempt.amount),
        reference: attempt.reference,
        provider_reference: attempt.provider_reference,
        refund: attempt.approval,
        receipt: attempt.receipt,
        next: attempt.due_at.map(|_| attempt.operation),
        next_at: attempt.due_at.map(moment),
        tries: attempt.tries,
        since: moment(attempt.created_at),
        owner: attempt.created_by,
    }
}

/// What a request's display is sealed for.
pub(super) fn place(id: i64) -> String {
    format!("payment-request/{id}")
}
