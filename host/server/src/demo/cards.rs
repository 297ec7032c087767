//! Cards that the insurer's portal is asked about: good ones, one that has ended, one that it does not know, and one that it was asked
//! about while it was down.

use serde_json::{Value, json};
use simulators::portal::{Down, Faults, PortalCard};
use vienphi_domain::{Day, Role};

use super::gateways::Gateways;
use super::house::{House, text, words};
use super::visits::Visit;

/// So many good cards are asked about.
const GOOD: usize = 8;

impl House {
    /// Asks about the cards of those who came with one, as their desk would.
    pub(super) async fn check_cards(&self, visits: &[Visit], gateways: &Gateways) -> Result<(), String> {
        let checked = visits.iter().filter(|visit| visit.document["coverages"][0]["checked_at"].is_string());
        let portal = &gateways.portal;
        for (place, visit) in checked.take(GOOD + 3).enumerate() {
            match place {
                // The portal does not know it.
                GOOD => {}
                place if place == GOOD + 1 => {
                    let ended = visit.day().plus_days(-200);
                    portal.put_card(PortalCard { valid_to: slashed(ended), ..card(visit) });
                }
                place if place > GOOD => {
                    portal.put_card(card(visit));
                    portal.fail_next(Faults { only: "card".to_owned(), ..Faults::down(Down::Closed) });
                }
                _ => portal.put_card(card(visit)),
            }
            let body = json!({ "card": visit.card(), "patient": visit.patient()["id"] }).to_string();
            self.desk.ask_eligibility(&self.one(Role::Cashier), body.as_bytes()).await.map_err(words)?;
        }
        Ok(())
    }
}

/// A card as the portal has it.
fn card(visit: &Visit) -> PortalCard {
    let (patient, coverage) = (visit.patient(), &visit.document["coverages"][0]);
    let day = |value: &Value, name: &str| Day::parse(text(value, name)).map(slashed).unwrap_or_default();
    let number = text(coverage, "card");
    PortalCard {
        number: number.to_owned(),
        name: text(patient, "name").to_owned(),
        birth: day(patient, "birth_date"),
        sex: sex(patient).to_owned(),
        valid_from: day(coverage, "valid_from"),
        valid_to: day(coverage, "valid_to"),
        facility: text(coverage, "registered_facility").to_owned(),
        // The last ten digits of every card.
        insurance_number: number.get(number.len().saturating_sub(10)..).unwrap_or_default().to_owned(),
        ..PortalCard::default()
    }
}

/// As cards and the portal write it.
pub(super) fn sex(patient: &Value) -> &'static str {
    if text(patient, "sex") == "female" { "Nữ" } else { "Nam" }
}

/// `02/03/2026`
fn slashed(day: Day) -> String {
    let (year, month, of_month) = day.calendar();
    format!("{of_month:02}/{month:02}/{year:04}")
}
