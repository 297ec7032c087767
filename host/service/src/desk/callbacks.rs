//! What providers tell of money.
//!
//! A message is believed only when the checks that its plugin asks for hold: the host has the keys, the plugin does not.
//! An event counts once, whoever tells it how often. Money that pays its request exactly makes a receipt; all other money
//! waits as unapplied credit, with a piece of work for a person.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::{Action, Actor, Moment, Role};
use vienphi_ledger::Method;
use vienphi_ledger::balance::{Money, Settlement};
use vienphi_payments::mac::{self, Encoding, Hash};
use vienphi_payments::state::Why;
use vienphi_payments::{AttemptState, Fate, Reference, Request, RequestState};
use vienphi_runtime::PluginError;
use vienphi_runtime::rail::{
    Algorithm, Check, Direction, Encoding as Written, Event, EventKind, Incoming, Manifest, Rail, Reply, Verdict,
};
use vienphi_store::{Change, Command, Halt, StoreError, Turn, payments};

use super::money::{self, Payment, Taken};
use super::rails::Config;
use super::{Desk, dong, json, reader, refusals};

/// A message that came from outside.
#[derive(Debug)]
pub struct Told {
    /// GET or POST.
    pub is_post: bool,
    /// As it came.
    pub query: String,
    /// By name, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
}

/// Events of one message are no more.
const EVENTS: usize = 100;

/// No check believes a message that is older, whatever the plugin says.
const OLDEST: i64 = 24 * 60 * 60;

/// A reference that nobody knows is waited for so long; then its money is nobody's.
const PATIENCE: i64 = 10 * 60 * 1_000_000;

/// What a provider told, as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: String,
    kind: String,
    references: Vec<String>,
    provider_reference: Option<String>,
    amount: u64,
    currency: String,
    occurred: i64,
    payer: Option<String>,
    content: Option<String>,
    raw_code: String,
}

/// Money was told of.
struct Receive {
    rail: String,
    event: Kept,
    /// It is not waited for any longer.
    is_final: bool,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Duplicate,
    Taken,
    Mismatch,
    Unknown,
}

impl Desk {
    /// Hears a provider. `Err` is for what is not there or cannot be done now; all else is the rail's own answer.
    pub async fn hear(&self, facility: &str, name: &str, told: Told) -> Result<Reply, Halt> {
        let none = || refusals::not_found("rail", name);
        let rail = self.rails.get(name).filter(|rail| rail.manifest().confirms).ok_or_else(none)?;
        let config = super::rails::config(&mut *reader(&self.store).await?, &self.store, facility, name).await;
        let config = match config {
            Ok(Some(config)) => config,
            Ok(None) | Err(Halt::Failed(StoreError::NoFacility(_))) => return Err(none().into()),
            Err(halt) => return Err(halt),
        };
        let now = self.store.now();
        let incoming = Incoming {
            method: if told.is_post { vienphi_runtime::rail::Method::Post } else { vienphi_runtime::rail::Method::Get },
            query: told.query,
            headers: told
                .headers
                .into_iter()
                .map(|(name, value)| vienphi_runtime::rail::HeaderIn { name, value })
                .collect(),
            body: told.body,
            now: now.seconds(),
            settings: config.told(),
        };
        let verdict = match believe(rail, &config, &incoming, now) {
            Ok(events) => self.take(facility, name, events).await?,
            Err(why) => {
                tracing::warn!(rail = name, why, "a payment message was not believed");
                Verdict::BadSignature
            }
        };
        let reply = rail.reply(&incoming, verdict).map_err(|error| unusable(&error.to_string()))?;
        let is_plain = |text: &str| text.len() <= 100 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !(200..600).contains(&reply.status) || !is_plain(&reply.content_type) {
            return Err(unusable("it answers what is no answer"));
        }
        Ok(reply)
    }

    async fn take(&self, facility: &str, name: &str, events: Vec<Event>) -> Result<Verdict, Halt> {
        let mut worst = None;
        for event in events {
            let command = Receive { rail: name.to_owned(), event: Kept::of(event), is_final: false };
            let (became, request) = self.store.write(&actor(facility, name), command).await?;
            if let Some(request) = request {
                self.tell_changed(facility, request);
            }
            worst = worst.max(Some(became));
        }
        Ok(match worst {
            None | Some(Became::Taken) => Verdict::Accepted,
            Some(Became::Duplicate) => Verdict::Duplicate,
            Some(Became::Mismatch) => Verdict::AmountMismatch,
            Some(Became::Unknown) => Verdict::UnknownOrder,
        })
    }

    /// Places what was told long ago with a reference that nobody knows; how many.
    pub async fn place_unknown(&self) -> Result<usize, Halt> {
        let before = self.store.now().count() - PATIENCE;
        let waiting = payments::unknown(&mut *reader(&self.store).await?, before).await?;
        let mut placed = 0;
        for (facility, rail, key) in waiting {
            let found = payments::event(&mut *reader(&self.store).await?, &facility, &rail, &key).await?;
            let Some(found) = found else { continue };
            let plain = self.store.key(&facility).await?.open(&found.body, &place(&rail, &key))?;
            let event = read(&plain)?;
            let command = Receive { rail: rail.clone(), event, is_final: true };
            let (_, request) = self.store.write(&actor(&facility, &rail), command).await?;
            if let Some(request) = request {
                self.tell_changed(&facility, request);
            }
            placed += 1;
        }
        Ok(placed)
    }
}

/// The events of a message, or why it is not believed. What it says is not repeated: it names people.
fn believe(rail: &Rail, config: &Config, incoming: &Incoming, now: Moment) -> Result<Vec<Event>, &'static str> {
    let answered = |error: PluginError| error.why.name();
    let groups = rail.checks(incoming).map_err(answered)?.map_err(|_| "what proves it is missing or cannot be read")?;
    let proves_sender = |check: &Check| !matches!(check, Check::Age(_));
    if !groups.iter().any(|group| !group.is_empty() && group.iter().all(proves_sender)) {
        return Err("the plugin asks for nothing that proves who sent it");
    }
    if !groups.iter().all(|group| group.iter().any(|check| holds(rail.manifest(), config, check, now))) {
        return Err("a check does not hold");
    }
    let events = rail.accept(incoming).map_err(answered)?.map_err(|_| "it is proven and cannot be read")?;
    if events.len() > EVENTS {
        return Err("it tells of too many events");
    }
    Ok(events)
}

/// A rail acts by itself: nobody has a token for it, and no policy lets anybody else act as it.
fn actor(facility: &str, rail: &str) -> Arc<Actor> {
    Arc::new(Actor { facility: facility.into(), name: format!("rail:{rail}").into(), role: Role::Integrator })
}

fn unusable(why: &str) -> Halt {
    Halt::Failed(StoreError::Unavailable(format!("a payment plugin gave no usable answer: {why}")))
}

/// Does a check hold? A key that was not granted for it proves nothing.
fn holds(manifest: &Manifest, config: &Config, check: &Check, now: Moment) -> bool {
    let slot = |name: &str| {
        let slot = manifest.keys.iter().find(|slot| slot.name == name && slot.direction == Direction::Verify);
        slot.and_then(|slot| Some((slot.algorithm, config.key(name)?)))
    };
    match check {
        Check::Mac(check) => {
            let encoding = match check.encoding {
                Written::HexLower => Encoding::HexLower,
                Written::HexUpper => Encoding::HexUpper,
                Written::Base64 => Encoding::Base64,
            };
            match slot(&check.slot) {
                Some((Algorithm::HmacSha256, key)) => {
                    mac::proves(Hash::Sha256, key, &check.message, &check.tag, encoding)
                }
                Some((Algorithm::HmacSha512, key)) => {
                    mac::proves(Hash::Sha512, key, &check.message, &check.tag, encoding)
                }
                Some((Algorithm::Secret, _)) | None => false,
            }
        }
        Check::SameSecret(check) => match slot(&check.slot) {
            Some((Algorithm::Secret, key)) => mac::same(key, check.value.as_bytes()),
            Some((Algorithm::HmacSha256 | Algorithm::HmacSha512, _)) | None => false,
        },
        // This host gives out no tokens to providers.
        Check::HostToken(_) => false,
        Check::Age(check) => {
            let most = i64::from(check.seconds).min(OLDEST);
            now.seconds().checked_sub(check.at).is_some_and(|age| age.abs() <= most)
        }
    }
}

impl Kept {
    fn of(event: Event) -> Kept {
        let kind = match event.kind {
            EventKind::Paid => "paid",
            EventKind::Failed => "failed",
            EventKind::Refunded => "refunded",
            EventKind::RefundFailed => "refund-failed",
            EventKind::Sent => "sent",
            EventKind::Test => "test",
        };
        Kept {
            key: event.key,
            kind: kind.to_owned(),
            references: event.references,
            provider_reference: event.provider_reference,
            amount: event.amount,
            currency: event.currency,
            occurred: event.occurred,
            payer: event.payer,
            content: event.content,
            raw_code: event.raw_code,
        }
    }

    /// What is wrong with it, whatever the plugin says.
    fn fault(&self) -> Option<&'static str> {
        let is_long =
            |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > 2000 || text.contains('\0'));
        if self.key.is_empty() || self.key.len() > 200 || self.key.contains(char::is_control) {
            return Some("an event's key must be 1 to 200 printable bytes");
        }
        if self.references.len() > 10
            || is_long(&self.provider_reference)
            || is_long(&self.payer)
            || is_long(&self.content)
        {
            return Some("an event's texts are too long");
        }
        if i64::try_from(self.amount).ok().and_then(|amount| amount.checked_mul(100)).is_none_or(|units| units > MOST) {
            return Some("an event's amount is too large");
        }
        None
    }
}

/// No transfer moves more, in 1/100 đồng: a thousand billion đồng.
const MOST: i64 = 100_000_000_000_000;

impl Command for Receive {
    type Answer = (Became, Option<i64>);

    async fn run(self, turn: &mut Turn) -> Result<(Became, Option<i64>), Halt> {
        let Receive { rail, event, is_final } = self;
        if let Some(fault) = event.fault() {
            return Err(unusable(fault));
        }
        let facility = turn.facility();
        let known = payments::event(turn.connection(), &facility, &rail, &event.key).await?;
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
        let subject = format!("payment-event/{rail}/{}", event.key);
        let change =
            Change { action: Action::PaymentReceive, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        let received_at = known.as_ref().map_or(turn.now().count(), |known| known.received_at);
        let body = match known {
            Some(known) => known.body,
            None => turn.key()?.seal(&json(&event)?, &place(&rail, &event.key))?,
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
        let became = match (event.kind.as_str(), &mut request) {
            ("paid", Some(request)) => place_money(turn, &event, &mut kept, request, audit).await?,
            // It may have come before our own record of the request was there.
            ("paid", None) if !references.is_empty() && !is_final => {
                kept.fate = UNKNOWN.to_owned();
                Became::Unknown
            }
            ("paid", None) => {
                wait(turn, &event, &mut kept, Why::Nobody, None).await?;
                Became::Taken
            }
            ("failed", Some(request)) => {
                if AttemptState::parse(&request.attempt).is_some_and(|now| now.may_become(AttemptState::Failed)) {
                    request.attempt = AttemptState::Failed.word().to_owned();
                    payments::update(turn, request).await?;
                }
                Became::Taken
            }
            (_, _) => Became::Taken,
        };
        payments::keep_event(turn, &kept, audit).await?;
        Ok((became, kept.request))
    }
}

/// The fate of money whose reference nobody knows yet.
const UNKNOWN: &str = "unknown";

/// Money that names a request: it pays it, or waits.
async fn place_money(
    turn: &mut Turn,
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
        is_late: super::payments::is_late(row, turn.now()),
    };
    let fate = asked.take(event.amount, &event.currency);
    row.received = row.received.saturating_add(kept.amount);
    let became = match fate {
        Fate::Pays => {
            let (fate, receipt) = pay(turn, event, row).await?;
            kept.fate = fate.to_owned();
            kept.receipt.clone_from(&receipt);
            row.receipt = receipt;
            row.state = RequestState::Paid.word().to_owned();
            row.attempt = AttemptState::Succeeded.word().to_owned();
            tell_paid(turn, row, audit)?;
            Became::Taken
        }
        Fate::Waits(why) => {
            wait(turn, event, kept, why, Some(row)).await?;
            if matches!(why, Why::Short | Why::Over | Why::Currency) {
                row.state = RequestState::Mismatch.word().to_owned();
                row.attempt = AttemptState::Mismatch.word().to_owned();
                Became::Mismatch
            } else {
                Became::Taken
            }
        }
    };
    payments::update(turn, row).await?;
    Ok(became)
}

/// The exact money of a request: a settlement, or a deposit where nothing is due. What a cashier has entered by hand
/// meanwhile is the same money, and is not taken twice.
async fn pay(turn: &mut Turn, event: &Kept, row: &payments::Request) -> Result<(&'static str, Option<String>), Halt> {
    let payment = payment(event, row.amount);
    if let Some(subject) = money::reference_of(turn, &payment).await? {
        let receipt = subject.strip_prefix("receipt/").map(str::to_owned);
        return Ok(("counted", receipt));
    }
    let mut visit = money::row_of(turn, &row.encounter).await?;
    let balance = visit.balance.0;
    let due = balance.due() - balance.pending_write_offs;
    let money = Money { amount: row.amount, method: Method::Transfer, is_promise: false, shift: None };
    let taken = if row.purpose == "deposit" || due <= 0 {
        let journal = visit.balance.0.deposit(&money)?;
        let settlement = Settlement { money: row.amount, due_before: due, due_after: due, ..Settlement::default() };
        Taken {
            kind: "deposit",
            action: Action::DepositTake,
            payments: vec![payment],
            settlement,
            journal,
            shift: None,
        }
    } else {
        // Deposits pay what this money does not.
        let from_deposits = (due - row.amount).clamp(0, balance.available());
        let (journal, settlement) = visit.balance.0.settle(from_deposits, &[money])?;
        let (kind, action) = ("settlement", Action::SettlementTake);
        Taken { kind, action, payments: vec![payment], settlement, journal, shift: None }
    };
    let answer = money::hand_out(turn, &visit, None, taken).await?;
    let number = serde_json::from_slice::<Numbered>(&answer.body);
    let number = number.map_err(|_| StoreError::Damaged("a receipt that was made cannot be read".into()))?;
    Ok(("paid", Some(number.number)))
}

#[derive(Deserialize)]
struct Numbered {
    number: String,
}

/// The money as a payment of ours. What the bank calls it makes it the same money as one that is typed at the counter.
fn payment(event: &Kept, amount: i64) -> Payment {
    let reference = event.provider_reference.clone().unwrap_or_else(|| event.key.clone());
    Payment {
        amount,
        method: Method::Transfer,
        reference: Some(reference.chars().take(200).collect()),
        payer: event.payer.as_ref().map(|payer| payer.chars().take(200).collect()),
        is_promise: false,
    }
}

/// Money waits as unapplied credit; its text names the visit it may be for.
async fn wait(
    turn: &mut Turn,
    event: &Kept,
    kept: &mut payments::Event,
    why: Why,
    request: Option<&payments::Request>,
) -> Result<(), Halt> {
    let payment = payment(event, kept.amount);
    kept.fate = why.word().to_owned();
    if why == Why::Currency || kept.amount == 0 {
        // Nothing that the ledger could hold: a person looks at the provider's own account.
        return Ok(());
    }
    if money::reference_of(turn, &payment).await?.is_some() {
        kept.fate = "counted".to_owned();
        return Ok(());
    }
    let named = request.map(|request| format!(" {} ({}: {})", request.encounter, why.word(), dong(request.amount)));
    let content = event.content.as_deref().unwrap_or_default();
    let memo: String = format!("{}{}", content, named.unwrap_or_default()).chars().take(400).collect();
    let (credit, _) = super::unapplied::keep(turn, payment, Some(memo), None).await?;
    kept.credit = Some(credit.id);
    Ok(())
}

fn tell_paid(turn: &mut Turn, row: &payments::Request, audit: i64) -> Result<(), Halt> {
    let message = serde_json::json!({
        "request": row.id, "encounter": row.encounter, "amount": dong(row.amount), "receipt": row.receipt,
    });
    turn.tell("payment.received", Some(&row.encounter), &message.to_string(), audit)?;
    if row.purpose == "lines" {
        let lines: Vec<&str> = row.lines.split_whitespace().collect();
        let message = serde_json::json!({ "request": row.id, "encounter": row.encounter, "lines": lines });
        turn.tell("service.released", Some(&row.encounter), &message.to_string(), audit)?;
    }
    Ok(())
}

fn read(plain: &[u8]) -> Result<Kept, Halt> {
    let read = serde_json::from_slice(plain);
    read.map_err(|_| StoreError::Damaged("a payment event that was kept cannot be read".into()).into())
}

/// What an event is sealed for.
fn place(rail: &str, key: &str) -> String {
    format!("payment-event/{rail}/{key}")
}
