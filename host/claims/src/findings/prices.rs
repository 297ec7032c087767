//! Prices of services against those in force (READINGS 1, 24).

use vienphi_domain::Minute;
use vienphi_money::{Amount, Price};

use super::lines::{Line, minus};
use super::references::STOPPED;
use super::rules::RULES;
use super::sink::Sink;
use super::visit::Visit;
use super::{Priced, Prices};

/// The group of transport, which is priced by fuel.
const TRANSPORT: u8 = 12;

/// Compares `DON_GIA_BH` of services. The price in force at arrival and the one on the day of the service are both right: which
/// of them counts is for each resolution to say (READINGS 1); expected is that at arrival.
pub(super) fn check(visit: &Visit<'_>, lines: &[Line<'_>], prices: &dyn Prices, sink: &mut Sink<'_>) {
    let day = visit.discharged.or(visit.arrived).map_or(visit.end, Minute::day);
    if !prices.knows(visit.facility, day) {
        return;
    }
    for line in lines.iter().filter(|line| line.table == 3 && !line.service.is_empty()) {
        if line.is_of(&RULES.shares.supplies.groups) || line.group == Some(TRANSPORT) {
            continue;
        }
        let (Some(declared), Some(day)) = (line.insured_price, line.day()) else { continue };
        if declared == Price::ZERO && line.service.ends_with(STOPPED) {
            continue;
        }
        let on = |day| prices.price_on(visit.facility, line.service, day);
        let on_day = on(day);
        let days = [on_day, line.last_day().filter(|last| *last != day).and_then(on)];
        if days.iter().flatten().any(|price| price.insured == declared) {
            continue;
        }
        let arrived = visit.arrived.map(Minute::day).filter(|arrived| *arrived != day);
        let at_arrival = arrived.and_then(on);
        let Some(price) = at_arrival.or(on_day) else {
            let found = line.found("VP-PRICE-NONE", "MA_DICH_VU").declared(line.service);
            sink.add(found.at_risk(line.insurer()));
            continue;
        };
        if price.insured != declared && !price.is_sample {
            report(line, declared, price, sink);
        }
    }
}

fn report(line: &Line<'_>, declared: Price, price: Priced<'_>, sink: &mut Sink<'_>) {
    let is_high = declared > price.insured;
    let code = if is_high { "VP-PRICE-HIGH" } else { "VP-PRICE-LOW" };
    let (quantity, rates) = (line.quantity.unwrap_or_default(), [line.service_ratio, line.insured_ratio]);
    let of = |price: Price| Amount::of(quantity, price, &rates).unwrap_or_default();
    let off = minus(of(declared.max(price.insured)), of(declared.min(price.insured)));
    let share = line.rate.and_then(|rate| off.share(rate).ok()).unwrap_or(off);
    let found = line.found(code, "DON_GIA_BH").declared(declared).expected(price.insured);
    sink.add(found.at_risk(share).because(price.resolution, price.resolution));
}
