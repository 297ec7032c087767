//! `POST /v1/quotes`: an encounter in, a statement or a problem out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use vienphi_domain::Day;

use crate::api::{Api, Loaded};
use crate::document::Document;
use crate::openapi::{Refusals, refusals};
use crate::query::{Parameters, Query, Read};
use crate::refusal::Refusal;
use crate::schema::{Encounter, Statement};

/// Parameters of a quote.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QuoteParameters {
    /// The day taken as today; only an open visit depends on it. Today in Vietnam when missing
    #[param(value_type = Option<crate::schema::Day>, example = "2026-03-02")]
    today: Option<Day>,
}

impl Parameters for QuoteParameters {
    const NAMES: &'static [&'static str] = &["today"];

    fn read(query: &Query<'_>) -> QuoteParameters {
        QuoteParameters { today: query.day("today") }
    }
}

/// Price an encounter
///
/// Answers the statement: every line with its parts, how each amount divides between patient, insurer and other
/// sources, the rules that made it and what is odd about it. Nothing is stored; the same document, day and tariff
/// give the same statement.
#[utoipa::path(
    post,
    path = "/v1/quotes",
    tag = "quotes",
    params(QuoteParameters),
    request_body(content = Encounter, content_type = "application/json", description = "The encounter, at most 8 MiB"),
    responses((status = 200, description = "The statement", body = Statement), QuoteRefusals),
)]
pub(crate) async fn quote(
    _: Loaded,
    State(api): State<Arc<Api>>,
    Read(parameters): Read<QuoteParameters>,
    Document(document): Document,
) -> Result<impl IntoResponse, Refusal> {
    let today = parameters.today.unwrap_or_else(|| api.today());
    let statement = api.quote(document, today).await?;
    Ok(([(CONTENT_TYPE, "application/json")], statement))
}

struct QuoteRefusals;

impl utoipa::IntoResponses for QuoteRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (400, "A parameter of the URL is wrong, or the body was cut off"),
            (408, "The body did not arrive in time"),
            (413, "The body is too long"),
            (415, "The body is not sent as application/json"),
            (422, "The encounter cannot be priced as sent; `errors` names every fault"),
            (500, "The tariff plugin gave no usable answer, or an internal check failed"),
            (503, "Plugins are being loaded, there are too many requests, or the answer took too long"),
        ])
    }
}
