//! The body of a request: one document of bounded length that arrives in bounded time.

use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use tokio::time::timeout;

use crate::refusal::{Refusal, cut_off, not_json, not_xml, too_long, too_slow};

/// An encounter of ten thousand lines, the most that is priced, has about 4 MB.
pub(crate) const LONGEST_BYTES: usize = 8 * 1024 * 1024;

/// Shorter than the time for the whole request, so that a slow sender is told that it was slow.
const ARRIVAL_SECONDS: u64 = 8;

/// The file of a visit has about 100 KB; of a whole day's visits a few megabytes. Months are checked by the command.
const LONGEST_CLAIM_BYTES: usize = 16 * 1024 * 1024;

/// A JSON document, not read yet.
pub(crate) struct Document(pub(crate) Bytes);

/// A claim file, not read yet.
pub(crate) struct XmlDocument(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Document, Refusal> {
        if !is_sent_as(request.headers(), &["application/json"]) {
            return Err(not_json());
        }
        arrived(request, state, LONGEST_BYTES).await.map(Document)
    }
}

impl<S: Send + Sync> FromRequest<S> for XmlDocument {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<XmlDocument, Refusal> {
        if !is_sent_as(request.headers(), &["application/xml", "text/xml"]) {
            return Err(not_xml());
        }
        arrived(request, state, LONGEST_CLAIM_BYTES).await.map(XmlDocument)
    }
}

/// The body, when it is no longer than this and arrives in time.
async fn arrived<S: Send + Sync>(mut request: Request, state: &S, longest: usize) -> Result<Bytes, Refusal> {
    // By its announced length, before anything of it is received.
    if request.body().size_hint().lower() > longest as u64 {
        return Err(too_long(longest));
    }
    DefaultBodyLimit::max(longest).apply(&mut request);
    match timeout(Duration::from_secs(ARRIVAL_SECONDS), Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)))) => Err(too_long(longest)),
        Ok(Err(_)) => Err(cut_off()),
        Err(_) => Err(too_slow(ARRIVAL_SECONDS)),
    }
}

/// By its media type, with or without parameters such as `charset=utf-8`.
fn is_sent_as(headers: &HeaderMap, types: &[&str]) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim();
    types.iter().any(|known| essence.eq_ignore_ascii_case(known))
}
