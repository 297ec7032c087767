//! Beds and operations: how lines share a price (QĐ 130/QĐ-BYT; READINGS 17, 20, 21).

use std::cmp::Reverse;

use vienphi_domain::time::DAY_MINUTES;
use vienphi_money::{Amount, Quantity, Rate};

use super::lines::{Line, plus};
use super::rules::RULES;
use super::sink::Sink;
use super::visit::{PLACES, Visit};

/// Ratios of beds, and bed days against the stay.
pub(super) fn check_beds(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let rules = &RULES.shares.beds;
    let beds = || lines.iter().filter(|line| line.table == 3 && line.is_of(&rules.groups));
    let Some(last) = beds().next_back() else { return };
    let mut days = Quantity::ZERO;
    let mut insurer = Amount::ZERO;
    for bed in beds() {
        let is_paid = bed.declared.insured != Some(Amount::ZERO) && bed.service_ratio != Rate::ZERO;
        if is_paid {
            days = Quantity::from_units(days.units().saturating_add(bed.quantity.unwrap_or_default().units()));
            insurer = plus(insurer, bed.insurer());
        }
        check_ratio(bed, &rules.ratios, "VP-BED-RATIO", sink);
    }
    let Some(most) = bed_days(visit) else { return };
    if days > most {
        let share = i128::from(insurer.units()) * i128::from(days.units() - most.units());
        let at_risk = i64::try_from(share / i128::from(days.units().max(1))).unwrap_or(i64::MAX);
        let found = last.found("VP-BED-DAYS", "SO_LUONG").declared(days).expected(most);
        sink.add(found.at_risk(Amount::from_units(at_risk)));
    }
}

/// Days of a stay that a bed may be paid for: up to 4 hours none, below a day one, else out − in, and one more for a special
/// ending.
fn bed_days(visit: &Visit<'_>) -> Option<Quantity> {
    let (start, end) = (visit.admitted.or(visit.arrived)?, visit.discharged?);
    let minutes = end.count() - start.count();
    if minutes < 0 {
        return None;
    }
    let days = if minutes <= RULES.shares.beds.none_minutes {
        0
    } else if minutes < DAY_MINUTES {
        1
    } else {
        let code = |place: usize| visit.text(place).parse().ok();
        // Whether a transferred patient came through the emergency department the file does not say: it may be.
        let is_special = RULES.is_special_ending(code(PLACES.result), code(PLACES.ending), true);
        i64::from(end.day().count()) - i64::from(start.day().count()) + i64::from(is_special)
    };
    Some(Quantity::from_units(days.saturating_mul(Quantity::ONE.units())))
}

/// Ratios of operations; of several that began in one minute one alone is paid whole.
pub(super) fn check(lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let rules = &RULES.shares.operations;
    let is_operation = |line: &&Line<'_>| line.table == 3 && line.group == Some(rules.group);
    let mut operations: Vec<&Line<'_>> = lines.iter().filter(is_operation).collect();
    for line in &operations {
        check_ratio(line, &rules.ratios, "VP-OPERATION-RATIO", sink);
    }
    // The dearest is the main one; of equals the first.
    operations.sort_by_key(|line| (line.at(), Reverse(line.insured_price), line.row.index()));
    for together in operations.chunk_by(|one, other| one.at() == other.at()) {
        let [main, others @ ..] = together else { continue };
        if main.at().is_none() || main.service_ratio != Rate::WHOLE {
            continue;
        }
        let main_team = main.text(main.places.team);
        for line in others {
            let is_same_team = !main_team.is_empty() && line.text(line.places.team) == main_team;
            let allowed = if is_same_team { rules.same_team } else { rules.other_team };
            if line.service_ratio > allowed {
                let is_whole = line.service_ratio == Rate::WHOLE;
                let code = if is_whole { "VP-OPERATION-SECOND" } else { "VP-OPERATION-TEAM" };
                let found = line.found(code, "TYLE_TT_DV").declared(line.service_ratio).expected(allowed);
                sink.add(found.at_risk(line.at_risk_by_ratio(allowed)));
            }
        }
    }
}

fn check_ratio(line: &Line<'_>, ratios: &[Rate], code: &'static str, sink: &mut Sink<'_>) {
    if ratios.contains(&line.service_ratio) {
        return;
    }
    let list: Vec<String> = ratios.iter().map(Rate::to_string).collect();
    let found = line.found(code, "TYLE_TT_DV").declared(line.service_ratio).expected(list.join(", "));
    // The next lower ratio is what would be paid.
    let lower = ratios.iter().filter(|ratio| **ratio < line.service_ratio).max().copied().unwrap_or(Rate::ZERO);
    sink.add(found.at_risk(line.at_risk_by_ratio(lower)));
}
