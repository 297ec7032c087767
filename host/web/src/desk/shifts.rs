//! Shifts.

use axum::response::{IntoResponse, Response};

use super::{Asked, Done, Told, halted};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::refusal::Refusal;
use crate::schema::{Approval, Count, HandOver, Nothing, OpenShift, Shift};

/// Open a shift
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/shifts", tag = "shifts",
    params(("facility" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = OpenShift,
    responses((status = 201, body = Shift), CommandRefusals),
)]
pub(crate) async fn open(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.open_shift(&asked.actor, told.sent()?).await.map_err(halted)?))
}

/// Read a shift
///
/// What should be in the drawer is told only after it was counted.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/shifts/{id}", tag = "shifts",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Shift), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    let found = asked.desk()?.shift(&asked.actor, asked.id()).await.map_err(halted)?;
    Ok(([("content-type", "application/json")], found).into_response())
}

/// Keep what was counted
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/shifts/{id}/count", tag = "shifts",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Count,
    responses((status = 200, body = Shift), CommandRefusals),
)]
pub(crate) async fn count(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.count_shift(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Close a shift that was counted; a difference needs another person's approval
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/shifts/{id}/close", tag = "shifts",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = Shift), (status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn close(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.close_shift(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Close a shift that was counted and open one for somebody else with what is in the drawer
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/shifts/{id}/hand-over", tag = "shifts",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = HandOver,
    responses((status = 200, body = Shift), (status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn hand_over(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.hand_over(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}
