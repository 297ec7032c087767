//! What Stripe answers.

use stripe_shared::{ApiErrors, CheckoutSession, CheckoutSessionPaymentStatus, CheckoutSessionStatus, Refund};
use stripe_types::{Currency, List};
use vienphi_runtime::rail::{Context, Display, Input, Operation, Outcome, Part, Progress, Response, Status, Step};

use crate::PAGE;
use crate::operations::{PLAINLY, REFERENCE, plainly};

/// An answer of 4xx has a reason.
#[derive(miniserde::Deserialize)]
struct Refusal {
    error: ApiErrors,
}

pub(crate) fn resume(context: &Context, state: &[u8], input: &Input) -> Result<Progress, String> {
    let response = match input {
        Input::Response(response) => response,
        Input::Silence => return Ok(done(nothing(Status::Unknown, "no answer"))),
        Input::Signed | Input::Proven(_) => return Err("nothing was asked to be signed or proven".into()),
    };
    let is_readable = response.status == 200 && read::<CheckoutSession>(&response.body).is_some();
    if context.operation == Operation::Query
        && state != PLAINLY
        && !is_readable
        && response.status < 500
        && response.status != 429
        && let Some(again) = plainly(context)
    {
        return again;
    }
    if response.status != 200 {
        return Ok(done(refused(context, response)));
    }
    Ok(done(match context.operation {
        Operation::Create | Operation::Query => match read::<CheckoutSession>(&response.body) {
            Some(session) => of_session(context, &session),
            None => unreadable(),
        },
        Operation::Refund => match read::<Refund>(&response.body) {
            Some(refund) => of_refund(context, &refund),
            None => unreadable(),
        },
        Operation::QueryRefund => match read::<List<Refund>>(&response.body) {
            Some(refunds) => {
                let own = refunds
                    .data
                    .iter()
                    .find(|refund| reference_of(refund) == context.order.refund_reference.as_deref());
                own.map_or_else(|| nothing(Status::Unknown, "no such refund"), |refund| of_refund(context, refund))
            }
            None => unreadable(),
        },
        Operation::Cancel => return Err("cancel is not an operation of this rail".into()),
    }))
}

/// What is refused was not done, unless Stripe says that it may be busy with it, or that it was done before.
fn refused(context: &Context, response: &Response) -> Outcome {
    let code = read::<Refusal>(&response.body).and_then(|refusal| refusal.error.code);
    let code = code.map_or_else(|| format!("HTTP {}", response.status), |code| code.as_str().to_owned());
    let is_definite = match context.operation {
        Operation::Create => matches!(response.status, 400 | 402..=404),
        // A session that was made would have come back by its key.
        Operation::Query => response.status == 400 && context.order.provider_reference.is_none(),
        // It may have been sent before, and a key that was changed since says nothing of that.
        Operation::Refund => matches!(response.status, 400 | 402) && code != "charge_already_refunded",
        Operation::QueryRefund | Operation::Cancel => false,
    };
    let is_failed = is_definite && code != "idempotency_error";
    nothing(if is_failed { Status::Failed } else { Status::Unknown }, &code)
}

/// A session: to be paid, paid, or past its time.
fn of_session(context: &Context, session: &CheckoutSession) -> Outcome {
    if session.client_reference_id.as_deref() != Some(context.order.reference.as_str()) {
        return nothing(Status::Unknown, "an answer to another question");
    }
    let id = session.id.as_str().to_owned();
    match (&session.payment_status, &session.status) {
        (CheckoutSessionPaymentStatus::Paid, _) => match paid(session) {
            Some((payment, amount)) => Outcome {
                provider_reference: Some(payment.clone()),
                amount: Some(amount),
                event_key: Some(payment),
                occurred: moved(session),
                ..nothing(Status::Succeeded, "paid")
            },
            None => Outcome { provider_reference: Some(id), ..nothing(Status::Unknown, "paid in another currency") },
        },
        (_, Some(CheckoutSessionStatus::Expired)) => {
            Outcome { provider_reference: Some(id), ..nothing(Status::Failed, "expired") }
        }
        (_, Some(CheckoutSessionStatus::Open | CheckoutSessionStatus::Complete)) => {
            let display = session.url.as_deref().and_then(page).map(|behind| Display {
                qr: None,
                url: vec![Part::Endpoint(PAGE.to_owned()), Part::Text(behind.to_owned())],
                expires: Some(session.expires_at),
            });
            Outcome {
                provider_reference: Some(id),
                display,
                ..nothing(Status::Pending, session.payment_status.as_str())
            }
        }
        (_, _) => Outcome { provider_reference: Some(id), ..nothing(Status::Unknown, session.payment_status.as_str()) },
    }
}

/// The number of the payment and its amount, in đồng.
pub(crate) fn paid(session: &CheckoutSession) -> Option<(String, u64)> {
    let payment = session.payment_intent.as_ref()?.id().as_str().to_owned();
    let is_dong = session.currency == Some(Currency::VND);
    let amount = u64::try_from(session.amount_total?).ok().filter(|_| is_dong)?;
    Some((payment, amount))
}

/// When the money of a session moved, where that was asked for.
fn moved(session: &CheckoutSession) -> Option<i64> {
    let payment = session.payment_intent.as_ref()?.as_object()?;
    Some(payment.latest_charge.as_ref()?.as_object()?.created)
}

/// What is behind the host of the payer's page. Its host is the endpoint's, whatever Stripe says.
fn page(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.find('/').map(|at| &rest[at..])
}

fn of_refund(context: &Context, refund: &Refund) -> Outcome {
    let status = match refund.status.as_deref() {
        Some("succeeded") => Status::Succeeded,
        Some("pending" | "requires_action") => Status::Pending,
        Some("failed" | "canceled") => Status::Failed,
        Some(_) | None => Status::Unknown,
    };
    if refund.currency != Currency::VND || reference_of(refund) != context.order.refund_reference.as_deref() {
        return nothing(Status::Unknown, "an answer to another question");
    }
    Outcome {
        provider_reference: context.order.provider_reference.clone(),
        amount: u64::try_from(refund.amount).ok(),
        ..nothing(status, refund.failure_reason.as_deref().or(refund.status.as_deref()).unwrap_or_default())
    }
}

/// Our reference of a refund.
pub(crate) fn reference_of(refund: &Refund) -> Option<&str> {
    refund.metadata.as_ref()?.get(REFERENCE).map(String::as_str)
}

pub(crate) fn read<T: miniserde::Deserialize>(body: &[u8]) -> Option<T> {
    miniserde::json::from_str(std::str::from_utf8(body).ok()?).ok()
}

fn unreadable() -> Outcome {
    nothing(Status::Unknown, "an answer that cannot be read")
}

pub(crate) fn done(outcome: Outcome) -> Progress {
    Progress { step: Step::Done(outcome), state: Vec::new() }
}

pub(crate) fn nothing(status: Status, raw_code: &str) -> Outcome {
    Outcome {
        status,
        provider_reference: None,
        amount: None,
        event_key: None,
        occurred: None,
        display: None,
        raw_code: raw_code.to_owned(),
    }
}
