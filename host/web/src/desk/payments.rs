//! Money without cash: requests for payment, what becomes of them, and the rails they go by.

use axum::http::StatusCode;
use axum::response::Response;

use super::following::{Followed, Proof, Telling, stream_of};
use super::{Asked, Done, Told, halted, json};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::refusal::Refusal;
use crate::schema::{
    Approval, AskCode, AskPayment, Nothing, PaymentAttempt, PaymentRequest, PaymentRequests, Rails, Reason,
    ResolveAttempt, SetUpRail, StandingCode,
};

/// Ask for money by a rail
///
/// What is due is worked out here, net of deposits. A bill above the limit of one transfer becomes several requests, named in
/// `together`.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/payment-requests", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = AskPayment,
    responses((status = 201, body = PaymentRequest), CommandRefusals),
)]
pub(crate) async fn request(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.request_payment(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// List the requests of an encounter, the newest first
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/payment-requests", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = PaymentRequests), ReadRefusals),
)]
pub(crate) async fn requests(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.payment_requests(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Read a request, with the money that was told of
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/payment-requests/{id}", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = PaymentRequest), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.payment_request(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Take a request back
///
/// Money that comes all the same waits as unapplied credit.
#[utoipa::path(
    delete, path = "/v1/facilities/{facility}/payment-requests/{id}", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = PaymentRequest), CommandRefusals),
)]
pub(crate) async fn cancel(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.cancel_payment_request(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Release a service before it is paid
///
/// For requests for lines. It is an exception: who did it and why stays in the audit, and `service.released` says `unpaid`.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/payment-requests/{id}/release", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Reason,
    responses((status = 200, body = PaymentRequest), CommandRefusals),
)]
pub(crate) async fn release(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.release(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Say what became of an attempt that nobody knew of
///
/// As another person than its owner found out at the provider.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/payment-attempts/{id}/resolve", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = ResolveAttempt,
    responses((status = 200, body = PaymentAttempt), CommandRefusals),
)]
pub(crate) async fn resolve(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.resolve_attempt(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Give a patient a standing code
///
/// It stays the same and takes any amount, a deposit for the patient's open visit.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/patients/{id}/payment-code", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = AskCode,
    responses((status = 201, body = StandingCode), CommandRefusals),
)]
pub(crate) async fn standing_code(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.standing_code(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Follow a request until it has ended
///
/// Server-sent events named `state`, each the whole request: first as it is, then whenever it changes.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/payment-requests/{id}/events", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String), ReadRefusals),
)]
pub(crate) async fn follow(asked: Asked) -> Result<Response, Refusal> {
    let followed = Followed::Request(asked.id().to_owned());
    stream_of(asked.api(), &asked.actor, followed, Telling::Document, Proof::Token(asked.token().into())).await
}

/// List the rails there are, and how they are set up
///
/// Secrets are told to nobody; whether they are there is.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/rails", tag = "payments",
    params(("facility" = String, Path)),
    responses((status = 200, body = Rails), ReadRefusals),
)]
pub(crate) async fn rails(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.rails(&asked.actor).await.map_err(halted)?)
}

/// Ask for a rail to be set up, or anew
///
/// Another person approves it: it says where the money goes. Secrets that are not sent stay as they are.
#[utoipa::path(
    put, path = "/v1/facilities/{facility}/rails/{id}", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = SetUpRail,
    responses((status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn set_up_rail(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.ask_rail(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}
