//! Receipts and their books.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Asked, Done, Told, halted, json};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::refusal::Refusal;
use crate::schema::{Confirm, OpenBook, Reason, Receipt, ReceiptBook, ReceiptBooks, Receipts};

/// Read a receipt
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/receipts/{number}", tag = "money",
    params(("facility" = String, Path), ("number" = String, Path)),
    responses((status = 200, body = Receipt), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    let found = asked.desk()?.receipt(&asked.actor, asked.named("number")).await.map_err(halted)?;
    Ok(([("content-type", "application/json")], found).into_response())
}

/// List the receipts of an encounter
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/receipts", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Receipts), ReadRefusals),
)]
pub(crate) async fn of_encounter(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.receipts_of(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Undo a receipt by another one
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/receipts/{number}/reverse", tag = "money",
    params(("facility" = String, Path), ("number" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Reason,
    responses((status = 201, body = Receipt), CommandRefusals),
)]
pub(crate) async fn reverse(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.reverse(&asked.actor, told.sent()?, asked.named("number")).await.map_err(halted)?))
}

/// Say whether a transfer that was accepted before it was confirmed came
///
/// One that did not come undoes its receipt and becomes work for somebody.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/receipts/{number}/confirm", tag = "money",
    params(("facility" = String, Path), ("number" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Confirm,
    responses((status = 200, body = Receipt), CommandRefusals),
)]
pub(crate) async fn confirm(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.confirm(&asked.actor, told.sent()?, asked.named("number")).await.map_err(halted)?))
}

/// Open a receipt book
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/receipt-books", tag = "money",
    params(("facility" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = OpenBook,
    responses((status = 201, body = ReceiptBook), CommandRefusals),
)]
pub(crate) async fn open_book(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.open_book(&asked.actor, told.sent()?).await.map_err(halted)?))
}

/// List the receipt books
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/receipt-books", tag = "money",
    params(("facility" = String, Path)),
    responses((status = 200, body = ReceiptBooks), ReadRefusals),
)]
pub(crate) async fn books(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.books(&asked.actor).await.map_err(halted)?)
}
