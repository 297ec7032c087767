//! A receipt, for a roll of 80 mm or a sheet of A5; how it is undone, and what the bank says of a transfer that was taken on proof.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use vienphi_domain::Action;
use vienphi_domain::spoken::spoken;

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::view::{Receipt, view_json};
use super::visit::{new_key, to_receipt};
use super::visitor::{Fields, Form, Visitor, see};
use super::wrong::{Fault, Wrong};

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    receipt: Receipt,
    facility: String,
    may_reverse: bool,
    may_confirm: bool,
    /// What was typed into a form that was refused.
    typed: Fields,
    wrong: Wrong,
    key: String,
}

impl ReceiptPage {
    /// Is it this form that was refused? Each says by its outcome which it is.
    fn is(&self, form: &str) -> bool {
        self.typed.get("outcome") == form
    }

    /// What was typed into it.
    fn typed(&self, form: &str, field: &str) -> &str {
        if self.is(form) { self.typed.get(field) } else { "" }
    }

    /// What is wrong with a field of it.
    fn fault(&self, form: &str, field: &str) -> Option<&Fault> {
        self.wrong.with(field).filter(|_| self.is(form))
    }

    /// The amount in Vietnamese words; none of what is no whole đồng.
    fn in_words(&self) -> Option<String> {
        self.receipt.amount.parse().ok().map(spoken)
    }
}

async fn show(visitor: &Visitor, status: StatusCode, typed: Fields, wrong: Wrong) -> Result<Response, Instead> {
    let (desk, actor, number) = (visitor.desk()?, visitor.actor(), visitor.id());
    let halted = |halt| visitor.halted(halt);
    let (found, may_reverse) = tokio::join!(desk.receipt(actor, number), desk.may_reverse(actor, number));
    let receipt: Receipt = view_json(visitor, &found.map_err(halted)?)?;
    let is_waiting = receipt.state == "provisional";
    let page = ReceiptPage {
        may_reverse: receipt.counts() && may_reverse.map_err(halted)?,
        may_confirm: is_waiting && desk.permits(actor, Action::ReceiptConfirm),
        frame: visitor.frame("desk", receipt.number.clone()),
        facility: facility(visitor),
        key: new_key(visitor)?,
        receipt,
        typed,
        wrong,
    };
    Ok(shown(status, &page))
}

/// The facility by its name, where the registry knows it today, and its code.
fn facility(visitor: &Visitor) -> String {
    let (pricer, code) = (visitor.api.pricer(), &visitor.actor().facility);
    let known = pricer.facility(code, visitor.api.today());
    known.map_or_else(|| code.to_string(), |facility| format!("{} ({code})", facility.name))
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    show(&visitor, StatusCode::OK, Fields::default(), Wrong::default()).await
}

pub(crate) async fn back(visitor: Visitor) -> Response {
    see(&format!("/desk/receipts/{}", path(visitor.id())))
}

/// Undoes it by another receipt, which is shown.
pub(crate) async fn reverse(form: Form) -> Result<Response, Instead> {
    let (visitor, number) = (&form.visitor, form.visitor.id());
    let document = json!({"reason": form.fields.get("reason")}).to_string();
    let route = format!("POST /desk/receipts/{number}/reverse");
    let came = visitor.desk()?.reverse(visitor.actor(), form.sent(&route, document.as_bytes())?, number).await;
    match Wrong::unless_done(visitor, came)? {
        Ok(body) => Ok(see(&to_receipt(&body))),
        Err(wrong) => show(visitor, wrong.status(), form.fields, wrong).await,
    }
}

/// Says whether its transfer came.
pub(crate) async fn confirm(form: Form) -> Result<Response, Instead> {
    let (visitor, number) = (&form.visitor, form.visitor.id());
    let document = match form.fields.get("outcome") {
        "confirmed" => json!({"outcome": "confirmed", "reference": form.fields.get("reference")}),
        outcome => json!({"outcome": outcome, "reason": form.fields.get("reason")}),
    };
    let (document, route) = (document.to_string(), format!("POST /desk/receipts/{number}/confirm"));
    let came = visitor.desk()?.confirm(visitor.actor(), form.sent(&route, document.as_bytes())?, number).await;
    match Wrong::unless_done(visitor, came)? {
        Ok(_) => Ok(see(&format!("/desk/receipts/{}", path(number)))),
        Err(wrong) => show(visitor, wrong.status(), form.fields, wrong).await,
    }
}
