//! Paper: a receipt for a roll of 80 mm or a sheet of A5, and the bill on A4 in the order of form 01/KBCB (QĐ 697/QĐ-BYT).

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Instead, shown};
use super::view::{Account, Encounter, Line, Receipt, Statement, view, view_json};
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    receipt: Receipt,
    facility: String,
}

#[derive(Template)]
#[template(path = "bill.html")]
struct BillPage {
    frame: Frame,
    id: String,
    facility: String,
    encounter: Encounter,
    statement: Statement,
    account: Account,
    groups: Vec<(u8, Vec<usize>)>,
}

impl BillPage {
    fn line(&self, place: &usize) -> &Line {
        &self.statement.lines[*place]
    }
}

pub(crate) async fn receipt(visitor: Visitor) -> Result<Response, Instead> {
    let found = visitor.desk()?.receipt(visitor.actor(), visitor.id()).await.map_err(|halt| visitor.halted(halt))?;
    let receipt: Receipt = view_json(&visitor, &found)?;
    let frame = visitor.frame("desk", receipt.number.clone());
    let facility = visitor.actor().facility.to_string();
    Ok(shown(StatusCode::OK, &ReceiptPage { frame, receipt, facility }))
}

/// The groups of lines in the order of the form (MA_NHOM, as `vienphi explain` prints them).
const ORDER: [u8; 18] = [13, 14, 15, 16, 1, 2, 3, 18, 8, 7, 17, 4, 5, 6, 10, 11, 12, 9];

pub(crate) async fn bill(visitor: Visitor) -> Result<Response, Instead> {
    let (desk, actor, id) = (visitor.desk()?, visitor.actor(), visitor.id());
    let halted = |halt| visitor.halted(halt);
    let encounter: Encounter = view_json(&visitor, &desk.encounter(actor, id).await.map_err(halted)?.json)?;
    let statement: Statement = view_json(&visitor, &desk.statement(actor, id, None).await.map_err(halted)?.json)?;
    let account: Account = view(&visitor, &desk.account(actor, id).await.map_err(halted)?)?;
    let mut by_group: BTreeMap<usize, (u8, Vec<usize>)> = BTreeMap::new();
    for (place, line) in statement.lines.iter().enumerate() {
        let order = ORDER.iter().position(|group| *group == line.group).unwrap_or(ORDER.len());
        by_group.entry(order).or_insert_with(|| (line.group, Vec::new())).1.push(place);
    }
    let frame = visitor.frame("desk", visitor.lang.t("bill-title"));
    let page = BillPage {
        frame,
        id: id.to_owned(),
        facility: actor.facility.to_string(),
        encounter,
        statement,
        account,
        groups: by_group.into_values().collect(),
    };
    Ok(shown(StatusCode::OK, &page))
}
