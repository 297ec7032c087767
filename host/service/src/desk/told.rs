//! What a provider told, as it is kept.

use serde::{Deserialize, Serialize};
use vienphi_ledger::Method;
use vienphi_runtime::rail::{Event, EventKind};
use vienphi_store::{Halt, StoreError};

use super::money::Payment;

/// What a provider told, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) key: String,
    pub(super) kind: String,
    pub(super) references: Vec<String>,
    pub(super) provider_reference: Option<String>,
    pub(super) amount: u64,
    pub(super) currency: String,
    pub(super) occurred: i64,
    pub(super) payer: Option<String>,
    pub(super) content: Option<String>,
    pub(super) raw_code: String,
}

/// No transfer moves more, in 1/100 đồng: a thousand billion đồng.
const MOST: u64 = 100_000_000_000_000;

/// Texts of a provider are kept so far.
const TEXT: usize = 1000;

/// A kind of event, as it is kept and as cases name it.
pub(crate) fn kind_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Paid => "paid",
        EventKind::Failed => "failed",
        EventKind::Refunded => "refunded",
        EventKind::RefundFailed => "refund-failed",
        EventKind::Sent => "sent",
        EventKind::Test => "test",
    }
}

impl Kept {
    /// `None` for an event that is none: without a key of its own, or with an amount that no transfer has.
    pub(super) fn of(event: Event) -> Option<Kept> {
        let is_key = !event.key.is_empty() && event.key.len() <= 200 && !event.key.contains(char::is_control);
        if !is_key || event.amount > MOST / 100 || event.references.len() > 10 {
            return None;
        }
        let plain =
            |text: String| -> String { text.chars().filter(|letter| !letter.is_control()).take(TEXT).collect() };
        Some(Kept {
            key: event.key,
            kind: kind_word(event.kind).to_owned(),
            references: event.references.into_iter().map(plain).collect(),
            provider_reference: event.provider_reference.map(plain),
            amount: event.amount,
            currency: plain(event.currency),
            occurred: event.occurred,
            payer: event.payer.map(plain),
            content: event.content.map(plain),
            raw_code: plain(event.raw_code),
        })
    }

    /// As it was kept.
    pub(super) fn read(plain: &[u8]) -> Result<Kept, Halt> {
        let read = serde_json::from_slice(plain);
        read.map_err(|_| StoreError::Damaged("a payment event that was kept cannot be read".into()).into())
    }

    /// The money as a payment of ours. What the bank calls it makes it the same money as one that is typed at the counter.
    pub(super) fn payment(&self, rail: &str, amount: i64, method: Method) -> Payment {
        let short = |text: &str| text.chars().take(150).collect::<String>();
        let own = || format!("{rail}/{}", self.key);
        Payment {
            amount,
            method,
            reference: Some(self.provider_reference.as_deref().map_or_else(own, short)),
            payer: self.payer.as_deref().map(short),
            is_promise: false,
        }
    }
}

/// What an event is called in the audit, and sealed for.
pub(super) fn place(rail: &str, key: &str) -> String {
    format!("payment-event/{rail}/{key}")
}
