//! A request for payment is made: how much, in how many payments, and what the payer is shown.
//!
//! What is asked for is worked out here and never by the sender or the plugin. It is done in two turns, with the plugin
//! between them: a plugin that is slow holds nobody else up. The second turn keeps the requests only when the visit owes what
//! the first one saw.

use std::sync::Arc;

use vienphi_domain::{Action, Actor, Digest, Moment};
use vienphi_payments::{AttemptState, Reference, RequestState};
use vienphi_runtime::rail::{self, Context, Operation, Order, Outcome, Rail, Status, Step};
use vienphi_store::answers::Answered;
use vienphi_store::attempts::{self, Attempt};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, payments};

use super::attempts::{Asking, Call, Work, next_look, word};
use super::payments::{Display, Purpose, is_late, place, shown};
use super::rails::Config;
use super::signing::Hand;
use super::{Desk, answered, dong, json, money, refusals};

/// A request as it was sent.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) encounter: String,
    pub(super) purpose: Purpose,
    pub(super) lines: Vec<String>,
    /// In 1/100 đồng; for the balance at most what is due.
    pub(super) amount: Option<i64>,
    /// What the patient owes for the lines by a version of the statement.
    pub(super) share: Option<(i64, i64)>,
    pub(super) rail: String,
    pub(super) limits: (u64, u64),
    pub(super) expires_at: Option<Moment>,
}

/// The amounts and numbers of a request are worked out.
struct Plan(Ask);

/// A payment of a request, before its rail was asked.
struct Part {
    id: i64,
    reference: Reference,
    /// In đồng.
    amount: u64,
    created: Moment,
}

/// What the rail said of it.
struct Instructed {
    part: Part,
    display: Display,
    attempt: AttemptState,
    /// What is still to be done, and how far it is.
    work: Option<(&'static str, Work)>,
    calls: Vec<Call>,
}

/// The requests are kept.
struct Create {
    ask: Ask,
    /// As the first turn saw it, in 1/100 đồng.
    amount: i64,
    component: Digest,
    can_query: bool,
    parts: Vec<Instructed>,
}

/// So many requests of one command: a larger bill is not paid by telephone.
const TOGETHER: usize = 20;

/// A visit that changes while its rail is asked is asked for again, so often.
const ATTEMPTS: usize = 8;

impl Desk {
    pub(super) async fn ask_payer(
        &self,
        actor: &Arc<Actor>,
        sent: super::Sent<'_>,
        ask: Ask,
        rail: &dyn Rail,
        config: &Config,
    ) -> Result<Answered, Halt> {
        for _ in 0..ATTEMPTS {
            let (amount, parts) = self.store.write(actor, Plan(ask.clone())).await?;
            let mut instructed = Vec::with_capacity(parts.len());
            for part in parts {
                instructed.push(self.instruct(actor, &ask, part, rail, config)?);
            }
            let create = Create {
                ask: ask.clone(),
                amount,
                component: *rail.digest(),
                can_query: self.can(&ask.rail, Operation::Query),
                parts: instructed,
            };
            match self.once(actor, &sent, create).await {
                Err(Halt::Failed(StoreError::Unavailable(why))) if why == MOVED => {}
                answer => return answer,
            }
        }
        Err(StoreError::Unavailable(MOVED.to_owned()).into())
    }

    /// Asks the plugin how the payer pays; what it wants to send is sent later.
    fn instruct(
        &self,
        actor: &Actor,
        ask: &Ask,
        part: Part,
        rail: &dyn Rail,
        config: &Config,
    ) -> Result<Instructed, Halt> {
        let refused = |why: String| unusable(&ask.rail, &why);
        let now = self.store.now();
        let order = Order {
            reference: part.reference.as_str().to_owned(),
            amount: part.amount,
            description: format!("Viện phí {}", ask.encounter),
            created: part.created.seconds(),
            expires: ask.expires_at.map(Moment::seconds),
            provider_reference: None,
            refund_reference: None,
            refund_amount: None,
            actor: actor.name.to_string(),
        };
        let context = Context {
            operation: Operation::Create,
            id: order.reference.clone(),
            order,
            now: now.seconds(),
            settings: config.told(),
        };
        let hand = Hand { rails: &self.rails, name: &ask.rail, manifest: rail.manifest(), config };
        let mut asking = Asking { rail, hand, work: Work::of(context), calls: Vec::new() };
        let begun = asking.begin().and_then(|progress| asking.signed(progress)).map_err(refused)?;
        match begun.step {
            Step::Done(outcome) => {
                let display = pending(&asking.hand, &outcome, &asking.work.signatures, part.amount).map_err(refused)?;
                let work = Work::of(Context { operation: Operation::Query, ..asking.work.context });
                let (attempt, work) = (AttemptState::Instructed, Some(("begin", work)));
                Ok(Instructed { part, display, attempt, work, calls: asking.calls })
            }
            step @ Step::Send(_) => {
                if let Step::Send(request) = &step {
                    // What could never be sent is refused now.
                    asking.hand.outgoing(request, &asking.work.signatures).map_err(refused)?;
                }
                let mut work = asking.work;
                (work.state, work.step) = (begun.state, Some(step));
                let work = Some(("send", work));
                let attempt = AttemptState::Created;
                Ok(Instructed { part, display: Display::default(), attempt, work, calls: asking.calls })
            }
            Step::Failed(why) => Err(refused(why)),
            Step::Sign(_) | Step::Prove(_) => Err(refused("it never sends or ends anything".into())),
        }
    }
}

/// The visit owes another amount than a moment ago.
const MOVED: &str = "what is due changed while the rail was asked";

pub(super) fn unusable(rail: &str, why: &str) -> Halt {
    let detail = format!("rail {rail:?}: {why}");
    refusals::conflict("urn:vienphi:problem:rail-refused", "The rail cannot be used", detail).into()
}

fn pending(hand: &Hand<'_>, outcome: &Outcome, signatures: &[String], amount: u64) -> Result<Display, String> {
    if outcome.status != Status::Pending {
        return Err("it says how a payment ended that has just begun".to_owned());
    }
    match &outcome.display {
        Some(shown) => display(hand, shown, signatures, Some(amount)),
        None => Ok(Display::default()),
    }
}

/// What a payer is shown, as text. A code must be one of an account that was approved as a setting, for the amount that is asked
/// for: a plugin sends no payer elsewhere.
pub(super) fn display(
    hand: &Hand<'_>,
    shown: &rail::Display,
    signatures: &[String],
    amount: Option<u64>,
) -> Result<Display, String> {
    if let Some(code) = &shown.qr {
        let read = vienphi_vietqr::decode(code).map_err(|fault| format!("its code is no VietQR: {fault}"))?;
        let is_approved = |part: Option<&String>| part.is_some_and(|part| hand.config.has_value(part));
        let asked = read.amount.as_deref().map(str::parse::<u64>);
        if !read.is_intact || !is_approved(read.bin.as_ref()) || !is_approved(read.account.as_ref()) {
            return Err("its code is of an account that is none of the rail's settings".to_owned());
        }
        if asked.map(|asked| asked.unwrap_or(0)) != amount {
            return Err("its code is for another amount".to_owned());
        }
    }
    let url = if shown.url.is_empty() { None } else { Some(hand.address(&shown.url, signatures)?) };
    Ok(Display { qr: shown.qr.clone(), url })
}

/// As few payments as the rail's limit allows, as equal as can be.
fn parts(whole: u64, (minimum, maximum): (u64, u64)) -> Option<Vec<u64>> {
    if whole.div_ceil(maximum.max(1)) > TOGETHER as u64 {
        return None;
    }
    let parts = vienphi_payments::parts(whole, maximum);
    parts.iter().all(|part| *part >= minimum).then_some(parts)
}

impl Command for Plan {
    type Answer = (i64, Vec<Part>);

    async fn run(self, turn: &mut Turn) -> Result<(i64, Vec<Part>), Halt> {
        let ask = self.0;
        let amount = ask.amount(turn).await?;
        let (minimum, maximum) = ask.limits;
        let whole = u64::try_from(amount / 100).unwrap_or(0);
        let amounts = parts(whole, ask.limits).ok_or_else(|| {
            let limits = format!(
                "must be at least {minimum}, and at most {TOGETHER} payments of {maximum}: those are the rail's limits"
            );
            refusals::invalid_field("amount", limits)
        })?;
        let facility = turn.facility();
        let mut parts = Vec::with_capacity(amounts.len());
        for amount in amounts {
            let id = turn.next_record()?;
            let reference = u64::try_from(id).ok().and_then(|number| Reference::of(&facility, number));
            let reference = reference
                .ok_or_else(|| StoreError::Damaged(format!("request {id} of facility {facility} has no reference")))?;
            parts.push(Part { id, reference, amount, created: turn.now() });
        }
        Ok((amount, parts))
    }
}

impl Ask {
    /// What is asked for, in 1/100 đồng.
    async fn amount(&self, turn: &mut Turn) -> Result<i64, Halt> {
        let row = money::row_of(turn, &self.encounter).await?;
        let balance = row.balance.0;
        let due = balance.payable();
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
        Ok(amount)
    }

    /// What the patient owes for the lines: by the statement in force, of what is due at all, and not asked for already.
    async fn lines_amount(&self, turn: &mut Turn, row: &vienphi_store::encounters::Encounter) -> Result<i64, Halt> {
        let (share, version) = self.share.unwrap_or_default();
        if version != row.statement_version {
            return Err(StoreError::Unavailable("the statement changed while it was read".into()).into());
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
}

impl Command for Create {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        if self.ask.amount(turn).await? != self.amount {
            return Err(StoreError::Unavailable(MOVED.to_owned()).into());
        }
        let together: Vec<i64> = self.parts.iter().map(|instructed| instructed.part.id).collect();
        let subject = format!("payment-request/{}", together.first().copied().unwrap_or_default());
        let change =
            Change { action: Action::PaymentRequestCreate, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        let mut answer = None;
        for instructed in self.parts {
            let request = self.ask.request(turn, &instructed, &self.component)?;
            payments::insert(turn, &request, audit).await?;
            if let Some((phase, work)) = instructed.work.filter(|(phase, _)| self.can_query || *phase == "send") {
                let attempt = attempt(turn, &request, phase, &work)?;
                attempts::insert(turn, &attempt, audit).await?;
                for call in &instructed.calls {
                    attempts::keep_exchange(turn, attempt.id, &self.component, &json(call)?).await?;
                }
            }
            let message = serde_json::json!({
                "request": request.id, "encounter": request.encounter, "amount": dong(request.amount),
                "rail": request.rail, "reference": request.reference,
            });
            turn.tell("payment-request.created", Some(&request.encounter), &message.to_string(), audit)?;
            answer.get_or_insert_with(|| shown(&request, &instructed.display, turn.now()));
        }
        let mut answer = answer.ok_or_else(|| StoreError::Damaged("no request was made".into()))?;
        if together.len() > 1 {
            answer.together = together;
        }
        answered(201, &answer, audit)
    }
}

impl Ask {
    fn request(&self, turn: &mut Turn, instructed: &Instructed, component: &Digest) -> Result<payments::Request, Halt> {
        let part = &instructed.part;
        Ok(payments::Request {
            id: part.id,
            encounter: self.encounter.clone(),
            purpose: self.purpose.word().to_owned(),
            lines: self.lines.join(" "),
            amount: i64::try_from(part.amount).unwrap_or(0) * 100,
            received: 0,
            rail: self.rail.clone(),
            reference: part.reference.as_str().to_owned(),
            state: RequestState::Open.word().to_owned(),
            attempt: instructed.attempt.word().to_owned(),
            display: turn.key()?.seal(&json(&instructed.display)?, &place(part.id))?,
            digest: component.bytes().to_vec(),
            receipt: None,
            released_at: None,
            released_by: None,
            expires_at: self.expires_at.map(Moment::count),
            created_at: part.created.count(),
            created_by: turn.actor().name.to_string(),
        })
    }
}

/// The way to pay a request: what is to be sent for it now, or when the rail is asked what became of it.
fn attempt(turn: &mut Turn, request: &payments::Request, phase: &str, work: &Work) -> Result<Attempt, Halt> {
    let id = turn.next_record()?;
    let now = turn.now();
    // The payer has the time to pay first: the rail tells of it by itself when all is well.
    let due_at = if phase == "send" { now.count() } else { next_look(now, QUIET) };
    Ok(Attempt {
        id,
        request: request.id,
        kind: "pay".to_owned(),
        rail: request.rail.clone(),
        reference: request.reference.clone(),
        provider_reference: None,
        amount: request.amount,
        approval: None,
        receipt: None,
        state: request.attempt.clone(),
        operation: word(work.context.operation).to_owned(),
        phase: phase.to_owned(),
        tries: 0,
        body: turn.key()?.seal(&json(work)?, &super::attempts::place(id))?,
        work_item: None,
        due_at: Some(due_at),
        created_at: now.count(),
        created_by: request.created_by.clone(),
    })
}

/// Looks that are left out before the first query: with these it comes after a quarter of an hour.
const QUIET: i64 = 5;
