//! What others asked for and a second person decides.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::view::{Approval, Page, view};
use super::visit::new_key;
use super::visitor::{Form, Visitor, see};
use super::wrong::Wrong;

#[derive(Template)]
#[template(path = "approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    waiting: Vec<Approval>,
    decided: Vec<Approval>,
    me: String,
    wrong: Wrong,
    key: String,
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    show(&visitor, StatusCode::OK, Wrong::default()).await
}

async fn show(visitor: &Visitor, status: StatusCode, wrong: Wrong) -> Result<Response, Instead> {
    let all = visitor.desk()?.approvals(visitor.actor(), None, None).await.map_err(|halt| visitor.halted(halt))?;
    let all: Page<Approval> = view(visitor, &all)?;
    let (waiting, decided) = all.items.into_iter().partition(|approval: &Approval| approval.state == "pending");
    let frame = visitor.frame("approvals", visitor.lang.t("approvals-title"));
    let (me, key) = (visitor.actor().name.to_string(), new_key(visitor)?);
    Ok(shown(status, &ApprovalsPage { frame, waiting, decided, me, wrong, key }))
}

pub(crate) async fn back(_: Visitor) -> Response {
    see("/desk/approvals")
}

/// Pays an approved refund out; its receipt.
pub(crate) async fn pay(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let mut document = json!({"method": form.fields.get("method")});
    if !form.fields.get("reference").is_empty() {
        document["reference"] = form.fields.get("reference").into();
    }
    let (document, route) = (document.to_string(), format!("POST /desk/approvals/{id}/pay"));
    let came = visitor.desk()?.pay_refund(visitor.actor(), form.sent(&route, document.as_bytes())?, id).await;
    match Wrong::unless_done(visitor, came)? {
        Ok(body) => Ok(see(&format!("/desk/receipts/{}", path(body["number"].as_str().unwrap_or_default())))),
        Err(wrong) => show(visitor, wrong.status(), wrong).await,
    }
}

pub(crate) async fn decide(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let is_approved = match visitor.named("decision") {
        "approve" => true,
        "reject" => false,
        _ => return Ok(see("/desk/approvals")),
    };
    let reason = form.fields.get("reason");
    let document = if reason.is_empty() { json!({}) } else { json!({"reason": reason}) }.to_string();
    let route = format!("POST /desk/approvals/{id}/{}", visitor.named("decision"));
    let sent = form.sent(&route, document.as_bytes())?;
    let came = visitor.desk()?.decide(visitor.actor(), sent, id, is_approved).await;
    came.map_err(|halt| visitor.halted(halt))?;
    Ok(see("/desk/approvals"))
}
