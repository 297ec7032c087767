//! `GET /v1/catalogue`: rows of the price tables by code or words.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use vienphi_service::CatalogueRow;

use crate::api::Api;
use crate::openapi::{Refusals, refusals};
use crate::query::{Parameters, Query, Read};
use crate::refusal::Refusal;
use crate::schema::Catalogue;

/// As many rows as fit a screen.
const USUAL_ROWS: usize = 50;

const MOST_ROWS: usize = 200;

/// Parameters of a search.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CatalogueParameters {
    /// The beginning of a code, or words of a name, with or without marks; the first rows when missing
    #[param(value_type = Option<String>, example = "02.03")]
    q: String,
    /// How many rows at most
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200, default = 50)]
    limit: usize,
}

impl Parameters for CatalogueParameters {
    const NAMES: &'static [&'static str] = &["q", "limit"];

    fn read(query: &Query<'_>) -> CatalogueParameters {
        CatalogueParameters {
            q: query.text("q").unwrap_or_default().to_owned(),
            limit: query.whole("limit", 1..=MOST_ROWS).unwrap_or(USUAL_ROWS),
        }
    }
}

/// Search the price tables
///
/// Rows whose code begins with `q`, or whose name has all its words. Catalogues laid over the tariffs come first, the
/// one that wins first.
#[utoipa::path(
    get,
    path = "/v1/catalogue",
    tag = "tariffs",
    params(CatalogueParameters),
    responses((status = 200, description = "The rows found", body = Catalogue), CatalogueRefusals),
)]
pub(crate) async fn catalogue(
    State(api): State<Arc<Api>>,
    Read(parameters): Read<CatalogueParameters>,
) -> Result<impl IntoResponse, Refusal> {
    // Every row of every table may have to be looked at.
    let found = api.aside(move |pricer| {
        let found = Found { rows: pricer.search(&parameters.q, parameters.limit) };
        // It holds texts only: writing it to memory cannot fail.
        serde_json::to_vec(&found).unwrap_or_default()
    });
    Ok(([(CONTENT_TYPE, "application/json")], found.await?))
}

#[derive(Serialize)]
struct Found<'p> {
    rows: Vec<CatalogueRow<'p>>,
}

struct CatalogueRefusals;

impl utoipa::IntoResponses for CatalogueRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (400, "A parameter of the URL is wrong"),
            (500, "An internal check failed"),
            (503, "There are too many requests, or the answer took too long"),
        ])
    }
}
