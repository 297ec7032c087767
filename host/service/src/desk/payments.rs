//! Requests for payment: how much, by which rail, and what became of it.
//!
//! The rail's plugin says what the payer is shown; it is asked in the turn of the command, so that a request is there with
//! its code or not at all. What is asked for is worked out here and never by the sender or the plugin.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use vienphi_domain::{Action, Actor, Moment};
use vienphi_ledger::balance::whole_dong;
use vienphi_money::Amount;
use vienphi_payments::{AttemptState, Reference, RequestState};
use vienphi_runtime::rail::{Context, Operation, Order, Outcome, Part, Progress, Rail, Status, Step};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, payments};

use super::money::{self, moment};
use super::rails::Config;
use super::{Desk, Page, Sent, answered, dong, forms, json, reader, refusals};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Balance,
    Deposit,
    Lines,
}

impl Purpose {
    const WORDS: [(&str, Purpose); 3] =
        [("balance", Purpose::Balance), ("deposit", Purpose::Deposit), ("lines", Purpose::Lines)];

    fn word(self) -> &'static str {
        Purpose::WORDS.iter().find(|(_, purpose)| *purpose == self).map_or("", |(word, _)| word)
    }
}

/// A request is made.
struct Create {
    encounter: String,
    purpose: Purpose,
    lines: Vec<String>,
    /// In 1/100 đồng; for the balance at most what is due.
    amount: Option<i64>,
    /// What the patient owes for the lines by a version of the statement.
    share: Option<(i64, i64)>,
    rail_name: String,
    rail: Arc<Rail>,
    config: Config,
    expires_at: Option<Moment>,
}

/// A request is taken back.
struct Cancel {
    id: i64,
}

/// What a payer is shown.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Display {
    #[serde(skip_serializing_if = "Option::is_none")]
    qr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    created_at: String,
    created_by: String,
    /// All requests that were made together because a transfer has a limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    together: Vec<i64>,
    events: Vec<Happened>,
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

/// So many requests of one command: a larger bill is not paid by telephone.
const TOGETHER: usize = 20;

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
            return Err(refusals::conflict(
                "urn:vienphi:problem:rail-not-set-up",
                "The rail is not set up",
                format!("rail {rail_name:?} has no settings here: an administrator asks for them, a director approves"),
            )
            .into());
        };
        let amount = match purpose {
            Purpose::Lines => None,
            Purpose::Balance | Purpose::Deposit => amount,
        };
        let share = match purpose {
            Purpose::Lines => Some(self.share_of(actor, encounter, &lines).await?),
            Purpose::Balance | Purpose::Deposit => None,
        };
        let create = Create {
            encounter: encounter.to_owned(),
            purpose,
            lines,
            amount,
            share,
            rail_name,
            rail: Arc::clone(rail),
            config,
            expires_at,
        };
        self.once(actor, &sent, create).await
    }

    /// What the patient owes for some lines of the statement in force, in whole đồng, and the version of that.
    async fn share_of(&self, actor: &Actor, encounter: &str, ids: &[String]) -> Result<(i64, i64), Halt> {
        let row = self.row(actor, encounter).await?;
        let document = self.document(actor, &row.statement).await?;
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

    /// Is told the facility and number of every request that changes here.
    pub fn follow_payment_requests(&self) -> broadcast::Receiver<(Box<str>, i64)> {
        self.changed.subscribe()
    }

    pub(super) fn tell_changed(&self, facility: &str, request: i64) {
        // Nobody may be following.
        let _ = self.changed.send((facility.into(), request));
    }
}

impl Command for Create {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let row = money::row_of(turn, &self.encounter).await?;
        let balance = row.balance.0;
        let due = (balance.due() - balance.pending_write_offs - balance.available()).max(0);
        let amount = match (self.purpose, self.amount) {
            (Purpose::Lines, _) => self.lines_amount(turn, &row).await?,
            (Purpose::Balance, None) => due,
            (Purpose::Balance, Some(amount)) if amount > due => {
                let message = format!("must be at most {}, what is due net of deposits", dong(due));
                return Err(refusals::invalid_field("amount", message).into());
            }
            (_, amount) => amount.unwrap_or_default(),
        };
        if amount == 0 {
            return Err(refusals::conflict(
                "urn:vienphi:problem:nothing-due",
                "Nothing is due",
                "deposits cover what the patient owes: ask for a deposit instead",
            )
            .into());
        }
        let whole = u64::try_from(amount / 100).unwrap_or(0);
        let manifest = self.rail.manifest();
        let parts = parts(whole, manifest.minimum, manifest.maximum)
            .ok_or_else(|| refusals::invalid_field("amount", limits(manifest.minimum, manifest.maximum)))?;
        let mut requests = Vec::with_capacity(parts.len());
        for part in parts {
            requests.push(self.one(turn, part).await?);
        }
        let together: Vec<i64> = requests.iter().map(|(row, _)| row.id).collect();
        let audit = turn.audit(&Change {
            action: Action::PaymentRequestCreate,
            subject: &format!("payment-request/{}", together.first().copied().unwrap_or_default()),
            reason: "",
            before: None,
            after: None,
        })?;
        let mut answer = None;
        for (request, display) in requests {
            payments::insert(turn, &request, audit).await?;
            let message = serde_json::json!({
                "request": request.id, "encounter": self.encounter, "amount": dong(request.amount),
                "rail": request.rail, "reference": request.reference,
            });
            turn.tell("payment-request.created", Some(&self.encounter), &message.to_string(), audit)?;
            answer.get_or_insert_with(|| shown(&request, &display, turn.now()));
        }
        let mut answer = answer.ok_or_else(|| StoreError::Damaged("no request was made".into()))?;
        if together.len() > 1 {
            answer.together = together;
        }
        answered(201, &answer, audit)
    }
}

impl Create {
    /// What the patient owes for the lines: by the statement in force, of what is due at all, and not asked for already.
    async fn lines_amount(&self, turn: &mut Turn, row: &vienphi_store::encounters::Encounter) -> Result<i64, Halt> {
        let (share, version) = self.share.unwrap_or_default();
        if version != row.statement_version {
            return Err(Halt::Failed(StoreError::Unavailable("the statement changed while it was read".into())));
        }
        let due = row.balance.0.due() - row.balance.0.pending_write_offs;
        if share > due {
            return Err(refusals::conflict(
                "urn:vienphi:problem:nothing-due",
                "Less is due",
                format!(
                    "the lines cost the patient {}, and {} is due: they are paid, at least in part",
                    dong(share),
                    dong(due.max(0))
                ),
            )
            .into());
        }
        let facility = turn.facility();
        for other in payments::of_encounter(turn.connection(), &facility, &row.id).await? {
            let is_open =
                matches!(RequestState::parse(&other.state), Some(RequestState::Open | RequestState::Mismatch));
            let is_live = is_open && !is_late(&other, turn.now()) || other.state == RequestState::Paid.word();
            let same = other.lines.split_whitespace().find(|line| self.lines.iter().any(|own| own == line));
            if let Some(line) = same.filter(|_| is_live) {
                return Err(refusals::conflict(
                    "urn:vienphi:problem:lines-asked-for",
                    "A line was asked for already",
                    format!("line {line:?} is in payment request {}, which is {}", other.id, other.state),
                )
                .into());
            }
        }
        Ok(share)
    }

    /// One request, and what its payer is shown.
    async fn one(&self, turn: &mut Turn, whole: u64) -> Result<(payments::Request, Display), Halt> {
        let id = turn.next_record()?;
        let facility = turn.facility();
        let reference = u64::try_from(id).ok().and_then(|number| Reference::of(&facility, number));
        let reference = reference.ok_or_else(|| {
            Halt::Failed(StoreError::Damaged(format!("request {id} of facility {facility} has no reference")))
        })?;
        let now = turn.now();
        let context = Context {
            operation: Operation::Create,
            order: Order {
                reference: reference.as_str().to_owned(),
                amount: whole,
                description: format!("Viện phí {}", self.encounter),
                created: now.seconds(),
                expires: self.expires_at.map(Moment::seconds),
                provider_reference: None,
                refund_reference: None,
                refund_amount: None,
                return_url: String::new(),
                payer_address: String::new(),
                actor: turn.actor().name.to_string(),
            },
            now: now.seconds(),
            id: reference.as_str().to_owned(),
            settings: self.config.told(),
        };
        let outcome = begin(&self.rail, &self.rail_name, &context)?;
        let display = display(&outcome)?;
        let sealed = turn.key()?.seal(&json(&display)?, &place(id))?;
        let request = payments::Request {
            id,
            encounter: self.encounter.clone(),
            purpose: self.purpose.word().to_owned(),
            lines: self.lines.join(" "),
            amount: i64::try_from(whole).unwrap_or(0) * 100,
            received: 0,
            rail: self.rail_name.clone(),
            reference: reference.as_str().to_owned(),
            state: RequestState::Open.word().to_owned(),
            attempt: AttemptState::Instructed.word().to_owned(),
            display: sealed,
            digest: self.rail.digest().bytes().to_vec(),
            receipt: None,
            expires_at: self.expires_at.map(Moment::count),
            created_at: now.count(),
            created_by: turn.actor().name.to_string(),
        };
        Ok((request, display))
    }
}

/// Asks the plugin how the payer pays. Only rails that say so at once are loaded: nothing is sent for them.
fn begin(rail: &Rail, name: &str, context: &Context) -> Result<Outcome, Halt> {
    let unusable = |detail: String| {
        Halt::from(refusals::conflict("urn:vienphi:problem:rail-refused", "The rail cannot be used", detail))
    };
    match rail.begin(context) {
        Ok(Progress { step: Step::Done(outcome), .. }) if outcome.status == Status::Pending => Ok(outcome),
        Ok(Progress { step: Step::Done(_), .. }) => {
            Err(unusable(format!("rail {name:?} says how a payment ended that has just begun")))
        }
        Ok(Progress { step: Step::Failed(why), .. }) => Err(unusable(format!("rail {name:?}: {why}"))),
        Ok(Progress { step: Step::Sign(_) | Step::Send(_), .. }) => {
            Err(unusable(format!("rail {name:?} asks for a signature or a message, which it has no key or place for")))
        }
        Err(error) => {
            tracing::warn!(%error, "a payment plugin gave no usable answer");
            Err(unusable(error.to_string()))
        }
    }
}

fn display(outcome: &Outcome) -> Result<Display, Halt> {
    let Some(display) = &outcome.display else { return Ok(Display::default()) };
    let mut url = String::new();
    for part in &display.url {
        match part {
            Part::Text(text) => url.push_str(text),
            Part::Secret(_) | Part::Signature(_) => {
                return Err(Halt::from(refusals::conflict(
                    "urn:vienphi:problem:rail-refused",
                    "The rail cannot be used",
                    "an address that a payer sees must not hold a secret, and no signature was asked for",
                )));
            }
        }
    }
    Ok(Display { qr: display.qr.clone(), url: (!url.is_empty()).then_some(url) })
}

/// As few payments as the rail's limit allows, as equal as can be.
fn parts(whole: u64, minimum: u64, maximum: u64) -> Option<Vec<u64>> {
    let count = whole.div_ceil(maximum.max(1)).max(1);
    let (each, more) = (whole / count, whole % count);
    let is_possible = each >= minimum && usize::try_from(count).is_ok_and(|count| count <= TOGETHER);
    is_possible.then(|| (0..count).map(|place| each + u64::from(place < more)).collect())
}

fn limits(minimum: u64, maximum: u64) -> String {
    format!("must be at least {minimum}, and at most {TOGETHER} payments of {maximum}: those are the rail's limits")
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

fn read_display(plain: &[u8]) -> Result<Display, Halt> {
    let read = serde_json::from_slice(plain);
    read.map_err(|_| StoreError::Damaged("what a payer is shown cannot be read".into()).into())
}

/// Has the request's time passed?
pub(super) fn is_late(row: &payments::Request, now: Moment) -> bool {
    row.expires_at.is_some_and(|expires| expires < now.count())
}

fn shown(row: &payments::Request, display: &Display, now: Moment) -> PaymentRequest {
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
        expires_at: row.expires_at.map(moment),
        created_at: moment(row.created_at),
        created_by: row.created_by.clone(),
        together: Vec::new(),
        events: Vec::new(),
    }
}

/// What a request's display is sealed for.
fn place(id: i64) -> String {
    format!("payment-request/{id}")
}
