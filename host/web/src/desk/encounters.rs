//! Visits: sent, read, closed, priced anew.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use vienphi_service::desk::encounters::Expected;

use super::{Asked, Done, Told, halted, json, number, versioned};
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::query::{Parameters, Query};
use crate::refusal::{Refusal, wrong_header};
use crate::schema::{
    Account, Close, Closed, Encounter, EncounterVersions, Reason, Repricing, StartRepricing, Statement,
    StatementVersions,
};

/// The version that the headers name.
pub(super) fn expected(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Expected, Refusal> {
    let wrong = || wrong_header("If-Match", "must be the version of the encounter in quotes, such as \"3\", or *");
    match (if_match, if_none_match) {
        (None, None) => Ok(Expected::Unnamed),
        (Some("*"), None) => Ok(Expected::Any),
        (None, Some("*")) => Ok(Expected::Absent),
        (Some(tag), None) => {
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            let digits = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
            digits.parse().map(Expected::Version).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

/// Send an encounter as it is now
///
/// Keeps it, prices it and issues its statement: all or nothing. The same document again changes nothing. A change names the
/// version it changes with `If-Match`.
#[utoipa::path(
    put, path = "/v1/facilities/{facility}/encounters/{id}", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path), ("If-Match" = Option<String>, Header, description = "The version to change")),
    request_body(content = Encounter, content_type = "application/json"),
    responses((status = 200, body = EncounterVersions), (status = 201, body = EncounterVersions), CommandRefusals),
)]
pub(crate) async fn put(told: Told) -> Result<Response, Refusal> {
    let (asked, api) = (&told.asked, told.asked.api());
    let pricer = api.loaded()?;
    let put =
        asked.desk()?.put_encounter(&pricer, &asked.actor, asked.id(), asked.expected, &told.document, api.today());
    let put = put.await.map_err(halted)?;
    let status = if put.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = versioned(serde_json::to_vec(&put).unwrap_or_default(), put.version);
    *response.status_mut() = status;
    Ok(response)
}

/// Read an encounter as it was sent last
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Encounter), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    let found = asked.desk()?.encounter(&asked.actor, asked.id()).await.map_err(halted)?;
    Ok(versioned(found.json, found.version))
}

struct Version {
    version: Option<i64>,
}

impl Parameters for Version {
    const NAMES: &'static [&'static str] = &["version"];

    fn read(query: &Query<'_>) -> Version {
        Version { version: number(query, "version") }
    }
}

/// Read a statement
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/statement", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path), ("version" = Option<u32>, Query, description = "An earlier version; the present one when missing")),
    responses((status = 200, body = Statement), ReadRefusals),
)]
pub(crate) async fn statement(asked: Asked) -> Result<Response, Refusal> {
    let version = asked.read::<Version>()?.version;
    let found = asked.desk()?.statement(&asked.actor, asked.id(), version).await.map_err(halted)?;
    Ok(versioned(found.json, found.version))
}

/// List the statements of an encounter, with what changed and why
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/statements", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = StatementVersions), ReadRefusals),
)]
pub(crate) async fn statements(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.statements(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Close an encounter: the patient has left
///
/// An encounter without a time of discharge gets `at`. Closing a closed one changes nothing.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/close", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path)),
    request_body = Close,
    responses((status = 200, body = Closed), CommandRefusals),
)]
pub(crate) async fn close(told: Told) -> Result<Response, Refusal> {
    let (asked, api) = (&told.asked, told.asked.api());
    let pricer = api.loaded()?;
    let closed = asked.desk()?.close(&pricer, &asked.actor, asked.id(), &told.document, api.today());
    Ok(([("content-type", "application/json")], closed.await.map_err(halted)?).into_response())
}

/// Ask for a closed encounter to be opened again
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/reopen", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Reason,
    responses((status = 202, body = crate::schema::Approval), CommandRefusals),
)]
pub(crate) async fn reopen(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.ask_reopen(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// What the patient owes and holds
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/account", tag = "money",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Account), ReadRefusals),
)]
pub(crate) async fn account(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.account(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Price encounters anew without changing them, and ask for approval to do so
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/repricings", tag = "encounters",
    params(("facility" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = StartRepricing,
    responses((status = 202, body = Repricing), CommandRefusals),
)]
pub(crate) async fn start_repricing(told: Told) -> Result<Done, Refusal> {
    let (asked, api) = (&told.asked, told.asked.api());
    let pricer = api.loaded()?;
    let started = asked.desk()?.start_repricing(&pricer, &asked.actor, told.sent()?, api.today());
    Ok(Done(started.await.map_err(halted)?))
}

struct AfterEncounter {
    after: Option<String>,
}

impl Parameters for AfterEncounter {
    const NAMES: &'static [&'static str] = &["after"];

    fn read(query: &Query<'_>) -> AfterEncounter {
        AfterEncounter { after: query.text("after").map(str::to_owned) }
    }
}

/// Read a repricing with a page of its encounters
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/repricings/{id}", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path), ("after" = Option<String>, Query)),
    responses((status = 200, body = Repricing), ReadRefusals),
)]
pub(crate) async fn repricing(asked: Asked) -> Result<Response, Refusal> {
    let after = asked.read::<AfterEncounter>()?.after;
    json(StatusCode::OK, &asked.desk()?.repricing(&asked.actor, asked.id(), after.as_deref()).await.map_err(halted)?)
}

/// Issue the statements of an approved repricing
///
/// An encounter that has changed since the preview is passed over. Applying an applied one changes nothing.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/repricings/{id}/apply", tag = "encounters",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Repricing), CommandRefusals),
)]
pub(crate) async fn apply_repricing(told: Told) -> Result<Response, Refusal> {
    let (asked, api) = (&told.asked, told.asked.api());
    let pricer = api.loaded()?;
    let applied = asked.desk()?.apply_repricing(&pricer, &asked.actor, asked.id(), api.today());
    json(StatusCode::OK, &applied.await.map_err(halted)?)
}
