//! Money: deposits, settlements, refunds, write-offs, and money that nobody can place.

use axum::http::StatusCode;
use axum::response::Response;

use super::{After, Asked, Done, Told, halted, json};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::refusal::Refusal;
use crate::schema::{ApplyCredit, Approval, AskFor, Credit, Deposit, Receipt, Settlement, WorkItems};

/// Take a deposit
///
/// A bank transaction counts once: its reference again, for the same amount and encounter, answers the same receipt.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/deposits", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Deposit,
    responses((status = 201, body = Receipt), CommandRefusals),
)]
pub(crate) async fn deposit(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.deposit(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Settle what is due, net of deposits
///
/// Money beyond what is due becomes a deposit. What is due is in whole đồng; the rest is posted to rounding.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/settlements", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Settlement,
    responses((status = 201, body = Receipt), CommandRefusals),
)]
pub(crate) async fn settle(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.settle(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Ask for deposits to be given back
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/refunds", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = AskFor,
    responses((status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn refund(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.ask_refund(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Ask for what is due to be exempted or written off
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/write-offs", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = AskFor,
    responses((status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn write_off(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.ask_write_off(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Keep money that names no encounter
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/unapplied", tag = "money",
    params(("facility" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Credit,
    responses((status = 201, body = crate::schema::WorkItem), CommandRefusals),
)]
pub(crate) async fn record_credit(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.record_credit(&asked.actor, told.sent()?).await.map_err(halted)?))
}

/// List money that nobody has placed, with the encounters it may be for
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/unapplied", tag = "money",
    params(("facility" = String, Path), ("after" = Option<i64>, Query)),
    responses((status = 200, body = WorkItems), ReadRefusals),
)]
pub(crate) async fn unapplied(asked: Asked) -> Result<Response, Refusal> {
    let after = asked.read::<After>()?.after;
    json(StatusCode::OK, &asked.desk()?.unapplied(&asked.actor, after).await.map_err(halted)?)
}

/// Give money to an encounter as a deposit
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/unapplied/{id}/apply", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = ApplyCredit,
    responses((status = 201, body = Receipt), CommandRefusals),
)]
pub(crate) async fn apply_credit(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.apply_credit(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}
