//! Exams of a visit (TT 39/2024/TT-BYT, Điều 4b; READINGS 16). A lower ratio than the rule gives is no fault: earlier exams of
//! the day and the 66th at a table are not in the file.

use std::collections::HashSet;

use vienphi_money::{Amount, Quantity, Rate};

use super::lines::{Line, minus, plus};
use super::rules::{RULES, has};
use super::sink::Sink;
use super::visit::Visit;

/// Checks the exams.
pub(super) fn check(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) {
    let rules = &RULES.shares.exams;
    let count = lines.iter().filter(|line| is_exam(line)).count();
    if count == 0 {
        return;
    }
    let mut exams: Vec<&Line<'_>> = Vec::with_capacity(count);
    exams.extend(lines.iter().filter(|line| is_exam(line)));
    exams.sort_by_key(|line| (line.at(), line.row.index()));
    let is_inpatient = has(&rules.inpatient, visit.kind);
    let mut places = 0;
    let mut seen = HashSet::with_capacity(count);
    for (index, exam) in exams.iter().enumerate() {
        let is_repeat = !seen.insert(exam.service);
        let quantity = exam.quantity.unwrap_or(Quantity::ONE);
        let allowed = if is_repeat || (is_inpatient && index > 0) {
            Rate::ZERO
        } else {
            rules.ratios.get(places).copied().unwrap_or(Rate::ZERO)
        };
        places += usize::from(!is_repeat);
        let is_paid = exam.service_ratio > Rate::ZERO && exam.declared.insured != Some(Amount::ZERO);
        if !is_paid {
            continue;
        }
        let found = |code| exam.found(code, "TYLE_TT_DV").declared(exam.service_ratio).expected(allowed);
        if quantity > Quantity::ONE {
            let found = exam.found("VP-EXAM-REPEAT", "SO_LUONG").declared(quantity).expected(Quantity::ONE);
            let extra = Amount::from_units(extra_share(exam.insurer().units(), quantity));
            sink.add(found.at_risk(extra).because(exam.service, exam.service));
        } else if exam.service_ratio > allowed {
            let at_risk = exam.at_risk_by_ratio(allowed);
            let found = if is_inpatient && index > 0 {
                found("VP-EXAM-INPATIENT")
            } else if is_repeat {
                found("VP-EXAM-REPEAT").because(exam.service, exam.service)
            } else {
                found("VP-EXAM-RATIO").because(places.to_string(), places.to_string())
            };
            sink.add(found.at_risk(at_risk));
        }
    }
    check_total(&exams, sink);
}

/// What of a share is for more than one.
fn extra_share(share: i64, quantity: Quantity) -> i64 {
    let extra = i128::from(quantity.units() - Quantity::ONE.units());
    let part = i128::from(share) * extra / i128::from(quantity.units().max(1));
    i64::try_from(part).unwrap_or(i64::MAX)
}

/// Together they count at most twice the price of the first.
fn check_total(exams: &[&Line<'_>], sink: &mut Sink<'_>) {
    let price = exams.first().and_then(|first| first.insured_price?.amount().ok());
    let Some(most) = price.and_then(|price| price.units().checked_mul(RULES.shares.exams.prices)) else { return };
    let most = Amount::from_units(most);
    let sum = exams.iter().map(|exam| exam.declared.insured.unwrap_or_default()).fold(Amount::ZERO, plus);
    // Of one exam the price alone is looked at.
    if sum > most
        && exams.len() > 1
        && let Some(last) = exams.last()
    {
        let found = last.found("VP-EXAM-TOTAL", "THANH_TIEN_BH").declared(sum).expected(most);
        sink.add(found.at_risk(minus(sum, most)));
    }
}

/// An exam, not a consultation of specialists, which is of the same group.
fn is_exam(line: &Line<'_>) -> bool {
    let rules = &RULES.shares.exams;
    if line.table != 3 || line.group != Some(rules.group) {
        return false;
    }
    !line.text(line.places.name).to_lowercase().contains(&*rules.consultation)
}
