//! The bill on A4 in the form 01/KBCB (QĐ 697/QĐ-BYT).

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use vienphi_domain::Day;
use vienphi_service::Pricer;
use vienphi_service::desk::bill::Bill;

use super::frame::{Frame, Instead, shown};
use super::view::{Account, Coverage, Encounter, view, view_json};
use super::visitor::Visitor;

#[derive(Template)]
#[template(path = "bill.html")]
struct BillPage {
    frame: Frame,
    id: String,
    facility: String,
    encounter: Encounter,
    account: Account,
    bill: Bill,
    pricer: Arc<Pricer>,
}

impl BillPage {
    /// The kinds of visit that the form has a box for.
    fn kind(&self) -> Option<String> {
        let kind = self.encounter.visit.kind.as_str();
        matches!(kind, "01" | "02" | "03" | "04").then(|| self.frame.lang.word_of("bill-kind", kind))
    }

    /// How the patient came, in words behind the code.
    fn subject(&self) -> Option<String> {
        let code = self.bill.subject.as_deref()?;
        let words = self.pricer.subject_words(code).map(|(vi, en)| self.frame.lang.pick(vi, en));
        Some(words.map_or_else(|| code.to_owned(), |words| format!("{code} ({words})")))
    }

    /// From when to when a card is valid.
    fn valid(&self, card: &Coverage) -> String {
        let to = card.valid_to.as_deref().map(|to| self.frame.when(to)).unwrap_or_default();
        format!("{} – {to}", self.frame.when(&card.valid_from))
    }

    /// The same, of a card by its number; none when it was sent with several periods, which the first part has.
    fn validity(&self, card: &str) -> Option<String> {
        let mut same = self.encounter.coverages.iter().filter(|known| known.card == card);
        let first = same.next()?;
        same.next().is_none().then(|| self.valid(first))
    }

    /// A facility by its name, where the registry knows it, and its code.
    fn named(&self, code: &str) -> String {
        let visit = &self.encounter.visit;
        let day = visit.discharged_at.as_deref().unwrap_or(&visit.arrived_at).get(..10).and_then(Day::parse);
        let known = day.and_then(|day| self.pricer.facility(code, day));
        known.map_or_else(|| code.to_owned(), |facility| format!("{} ({code})", facility.name))
    }
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response, Instead> {
    let (desk, actor, id) = (visitor.desk()?, visitor.actor(), visitor.id());
    let halted = |halt| visitor.halted(halt);
    let encounter: Encounter = view_json(&visitor, &desk.encounter(actor, id).await.map_err(halted)?.json)?;
    // That it is looked at is written down by now; the rest is read at once.
    let (bill, account) = tokio::join!(desk.bill(actor, id), desk.account(actor, id));
    let bill = bill.map_err(halted)?;
    let account: Account = view(&visitor, &account.map_err(halted)?)?;
    let (frame, facility) = (visitor.frame("desk", visitor.lang.t("bill-title")), actor.facility.to_string());
    let (id, pricer) = (id.to_owned(), visitor.api.pricer());
    Ok(shown(StatusCode::OK, &BillPage { frame, id, facility, encounter, account, bill, pricer }))
}
