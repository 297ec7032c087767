//! What Stripe tells.

use stripe_shared::event::EventType;
use stripe_shared::{CheckoutSession, CheckoutSessionMode, CheckoutSessionPaymentStatus, Refund};
use stripe_types::Currency;
use vienphi_runtime::rail::{Event, EventKind, Incoming};

use crate::SITE;
use crate::answers::{paid, read, reference_of};
use crate::operations::{OWNER, setting};

/// Of a payment, the money that the card's bank took for as long as its owner does not own to it.
#[derive(miniserde::Deserialize)]
struct Dispute {
    id: String,
    amount: i64,
    currency: Currency,
    payment_intent: Option<String>,
}

/// The events of a message. One that tells of nothing that is kept here has none, nor has one of another's money.
pub(crate) fn read_events(incoming: &Incoming) -> Result<Vec<Event>, String> {
    let site = setting(&incoming.settings, SITE)?;
    let told: stripe_shared::Event = read(&incoming.body).ok_or("it is no event of Stripe's")?;
    let object = miniserde::json::to_string(&told.data.object);
    let session = || read::<CheckoutSession>(object.as_bytes()).ok_or("its checkout session cannot be read");
    let is_own = |session: &CheckoutSession| {
        session.metadata.as_ref().and_then(|metadata| metadata.get(OWNER)).is_some_and(|owner| owner == site)
    };
    let refund = || read::<Refund>(object.as_bytes()).ok_or("its refund cannot be read");
    let event = match told.type_ {
        EventType::CheckoutSessionCompleted | EventType::CheckoutSessionAsyncPaymentSucceeded => {
            let session = session()?;
            if is_own(&session) { of_payment(&session)? } else { None }
        }
        EventType::CheckoutSessionAsyncPaymentFailed | EventType::CheckoutSessionExpired => {
            Some(session()?).filter(is_own).map(|session| of_failure(&session, told.type_.as_str()))
        }
        EventType::RefundCreated | EventType::RefundUpdated | EventType::RefundFailed => of_refund(&refund()?),
        EventType::ChargeDisputeFundsWithdrawn | EventType::ChargeDisputeFundsReinstated => {
            let dispute = read::<Dispute>(object.as_bytes()).ok_or("its dispute cannot be read")?;
            Some(of_dispute(dispute, &told.type_))
        }
        _ => None,
    };
    Ok(event.into_iter().map(|event| Event { occurred: told.created, ..event }).collect())
}

/// Money that moved; none yet when the bank takes days for it.
fn of_payment(session: &CheckoutSession) -> Result<Option<Event>, String> {
    let is_payment = session.mode == CheckoutSessionMode::Payment;
    if !is_payment || session.payment_status != CheckoutSessionPaymentStatus::Paid {
        return Ok(None);
    }
    let currency = session.currency.as_ref().map(ToString::to_string).unwrap_or_default().to_ascii_uppercase();
    let payment = session.payment_intent.as_ref().ok_or("a paid session without a payment")?.id().as_str().to_owned();
    let amount = match paid(session) {
        Some((_, amount)) => amount,
        // Of another currency, in its own units: the host says that it is not đồng.
        None => session.amount_total.and_then(|amount| u64::try_from(amount).ok()).ok_or("an amount that is none")?,
    };
    Ok(Some(Event {
        key: payment.clone(),
        kind: EventKind::Paid,
        references: session.client_reference_id.clone().into_iter().collect(),
        provider_reference: Some(payment),
        amount,
        currency,
        occurred: 0,
        payer: None,
        content: None,
        raw_code: "paid".to_owned(),
    }))
}

fn of_failure(session: &CheckoutSession, code: &str) -> Event {
    Event {
        key: format!("{}/{code}", session.id.as_str()),
        kind: EventKind::Failed,
        references: session.client_reference_id.clone().into_iter().collect(),
        provider_reference: None,
        amount: 0,
        currency: "VND".to_owned(),
        occurred: 0,
        payer: None,
        content: None,
        raw_code: code.to_owned(),
    }
}

/// A refund that ended. One that somebody made in Stripe's own pages has no reference of ours, but its payment's number.
fn of_refund(refund: &Refund) -> Option<Event> {
    let status = refund.status.as_deref()?;
    let kind = match status {
        "succeeded" => EventKind::Refunded,
        "failed" | "canceled" => EventKind::RefundFailed,
        _ => return None,
    };
    let payment = refund.payment_intent.as_ref().map(|payment| payment.id().as_str().to_owned());
    Some(Event {
        key: format!("{}/{status}", refund.id.as_str()),
        kind,
        references: reference_of(refund).map(str::to_owned).into_iter().chain(payment).collect(),
        provider_reference: Some(refund.id.as_str().to_owned()),
        amount: u64::try_from(refund.amount).unwrap_or(0),
        currency: refund.currency.to_string().to_ascii_uppercase(),
        occurred: 0,
        payer: None,
        content: None,
        raw_code: refund.failure_reason.clone().unwrap_or_else(|| status.to_owned()),
    })
}

/// A dispute's money went, or came again.
fn of_dispute(dispute: Dispute, told: &EventType) -> Event {
    let kind = match told {
        EventType::ChargeDisputeFundsReinstated => EventKind::RefundFailed,
        _ => EventKind::Refunded,
    };
    Event {
        key: format!("{}/{}", dispute.id, told.as_str()),
        kind,
        references: dispute.payment_intent.into_iter().collect(),
        provider_reference: Some(dispute.id),
        amount: u64::try_from(dispute.amount).unwrap_or(0),
        currency: dispute.currency.to_string().to_ascii_uppercase(),
        occurred: 0,
        payer: None,
        content: None,
        raw_code: told.as_str().to_owned(),
    }
}
