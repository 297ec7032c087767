//! Paper: a receipt for a roll of 80 mm or a sheet of A5, and the bill on A4 in the form 01/KBCB (QĐ 697/QĐ-BYT).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use vienphi_domain::spoken::spoken;
use vienphi_service::desk::bill::Bill;

use super::frame::{Frame, Instead, shown};
use super::view::{Account, Encounter, Receipt, view, view_json};
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    receipt: Receipt,
    facility: String,
}

impl ReceiptPage {
    /// The amount in Vietnamese words; none of what is no whole đồng.
    fn in_words(&self) -> Option<String> {
        self.receipt.amount.parse().ok().map(spoken)
    }
}

#[derive(Template)]
#[template(path = "bill.html")]
struct BillPage {
    frame: Frame,
    id: String,
    facility: String,
    encounter: Encounter,
    account: Account,
    bill: Bill,
}

pub(crate) async fn receipt(visitor: Visitor) -> Result<Response, Instead> {
    let found = visitor.desk()?.receipt(visitor.actor(), visitor.id()).await.map_err(|halt| visitor.halted(halt))?;
    let receipt: Receipt = view_json(&visitor, &found)?;
    let frame = visitor.frame("desk", receipt.number.clone());
    let facility = visitor.actor().facility.to_string();
    Ok(shown(StatusCode::OK, &ReceiptPage { frame, receipt, facility }))
}

pub(crate) async fn bill(visitor: Visitor) -> Result<Response, Instead> {
    let (desk, actor, id) = (visitor.desk()?, visitor.actor(), visitor.id());
    let halted = |halt| visitor.halted(halt);
    let encounter: Encounter = view_json(&visitor, &desk.encounter(actor, id).await.map_err(halted)?.json)?;
    // That it is looked at is written down by now; the rest is read at once.
    let (bill, account) = tokio::join!(desk.bill(actor, id), desk.account(actor, id));
    let bill = bill.map_err(halted)?;
    let account: Account = view(&visitor, &account.map_err(halted)?)?;
    let (frame, facility) = (visitor.frame("desk", visitor.lang.t("bill-title")), actor.facility.to_string());
    Ok(shown(StatusCode::OK, &BillPage { frame, id: id.to_owned(), facility, encounter, account, bill }))
}
