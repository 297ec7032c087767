//! The routes and what is laid around them.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admission::{Places, admit};
use crate::api::Api;
use crate::frame::frame;
use crate::refusal::{method_not_allowed, not_found, panicked};
use crate::{callbacks, catalogue, claim_check, desk, health, openapi, page, pages, plugins, quotes};

/// Every route over one interface.
pub fn router(api: Arc<Api>) -> Router {
    let is_secure = api.is_secure();
    let v1 = OpenApiRouter::default()
        .routes(routes!(quotes::quote))
        .routes(routes!(plugins::plugins))
        .routes(routes!(catalogue::catalogue))
        .routes(routes!(claim_check::check))
        .merge(desk::router())
        .route_layer(from_fn_with_state(Places::default(), admit));
    // Strangers take no place from those who have a token.
    let callbacks = OpenApiRouter::default()
        .routes(routes!(callbacks::post, callbacks::get))
        .routes(routes!(callbacks::sync))
        .routes(routes!(callbacks::token))
        .route_layer(from_fn_with_state(Places::default(), admit));
    let health = OpenApiRouter::default().routes(routes!(health::healthz)).routes(routes!(health::readyz));
    let (described, description) =
        OpenApiRouter::with_openapi(openapi::description()).merge(v1).merge(callbacks).merge(health).split_for_parts();
    described
        .merge(openapi::routes(&description))
        .merge(page::routes())
        .merge(pages::router())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn(move |request, next| frame(is_secure, request, next)))
        .with_state(api)
}

/// The panic itself is reported where it happens; its message may hold what was sent and is not repeated.
fn on_panic(_: Box<dyn Any + Send>) -> Response {
    panicked().into_response()
}
