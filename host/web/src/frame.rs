//! What surrounds every request: its id, its span, its time limit and the headers of its answer.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::{Instrument, Span, field};

use crate::pages::CLAIMS;
use crate::refusal::timed_out;

/// The longest a request may take.
const TIME_LIMIT_SECONDS: u64 = 10;

/// The longest that sending and checking claim files may take.
const UPLOAD_LIMIT_SECONDS: u64 = 900;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts the frame around a request.
pub(crate) async fn frame(is_secure: bool, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let is_api = request.uri().path().starts_with("/v1/");
    let span = span(&request, &id);
    let is_upload = request.method() == Method::POST && request.uri().path() == CLAIMS;
    let seconds = if is_upload { UPLOAD_LIMIT_SECONDS } else { TIME_LIMIT_SECONDS };
    let mut response = async {
        let response = match timeout(Duration::from_secs(seconds), next.run(request)).await {
            Ok(response) => response,
            Err(_) => timed_out(seconds).into_response(),
        };
        report(response.status(), started.elapsed(), is_api);
        response
    }
    .instrument(span)
    .await;
    protect(response.headers_mut(), is_api);
    if is_secure {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The span names the route and not the path, which may hold what a person typed.
fn span(request: &Request, id: &HeaderValue) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    let method = request.method().as_str();
    tracing::info_span!(
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        request_id = id.to_str().unwrap_or_default(),
        latency_us = field::Empty,
    )
}

/// Failures of ours are worth a line of the log. At thousands of answers a second the others are not, nor are those to
/// whoever keeps asking whether the server is ready.
fn report(status: StatusCode, latency: Duration, is_api: bool) {
    let latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
    let span = Span::current();
    span.record("http.response.status_code", status.as_u16());
    span.record("latency_us", latency_us);
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    if status.is_server_error() && is_api {
        tracing::warn!(status = status.as_u16(), latency_us, "a request failed");
    } else {
        tracing::debug!(status = status.as_u16(), latency_us, "a request was answered");
    }
}

/// The sender's own id when it is one, so that both sides' logs can be laid together; else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    match headers.get(REQUEST_ID) {
        Some(id) if is_request_id(id.as_bytes()) => id.clone(),
        _ => new_request_id(),
    }
}

/// Short, and nothing that a log or a header could take for something else.
fn is_request_id(id: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&id.len()) && id.iter().all(is_plain)
}

/// A number drawn once for each process, and a count.
fn new_request_id() -> HeaderValue {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("process"));
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:016x}-{}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
}

/// Answers are never framed, sniffed or run as pages, and those of the API never kept by a cache. A page that needs
/// more has said so itself.
fn protect(headers: &mut HeaderMap, is_api: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    if is_api {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken_from_the_sender() {
        let longest = "a".repeat(64);
        let rows = [
            ("b1946ac9-2a7e.4_X", true),
            (longest.as_str(), true),
            ("", false),
            (&"a".repeat(65), false),
            ("a b", false),
            ("a\"b", false),
            ("số", false),
        ];
        for (id, expected) in rows {
            assert_eq!(is_request_id(id.as_bytes()), expected, "{id}");
        }
        assert_ne!(new_request_id(), new_request_id());
        assert!(is_request_id(new_request_id().as_bytes()));
    }
}
