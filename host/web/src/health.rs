//! `GET /healthz` and `GET /readyz`, for whoever starts and watches the server. They are answered however busy it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::json;

use crate::api::Api;
use crate::openapi::{Refusals, refusals};
use crate::refusal::Refusal;
use crate::schema::Health;

/// Is the process alive?
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    responses((status = 200, description = "It is", body = Health), HealthRefusals),
)]
pub(crate) async fn healthz() -> impl IntoResponse {
    Json(json!({ "status": "ok" }))
}

/// Can every visit be priced?
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses((status = 200, description = "Every plugin is loaded", body = Health), ReadyRefusals),
)]
pub(crate) async fn readyz(State(api): State<Arc<Api>>) -> Result<impl IntoResponse, Refusal> {
    api.ready()?;
    Ok(Json(json!({ "status": "ok" })))
}

struct HealthRefusals;

impl utoipa::IntoResponses for HealthRefusals {
    fn responses() -> Refusals {
        refusals(&[(500, "An internal check failed")])
    }
}

struct ReadyRefusals;

impl utoipa::IntoResponses for ReadyRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (500, "An internal check failed"),
            (503, "Plugins are being loaded, or `errors` names those that were not admitted"),
        ])
    }
}
