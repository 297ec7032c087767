//! Receipts: read, undone by another receipt, confirmed by the bank; and the books they are numbered in.

use std::sync::Arc;

use serde::Serialize;
use vienphi_access::About;
use vienphi_domain::{Action, Actor, Digest};
use vienphi_ledger::balance::{self, Settlement};
use vienphi_ledger::{Account, Event, Journal, Method};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, encounters, journals, receipts, shifts};

use super::money::{self, Receipt, moment, place, shown, units};
use super::{Desk, Page, Sent, answered, books, forms, reader, refusals};

/// A receipt is undone.
struct Reverse {
    number: String,
    reason: String,
}

/// What the bank said of a transfer that was accepted before it was confirmed.
struct Confirm {
    number: String,
    came: bool,
    reference: Option<String>,
    reason: String,
}

/// A book is opened.
struct OpenBook {
    prefix: String,
    first: i64,
}

/// A receipt book in an answer.
#[derive(Debug, Serialize)]
pub struct Book {
    prefix: String,
    first: i64,
    next: i64,
    opened_at: String,
}

impl Desk {
    /// A receipt, with what has become of it.
    pub async fn receipt(&self, actor: &Actor, number: &str) -> Result<Vec<u8>, Halt> {
        let Some(row) = receipts::find(&mut *reader(&self.store).await?, &actor.facility, number).await? else {
            self.may_about_none(actor, Action::ReceiptRead)?;
            return Err(refusals::not_found("receipt", number).into());
        };
        self.may_about(
            actor,
            Action::ReceiptRead,
            &About { made_by: Some(&row.actor), ..About::facility(&actor.facility) },
        )?;
        let body = self.store.key(&actor.facility).await?.open(&row.body, &place(number))?;
        shown(&body, &row.state)
    }

    /// The receipts of a visit.
    pub async fn receipts_of(&self, actor: &Actor, encounter: &str) -> Result<Page<serde_json::Value>, Halt> {
        self.may(actor, Action::ReceiptRead)?;
        self.row(actor, encounter).await?;
        let key = self.store.key(&actor.facility).await?;
        let rows = receipts::of_encounter(&mut *reader(&self.store).await?, &actor.facility, encounter).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let body = shown(&key.open(&row.body, &place(&row.number))?, &row.state)?;
            items.push(
                serde_json::from_slice(&body).map_err(|_| StoreError::Damaged("a receipt cannot be read".into()))?,
            );
        }
        Ok(Page { items, next: None })
    }

    /// Undoes a receipt by another one.
    pub async fn reverse(&self, actor: &Arc<Actor>, sent: Sent<'_>, number: &str) -> Result<Answered, Halt> {
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let Some(reversal) = self.reversal(actor, number).await? else {
            self.may_about_none(actor, Action::ReceiptReverse)?;
            return Err(refusals::not_found("receipt", number).into());
        };
        self.may_about(actor, Action::ReceiptReverse, &reversal.about(actor))?;
        let reason = forms::read(sent.document, |root| {
            let [reason] = root.fields(["reason"])?;
            forms::reason(&reason)
        })?;
        self.once(actor, &sent, Reverse { number: number.to_owned(), reason }).await
    }

    /// May the actor undo a receipt? Whether it can be undone is another question.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn may_reverse(&self, actor: &Actor, number: &str) -> Result<bool, Halt> {
        let found = self.reversal(actor, number).await?;
        Ok(found.is_some_and(|found| self.access.permits(actor, Action::ReceiptReverse, &found.about(actor))))
    }

    async fn reversal(&self, actor: &Actor, number: &str) -> Result<Option<Reversal>, Halt> {
        let mut connection = reader(&self.store).await?;
        let Some(row) = receipts::find(&mut connection, &actor.facility, number).await? else { return Ok(None) };
        let shift = match row.shift {
            Some(shift) => shifts::find(&mut connection, &actor.facility, shift).await?,
            None => None,
        };
        Ok(Some(Reversal { made_by: row.actor, in_open_shift: shift.is_some_and(|shift| shift.state == "open") }))
    }

    /// Says whether a transfer that was accepted before it was confirmed came.
    pub async fn confirm(&self, actor: &Arc<Actor>, sent: Sent<'_>, number: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::ReceiptConfirm)?;
        let (came, reference, reason) = forms::read(sent.document, |root| {
            let [outcome, reference, reason] = root.fields(["outcome", "reference", "reason"])?;
            let came = outcome.required().choice(&[("confirmed", true), ("failed", false)]);
            if came == Some(true) {
                reference.required();
            }
            let why = if came == Some(false) { forms::reason(&reason) } else { Some(String::new()) };
            Some((came?, forms::words(&reference), why?))
        })?;
        self.once(actor, &sent, Confirm { number: number.to_owned(), came, reference, reason }).await
    }

    /// Opens a receipt book.
    pub async fn open_book(&self, actor: &Arc<Actor>, sent: Sent<'_>) -> Result<Answered, Halt> {
        self.may(actor, Action::ReceiptBookOpen)?;
        let (prefix, first) = forms::read(sent.document, |root| {
            let [prefix, first] = root.fields(["prefix", "first"])?;
            let prefix = forms::prefix(&prefix.required());
            let first = if first.is_present() { first.whole(1..=9_999_999) } else { Some(1) };
            Some((prefix?, first?))
        })?;
        self.once(actor, &sent, OpenBook { prefix, first: i64::from(first) }).await
    }

    /// The receipt books.
    pub async fn books(&self, actor: &Actor) -> Result<Page<Book>, Halt> {
        self.may(actor, Action::ReceiptRead)?;
        let books = receipts::books(&mut *reader(&self.store).await?, &actor.facility).await?;
        let shown = |book: receipts::Book| Book {
            prefix: book.prefix,
            first: book.first,
            next: book.next,
            opened_at: moment(book.opened_at),
        };
        Ok(Page { items: books.into_iter().map(shown).collect(), next: None })
    }
}

impl Command for OpenBook {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let subject = format!("receipt-book/{}", self.prefix);
        let facility = turn.facility();
        for book in receipts::books(turn.connection(), &facility).await? {
            if is_number_of(&book.prefix, &self.prefix) || is_number_of(&self.prefix, &book.prefix) {
                return Err(refusals::conflict(
                    "urn:vienphi:problem:receipt-book-exists",
                    "Its numbers would be those of another book",
                    format!("a number of {:?} could be one of {:?}: choose another prefix", self.prefix, book.prefix),
                )
                .into());
            }
        }
        let change =
            Change { action: Action::ReceiptBookOpen, subject: &subject, reason: "", before: None, after: None };
        let audit = turn.audit(&change)?;
        if !receipts::open_book(turn, &self.prefix, self.first, audit).await? {
            return Err(refusals::conflict(
                "urn:vienphi:problem:receipt-book-exists",
                "The receipt book is there already",
                format!("a book {:?} is open: receipts are numbered in it", self.prefix),
            )
            .into());
        }
        let opened_at = turn.now().to_string();
        answered(201, &Book { prefix: self.prefix, first: self.first, next: self.first, opened_at }, audit)
    }
}

/// Could a number of the second book be one of the first? A prefix that is another one with digits behind it.
fn is_number_of(prefix: &str, other: &str) -> bool {
    let rest = other.strip_prefix(prefix);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Command for Reverse {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let row = receipts::find_in(turn, &self.number).await?;
        let row = row.ok_or_else(|| refusals::not_found("receipt", &self.number))?;
        let (receipt, audit) = undo(turn, &row, &self.reason, "reversed", Action::ReceiptReverse).await?;
        answered(201, &receipt, audit)
    }
}

/// What decides who may undo a receipt.
struct Reversal {
    made_by: String,
    in_open_shift: bool,
}

impl Reversal {
    fn about<'r>(&'r self, actor: &'r Actor) -> About<'r> {
        About { made_by: Some(&self.made_by), in_open_shift: self.in_open_shift, ..About::facility(&actor.facility) }
    }
}

/// Undoes a receipt: its journal is mirrored, its visit's balances go back, and a receipt of its own says so.
async fn undo(
    turn: &mut Turn,
    row: &receipts::Receipt,
    reason: &str,
    state: &str,
    action: Action,
) -> Result<(Receipt, i64), Halt> {
    if !matches!(row.state.as_str(), "issued" | "provisional" | "confirmed") || row.kind == "reversal" {
        return Err(refusals::conflict(
            "urn:vienphi:problem:receipt-not-reversible",
            "The receipt cannot be reversed",
            format!(
                "receipt {} is {} and a {}: only a receipt that counts is reversed, once",
                row.number, row.state, row.kind
            ),
        )
        .into());
    }
    if row.kind == "refund" {
        return Err(refusals::conflict(
            "urn:vienphi:problem:receipt-not-reversible",
            "The receipt cannot be reversed",
            "money was paid out on it: take it back as a deposit",
        )
        .into());
    }
    let mut encounter = money::row_of(turn, &row.encounter).await?;
    let original = journals::find(turn, row.journal).await?;
    let (mirror, shift) = mirrored(turn, &original).await?;
    let applied = if row.kind == "settlement" { applied_by(&original) } else { 0 };
    let Some((after, second)) = encounter.balance.0.undo(&mirror, row.amount, applied)? else {
        return Err(refusals::conflict(
            "urn:vienphi:problem:deposit-spent",
            "The money is not there any more",
            format!("what receipt {} brought was used or asked back: undo that first", row.number),
        )
        .into());
    };
    let due_before = encounter.balance.0.due();
    encounter.balance.0 = after;
    let key = turn.key()?;
    let original_text: Receipt = serde_json::from_slice(&key.open(&row.body, &place(&row.number))?)
        .map_err(|_| StoreError::Damaged(format!("receipt {} cannot be read", row.number)))?;
    let promised = promised(&original_text)?;
    if row.state == "provisional" {
        encounter.balance.0.provisional -= promised;
    }
    let (book, serial) = books::number(turn, Some(row.book.clone())).await?;
    let number = format!("{book}{serial:07}");
    let receipt = Receipt {
        number: number.clone(),
        kind: "reversal".to_owned(),
        state: "issued".to_owned(),
        due_before: super::dong(due_before),
        due_after: super::dong(encounter.balance.0.due()),
        deposits_after: super::dong(encounter.balance.0.deposits),
        at: turn.now().to_string(),
        cashier: turn.actor().name.to_string(),
        shift,
        reverses: Some(row.number.clone()),
        reason: Some(reason.to_owned()),
        ..original_text
    };
    let body = super::json(&receipt)?;
    let subject = format!("receipt/{}", row.number);
    let change = Change {
        action,
        subject: &subject,
        reason,
        before: Some(Digest::of(&row.body)),
        after: Some(Digest::of(&body)),
    };
    let audit = turn.audit(&change)?;
    let journal = turn.post(&mirror, Some(&row.encounter), &subject, Some(row.journal), audit)?;
    let journal = journal.ok_or_else(|| StoreError::Damaged("a reversal moves nothing".into()))?;
    if row.state == "confirmed" && promised > 0 {
        // What the bank has is on its way again, from where the mirror takes it.
        let back = balance::confirmed(-promised, shift)?;
        turn.post(&back, Some(&row.encounter), &subject, None, audit)?;
    }
    if let Some(second) = second {
        turn.post(&second, Some(&row.encounter), &subject, None, audit)?;
    }
    let settlement = Settlement { money: row.amount, from_deposits: row.from_deposits, ..Settlement::default() };
    money::keep(turn, &receipt, &body, (&book, serial), settlement, journal, Some(&row.number), audit)?;
    receipts::set_state(turn, &row.number, state).await?;
    let is_of_rail = row.actor.starts_with(super::receive::RAIL);
    if is_of_rail && original.event() != Event::CreditApplied {
        // The money is where it was all the same: at the bank, or with the rail.
        let method = receipt.payments.first().and_then(|paid| Method::parse(&paid.method)).unwrap_or(Method::Transfer);
        let back = super::unapplied::received(row.amount, method, shift)?;
        turn.post(&back, None, &subject, None, audit)?;
    }
    if is_of_rail || original.event() == Event::CreditApplied {
        // It is money that nobody has placed again.
        super::unapplied::wait_again(turn, row.amount, &receipt.payments, &subject, audit).await?;
    } else {
        receipts::move_reference(turn, &subject, None).await?;
    }
    encounters::update_balances(turn, &encounter).await?;
    let message = serde_json::json!({
        "receipt": row.number, "reversed_by": number, "encounter": row.encounter, "amount": receipt.amount, "reason": reason,
    });
    turn.tell("receipt.reversed", Some(&row.encounter), &message.to_string(), audit)?;
    Ok((receipt, audit))
}

/// What of a receipt's money was accepted before the bank confirmed it.
fn promised(receipt: &Receipt) -> Result<i64, Halt> {
    let mut sum = 0;
    for paid in receipt.payments.iter().filter(|paid| paid.provisional) {
        sum += units(&paid.amount)?;
    }
    Ok(sum)
}

/// What a settlement paid of the bill: all that left the receivable, the fraction of a đồng aside.
fn applied_by(journal: &Journal) -> i64 {
    -journal.on(Account::PatientReceivable) - journal.on(Account::Rounding)
}

/// The mirror of a journal. Notes come out of the drawer they went into while that is open, else out of the actor's, if it has them.
async fn mirrored(turn: &mut Turn, original: &Journal) -> Result<(Journal, Option<i64>), Halt> {
    let mut postings = original.reversed()?.postings().to_vec();
    let mut now = None;
    for posting in &mut postings {
        if let Some(method) = posting.dimensions.method {
            let shift = match posting.dimensions.shift {
                Some(shift) if super::shifts::find(turn, shift).await?.state == "open" => Some(shift),
                _ => super::shifts::taking(turn, method).await?,
            };
            if let (Account::Cash, Some(shift)) = (posting.account, shift) {
                let notes = -posting.amount.units();
                if super::shifts::cash(turn, shift).await? < notes {
                    return Err(short(notes).into());
                }
            }
            now = now.or(shift);
            posting.dimensions.shift = shift;
        }
    }
    Ok((Journal::of(Event::Reversed, postings)?, now))
}

/// Whoever undoes a receipt needs the notes that go back.
fn short(notes: i64) -> vienphi_domain::Problem {
    refusals::conflict(
        "urn:vienphi:problem:drawer-short",
        "The drawer does not have it",
        format!("{} in cash go back, and the drawer does not have them: open a shift that has", super::dong(notes)),
    )
}

impl Command for Confirm {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Confirm { number, came, reference, reason } = self;
        let row = receipts::find_in(turn, &number).await?;
        let row = row.ok_or_else(|| refusals::not_found("receipt", &number))?;
        if row.state != "provisional" {
            return Err(refusals::conflict(
                "urn:vienphi:problem:receipt-not-provisional",
                "The receipt does not wait for the bank",
                format!("receipt {number} is {}", row.state),
            )
            .into());
        }
        if !came {
            return failed(turn, &row, &reason).await;
        }
        let mut encounter = money::row_of(turn, &row.encounter).await?;
        let body = turn.key()?.open(&row.body, &place(&number))?;
        let receipt: Receipt = serde_json::from_slice(&body)
            .map_err(|_| StoreError::Damaged(format!("receipt {number} cannot be read")))?;
        let promised = promised(&receipt)?;
        let subject = format!("receipt/{number}");
        let change = Change {
            action: Action::ReceiptConfirm,
            subject: &subject,
            reason: "confirmed",
            before: None,
            after: None,
        };
        let audit = turn.audit(&change)?;
        if let Some(reference) = &reference {
            let key = money::reference_key(Method::Transfer, Some(reference)).unwrap_or_default();
            match receipts::claim_reference(turn, Method::Transfer.word(), &key, &subject).await? {
                Some(other) if other != subject => {
                    return Err(money::used_before(Method::Transfer, &other).into());
                }
                _ => {}
            }
        }
        let journal = balance::confirmed(promised, row.shift)?;
        turn.post(&journal, Some(&row.encounter), &subject, None, audit)?;
        encounter.balance.0.provisional -= promised;
        receipts::set_state(turn, &number, "confirmed").await?;
        encounters::update_balances(turn, &encounter).await?;
        let message =
            serde_json::json!({ "receipt": number, "encounter": row.encounter, "amount": super::dong(promised) });
        turn.tell("receipt.confirmed", Some(&row.encounter), &message.to_string(), audit)?;
        Ok(Answered { status: 200, body: shown(&body, "confirmed")?, audit: Some(audit) })
    }
}

/// A rail tells that the transfer of a receipt came.
pub(super) async fn came(turn: &mut Turn, number: &str) -> Result<(), Halt> {
    let confirm = Confirm { number: number.to_owned(), came: true, reference: None, reason: String::new() };
    confirm.run(turn).await.map(|_| ())
}

/// The transfer did not come: the receipt is undone, and somebody has to see to it.
async fn failed(turn: &mut Turn, row: &receipts::Receipt, reason: &str) -> Result<Answered, Halt> {
    let (receipt, audit) = undo(turn, row, reason, "failed", Action::ReceiptConfirm).await?;
    let about = super::unapplied::Credit {
        memo: Some(reason.to_owned()),
        receipt: Some(row.number.clone()),
        ..Default::default()
    };
    super::unapplied::open_case(turn, "failed-transfer", row.amount, &about, Some(&row.encounter), audit).await?;
    answered(200, &receipt, audit)
}
