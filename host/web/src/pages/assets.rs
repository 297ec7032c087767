//! Style and script of the pages, in the binary.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::refusal::nothing_at;

/// A file by its name.
pub(crate) async fn file(Path(name): Path<String>, uri: Uri) -> Response {
    let (kind, text) = match name.as_str() {
        "site.css" => ("text/css; charset=utf-8", include_str!("../../assets/site.css")),
        "site.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/site.js")),
        "htmx.min.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/htmx.min.js")),
        "hx-sse.min.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/hx-sse.min.js")),
        "mark.svg" => ("image/svg+xml", include_str!("../../assets/mark.svg")),
        _ => return nothing_at(&uri).into_response(),
    };
    (StatusCode::OK, [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")], text).into_response()
}
