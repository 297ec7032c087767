//! `/callbacks/{facility}/{rail}`: where providers tell of money. Nobody has a token here: what a rail's plugin and keys do
//! not prove changes nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use tokio::time::timeout;
use vienphi_service::desk::callbacks::Told;

use crate::api::Api;
use crate::desk::halted;
use crate::openapi::{CallbackRefusals, RailAnswers};
use crate::refusal::{self, Refusal};

/// No provider's message is longer.
const LONGEST_BYTES: usize = 64 * 1024;

/// Headers that are looked at.
const HEADERS: usize = 64;

/// A message arrives within this.
const ARRIVAL_SECONDS: u64 = 8;

/// Tell of money
///
/// For payment providers. The answer is the rail's own.
#[utoipa::path(
    post, path = "/callbacks/{facility}/{rail}", tag = "payments",
    params(("facility" = String, Path), ("rail" = String, Path)),
    request_body(content = String, content_type = "*/*"),
    responses(RailAnswers, CallbackRefusals),
)]
pub(crate) async fn post(
    State(api): State<Arc<Api>>,
    Path(place): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    hear(&api, place, request).await
}

/// Tell of money in the address
///
/// For payment providers. The answer is the rail's own.
#[utoipa::path(
    get, path = "/callbacks/{facility}/{rail}", tag = "payments",
    params(("facility" = String, Path), ("rail" = String, Path)),
    responses(RailAnswers, CallbackRefusals),
)]
pub(crate) async fn get(
    State(api): State<Arc<Api>>,
    Path(place): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    hear(&api, place, request).await
}

/// Tell of money where api.vietqr.vn tells of it
///
/// The path that VietQR.vn puts behind an address it was given.
#[utoipa::path(
    post, path = "/callbacks/{facility}/{rail}/bank/api/transaction-sync", tag = "payments",
    params(("facility" = String, Path), ("rail" = String, Path)),
    request_body(content = String, content_type = "*/*"),
    responses(RailAnswers, CallbackRefusals),
)]
pub(crate) async fn sync(
    State(api): State<Arc<Api>>,
    Path(place): Path<(String, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    hear(&api, place, request).await
}

/// Ask for a token
///
/// For providers that prove themselves by a token of this host: they ask for it with the name and the password that the
/// facility gave them (Basic).
#[utoipa::path(
    post, path = "/callbacks/{facility}/{rail}/api/token_generate", tag = "payments",
    params(("facility" = String, Path), ("rail" = String, Path)),
    responses(
        (status = 200, description = "A token for the next minutes", body = GivenToken, content_type = "*/*"),
        (status = 401, description = "The name or the password is wrong, or the rail has none; without a body"),
        CallbackRefusals,
    ),
)]
pub(crate) async fn token(
    State(api): State<Arc<Api>>,
    Path((facility, rail)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let desk = api.desk()?;
    let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(basic);
    let basic = basic.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
    Ok(match desk.give_token(&facility, &rail, basic).await.map_err(halted)? {
        Some(token) => {
            let given = GivenToken { access_token: token.text, token_type: "Bearer", expires_in: token.seconds };
            ([(CACHE_CONTROL, "no-store")], Json(given)).into_response()
        }
        None => (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Basic realm=\"callbacks\"")]).into_response(),
    })
}

/// A token in an answer.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct GivenToken {
    access_token: String,
    token_type: &'static str,
    /// Seconds.
    expires_in: i64,
}

fn basic(header: &str) -> Option<(String, String)> {
    let plain = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let (user, password) = std::str::from_utf8(&plain).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

async fn hear(api: &Api, (facility, rail): (String, String), request: Request) -> Result<Response, Refusal> {
    let desk = api.desk()?;
    let (parts, mut body) = request.into_parts();
    if !desk.has_rail(&rail) {
        // Nothing of it is waited for; what is said is the same.
        body = Body::empty();
    }
    let body = match timeout(Duration::from_secs(ARRIVAL_SECONDS), to_bytes(body, LONGEST_BYTES)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Err(refusal::too_long(LONGEST_BYTES)),
        Err(_) => return Err(refusal::too_slow(ARRIVAL_SECONDS)),
    };
    let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = parts.headers.iter().take(HEADERS);
    let told = Told {
        is_post: parts.method == Method::POST,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect(),
        body: body.to_vec(),
    };
    let reply = desk.hear(&facility, &rail, told).await.map_err(halted)?;
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Ok((status, [(CONTENT_TYPE, reply.content_type)], Body::from(reply.body)).into_response())
}
