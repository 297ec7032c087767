//! Money that nobody could place: each sum with the visits that it may be for.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use vienphi_domain::Action;

use super::frame::{Frame, Instead, shown};
use super::view::{Page, Work, view};
use super::visit::{document, new_key};
use super::visitor::{Fields, Form, Visitor, see};
use super::wrong::Wrong;

#[derive(Template)]
#[template(path = "unapplied.html")]
struct UnappliedPage {
    frame: Frame,
    work: Vec<Work>,
    /// Is it a later part of what waits?
    is_later: bool,
    /// Where the next part begins.
    next: Option<String>,
    may_record: bool,
    /// What was typed of money that could not be recorded.
    typed: Fields,
    wrong: Wrong,
    key: String,
}

async fn show(
    visitor: &Visitor,
    status: StatusCode,
    after: Option<i64>,
    typed: Fields,
    wrong: Wrong,
) -> Result<Response, Instead> {
    let work = visitor.desk()?.unapplied(visitor.actor(), after).await.map_err(|halt| visitor.halted(halt))?;
    let work: Page<Work> = view(visitor, &work)?;
    let frame = visitor.frame("unapplied", visitor.lang.t("unapplied-title"));
    let (key, may_record) = (new_key(visitor)?, visitor.desk()?.permits(visitor.actor(), Action::UnappliedRecord));
    Ok(shown(
        status,
        &UnappliedPage {
            frame,
            work: work.items,
            is_later: after.is_some(),
            next: work.next,
            may_record,
            typed,
            wrong,
            key,
        },
    ))
}

pub(crate) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let after = Fields::read(query.unwrap_or_default().as_bytes()).get("after").parse().ok();
    show(&visitor, StatusCode::OK, after, Fields::default(), Wrong::default()).await
}

pub(crate) async fn back(_: Visitor) -> Response {
    see("/desk/unapplied")
}

/// Keeps money that nobody can place yet: a statement's line without a name, cash that was left.
pub(crate) async fn record(form: Form) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let document = document(&form.fields, &["amount", "method", "reference", "payer", "memo"]);
    let sent = form.sent("POST /desk/unapplied", &document)?;
    let came = visitor.desk()?.record_credit(visitor.actor(), sent).await;
    match Wrong::unless_done(visitor, came)? {
        // What was recorded is shown first, however much waits before it.
        Ok(body) => Ok(see(&match body["id"].as_i64() {
            Some(id) => format!("/desk/unapplied?after={}", id - 1),
            None => "/desk/unapplied".to_owned(),
        })),
        Err(wrong) => show(visitor, wrong.status(), None, form.fields, wrong).await,
    }
}

/// Gives the money to a visit, or says that a failed transfer was seen to.
pub(crate) async fn apply(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let document = json!({"encounter": form.fields.get("encounter")}).to_string();
    let route = format!("POST /desk/unapplied/{id}/apply");
    let came = visitor.desk()?.apply_credit(visitor.actor(), form.sent(&route, document.as_bytes())?, id).await;
    match Wrong::unless_done(visitor, came)? {
        Ok(_) => Ok(see("/desk/unapplied")),
        Err(wrong) => show(visitor, wrong.status(), None, Fields::default(), wrong).await,
    }
}
