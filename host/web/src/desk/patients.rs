//! Patients.

use axum::http::StatusCode;
use axum::response::Response;

use super::{Asked, Told, halted, json};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::query::{Parameters, Query};
use crate::refusal::Refusal;
use crate::schema::{FoundPatients, KeptPatient, Merge, Patient, Reason};

struct Search {
    q: String,
}

impl Parameters for Search {
    const NAMES: &'static [&'static str] = &["q"];

    fn read(query: &Query<'_>) -> Search {
        Search { q: query.text("q").unwrap_or_default().to_owned() }
    }
}

/// Keep who a patient is
///
/// Without an id one is made. A known id gets the new identity.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/patients", tag = "patients",
    params(("facility" = String, Path)),
    request_body = Patient,
    responses((status = 200, body = KeptPatient), (status = 201, body = KeptPatient), CommandRefusals),
)]
pub(crate) async fn create(told: Told) -> Result<Response, Refusal> {
    let saved = told.asked.desk()?.save_patient(&told.asked.actor, &told.document).await.map_err(halted)?;
    json(if saved.1 { StatusCode::CREATED } else { StatusCode::OK }, &saved.0)
}

/// Find patients by card, CCCD, telephone number or name, with or without marks
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/patients", tag = "patients",
    params(("facility" = String, Path), ("q" = String, Query)),
    responses((status = 200, body = FoundPatients), ReadRefusals),
)]
pub(crate) async fn search(asked: Asked) -> Result<Response, Refusal> {
    let query = asked.read::<Search>()?.q;
    json(StatusCode::OK, &asked.desk()?.find_patients(&asked.actor, &query).await.map_err(halted)?)
}

/// Read a patient with its encounters
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/patients/{id}", tag = "patients",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = KeptPatient), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.patient(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Say that a record is the same person as another
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/patients/{id}/merge", tag = "patients",
    params(("facility" = String, Path), ("id" = String, Path)),
    request_body = Merge,
    responses((status = 200, body = KeptPatient), CommandRefusals),
)]
pub(crate) async fn merge(told: Told) -> Result<Response, Refusal> {
    let asked = &told.asked;
    json(StatusCode::OK, &asked.desk()?.merge(&asked.actor, asked.id(), &told.document).await.map_err(halted)?)
}

/// Say that a record is a person of its own after all
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/patients/{id}/unmerge", tag = "patients",
    params(("facility" = String, Path), ("id" = String, Path)),
    request_body = Reason,
    responses((status = 200, body = KeptPatient), CommandRefusals),
)]
pub(crate) async fn unmerge(told: Told) -> Result<Response, Refusal> {
    let asked = &told.asked;
    json(StatusCode::OK, &asked.desk()?.unmerge(&asked.actor, asked.id(), &told.document).await.map_err(halted)?)
}
