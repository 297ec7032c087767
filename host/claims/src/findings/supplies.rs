//! Supplies and the services they are of: the service is there, together they stay below 45 × L, one stent (READINGS 23).

use std::collections::BTreeMap;

use vienphi_domain::Card;
use vienphi_money::Amount;

use super::lines::{Line, minus, plus};
use super::rules::{RULES, has};
use super::sink::Sink;
use super::visit::Visit;

/// A service that supplies name, and what is insured of them.
struct Service<'s, 'c> {
    /// Lines of the service itself.
    times: i64,
    insured: Amount,
    last: &'s Line<'c>,
}

/// Checks supplies of table 3.
pub(super) fn check(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let is_supply = |line: &Line<'_>| line.table == 3 && line.is_of(&RULES.shares.supplies.groups);
    let supplies = || lines.iter().filter(|line| is_supply(line));
    if supplies().next().is_none() {
        return;
    }
    let mut services: BTreeMap<&str, Service<'_, '_>> = BTreeMap::new();
    for line in supplies().filter(|line| !line.service.is_empty()) {
        let none = Service { times: 0, insured: Amount::ZERO, last: line };
        let service = services.entry(line.service).or_insert(none);
        service.insured = plus(service.insured, line.declared.insured.unwrap_or_default());
        service.last = line;
    }
    for line in lines.iter().filter(|line| line.table == 3 && !is_supply(line)) {
        if let Some(service) = services.get_mut(line.service) {
            service.times += 1;
        }
    }
    for line in supplies() {
        check_stent(visit, line, sink);
        if services.get(line.service).is_some_and(|service| service.times == 0) {
            let found = line.found("GDH-102", "MA_DICH_VU").declared(line.service);
            sink.add(found.at_risk(line.insurer()));
        }
    }
    let Some(ceiling) = RULES.supplies_ceiling(visit.end).filter(|_| !visit.lifts_ceiling()) else { return };
    for (code, service) in &services {
        let most = Amount::from_units(ceiling.units().saturating_mul(service.times));
        if service.times > 0 && service.insured > most {
            let found = service.last.found("VP-SUPPLIES-CEILING", "THANH_TIEN_BH");
            let found = found.declared(service.insured).expected(most).at_risk(minus(service.insured, most));
            sink.add(found.because(*code, *code));
        }
    }
}

/// One stent in a line, save for cards that lift the rule.
fn check_stent(visit: &Visit<'_>, line: &Line<'_>, sink: &mut Sink<'_>) {
    let rules = &RULES.shares.stents;
    let Some(quantity) = line.quantity.filter(|quantity| *quantity > rules.most) else { return };
    let is_lifting = |number: &str| {
        // A number without object may be one.
        let card = Card::parse(number);
        card.is_some_and(|card| card.object().is_none_or(|object| has(&rules.lifted_by, object)))
    };
    let is_stent = line.text(line.places.supply).contains(&*rules.code);
    if is_stent && !visit.cards.iter().any(|card| is_lifting(card.number)) {
        let found = line.found("GDH-14", "SO_LUONG").declared(quantity).expected(rules.most);
        sink.add(found.at_risk(line.insurer()));
    }
}
