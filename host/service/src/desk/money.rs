//! Taking money: deposits and settlements.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::reader::{Node, TruthOrAmount};
use vienphi_domain::{Action, Actor, Moment};
use vienphi_ledger::balance::{self, Money, Settlement};
use vienphi_ledger::{Journal, Method};
use vienphi_money::Amount;
use vienphi_store::answers::Answered;
use vienphi_store::encounters::Encounter;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, encounters, receipts};

use super::{Desk, Sent, answered, books, dong, forms, refusals, shifts};

/// Money as it is handed over.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) amount: i64,
    pub(super) method: Method,
    pub(super) reference: Option<String>,
    pub(super) payer: Option<String>,
    pub(super) is_promise: bool,
}

/// A receipt as it is handed out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    pub(super) number: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) encounter: String,
    /// Money that changed hands.
    pub(super) amount: String,
    pub(super) payments: Vec<Paid>,
    pub(super) from_deposits: String,
    pub(super) surplus: String,
    pub(super) due_before: String,
    pub(super) due_after: String,
    pub(super) deposits_after: String,
    pub(super) at: String,
    pub(super) cashier: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shift: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reverses: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

/// A payment of a receipt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paid {
    pub(super) amount: String,
    pub(super) method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payer: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) provisional: bool,
}

/// Money for a visit that is not billed yet.
struct Deposit {
    encounter: String,
    book: Option<String>,
    payment: Payment,
}

/// What of the deposits a settlement takes.
#[derive(Debug, Clone, Copy)]
enum FromDeposits {
    /// As much as is due.
    AsMuchAsDue,
    /// Exactly so much.
    Exactly(i64),
}

/// The bill is paid.
struct Settle {
    encounter: String,
    book: Option<String>,
    payments: Vec<Payment>,
    from_deposits: FromDeposits,
}

/// No settlement has more kinds of money.
const PAYMENTS_AT_MOST: usize = 20;

impl Desk {
    /// Takes a deposit.
    pub async fn deposit(&self, actor: &Arc<Actor>, sent: Sent<'_>, encounter: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::DepositTake)?;
        let deposit = forms::read(sent.document, |root| {
            let [amount, method, reference, payer, provisional, book] =
                root.fields(["amount", "method", "reference", "payer", "provisional", "receipt_book"])?;
            let book = forms::prefix(&book);
            let payment = payment(&[amount, method, reference, payer, provisional])?;
            Some(Deposit { encounter: encounter.to_owned(), book, payment })
        })?;
        self.once(actor, &sent, deposit).await
    }

    /// Takes what is due, net of deposits, by several methods and payers.
    pub async fn settle(&self, actor: &Arc<Actor>, sent: Sent<'_>, encounter: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::SettlementTake)?;
        let settle = forms::read(sent.document, |root| {
            let [amount, method, reference, payer, provisional, payments, use_deposits, book] = root.fields([
                "amount",
                "method",
                "reference",
                "payer",
                "provisional",
                "payments",
                "use_deposits",
                "receipt_book",
            ])?;
            let mut read: Vec<Option<Payment>> = Vec::new();
            if amount.is_present() || method.is_present() {
                if payments.is_present() {
                    payments.fault("must not be given beside amount and method");
                }
                read.push(payment(&[amount, method, reference, payer, provisional]));
            }
            if payments.count() > PAYMENTS_AT_MOST {
                payments.fault(format!("must be at most {PAYMENTS_AT_MOST}"));
            }
            for item in payments.items() {
                let fields = item.fields(["amount", "method", "reference", "payer", "provisional"]);
                read.push(fields.as_ref().and_then(|fields| payment(fields)));
            }
            let promises = read.iter().flatten().filter(|payment| payment.is_promise).count();
            if promises > 0 && promises < read.len() {
                payments.fault("a transfer that is not confirmed is settled on a receipt of its own");
            }
            let from_deposits = from_deposits(&use_deposits)?;
            let payments: Option<Vec<Payment>> = read.into_iter().collect();
            Some(Settle {
                encounter: encounter.to_owned(),
                book: forms::prefix(&book),
                payments: payments?,
                from_deposits,
            })
        })?;
        self.once(actor, &sent, settle).await
    }
}

fn payment(fields: &[Node<'_, '_>; 5]) -> Option<Payment> {
    let [amount, method, reference, payer, provisional] = fields;
    let amount = forms::dong(amount);
    let method = forms::method(method);
    let is_promise = provisional.truth().unwrap_or(false);
    if method.is_some_and(|method| method != Method::Cash) && !is_promise {
        reference.required();
    }
    if is_promise && method.is_some_and(|method| method != Method::Transfer) {
        provisional.fault("only a transfer can be accepted before it is confirmed");
    }
    let (reference, payer) = (forms::words(reference), forms::words(payer));
    Some(Payment { amount: amount?, method: method?, reference, payer, is_promise })
}

fn from_deposits(node: &Node<'_, '_>) -> Option<FromDeposits> {
    match node.truth_or_amount()? {
        TruthOrAmount::Missing | TruthOrAmount::Truth(true) => Some(FromDeposits::AsMuchAsDue),
        TruthOrAmount::Truth(false) => Some(FromDeposits::Exactly(0)),
        TruthOrAmount::Amount(_) => forms::whole_dong(node).map(FromDeposits::Exactly),
    }
}

impl Command for Deposit {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Deposit { encounter, book, payment } = self;
        let mut row = row_of(turn, &encounter).await?;
        if let Some(answer) = entered_before(turn, &encounter, "deposit", &payment).await? {
            return Ok(answer);
        }
        let money = take(turn, &payment).await?;
        let due_before = row.balance.0.due();
        let journal = row.balance.0.deposit(&money)?;
        let settlement = Settlement { money: money.amount, due_before, due_after: due_before, ..Settlement::default() };
        let taken = Taken {
            kind: "deposit",
            action: Action::DepositTake,
            payments: vec![payment],
            settlement,
            journal,
            shift: money.shift,
        };
        hand_out(turn, &row, book, taken).await
    }
}

impl Command for Settle {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Settle { encounter, book, payments, from_deposits } = self;
        let mut row = row_of(turn, &encounter).await?;
        if let [only] = payments.as_slice()
            && let Some(answer) = entered_before(turn, &encounter, "settlement", only).await?
        {
            return Ok(answer);
        }
        let balance = row.balance.0;
        let (due, available) = (balance.due() - balance.pending_write_offs, balance.available());
        if due <= 0 {
            return Err(refusals::conflict(
                "urn:vienphi:problem:nothing-due",
                "Nothing is due",
                "the patient owes nothing: take money as a deposit instead",
            )
            .into());
        }
        let from_deposits = match from_deposits {
            FromDeposits::AsMuchAsDue => available.min(due),
            FromDeposits::Exactly(wanted) if wanted > available.min(due) => {
                let message = format!(
                    "must be at most {}: of the deposits {} may be used, {} is due",
                    dong(available.min(due)),
                    dong(available),
                    dong(due)
                );
                return Err(refusals::invalid_field("use_deposits", message).into());
            }
            FromDeposits::Exactly(wanted) => wanted,
        };
        if from_deposits == 0 && payments.is_empty() {
            return Err(refusals::invalid_field("payments", "is required: no deposit covers what is due").into());
        }
        let mut money = Vec::with_capacity(payments.len());
        for payment in &payments {
            if let Some(subject) = reference_of(turn, payment).await? {
                return Err(used_before(payment.method, &subject).into());
            }
            money.push(take(turn, payment).await?);
        }
        if balance::sum(&money).is_none() {
            return Err(refusals::invalid_field("payments", "add up to an amount that is too large").into());
        }
        let shift = money.iter().find_map(|money| money.shift);
        let (journal, settlement) = row.balance.0.settle(from_deposits, &money)?;
        let taken = Taken { kind: "settlement", action: Action::SettlementTake, payments, settlement, journal, shift };
        hand_out(turn, &row, book, taken).await
    }
}

/// Money that was taken, before its receipt has a number.
pub(super) struct Taken {
    pub(super) kind: &'static str,
    pub(super) action: Action,
    pub(super) payments: Vec<Payment>,
    pub(super) settlement: Settlement,
    pub(super) journal: Journal,
    pub(super) shift: Option<i64>,
}

/// Posts what was taken, numbers its receipt and tells of it: all in one transaction.
pub(super) async fn hand_out(
    turn: &mut Turn,
    row: &Encounter,
    book: Option<String>,
    taken: Taken,
) -> Result<Answered, Halt> {
    let (book, serial) = books::number(turn, book).await?;
    let number = format!("{book}{serial:07}");
    let subject = format!("receipt/{number}");
    let settlement = taken.settlement;
    let is_promise = taken.payments.iter().any(|payment| payment.is_promise);
    let receipt = Receipt {
        number: number.clone(),
        kind: taken.kind.to_owned(),
        state: if is_promise { "provisional" } else { "issued" }.to_owned(),
        encounter: row.id.clone(),
        amount: dong(settlement.money),
        payments: taken.payments.iter().map(paid).collect(),
        from_deposits: dong(settlement.from_deposits),
        surplus: dong(settlement.surplus),
        due_before: dong(settlement.due_before),
        due_after: dong(settlement.due_after),
        deposits_after: dong(row.balance.0.deposits),
        at: turn.now().to_string(),
        cashier: turn.actor().name.to_string(),
        shift: taken.shift,
        reverses: None,
        reason: None,
    };
    let body = super::json(&receipt)?;
    let change = Change {
        action: taken.action,
        subject: &subject,
        reason: "",
        before: None,
        after: Some(vienphi_domain::Digest::of(&body)),
    };
    let audit = turn.audit(&change)?;
    for payment in &taken.payments {
        if let Some(reference) = reference_key(payment.method, payment.reference.as_deref())
            && let Some(other) = receipts::claim_reference(turn, payment.method.word(), &reference, &subject).await?
        {
            return Err(used_before(payment.method, &other).into());
        }
    }
    let journal = turn.post(&taken.journal, Some(&row.id), &subject, None, audit)?;
    let journal = journal.ok_or_else(|| StoreError::Damaged("money was taken and nothing posted".into()))?;
    keep(turn, &receipt, &body, (&book, serial), settlement, journal, None, audit)?;
    encounters::update_balances(turn, row).await?;
    let message = serde_json::json!({
        "receipt": number, "kind": taken.kind, "encounter": row.id, "amount": receipt.amount,
        "from_deposits": receipt.from_deposits, "due_after": receipt.due_after, "state": receipt.state,
    });
    turn.tell("receipt.issued", Some(&row.id), &message.to_string(), audit)?;
    if taken.kind == "settlement" {
        turn.tell("settlement.posted", Some(&row.id), &message.to_string(), audit)?;
    }
    answered(201, &receipt, audit)
}

/// Keeps a receipt.
#[allow(clippy::too_many_arguments)] // the columns of its row
pub(super) fn keep(
    turn: &mut Turn,
    receipt: &Receipt,
    body: &[u8],
    (book, serial): (&str, i64),
    settlement: Settlement,
    journal: i64,
    reverses: Option<&str>,
    audit: i64,
) -> Result<(), Halt> {
    let sealed = turn.key()?.seal(body, &place(&receipt.number))?;
    let row = receipts::Receipt {
        number: receipt.number.clone(),
        book: book.to_owned(),
        serial,
        kind: receipt.kind.clone(),
        state: receipt.state.clone(),
        encounter: receipt.encounter.clone(),
        amount: settlement.money,
        from_deposits: settlement.from_deposits,
        body: sealed,
        at: turn.now().count(),
        actor: receipt.cashier.clone(),
        shift: receipt.shift,
        journal,
        reverses: reverses.map(str::to_owned),
    };
    receipts::keep(turn, &row, audit);
    Ok(())
}

/// What a receipt's text is sealed for.
pub(super) fn place(number: &str) -> String {
    format!("receipt/{number}")
}

fn paid(payment: &Payment) -> Paid {
    Paid {
        amount: dong(payment.amount),
        method: payment.method.word().to_owned(),
        reference: payment.reference.clone(),
        payer: payment.payer.clone(),
        provisional: payment.is_promise,
    }
}

/// The money of a payment, in the shift that takes it.
async fn take(turn: &mut Turn, payment: &Payment) -> Result<Money, Halt> {
    let shift = shifts::taking(turn, payment.method).await?;
    Ok(Money { amount: payment.amount, method: payment.method, is_promise: payment.is_promise, shift })
}

/// The visit, within a turn.
pub(super) async fn row_of(turn: &mut Turn, encounter: &str) -> Result<Encounter, Halt> {
    let facility = turn.facility();
    let found = encounters::find(turn.connection(), &facility, encounter).await?;
    found.ok_or_else(|| refusals::not_found("encounter", encounter).into())
}

/// What makes a payment the same as another: the bank's number of it, however it is typed. Cash has none.
pub(super) fn reference_key(method: Method, reference: Option<&str>) -> Option<String> {
    let reference = reference.filter(|_| method != Method::Cash)?;
    Some(reference.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_uppercase).collect())
}

/// Who has the payment's bank transaction already.
pub(super) async fn reference_of(turn: &mut Turn, payment: &Payment) -> Result<Option<String>, Halt> {
    match reference_key(payment.method, payment.reference.as_deref()) {
        Some(reference) => Ok(receipts::find_reference(turn, payment.method.word(), &reference).await?),
        None => Ok(None),
    }
}

/// The receipt of a bank transaction that was entered before, when it is the same money for the same visit.
async fn entered_before(
    turn: &mut Turn,
    encounter: &str,
    kind: &str,
    payment: &Payment,
) -> Result<Option<Answered>, Halt> {
    let Some(subject) = reference_of(turn, payment).await? else { return Ok(None) };
    let number = subject.strip_prefix("receipt/").unwrap_or_default();
    let known = receipts::find_in(turn, number).await?;
    match known {
        Some(known) if known.encounter == encounter && known.kind == kind && known.amount == payment.amount => {
            let body = turn.key()?.open(&known.body, &place(number))?;
            Ok(Some(Answered { status: 200, body, audit: None }))
        }
        _ => Err(used_before(payment.method, &subject).into()),
    }
}

pub(super) fn used_before(method: Method, subject: &str) -> vienphi_domain::Problem {
    refusals::conflict(
        "urn:vienphi:problem:reference-used",
        "This payment was entered before",
        format!("the {} reference belongs to {subject} already: the money counts once", method.word()),
    )
}

/// Puts what has become of a receipt into its text.
pub(super) fn shown(body: &[u8], state: &str) -> Result<Vec<u8>, Halt> {
    let mut receipt: Receipt = serde_json::from_slice(body)
        .map_err(|_| StoreError::Damaged("a receipt that was kept cannot be read".into()))?;
    state.clone_into(&mut receipt.state);
    super::json(&receipt)
}

/// An amount as a receipt writes it, in 1/100 đồng.
pub(super) fn units(text: &str) -> Result<i64, Halt> {
    let read = Amount::parse(text).map(Amount::units);
    read.map_err(|_| StoreError::Damaged("an amount of a receipt cannot be read".into()).into())
}

/// When something was, for answers.
pub(super) fn moment(count: i64) -> String {
    Moment::from_count(count).to_string()
}
