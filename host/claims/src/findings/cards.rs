//! Cards, their lists and facilities. Whether a card is valid on a line's day is looked at with its rate.

use vienphi_domain::Card;

use super::lines::Line;
use super::sink::{Found, Sink};
use super::visit::{PLACES, Visit};

/// Checks the cards of table 1 and the facilities it names.
pub(super) fn check(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    if visit.facility.is_empty() {
        sink.add(Found::of_visit("VP-EMPTY", "MA_CSKCB").expected("MA_CSKCB"));
    }
    if let Some(facilities) = visit.given.facilities {
        if !visit.facility.is_empty() && !facilities.knows(visit.facility) {
            sink.add(Found::of_visit("GDH-10", "MA_CSKCB").declared(visit.facility));
        }
        for registered in visit.text(PLACES.registered).split(';').filter(|code| !code.is_empty()) {
            if !facilities.knows(registered) {
                sink.add(Found::of_visit("GDH-9", "MA_DKBD").declared(registered));
            }
        }
    }
    if visit.cards_text.is_empty() {
        return;
    }
    let insured = || lines.iter().map(Line::insurer).fold(vienphi_money::Amount::ZERO, super::lines::plus);
    let count = visit.cards.len();
    let lists = [("MA_DKBD", PLACES.registered), ("GT_THE_TU", PLACES.from), ("GT_THE_DEN", PLACES.to)];
    for (field, place) in lists {
        let items = visit.text(place).split(';').count();
        if items != count {
            sink.add(Found::of_visit("GDH-20", field).declared(items).expected(count).at_risk(insured()));
        }
    }
    for card in &visit.cards {
        if Card::parse(card.number).is_none() {
            sink.add(Found::of_visit("GDH-17", "MA_THE_BHYT").declared(card.number).at_risk(insured()));
        }
        if let Some((from, to)) = card.days
            && to < from
        {
            sink.add(Found::of_visit("VP-CARD-RANGE", "GT_THE_DEN").declared(to).expected(from));
        }
    }
}
