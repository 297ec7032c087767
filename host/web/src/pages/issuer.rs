//! Signing in by the hospital's own account system: a way there, and what came back.
//!
//! The way there is a link: a form that is answered with a redirect to another host is stopped by `form-action 'self'` in browsers,
//! and no page of ours lets forms go elsewhere.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use vienphi_service::desk::people::{ByIssuer, Told, Why};

use super::frame::{Frame, Instead, shown, trouble};
use super::sign_in::{clock, wait};
use super::texts::Lang;
use super::visitor::{Anyone, Fields, keep_session, keep_ticket, see, ticket};
use crate::desk::halted;
use crate::peer::Whence;

/// Seconds after which an issuer that was down may be tried again.
const TRY_AGAIN: &str = "30";

#[derive(Template)]
#[template(path = "issuer.html")]
struct Page {
    frame: Frame,
    detail: String,
    /// The issuer and its name for somebody, for the administrator.
    account: Option<(String, String)>,
}

/// Sends a browser to the issuer.
pub(crate) async fn begin(anyone: Anyone) -> Result<Response, Instead> {
    let desk = anyone.desk()?;
    if !desk.has_issuer() {
        return Ok(see("/sign-in"));
    }
    let begun = desk.begin_by_issuer().await.map_err(|halt| trouble(anyone.lang, halted(halt)))?;
    Ok(match begun {
        Ok(beginning) => keep_ticket(&anyone.api, see(&beginning.address), Some(&beginning.ticket)),
        Err(why) => not(anyone.lang, why),
    })
}

/// Takes what the issuer sent a browser back with. The ticket is gone afterwards, whatever came of it.
pub(crate) async fn end(
    Whence(from): Whence,
    anyone: Anyone,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Instead> {
    let (lang, desk) = (anyone.lang, anyone.desk()?);
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let given = |name: &str| Some(fields.exactly(name).to_owned()).filter(|value| !value.is_empty());
    // Beside an error a code is worth nothing.
    let code = given("code").filter(|_| given("error").is_none());
    let told = Told { state: fields.exactly("state").to_owned(), code, issuer: given("iss") };
    let ticket = ticket(&headers, &anyone.api).unwrap_or_default();
    let came = desk.end_by_issuer(from, &ticket, &told).await;
    let answer = match came.map_err(|halt| trouble(lang, halted(halt)))? {
        ByIssuer::In(cookie) => keep_session(&anyone.api, see("/desk"), Some(&cookie)),
        ByIssuer::Not(why) => not(lang, why),
        ByIssuer::Held(held) => {
            let detail = lang.about("sign-in-held", clock(held.until));
            wait(said(lang, StatusCode::TOO_MANY_REQUESTS, "issuer-not", detail, None), held)
        }
    };
    Ok(keep_ticket(&anyone.api, answer, None))
}

/// Why nobody is signed in, as a page.
fn not(lang: Lang, why: Why) -> Response {
    let (status, name) = match &why {
        Why::Down => (StatusCode::SERVICE_UNAVAILABLE, "issuer-down"),
        Why::NotBegun => (StatusCode::BAD_REQUEST, "issuer-not-begun"),
        Why::Denied => (StatusCode::UNAUTHORIZED, "issuer-denied"),
        Why::Unproven => (StatusCode::UNAUTHORIZED, "issuer-unproven"),
        Why::Unknown { .. } => (StatusCode::FORBIDDEN, "issuer-unknown"),
        Why::Closed => (StatusCode::FORBIDDEN, "issuer-closed"),
    };
    let is_down = why == Why::Down;
    let account = if let Why::Unknown { issuer, subject } = why { Some((issuer, subject)) } else { None };
    let mut answer = said(lang, status, "issuer-not", lang.t(name), account);
    if is_down {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(TRY_AGAIN));
    }
    answer
}

fn said(lang: Lang, status: StatusCode, title: &str, detail: String, account: Option<(String, String)>) -> Response {
    let frame = Frame::of(lang, None, "", lang.t(title));
    shown(status, &Page { frame, detail, account })
}
