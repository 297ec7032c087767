//! `GET /docs`: the description as a page to read and try, with everything it needs in the binary.

use std::sync::Arc;

use axum::Router;
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_swagger_ui::Config;

use crate::refusal::nothing_at;

/// The viewer sets styles on its elements and shows small pictures of its own; everything else is from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page, its files, and the way to it.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/docs") }))
        .route("/docs", get(page))
        .route("/docs/", get(page))
        .route("/docs/{file}", get(file))
}

async fn page() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    (headers, include_str!("page/page.html"))
}

async fn file(uri: Uri) -> Response {
    let kept = (CACHE_CONTROL, "public, max-age=3600");
    let name = uri.path().trim_start_matches("/docs/");
    let content_type = match name {
        "page.js" => {
            let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), kept];
            return (headers, include_str!("page/page.js")).into_response();
        }
        "swagger-ui.css" => "text/css; charset=utf-8",
        "swagger-ui-bundle.js" => "text/javascript; charset=utf-8",
        _ => return nothing_at(&uri).into_response(),
    };
    match utoipa_swagger_ui::serve(name, Arc::new(Config::default())) {
        Ok(Some(found)) => ([(CONTENT_TYPE, content_type), kept], found.bytes.into_owned()).into_response(),
        Ok(None) | Err(_) => nothing_at(&uri).into_response(),
    }
}
