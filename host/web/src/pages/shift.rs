//! A shift: opened with what is in the drawer, counted before anybody is told what should be there, closed or handed over.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, json};
use vienphi_service::desk::{Answered, Halt};

use super::frame::{Frame, Instead, shown};
use super::view::{Shift, typed, view};
use super::visit::new_key;
use super::visitor::{Form, Visitor, see};
use super::wrong::Wrong;

/// What may lie in a drawer, as a count names it.
const METHODS: [&str; 3] = ["cash", "card", "transfer"];

#[derive(Template)]
#[template(path = "shift.html")]
struct ShiftPage {
    frame: Frame,
    shift: Option<Shift>,
    wrong: Wrong,
    key: String,
}

impl ShiftPage {
    fn methods(&self) -> &'static [&'static str] {
        &METHODS
    }

    /// A method's amount of a count; nothing was counted of what is not named.
    fn of(&self, amounts: &Option<std::collections::BTreeMap<String, String>>, method: &str) -> String {
        let found = amounts.as_ref().and_then(|amounts| amounts.get(method));
        self.frame.m(found.map_or("0", String::as_str))
    }
}

async fn show(visitor: &Visitor, status: StatusCode, wrong: Wrong) -> Result<Response, Instead> {
    let own = visitor.desk()?.own_shift(visitor.actor()).await.map_err(|halt| visitor.halted(halt))?;
    let shift: Option<Shift> = own.map(|shift| view(visitor, &shift)).transpose()?;
    let frame = visitor.frame("shift", visitor.lang.t("shift-title"));
    let key = new_key(visitor)?;
    Ok(shown(status, &ShiftPage { frame, shift, wrong, key }))
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    show(&visitor, StatusCode::OK, Wrong::default()).await
}

pub(crate) async fn back(_: Visitor) -> Response {
    see("/desk/shift")
}

async fn done(form: &Form, came: Result<Answered, Halt>) -> Result<Response, Instead> {
    match Wrong::unless_done(&form.visitor, came)? {
        Ok(_) => Ok(see("/desk/shift")),
        Err(wrong) => show(&form.visitor, wrong.status(), wrong).await,
    }
}

pub(crate) async fn open(form: Form) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let float = typed(form.fields.get("float"));
    let float = if float.is_empty() { "0".to_owned() } else { float };
    let document = json!({"desk": form.fields.get("desk"), "float": float}).to_string();
    let sent = form.sent("POST /desk/shift", document.as_bytes())?;
    let came = visitor.desk()?.open_shift(visitor.actor(), sent).await;
    done(&form, came).await
}

pub(crate) async fn count(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let mut counted = Map::new();
    for method in METHODS {
        let amount = typed(form.fields.get(method));
        if !amount.is_empty() {
            counted.insert(method.to_owned(), amount.into());
        }
    }
    let (document, route) = (json!({"counted": counted}).to_string(), format!("POST /desk/shift/{id}/count"));
    let came = visitor.desk()?.count_shift(visitor.actor(), form.sent(&route, document.as_bytes())?, id).await;
    done(&form, came).await
}

pub(crate) async fn close(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let route = format!("POST /desk/shift/{id}/close");
    let came = visitor.desk()?.close_shift(visitor.actor(), form.sent(&route, b"{}")?, id).await;
    done(&form, came).await
}

pub(crate) async fn hand_over(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let document = json!({"to": form.fields.get("to")}).to_string();
    let route = format!("POST /desk/shift/{id}/hand-over");
    let came = visitor.desk()?.hand_over(visitor.actor(), form.sent(&route, document.as_bytes())?, id).await;
    done(&form, came).await
}
