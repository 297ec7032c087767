//! Why a request is not answered: one `application/problem+json` for every layer.

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use vienphi_domain::{Fault, Problem};

/// A problem on its way out.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Problem>);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal(Box::new(problem))
    }
}

impl Refusal {
    /// What is wrong, for a page.
    pub(crate) fn problem(&self) -> &Problem {
        &self.0
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A problem holds text only: writing it to memory cannot fail.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn refusal(status: StatusCode, kind: &'static str, title: &'static str, detail: String) -> Refusal {
    Problem { kind, title, status: status.as_u16(), encounter: None, detail, errors: Vec::new() }.into()
}

/// 404: no such route.
pub(crate) async fn not_found(uri: Uri) -> Refusal {
    nothing_at(&uri)
}

/// 404: nothing at this path.
pub(crate) fn nothing_at(uri: &Uri) -> Refusal {
    refusal(
        StatusCode::NOT_FOUND,
        "urn:vienphi:problem:not-found",
        "There is nothing here",
        format!("{} is no path of this interface; /openapi.json lists them", shown(uri.path())),
    )
}

/// 405: the route knows other methods. The router adds which.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> Refusal {
    refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "urn:vienphi:problem:method-not-allowed",
        "The method is not allowed here",
        format!(
            "{} does not answer {}; the header {ALLOW} names what it does",
            shown(uri.path()),
            shown(method.as_str())
        ),
    )
}

/// 400: parameters of the URL.
pub(crate) fn invalid_query(errors: Vec<Fault>) -> Refusal {
    let detail = match errors.first() {
        Some(first) => format!("{} {}", first.path, first.message),
        None => String::new(),
    };
    let mut refusal = refusal(
        StatusCode::BAD_REQUEST,
        "urn:vienphi:problem:invalid-query",
        "The parameters of the URL are wrong",
        detail,
    );
    refusal.0.errors = errors;
    refusal
}

/// 415: not JSON by its own word.
pub(crate) fn not_json() -> Refusal {
    refusal(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "urn:vienphi:problem:unsupported-media-type",
        "The document is not sent as JSON",
        format!("{CONTENT_TYPE} must be application/json"),
    )
}

/// 415: not XML by its own word.
pub(crate) fn not_xml() -> Refusal {
    refusal(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "urn:vienphi:problem:unsupported-media-type",
        "The file is not sent as XML",
        format!("{CONTENT_TYPE} must be application/xml or text/xml"),
    )
}

/// 422: a claim file that cannot be read.
pub(crate) fn unreadable_claim(why: &str) -> Refusal {
    refusal(
        StatusCode::UNPROCESSABLE_ENTITY,
        "urn:vienphi:problem:unreadable-claim",
        "The claim file cannot be read",
        why.to_owned(),
    )
}

/// 413: longer than anything that could be priced.
pub(crate) fn too_long(limit_bytes: usize) -> Refusal {
    refusal(
        StatusCode::PAYLOAD_TOO_LARGE,
        "urn:vienphi:problem:document-too-long",
        "The document is too long",
        format!("a document has at most {limit_bytes} bytes"),
    )
}

/// 408: it did not arrive in time.
pub(crate) fn too_slow(limit_seconds: u64) -> Refusal {
    refusal(
        StatusCode::REQUEST_TIMEOUT,
        "urn:vienphi:problem:document-too-slow",
        "The document did not arrive in time",
        format!("a document must arrive within {limit_seconds} seconds"),
    )
}

/// 400: the connection broke off inside it.
pub(crate) fn cut_off() -> Refusal {
    refusal(
        StatusCode::BAD_REQUEST,
        "urn:vienphi:problem:document-cut-off",
        "The document could not be received",
        "the body ended before its announced end".into(),
    )
}

/// 401: nobody known.
pub(crate) fn no_token() -> Refusal {
    refusal(
        StatusCode::UNAUTHORIZED,
        "urn:vienphi:problem:no-token",
        "It is not known who asks",
        "send Authorization: Bearer TOKEN with a token that counts; `vienphi token create` makes one".into(),
    )
}

/// 400: a header is missing or wrong.
pub(crate) fn wrong_header(name: &'static str, message: &str) -> Refusal {
    let mut refusal = refusal(
        StatusCode::BAD_REQUEST,
        "urn:vienphi:problem:invalid-header",
        "A header is missing or wrong",
        format!("{name} {message}"),
    );
    refusal.0.errors = vec![Fault { path: name.to_owned(), message: message.to_owned() }];
    refusal
}

/// 503: nothing can be read or written now.
pub(crate) fn unavailable() -> Refusal {
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "urn:vienphi:problem:database-unavailable",
        "The database cannot be reached",
        "try again in a moment, a command with the same Idempotency-Key: if it had its effect, that answer comes"
            .into(),
    )
}

/// 503: this server keeps nothing.
pub(crate) fn keeps_nothing() -> Refusal {
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "urn:vienphi:problem:no-database",
        "This server keeps no records",
        "it was started without a database".into(),
    )
}

/// 503: too many at once.
pub(crate) fn overloaded(limit: usize) -> Refusal {
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "urn:vienphi:problem:overloaded",
        "Too many requests at once",
        format!("{limit} requests are under way; try again"),
    )
}

/// 503: not answered in time.
pub(crate) fn timed_out(limit_seconds: u64) -> Refusal {
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "urn:vienphi:problem:timed-out",
        "The answer took too long",
        format!("nothing was answered within {limit_seconds} seconds; try again"),
    )
}

/// 503: plugins are being compiled.
pub(crate) fn loading() -> Refusal {
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "urn:vienphi:problem:not-ready",
        "Not ready yet",
        "the tariff plugins are being loaded; try again".into(),
    )
}

/// 503: some plugin can not be used.
pub(crate) fn not_admitted(errors: Vec<Fault>) -> Refusal {
    let names: Vec<&str> = errors.iter().map(|error| error.path.trim_start_matches("plugins.")).collect();
    let mut refusal = refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "urn:vienphi:problem:plugin-not-admitted",
        "A tariff plugin was not admitted",
        format!("visits of these packages cannot be priced: {}", names.join(", ")),
    );
    refusal.0.errors = errors;
    refusal
}

/// 500: a defect of ours. What went wrong is in the log, under the request's id.
pub(crate) fn panicked() -> Refusal {
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "urn:vienphi:problem:internal",
        "An internal check failed",
        "the request could not be worked on; its x-request-id leads to the reason".into(),
    )
}

/// What the sender wrote, no longer than a line.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}
