//! Money that goes back, and debts that are forgiven: asked for by one person, decided by another.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::{Action, Actor, Digest};
use vienphi_ledger::balance::Settlement;
use vienphi_ledger::{Dimensions, Draft, Event, Method, Movement};
use vienphi_money::Amount;
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, approvals, encounters, receipts};

use super::approvals::{Ask, ask};
use super::money::{self, Paid, Receipt};
use super::{Desk, Sent, answered, books, dong, forms, json, reader, refusals, shifts};

/// What is asked for.
struct AskFor {
    what: What,
    encounter: String,
    amount: i64,
    reason: String,
    to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Refund,
    WriteOff,
}

/// What an approval keeps of it.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

/// An approved refund is paid out.
struct Pay {
    id: i64,
    method: Method,
    reference: Option<String>,
    book: Option<String>,
}

impl Desk {
    /// Asks for deposits to be given back.
    pub async fn ask_refund(&self, actor: &Arc<Actor>, sent: Sent<'_>, encounter: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::RefundAsk)?;
        self.once(actor, &sent, read(sent.document, What::Refund, encounter)?).await
    }

    /// Asks for what is due to be exempted or written off.
    pub async fn ask_write_off(&self, actor: &Arc<Actor>, sent: Sent<'_>, encounter: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::WriteOffAsk)?;
        self.once(actor, &sent, read(sent.document, What::WriteOff, encounter)?).await
    }

    /// Pays an approved refund out.
    pub async fn pay_refund(&self, actor: &Arc<Actor>, sent: Sent<'_>, id: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::RefundPay)?;
        let (pay, request) = forms::read(sent.document, |root| {
            let [method, reference, book, request] = root.fields(["method", "reference", "receipt_book", "request"])?;
            let way = forms::method(&method);
            // With a request the rail that took its money gives it back, and has a reference of its own.
            if way.is_some_and(|way| way != Method::Cash) && !request.is_present() {
                reference.required();
            }
            if request.is_present() && way.is_some_and(|way| way != Method::Rail) {
                request.fault("is only for the method rail");
            }
            let number = if request.is_present() { Some(i64::from(request.whole(1..=u32::MAX)?)) } else { None };
            let (reference, book) = (forms::words(&reference), forms::prefix(&book));
            Some((Pay { id: id.parse().unwrap_or(0), method: way?, reference, book }, number))
        })?;
        match request {
            Some(request) => {
                if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
                    return Ok(answer);
                }
                self.pay_refund_by_rail(actor, sent, pay.id, request).await
            }
            None => self.once(actor, &sent, pay).await,
        }
    }

    /// The approval of a number, or that there is none.
    pub(super) async fn approval_row(&self, actor: &Actor, id: &str) -> Result<Option<approvals::Approval>, Halt> {
        match id.parse() {
            Ok(number) => Ok(approvals::find(&mut *reader(&self.store).await?, &actor.facility, number).await?),
            Err(_) => Ok(None),
        }
    }
}

fn read(document: &[u8], what: What, encounter: &str) -> Result<AskFor, Halt> {
    let (amount, reason, to) = forms::read(document, |root| {
        let [amount, reason, to] = root.fields(["amount", "reason", "to"])?;
        let (amount, reason) = (forms::dong(&amount), forms::reason(&reason));
        Some((amount?, reason?, forms::words(&to)))
    })?;
    Ok(AskFor { what, encounter: encounter.to_owned(), amount, reason, to })
}

impl Command for AskFor {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let mut row = money::row_of(turn, &self.encounter).await?;
        let balance = &mut row.balance.0;
        let (kind, action) = match self.what {
            What::Refund => {
                let available = balance.available();
                #[cfg(feature = "planted")]
                let available = match vienphi_store::planted::is(vienphi_store::planted::Defect::RefundUnchecked) {
                    true => balance.deposits,
                    false => available,
                };
                if self.amount > available {
                    let message =
                        format!("must be at most {}, what of the deposits nobody has asked back", dong(available));
                    return Err(refusals::invalid_field("amount", message).into());
                }
                balance.pending_refunds += self.amount;
                ("refund", Action::RefundAsk)
            }
            What::WriteOff => {
                let due = balance.due() - balance.pending_write_offs;
                if self.amount > due {
                    return Err(refusals::invalid_field(
                        "amount",
                        format!("must be at most {}, what is due", dong(due.max(0))),
                    )
                    .into());
                }
                balance.pending_write_offs += self.amount;
                ("write-off", Action::WriteOffAsk)
            }
        };
        encounters::update_balances(turn, &row).await?;
        let asked = Asked { amount: dong(self.amount), to: self.to };
        let request = Ask {
            kind,
            subject: format!("encounter/{}", self.encounter),
            amount: self.amount,
            reason: self.reason,
            body: json(&asked)?,
            action,
        };
        ask(turn, request).await
    }
}

/// Does what was approved of a refund or a write-off; the journal's number.
pub(super) async fn approved(turn: &mut Turn, approval: &approvals::Approval, audit: i64) -> Result<Option<i64>, Halt> {
    let encounter = approval.subject.strip_prefix("encounter/").unwrap_or_default();
    let mut row = money::row_of(turn, encounter).await?;
    let subject = format!("approval/{}", approval.id);
    let (journal, topic) = match approval.kind.as_str() {
        "refund" => (row.balance.0.refund(approval.amount)?, "refund.posted"),
        _ => {
            // A bill that fell meanwhile leaves less to forgive.
            if approval.amount > row.balance.0.due() {
                return Err(refusals::conflict(
                    "urn:vienphi:problem:nothing-due",
                    "Less is due by now",
                    format!("{} is due: reject this request, and ask for that", dong(row.balance.0.due().max(0))),
                )
                .into());
            }
            (row.balance.0.write_off(approval.amount)?, "write-off.posted")
        }
    };
    let number = turn.post(&journal, Some(encounter), &subject, None, audit)?;
    encounters::update_balances(turn, &row).await?;
    let message =
        serde_json::json!({ "approval": approval.id, "encounter": encounter, "amount": dong(approval.amount) });
    turn.tell(topic, Some(encounter), &message.to_string(), audit)?;
    Ok(number)
}

/// A request was not approved: nothing is held back for it any more.
pub(super) async fn rejected(turn: &mut Turn, approval: &approvals::Approval) -> Result<(), Halt> {
    let encounter = approval.subject.strip_prefix("encounter/").unwrap_or_default();
    let mut row = money::row_of(turn, encounter).await?;
    match approval.kind.as_str() {
        "refund" => row.balance.0.pending_refunds -= approval.amount,
        _ => row.balance.0.pending_write_offs -= approval.amount,
    }
    Ok(encounters::update_balances(turn, &row).await?)
}

impl Command for Pay {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Pay { id, method, reference, book } = self;
        let approval = to_pay(turn, id).await?;
        let shift = shifts::taking(turn, method).await?;
        if let (Method::Cash, Some(shift)) = (method, shift) {
            shifts::has(turn, shift, approval.amount).await?;
        }
        let (receipt, audit) = pay_out(turn, &approval, method, reference, book, shift).await?;
        approvals::set_paid(turn, id, "approved", "paid").await?;
        answered(201, &receipt, audit)
    }
}

/// A refund that is approved and not paid yet.
pub(super) async fn to_pay(turn: &mut Turn, id: i64) -> Result<approvals::Approval, Halt> {
    let facility = turn.facility();
    let found = approvals::find(turn.connection(), &facility, id).await?;
    let approval = found.filter(|approval| approval.kind == "refund");
    let approval = approval.ok_or_else(|| refusals::not_found("refund", &id.to_string()))?;
    if approval.state != "approved" {
        return Err(refusals::conflict(
            "urn:vienphi:problem:refund-not-approved",
            "The refund is not to be paid",
            format!("refund {id} is {}: only an approved one is paid, once", approval.state),
        )
        .into());
    }
    Ok(approval)
}

/// The money of a refund leaves: its receipt, and the audit entry of that.
pub(super) async fn pay_out(
    turn: &mut Turn,
    approval: &approvals::Approval,
    method: Method,
    reference: Option<String>,
    book: Option<String>,
    shift: Option<i64>,
) -> Result<(Receipt, i64), Halt> {
    let id = approval.id;
    let encounter = approval.subject.strip_prefix("encounter/").unwrap_or_default().to_owned();
    let row = money::row_of(turn, &encounter).await?;
    let (book, serial) = books::number(turn, book).await?;
    let number = format!("{book}{serial:07}");
    if let Some(key) = money::reference_key(method, reference.as_deref())
        && let Some(other) = receipts::claim_reference(turn, method.word(), &key, &money::place(&number)).await?
    {
        return Err(money::used_before(method, &other).into());
    }
    let sealed = turn.key()?.open(&approval.body, &super::approvals::place(id))?;
    let asked: Asked =
        serde_json::from_slice(&sealed).map_err(|_| StoreError::Damaged(format!("refund {id} cannot be read")))?;
    let due = dong(row.balance.0.due());
    let receipt = Receipt {
        number: number.clone(),
        kind: "refund".to_owned(),
        state: "issued".to_owned(),
        encounter: encounter.clone(),
        amount: dong(approval.amount),
        payments: vec![Paid {
            amount: dong(approval.amount),
            method: method.word().to_owned(),
            reference,
            payer: asked.to,
            provisional: false,
        }],
        from_deposits: dong(approval.amount),
        surplus: dong(0),
        due_before: due.clone(),
        due_after: due,
        deposits_after: dong(row.balance.0.deposits),
        at: turn.now().to_string(),
        cashier: turn.actor().name.to_string(),
        shift,
        reverses: None,
        reason: Some(approval.reason.clone()),
    };
    let body = json(&receipt)?;
    let subject = format!("receipt/{number}");
    let after = Some(Digest::of(&body));
    let audit =
        turn.audit(&Change { action: Action::RefundPay, subject: &subject, reason: "", before: None, after })?;
    let there = Dimensions { method: Some(method), shift, ..Dimensions::default() };
    let mut draft = Draft::of(Event::RefundPaid);
    draft.post(Movement::Money, Amount::from_units(approval.amount), &Dimensions::default(), &there);
    let journal = turn.post(&draft.balanced()?, Some(&encounter), &subject, None, audit)?;
    let journal = journal.ok_or_else(|| StoreError::Damaged("a refund moves nothing".into()))?;
    let settlement = Settlement { money: approval.amount, from_deposits: approval.amount, ..Settlement::default() };
    money::keep(turn, &receipt, &body, (&book, serial), settlement, journal, None, audit)?;
    let message =
        serde_json::json!({ "receipt": number, "kind": "refund", "encounter": encounter, "amount": receipt.amount });
    turn.tell("receipt.issued", Some(&encounter), &message.to_string(), audit)?;
    Ok((receipt, audit))
}
