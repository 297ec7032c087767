//! The body of a request: one JSON document of bounded length that arrives in bounded time.

use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use tokio::time::timeout;

use crate::refusal::{Refusal, cut_off, not_json, too_long, too_slow};

/// An encounter of ten thousand lines, the most that is priced, has about 4 MB.
pub(crate) const LONGEST_BYTES: usize = 8 * 1024 * 1024;

/// Shorter than the time for the whole request, so that a slow sender is told that it was slow.
const ARRIVAL_SECONDS: u64 = 8;

/// A JSON document, not read yet.
pub(crate) struct Document(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = Refusal;

    async fn from_request(mut request: Request, state: &S) -> Result<Document, Refusal> {
        if !is_json(request.headers()) {
            return Err(not_json());
        }
        // By its announced length, before anything of it is received.
        if request.body().size_hint().lower() > LONGEST_BYTES as u64 {
            return Err(too_long(LONGEST_BYTES));
        }
        DefaultBodyLimit::max(LONGEST_BYTES).apply(&mut request);
        match timeout(Duration::from_secs(ARRIVAL_SECONDS), Bytes::from_request(request, state)).await {
            Ok(Ok(bytes)) => Ok(Document(bytes)),
            Ok(Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)))) => {
                Err(too_long(LONGEST_BYTES))
            }
            Ok(Err(_)) => Err(cut_off()),
            Err(_) => Err(too_slow(ARRIVAL_SECONDS)),
        }
    }
}

/// `application/json`, with or without parameters such as `charset=utf-8`.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let essence = value.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
