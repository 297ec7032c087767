//! Money that nobody can place: it is kept as unapplied credit, with the visits it may be for, until somebody applies it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::patient::search_words;
use vienphi_domain::{Action, Actor};
use vienphi_ledger::balance::Settlement;
use vienphi_ledger::{Dimensions, Draft, Event, Journal, Method, Movement};
use vienphi_money::Amount;
use vienphi_store::answers::Answered;
use vienphi_store::keys::FacilityKey;
use vienphi_store::{Change, Command, Connection, Halt, StoreError, Turn, encounters, patients, receipts, work_items};

use super::money::{self, Payment, Taken, moment};
use super::{Desk, Page, Sent, answered, dong, forms, json, reader, refusals};

/// What is known of the money.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Credit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) memo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<String>,
}

/// Money came that names no visit.
struct Record {
    payment: Payment,
    memo: Option<String>,
}

/// It is for this visit.
struct Apply {
    id: i64,
    encounter: String,
    book: Option<String>,
}

/// A piece of work in an answer.
#[derive(Debug, Serialize)]
pub struct WorkItem {
    pub(super) id: i64,
    kind: String,
    amount: String,
    opened_at: String,
    #[serde(flatten)]
    credit: Credit,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounter: Option<String>,
    candidates: Vec<Candidate>,
}

/// A visit that money may be for.
#[derive(Debug, Serialize)]
pub struct Candidate {
    encounter: String,
    due: String,
    why: Vec<&'static str>,
}

/// Work of one page.
const PAGE: i64 = 50;

/// Candidates of one credit.
const CANDIDATES: usize = 10;

impl Desk {
    /// Keeps money that names no visit.
    pub async fn record_credit(&self, actor: &Arc<Actor>, sent: Sent<'_>) -> Result<Answered, Halt> {
        self.may(actor, Action::UnappliedRecord)?;
        let record = forms::read(sent.document, |root| {
            let [amount, method, reference, payer, memo] =
                root.fields(["amount", "method", "reference", "payer", "memo"])?;
            let way = forms::method(&method);
            if way != Some(Method::Cash) {
                reference.required();
            }
            let (reference, payer, memo) = (forms::words(&reference), forms::words(&payer), forms::words(&memo));
            let amount = forms::dong(&amount);
            Some(Record {
                payment: Payment { amount: amount?, method: way?, reference, payer, is_promise: false },
                memo,
            })
        })?;
        self.once(actor, &sent, record).await
    }

    /// Work that is open, each credit with the visits it may be for.
    pub async fn unapplied(&self, actor: &Actor, after: Option<i64>) -> Result<Page<WorkItem>, Halt> {
        self.may(actor, Action::UnappliedRead)?;
        let key = self.store.key(&actor.facility).await?;
        let mut connection = reader(&self.store).await?;
        let rows = work_items::open(&mut connection, &actor.facility, after.unwrap_or(0), PAGE).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
        let next = rows.last().filter(|_| is_full).map(|row| row.id.to_string());
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let credit = open_credit(&key, &row)?;
            let candidates = match row.kind.as_str() {
                "unapplied-credit" => candidates(&mut connection, &key, &actor.facility, &row, &credit).await?,
                _ => Vec::new(),
            };
            items.push(WorkItem {
                id: row.id,
                kind: row.kind,
                amount: dong(row.amount),
                opened_at: moment(row.opened_at),
                credit,
                encounter: row.encounter,
                candidates,
            });
        }
        Ok(Page { items, next })
    }

    /// Gives money to a visit as a deposit; a failed transfer is seen to.
    pub async fn apply_credit(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::UnappliedApply)?;
        let (encounter, book) = forms::read(sent.document, |root| {
            let [encounter, book] = root.fields(["encounter", "receipt_book"])?;
            let book = forms::prefix(&book);
            Some((forms::words(&encounter.required())?, book))
        })?;
        let id = id.parse().map_err(|_| refusals::not_found("unapplied credit", id))?;
        self.once(actor, &sent, Apply { id, encounter, book }).await
    }
}

impl Command for Record {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Record { payment, memo } = self;
        if let Some(subject) = money::reference_of(turn, &payment).await? {
            return Err(money::used_before(payment.method, &subject).into());
        }
        let shift = super::shifts::taking(turn, payment.method).await?;
        let (shown, audit) = keep(turn, payment, memo, shift).await?;
        answered(201, &shown, audit)
    }
}

/// Keeps money that waits; it and its audit entry.
pub(super) async fn keep(
    turn: &mut Turn,
    payment: Payment,
    memo: Option<String>,
    shift: Option<i64>,
) -> Result<(WorkItem, i64), Halt> {
    let id = turn.next_record()?;
    let subject = format!("credit/{id}");
    let change = Change { action: Action::UnappliedRecord, subject: &subject, reason: "", before: None, after: None };
    let audit = turn.audit(&change)?;
    if let Some(reference) = money::reference_key(payment.method, payment.reference.as_deref()) {
        receipts::claim_reference(turn, payment.method.word(), &reference, &subject).await?;
    }
    turn.post(&received(payment.amount, payment.method, shift)?, None, &subject, None, audit)?;
    let credit = Credit {
        method: Some(payment.method.word().to_owned()),
        reference: payment.reference,
        payer: payment.payer,
        memo,
        receipt: None,
    };
    let item = work_items::WorkItem {
        id,
        kind: "unapplied-credit".to_owned(),
        state: "open".to_owned(),
        amount: payment.amount,
        body: seal(turn, id, &credit)?,
        encounter: None,
        opened_at: turn.now().count(),
        closed_at: None,
    };
    work_items::insert(turn, &item, audit).await?;
    let message = serde_json::json!({ "credit": id, "amount": dong(item.amount) });
    turn.tell("credit.received", None, &message.to_string(), audit)?;
    let shown = WorkItem {
        id,
        kind: item.kind,
        amount: dong(item.amount),
        opened_at: turn.now().to_string(),
        credit,
        encounter: None,
        candidates: Vec::new(),
    };
    Ok((shown, audit))
}

impl Command for Apply {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Apply { id, encounter, book } = self;
        let facility = turn.facility();
        let item = work_items::find(turn.connection(), &facility, id).await?;
        let item = item.ok_or_else(|| refusals::not_found("unapplied credit", &id.to_string()))?;
        if item.state != "open" {
            return Err(refusals::conflict(
                "urn:vienphi:problem:already-applied",
                "It was applied already",
                format!("credit {id} went to encounter {}", item.encounter.unwrap_or_default()),
            )
            .into());
        }
        let credit = open_credit(&*turn.key()?, &item)?;
        if item.kind != "unapplied-credit" {
            let subject = format!("credit/{id}");
            let change = Change {
                action: Action::UnappliedApply,
                subject: &subject,
                reason: "seen to",
                before: None,
                after: None,
            };
            let audit = turn.audit(&change)?;
            money::row_of(turn, &encounter).await?;
            work_items::finish(turn, id, Some(&encounter)).await?;
            return answered(200, &serde_json::json!({ "id": id, "state": "done" }), audit);
        }
        let mut row = money::row_of(turn, &encounter).await?;
        let journal = row.balance.0.apply_credit(item.amount)?;
        let due = row.balance.0.due();
        let settlement = Settlement { money: item.amount, due_before: due, due_after: due, ..Settlement::default() };
        let method = credit.method.as_deref().and_then(Method::parse).unwrap_or(Method::Transfer);
        // The reference moves from the credit to its receipt.
        receipts::move_reference(turn, &format!("credit/{id}"), None).await?;
        let payment = Payment {
            amount: item.amount,
            method,
            reference: credit.reference,
            payer: credit.payer,
            is_promise: false,
        };
        work_items::finish(turn, id, Some(&encounter)).await?;
        let taken = Taken {
            kind: "deposit",
            action: Action::UnappliedApply,
            payments: vec![payment],
            settlement,
            journal,
            shift: None,
        };
        money::hand_out(turn, &row, book, taken).await
    }
}

/// Money came that waits.
pub(super) fn received(amount: i64, method: Method, shift: Option<i64>) -> Result<Journal, Halt> {
    let there = Dimensions { method: Some(method), shift, ..Dimensions::default() };
    let mut draft = Draft::of(Event::CreditReceived);
    draft.post(Movement::Money, Amount::from_units(amount), &there, &Dimensions::default());
    Ok(draft.balanced()?)
}

/// Gives money to a visit as a deposit, within a turn.
pub(super) async fn apply_to(turn: &mut Turn, id: i64, encounter: &str) -> Result<Answered, Halt> {
    Apply { id, encounter: encounter.to_owned(), book: None }.run(turn).await
}

/// Opens work for a person that has no money of its own; its number.
pub(super) async fn open_case(
    turn: &mut Turn,
    kind: &str,
    amount: i64,
    about: &Credit,
    encounter: Option<&str>,
    audit: i64,
) -> Result<i64, Halt> {
    let id = turn.next_record()?;
    let item = work_items::WorkItem {
        id,
        kind: kind.to_owned(),
        state: "open".to_owned(),
        amount,
        body: seal(turn, id, about)?,
        encounter: encounter.map(str::to_owned),
        opened_at: turn.now().count(),
        closed_at: None,
    };
    work_items::insert(turn, &item, audit).await?;
    Ok(id)
}

/// Money that was applied and is not any more waits again; its bank reference goes with it.
pub(super) async fn wait_again(
    turn: &mut Turn,
    amount: i64,
    payments: &[money::Paid],
    receipt: &str,
    audit: i64,
) -> Result<(), Halt> {
    let id = turn.next_record()?;
    let paid = payments.first();
    let credit = Credit {
        method: paid.map(|paid| paid.method.clone()),
        reference: paid.and_then(|paid| paid.reference.clone()),
        payer: paid.and_then(|paid| paid.payer.clone()),
        memo: None,
        receipt: receipt.strip_prefix("receipt/").map(str::to_owned),
    };
    let item = work_items::WorkItem {
        id,
        kind: "unapplied-credit".to_owned(),
        state: "open".to_owned(),
        amount,
        body: seal(turn, id, &credit)?,
        encounter: None,
        opened_at: turn.now().count(),
        closed_at: None,
    };
    work_items::insert(turn, &item, audit).await?;
    Ok(receipts::move_reference(turn, receipt, Some(&format!("credit/{id}"))).await?)
}

impl Credit {
    /// Does its text name a visit?
    pub(super) fn names(&self, encounter: &str) -> bool {
        let texts = [self.memo.as_deref(), self.reference.as_deref()];
        texts.into_iter().flatten().any(|text| words(text).any(|word| word.eq_ignore_ascii_case(encounter)))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '_' | '/'))
        .filter(|word| !word.is_empty())
}

/// What is known of the money of a piece of work.
pub(super) fn open_credit(key: &FacilityKey, item: &work_items::WorkItem) -> Result<Credit, Halt> {
    let plain = key.open(&item.body, &place(item.id))?;
    let read = serde_json::from_slice(&plain);
    read.map_err(|_| StoreError::Damaged(format!("work item {} cannot be read", item.id)).into())
}

/// Seals what is known of the money.
pub(super) fn seal(turn: &mut Turn, id: i64, credit: &Credit) -> Result<Vec<u8>, Halt> {
    Ok(turn.key()?.seal(&json(credit)?, &place(id))?)
}

fn place(id: i64) -> String {
    format!("work-item/{id}")
}

/// Visits that money may be for: named by its text, of a patient whose number or whole name is in it, or owing just so much.
async fn candidates(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    item: &work_items::WorkItem,
    credit: &Credit,
) -> Result<Vec<Candidate>, Halt> {
    let mut found: BTreeMap<String, (i64, Vec<&'static str>)> = BTreeMap::new();
    let mut add = |row: &encounters::Encounter, why: &'static str| {
        let entry = found.entry(row.id.clone()).or_insert_with(|| (row.balance.0.due().max(0), Vec::new()));
        if !entry.1.contains(&why) {
            entry.1.push(why);
        }
    };
    let texts: Vec<&str> = [&credit.memo, &credit.reference].into_iter().flatten().map(String::as_str).collect();
    for word in texts.iter().flat_map(|text| words(text)).take(40) {
        if let Some(row) = encounters::find(&mut *connection, facility, word).await? {
            add(&row, "encounter");
        }
        if word.bytes().filter(u8::is_ascii_digit).count() >= 8 {
            for patient in patients::search(&mut *connection, key, facility, &search_words(word), 5).await? {
                for row in encounters::of_patient(&mut *connection, facility, &patient.id).await?.iter().take(3) {
                    add(row, "number");
                }
            }
        }
    }
    if let Some(payer) = credit.payer.as_deref().filter(|payer| payer.split_whitespace().count() >= 2) {
        for patient in patients::search(&mut *connection, key, facility, &search_words(payer), 5).await? {
            for row in encounters::of_patient(&mut *connection, facility, &patient.id).await?.iter().take(3) {
                add(row, "payer");
            }
        }
    }
    for row in encounters::owing(&mut *connection, facility, item.amount).await? {
        if row.balance.0.due() == item.amount {
            add(&row, "amount");
        }
    }
    let mut candidates: Vec<Candidate> =
        found.into_iter().map(|(encounter, (due, why))| Candidate { encounter, due: dong(due), why }).collect();
    // Those with more reasons first.
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.why.len()));
    candidates.truncate(CANDIDATES);
    Ok(candidates)
}
