//! A request for payment: its code in full size, and what came of it while the page is open.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use vienphi_service::desk::Halt;

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::view::{Request, typed, view};
use super::visit::new_key;
use super::visitor::{Form, Visitor, see};
use crate::desk::following::{Followed, Proof, stream_of};

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    frame: Frame,
    request: Request,
    picture: String,
    key: String,
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    let found = visitor.desk()?.payment_request(visitor.actor(), visitor.id()).await;
    let request: Request = view(&visitor, &found.map_err(|halt| visitor.halted(halt))?)?;
    let picture = request.code().and_then(super::sign_in::picture).unwrap_or_default();
    let key = new_key(&visitor)?;
    let frame = visitor.frame("desk", visitor.lang.t("request-title"));
    Ok(shown(StatusCode::OK, &RequestPage { frame, request, picture, key }))
}

pub(crate) async fn back(visitor: Visitor) -> Response {
    see(&format!("/desk/requests/{}", path(visitor.id())))
}

/// Asks for what is due, or for a deposit.
pub(crate) async fn ask(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let amount = typed(form.fields.get("amount"));
    let mut document = json!({"for": form.fields.get("for"), "rail": form.fields.get("rail")});
    if !amount.is_empty() {
        document["amount"] = amount.into();
    }
    let (document, route) = (document.to_string(), format!("POST /desk/visits/{id}/requests"));
    let sent = form.sent(&route, document.as_bytes())?;
    let answered = visitor.desk()?.request_payment(visitor.actor(), sent, id).await;
    let answered = answered.map_err(|halt| visitor.halted(halt))?;
    let body: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
    let number = body["id"].as_i64().or_else(|| body["items"][0]["id"].as_i64());
    Ok(match number {
        Some(number) => see(&format!("/desk/requests/{number}")),
        None => see(&format!("/desk/visits/{}", path(id))),
    })
}

pub(crate) async fn cancel(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let document = json!({"reason": form.fields.get("reason")}).to_string();
    let route = format!("DELETE /desk/requests/{id}");
    let sent = form.sent(&route, document.as_bytes())?;
    match visitor.desk()?.cancel_payment_request(visitor.actor(), sent, id).await {
        Ok(_) => Ok(see(&format!("/desk/requests/{}", path(id)))),
        Err(halt @ (Halt::Refused(_) | Halt::Failed(_))) => Err(visitor.halted(halt)),
    }
}

/// What becomes of the request, as the interface tells it.
pub(crate) async fn events(visitor: Visitor) -> Result<Response, Instead> {
    let proof = Proof::Session(visitor.cookie.clone().into());
    let streamed = stream_of(&visitor.api, visitor.actor(), Followed::Request(visitor.id().to_owned()), proof).await;
    streamed.map_err(|refusal| visitor.trouble(refusal))
}
