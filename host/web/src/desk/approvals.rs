//! Another person's word.

use axum::http::StatusCode;
use axum::response::Response;

use super::{Asked, Done, Told, halted, json, number};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::query::{Parameters, Query};
use crate::refusal::Refusal;
use crate::schema::{Approval, Approvals, OptionalReason, PayRefund, Reason, Receipt, SubmittedRefund};

struct Wanted {
    state: Option<String>,
    after: Option<i64>,
}

impl Parameters for Wanted {
    const NAMES: &'static [&'static str] = &["state", "after"];

    fn read(query: &Query<'_>) -> Wanted {
        Wanted { state: query.text("state").map(str::to_owned), after: number(query, "after") }
    }
}

/// List requests for approval, the newest first
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/approvals", tag = "approvals",
    params(("facility" = String, Path), ("state" = Option<String>, Query, description = "pending, approved, rejected or paid"), ("after" = Option<i64>, Query)),
    responses((status = 200, body = Approvals), ReadRefusals),
)]
pub(crate) async fn list(asked: Asked) -> Result<Response, Refusal> {
    let Wanted { state, after } = asked.read()?;
    json(StatusCode::OK, &asked.desk()?.approvals(&asked.actor, state.as_deref(), after).await.map_err(halted)?)
}

/// Approve a request of somebody else
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/approvals/{id}/approve", tag = "approvals",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = OptionalReason,
    responses((status = 200, body = Approval), CommandRefusals),
)]
pub(crate) async fn approve(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.decide(&asked.actor, told.sent()?, asked.id(), true).await.map_err(halted)?))
}

/// Reject a request of somebody else
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/approvals/{id}/reject", tag = "approvals",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Reason,
    responses((status = 200, body = Approval), CommandRefusals),
)]
pub(crate) async fn reject(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.decide(&asked.actor, told.sent()?, asked.id(), false).await.map_err(halted)?))
}

/// Pay an approved refund out
///
/// With `request` the rail that took that request's money gives it back: 202, and the request's attempts say what became of it.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/approvals/{id}/pay", tag = "approvals",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = PayRefund,
    responses((status = 201, body = Receipt), (status = 202, body = SubmittedRefund), CommandRefusals),
)]
pub(crate) async fn pay(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.pay_refund(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}
