//! `POST /v1/claims/check`: a claim file in, what is wrong with it out.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use vienphi_domain::Day;
use vienphi_service::claim_check::{CheckOptions, ClaimCheck};

use crate::api::{Api, Loaded};
use crate::document::XmlDocument;
use crate::openapi::{Refusals, refusals};
use crate::query::{Parameters, Query, Read};
use crate::refusal::{Refusal, panicked, unreadable_claim};
use crate::schema::ClaimCheckResult;

/// The media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What a file is called when its sender gives it no name.
const NAMELESS: &str = "claim.xml";

/// Parameters of a check.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CheckParameters {
    /// The day on which the file is sent or was received; what depends on it is not checked when it is missing
    #[param(value_type = Option<crate::schema::Day>, example = "2026-04-01")]
    received_on: Option<Day>,
    /// What the file is called in the answer, at most 200 characters
    #[param(example = "92114_LK1.xml")]
    file: Option<String>,
}

impl Parameters for CheckParameters {
    const NAMES: &'static [&'static str] = &["received_on", "file"];

    fn read(query: &Query<'_>) -> CheckParameters {
        let file =
            query.text("file").map(|name| name.chars().filter(|letter| !letter.is_control()).take(200).collect());
        CheckParameters { received_on: query.day("received_on"), file }
    }
}

/// Check a claim file
///
/// Recomputes every line and sum of the file from its own numbers, whoever wrote it, and names what is wrong with its reason and
/// the đồng that hang on it. With `Accept:
/// application/vnd.openxmlformats-officedocument.spreadsheetml.sheet` the answer is a workbook to download. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/claims/check",
    tag = "claims",
    params(CheckParameters),
    request_body(content = String, content_type = "application/xml", description = "The claim file, at most 16 MiB"),
    responses(
        (status = 200, description = "What was found", content(
            (ClaimCheckResult = "application/json"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        CheckRefusals,
    ),
)]
pub(crate) async fn check(
    _: Loaded,
    State(api): State<Arc<Api>>,
    Read(parameters): Read<CheckParameters>,
    headers: HeaderMap,
    XmlDocument(document): XmlDocument,
) -> Result<Response, Refusal> {
    let wants_workbook =
        headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains(XLSX));
    let name = parameters.file.unwrap_or_else(|| NAMELESS.to_owned());
    let options = CheckOptions { received_on: parameters.received_on, ..CheckOptions::default() };
    let today = api.today();
    let file = api.aside(move |pricer| ClaimCheck::new(pricer, options).file(&name, &document)).await?;
    if let Err(why) = &file.outcome {
        return Err(unreadable_claim(why));
    }
    if wants_workbook {
        let book = api.aside(move |_| ClaimCheck::workbook(file, today)).await?;
        let book = book.map_err(|error| {
            tracing::error!(%error, "a workbook cannot be written");
            panicked()
        })?;
        let disposition = "attachment; filename=\"claim-check.xlsx\"";
        return Ok(([(CONTENT_TYPE, XLSX), (CONTENT_DISPOSITION, disposition), (VARY, "accept")], Bytes::from(book))
            .into_response());
    }
    let json = ClaimCheck::json(file);
    Ok(([(CONTENT_TYPE, "application/json"), (VARY, "accept")], Bytes::from(json)).into_response())
}

struct CheckRefusals;

impl utoipa::IntoResponses for CheckRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (400, "A parameter of the URL is wrong, or the body was cut off"),
            (408, "The body did not arrive in time"),
            (413, "The body is too long"),
            (415, "The body is not sent as application/xml or text/xml"),
            (422, "The file cannot be read; `detail` names table, row, field and byte"),
            (500, "An internal check failed"),
            (503, "Plugins are being loaded, there are too many requests, or the answer took too long"),
        ])
    }
}
