//! A visit at the counter: what is due at a glance, every line with its reason, and the money.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use vienphi_domain::Action;
use vienphi_service::desk::{Answered, Halt};

use super::frame::{Frame, Instead, shown};
use super::home::path;
use super::scan::Reading;
use super::view::{
    Account, Eligibility, Encounter, Line, Page, Rail, Receipt, Request, Statement, typed, view, view_json,
};
use super::visitor::{Fields, Form, Visitor, see};
use super::wrong::{Fault, Wrong};

#[derive(Template)]
#[template(path = "visit.html")]
struct VisitPage {
    frame: Frame,
    id: String,
    encounter: Encounter,
    account: Account,
    statement: Statement,
    receipts: Vec<Receipt>,
    requests: Vec<Request>,
    rails: Vec<Rail>,
    /// The way the patient came, in words: what the subject (MA_DOITUONG_KCB) means.
    route: String,
    /// What the portal said of the patient's card last.
    card: Option<Eligibility>,
    may: May,
    /// How the search that led here was read.
    reading: Option<Reading>,
    /// Of the forms: what was typed and what was wrong with it.
    tried: Tried,
    /// Each form is one command, however often it is sent.
    key: String,
}

/// What may be done here besides money.
struct May {
    ask_portal: bool,
    reopen: bool,
}

/// A form that was refused.
#[derive(Default)]
pub(super) struct Tried {
    form: &'static str,
    amount: String,
    reference: String,
    reason: String,
    method: String,
    provisional: bool,
    wrong: Wrong,
}

impl Tried {
    fn is(&self, form: &str) -> bool {
        self.form == form
    }

    /// What is wrong with a field of a form.
    fn fault(&self, form: &str, field: &str) -> Option<&Fault> {
        self.wrong.with(field).filter(|_| self.form == form)
    }
}

impl VisitPage {
    /// Lines of which the patient pays something.
    fn own_lines(&self) -> Vec<&Line> {
        self.statement.lines.iter().filter(|line| line.has_own() || line.copayment != "0").collect()
    }

    /// The refund that could be asked for.
    fn refundable(&self) -> bool {
        self.account.deposits != "0"
    }
}

async fn show(
    visitor: &Visitor,
    id: &str,
    status: StatusCode,
    reading: Option<Reading>,
    tried: Tried,
) -> Result<Response, Instead> {
    let (desk, actor) = (visitor.desk()?, visitor.actor());
    let halted = |halt| visitor.halted(halt);
    let encounter: Encounter = view_json(visitor, &desk.encounter(actor, id).await.map_err(halted)?.json)?;
    // That it is looked at is written down by now; the rest is read at once.
    let (statement, account, receipts, requests, rails, cards) = tokio::join!(
        desk.statement(actor, id, None),
        desk.account(actor, id),
        desk.receipts_of(actor, id),
        desk.payment_requests(actor, id),
        desk.rails(actor),
        desk.eligibilities(actor, Some(encounter.patient_id()), None),
    );
    let statement: Statement = view_json(visitor, &statement.map_err(halted)?.json)?;
    let account: Account = view(visitor, &account.map_err(halted)?)?;
    let receipts = visitor.if_permitted(receipts)?;
    let requests = visitor.if_permitted(requests)?;
    // Without these a visit is paid for all the same; what was wrong is in the log.
    let rails = visitor.if_permitted(rails).unwrap_or_default();
    let cards = visitor.if_permitted(cards).unwrap_or_default();
    let mut rails: Vec<Rail> = items(visitor, rails)?;
    rails.retain(|rail| rail.state == "ready");
    let cards: Vec<Eligibility> = items(visitor, cards)?;
    let may = May {
        ask_portal: desk.permits(actor, Action::EligibilityAsk),
        reopen: desk.permits(actor, Action::EncounterReopen),
    };
    let pricer = visitor.api.pricer();
    let route = statement.subject.derived.as_deref().and_then(|subject| pricer.subject_words(subject));
    let route = route.map(|(vi, en)| visitor.lang.pick(vi, en).to_owned()).unwrap_or_default();
    let key = new_key(visitor)?;
    let title = encounter.patient.name.clone().unwrap_or_else(|| id.to_owned());
    let frame = visitor.frame("desk", title);
    let page = VisitPage {
        frame,
        id: id.to_owned(),
        encounter,
        account,
        statement,
        receipts: items(visitor, receipts)?,
        requests: items(visitor, requests)?,
        rails,
        route,
        card: cards.into_iter().next(),
        may,
        reading,
        tried,
        key,
    };
    Ok(shown(status, &page))
}

/// What is in a list, if it may be seen.
fn items<T: DeserializeOwned>(visitor: &Visitor, list: Option<impl Serialize>) -> Result<Vec<T>, Instead> {
    let page: Option<Page<T>> = list.map(|list| view(visitor, &list)).transpose()?;
    Ok(page.map(|page| page.items).unwrap_or_default())
}

/// A key for the forms of a page.
pub(crate) fn new_key(visitor: &Visitor) -> Result<String, Instead> {
    let desk = visitor.desk()?;
    desk.form_key().map_err(|error| visitor.halted(Halt::Failed(error)))
}

pub(crate) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Instead> {
    let tried = Tried::default();
    show(&visitor, visitor.id(), StatusCode::OK, Reading::of(query.as_deref()), tried).await
}

/// Whoever comes back to the address of a form.
pub(crate) async fn back(visitor: Visitor) -> Response {
    see(&format!("/desk/visits/{}", path(visitor.id())))
}

/// The fields of a form that were filled, as the document of a command.
pub(super) fn document(fields: &Fields, names: &[&str]) -> Vec<u8> {
    let mut object = Map::new();
    for name in names {
        let value = fields.get(name);
        if !value.is_empty() {
            let value = match *name {
                "amount" => Value::String(typed(value)),
                "provisional" => Value::Bool(true),
                _ => Value::String(value.to_owned()),
            };
            object.insert((*name).to_owned(), value);
        }
    }
    Value::Object(object).to_string().into_bytes()
}

/// What came of a command: on to `next`, or the page again with what was wrong beside its field.
pub(super) async fn done(
    form: &Form,
    name: &'static str,
    came: Result<Answered, Halt>,
    next: impl FnOnce(&Value) -> String,
) -> Result<Response, Instead> {
    let visitor = &form.visitor;
    let wrong = match Wrong::unless_done(visitor, came)? {
        Ok(body) => return Ok(see(&next(&body))),
        Err(wrong) => wrong,
    };
    let status = wrong.status();
    let field = |name: &str| form.fields.get(name).to_owned();
    let tried = Tried {
        form: name,
        amount: field("amount"),
        reference: field("reference"),
        reason: field("reason"),
        method: field("method"),
        provisional: !field("provisional").is_empty(),
        wrong,
    };
    show(visitor, visitor.id(), status, None, tried).await
}

pub(super) fn to_receipt(body: &Value) -> String {
    format!("/desk/receipts/{}", path(body["number"].as_str().unwrap_or_default()))
}

/// The fields of money that is taken.
const TAKEN: [&str; 4] = ["amount", "method", "reference", "provisional"];

pub(crate) async fn deposit(form: Form) -> Result<Response, Instead> {
    let document = document(&form.fields, &TAKEN);
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let route = format!("POST /desk/visits/{id}/deposits");
    let came = visitor.desk()?.deposit(visitor.actor(), form.sent(&route, &document)?, id).await;
    done(&form, "deposit", came, to_receipt).await
}

pub(crate) async fn settle(form: Form) -> Result<Response, Instead> {
    // Nothing to hand over when deposits cover what is due.
    let is_covered = typed(form.fields.get("amount")) == "0";
    let document = document(&form.fields, if is_covered { &[] } else { &TAKEN });
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let route = format!("POST /desk/visits/{id}/settlements");
    let came = visitor.desk()?.settle(visitor.actor(), form.sent(&route, &document)?, id).await;
    done(&form, "settle", came, to_receipt).await
}

pub(crate) async fn refund(form: Form) -> Result<Response, Instead> {
    let document = document(&form.fields, &["amount", "reason", "to"]);
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let route = format!("POST /desk/visits/{id}/refunds");
    let came = visitor.desk()?.ask_refund(visitor.actor(), form.sent(&route, &document)?, id).await;
    done(&form, "refund", came, |_| "/desk/approvals".to_owned()).await
}

pub(crate) async fn write_off(form: Form) -> Result<Response, Instead> {
    let document = document(&form.fields, &["amount", "reason"]);
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let route = format!("POST /desk/visits/{id}/write-offs");
    let came = visitor.desk()?.ask_write_off(visitor.actor(), form.sent(&route, &document)?, id).await;
    done(&form, "write-off", came, |_| "/desk/approvals".to_owned()).await
}

/// Asks for the visit to be opened again; another person decides.
pub(crate) async fn reopen(form: Form) -> Result<Response, Instead> {
    let document = document(&form.fields, &["reason"]);
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let route = format!("POST /desk/visits/{id}/reopen");
    let came = visitor.desk()?.ask_reopen(visitor.actor(), form.sent(&route, &document)?, id).await;
    done(&form, "reopen", came, |_| "/desk/approvals".to_owned()).await
}

/// Asks the insurer's portal about a card of the visit now, whatever it said before.
pub(crate) async fn ask_card(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let (desk, actor) = (visitor.desk()?, visitor.actor());
    let encounter = desk.encounter(actor, id).await.map_err(|halt| visitor.halted(halt))?;
    let encounter: Encounter = view_json(visitor, &encounter.json)?;
    let (card, patient) = (form.fields.get("card"), encounter.patient_id());
    let document = json!({"card": card, "patient": patient, "max_age_seconds": 0}).to_string();
    let asked = desk.ask_eligibility(actor, document.as_bytes()).await;
    let came = asked.map(|_| Answered { status: 200, body: b"{}".to_vec(), audit: None });
    done(&form, "card", came, |_| format!("/desk/visits/{}", path(id))).await
}

pub(crate) async fn close(form: Form) -> Result<Response, Instead> {
    let (visitor, id) = (&form.visitor, form.visitor.id());
    let pricer = visitor.api.pricer();
    let today = visitor.api.today();
    let closed = visitor.desk()?.close(&pricer, visitor.actor(), id, b"{}", today).await;
    closed.map_err(|halt| visitor.halted(halt))?;
    Ok(see(&format!("/desk/visits/{}", path(id))))
}
