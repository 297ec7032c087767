//! `GET /v1/plugins`: the tariff packages as loaded.

use axum::Json;
use axum::response::IntoResponse;
use serde::Serialize;
use vienphi_service::PluginStatus;

use crate::api::Loaded;
use crate::openapi::{Refusals, refusals};
use crate::query::{Parameters, Query, Read};
use crate::schema::Plugins;

/// This route has no parameters.
pub(crate) struct NoParameters;

impl Parameters for NoParameters {
    const NAMES: &'static [&'static str] = &[];

    fn read(_: &Query<'_>) -> NoParameters {
        NoParameters
    }
}

/// List the tariff packages
///
/// Each with its province, the days it rates, the resolution behind it and whether it is approved or only a sample.
#[utoipa::path(
    get,
    path = "/v1/plugins",
    tag = "tariffs",
    responses((status = 200, description = "The packages", body = Plugins), PluginsRefusals),
)]
pub(crate) async fn plugins(Loaded(pricer): Loaded, _: Read<NoParameters>) -> impl IntoResponse {
    Json(Packages { plugins: pricer.plugins() })
}

#[derive(Serialize)]
struct Packages {
    plugins: Vec<PluginStatus>,
}

struct PluginsRefusals;

impl utoipa::IntoResponses for PluginsRefusals {
    fn responses() -> Refusals {
        refusals(&[
            (400, "A parameter of the URL is wrong"),
            (500, "An internal check failed"),
            (503, "Plugins are being loaded, there are too many requests, or the answer took too long"),
        ])
    }
}
