//! A request for payment: its code in full size, and what came of it while the page is open.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use vienphi_domain::Action;
use vienphi_service::desk::Halt;

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::view::{Line, Request, Statement, typed, view, view_json};
use super::visit::{done, new_key};
use super::visitor::{Form, Visitor, see};
use crate::desk::following::Followed;

#[derive(Template)]
#[template(path = "request.html")]
struct RequestPage {
    frame: Frame,
    request: Request,
    /// The lines it is for, when it is for some.
    ordered: Vec<Line>,
    may_release: bool,
    picture: String,
    key: String,
}

impl RequestPage {
    fn here(&self) -> String {
        format!("/desk/requests/{}", self.request.id)
    }

    fn stream(&self) -> String {
        format!("{}/events", self.here())
    }
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    let found = visitor.desk()?.payment_request(visitor.actor(), visitor.id()).await;
    let request: Request = view(&visitor, &found.map_err(|halt| visitor.halted(halt))?)?;
    let picture = request.code().and_then(super::sign_in::picture).unwrap_or_default();
    let ordered = ordered(&visitor, &request).await?;
    let may_release = visitor.desk()?.permits(visitor.actor(), Action::PaymentRequestRelease);
    let key = new_key(&visitor)?;
    let frame = visitor.frame("desk", visitor.lang.t("request-title"));
    Ok(shown(StatusCode::OK, &RequestPage { frame, request, ordered, may_release, picture, key }))
}

/// The lines that a request is for, of the bill as it is.
async fn ordered(visitor: &Visitor, request: &Request) -> Result<Vec<Line>, Instead> {
    if request.lines.is_empty() {
        return Ok(Vec::new());
    }
    let statement = visitor.desk()?.statement(visitor.actor(), &request.encounter, None).await;
    // Who sees the request and not the bill is shown no lines.
    let Some(statement) = visitor.if_permitted(statement)? else { return Ok(Vec::new()) };
    let mut statement: Statement = view_json(visitor, &statement.json)?;
    statement.lines.retain(|line| request.lines.contains(&line.id));
    Ok(statement.lines)
}

pub(crate) async fn back(visitor: Visitor) -> Response {
    see(&format!("/desk/requests/{}", path(visitor.id())))
}

/// Asks for what is due, for a deposit, or for some lines: the order slip that is paid before its services are given.
pub(crate) async fn ask(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let (purpose, amount) = (form.fields.get("for"), typed(form.fields.get("amount")));
    let mut document = json!({"for": purpose, "rail": form.fields.get("rail")});
    if !amount.is_empty() {
        document["amount"] = amount.into();
    }
    if purpose == "lines" {
        document["lines"] = form.fields.all("line").collect::<Vec<_>>().into();
    }
    let (document, route) = (document.to_string(), format!("POST /desk/visits/{id}/requests"));
    let sent = form.sent(&route, document.as_bytes())?;
    let came = visitor.desk()?.request_payment(visitor.actor(), sent, id).await;
    let name = if purpose == "lines" { "lines" } else { "code" };
    let next = |body: &Value| match body["id"].as_i64().or_else(|| body["items"][0]["id"].as_i64()) {
        Some(number) => format!("/desk/requests/{number}"),
        None => format!("/desk/visits/{}", path(id)),
    };
    done(&form, name, came, next).await
}

/// Lets the services be given before they are paid, by somebody's word.
pub(crate) async fn release(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let document = json!({"reason": form.fields.get("reason")}).to_string();
    let route = format!("POST /desk/requests/{id}/release");
    let sent = form.sent(&route, document.as_bytes())?;
    match visitor.desk()?.release(visitor.actor(), sent, id).await {
        Ok(_) => Ok(see(&format!("/desk/requests/{}", path(id)))),
        Err(halt @ (Halt::Refused(_) | Halt::Failed(_))) => Err(visitor.halted(halt)),
    }
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

/// When what the page shows of the request is no longer so.
pub(crate) async fn events(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let followed = Followed::Request(visitor.id().to_owned());
    visitor.follow(followed, query.as_deref()).await
}
