//! Supplies and the services they are of: the service is there, together they stay below 45 × L, one stent (READINGS 23).

use vienphi_domain::Card;
use vienphi_money::Amount;

use super::lines::{Line, minus, plus};
use super::rules::{RULES, has};
use super::sink::Sink;
use super::visit::Visit;

/// Checks supplies of table 3.
pub(super) fn check(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let rules = &RULES.shares;
    let is_supply = |line: &&Line<'_>| line.table == 3 && line.is_of(&rules.supplies.groups);
    let mut services: Vec<&str> = Vec::new();
    for line in lines.iter().filter(is_supply) {
        let is_stent = line.text(line.places.supply).contains(&*rules.stents.code);
        let is_lifted = visit.cards.iter().any(|card| {
            Card::parse(card.number).is_some_and(|card| card.object().is_some_and(|o| has(&rules.stents.lifted_by, o)))
        });
        if let Some(quantity) = line.quantity.filter(|quantity| *quantity > rules.stents.most)
            && is_stent
            && !is_lifted
        {
            let found = line.found("GDH-14", "SO_LUONG").declared(quantity).expected(rules.stents.most);
            sink.add(found.at_risk(line.insurer()));
        }
        if line.service.is_empty() {
            continue;
        }
        let is_service = |other: &Line<'_>| other.table == 3 && !is_supply(&other) && other.service == line.service;
        if !lines.iter().any(is_service) {
            let found = line.found("GDH-102", "MA_DICH_VU").declared(line.service);
            sink.add(found.at_risk(line.insurer()));
        } else if !services.contains(&line.service) {
            services.push(line.service);
        }
    }
    if services.is_empty() || visit.lifts_ceiling() {
        return;
    }
    let Some(ceiling) = RULES.supplies_ceiling(visit.end) else { return };
    for service in services {
        let of_service = || lines.iter().filter(is_supply).filter(|line| line.service == service);
        let times = lines.iter().filter(|line| line.table == 3 && !is_supply(line) && line.service == service).count();
        let most = ceiling.units().saturating_mul(i64::try_from(times).unwrap_or(i64::MAX));
        let most = Amount::from_units(most);
        let sum = of_service().map(|line| line.declared.insured.unwrap_or_default()).fold(Amount::ZERO, plus);
        if sum > most
            && let Some(last) = of_service().next_back()
        {
            let found = last.found("VP-SUPPLIES-CEILING", "THANH_TIEN_BH").declared(sum).expected(most);
            sink.add(found.at_risk(minus(sum, most)).because(service, service));
        }
    }
}
