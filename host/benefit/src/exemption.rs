//! Exemption from co-payment: Luật BHYT Điều 22, NĐ 188/2025 Điều 18; R13, C24.

use vienphi_domain::Day;
use vienphi_domain::encounter::Encounter;
use vienphi_money::{Amount, Rate};

use crate::cover::own_coverages;
use crate::policies::{Policies, times};
use crate::split::{Piece, Unit};
use crate::subject::Route;

/// A line whose co-payment crossed the threshold.
pub(crate) struct Crossing {
    /// The unit that crossed.
    pub(crate) unit: usize,
    /// How far above the threshold it went.
    pub(crate) excess: Amount,
}

/// Could any part of the visit be exempt at all?
pub(crate) fn is_possible(encounter: &Encounter, end: Day) -> bool {
    own_coverages(encounter)
        .any(|coverage| coverage.exempt_from.is_some() || coverage.five_years_on.is_some_and(|day| day <= end))
}

/// Lifts exempt units to 100 %, in order of time; `owed` are the co-payments of the same units at the card's rates,
/// each rounded alone. Returns the lines that crossed the threshold.
pub(crate) fn exempt<'a>(
    policies: &Policies,
    encounter: &Encounter,
    route: &Route<'_>,
    end: Day,
    units: &mut [Unit<'a>],
    owed: &[Piece<'a>],
) -> Vec<Crossing> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|place| (units[*place].minute, *place));
    let five_years_on = own_coverages(encounter).filter_map(|coverage| coverage.five_years_on).min();
    let mut crossings = Vec::new();
    let mut count: Option<YearCount> = None;
    for place in order {
        let day = units[place].from;
        if units[place].rate.is_none() || !route.counts_for_exemption(day) {
            continue;
        }
        let is_exempt = match portal_exemption(encounter, day) {
            Some(from) => day >= from,
            None => {
                let year = day.year();
                if count.as_ref().is_none_or(|count| count.year != year) {
                    count = Some(YearCount::begin(policies, encounter, year, end));
                }
                let Some(count) = count.as_mut() else { continue };
                let reached = five_years_on.is_some_and(|on| on <= day);
                let was_exceeded = count.is_exceeded();
                if !(reached && was_exceeded) {
                    count.add(owed[place].split.copayment);
                    if reached && !was_exceeded && count.is_exceeded() {
                        crossings.push(Crossing { unit: place, excess: count.excess() });
                    }
                }
                reached && was_exceeded
            }
        };
        if is_exempt && units[place].rate != Some(Rate::WHOLE) {
            units[place].rate = Some(Rate::WHOLE);
            units[place].rate_rule = crate::rules::EXEMPT;
        }
    }
    crossings
}

/// The portal's own date, which wins in its year.
fn portal_exemption(encounter: &Encounter, day: Day) -> Option<Day> {
    let of_year = own_coverages(encounter).filter_map(|coverage| coverage.exempt_from);
    of_year.filter(|from| from.year() == day.year()).min()
}

/// One person's co-payments of one calendar year, against what is left of six L.
struct YearCount {
    year: i32,
    /// Paid under the L of the day of discharge.
    paid: Amount,
    /// What may be paid before exemption; six L, less what was used up under an earlier L.
    threshold: Amount,
}

impl YearCount {
    fn begin(policies: &Policies, encounter: &Encounter, year: i32, end: Day) -> YearCount {
        let current = policies.reference(end).unwrap_or_default();
        let whole = times(current, policies.exemption_multiple).unwrap_or_default();
        let mut paid: i128 = 0;
        let mut used_under: Vec<(Amount, i128)> = Vec::new();
        let earlier = own_coverages(encounter).flat_map(|coverage| &coverage.copayments);
        for copayment in earlier
            .filter(|earlier| earlier.on_route && earlier.discharged_on.year() == year && earlier.discharged_on <= end)
        {
            let amount = i128::from(copayment.amount.units());
            let reference = policies.reference(copayment.discharged_on).unwrap_or(current);
            if reference == current {
                paid += amount;
            } else {
                match used_under.iter_mut().find(|(other, _)| *other == reference) {
                    Some((_, used)) => *used += amount,
                    None => used_under.push((reference, amount)),
                }
            }
        }
        let mut threshold = i128::from(whole.units());
        for (reference, used) in used_under {
            // Rounded up: what is left is compared strictly, so the threshold is cut down to the hundredth.
            let reference = i128::from(reference.units().max(1));
            threshold -= (used * i128::from(current.units()) + reference - 1) / reference;
        }
        let narrow = |units: i128| Amount::from_units(i64::try_from(units).unwrap_or(i64::MAX));
        YearCount { year, paid: narrow(paid), threshold: narrow(threshold) }
    }

    /// Strictly above, or nothing left from the beginning.
    fn is_exceeded(&self) -> bool {
        self.paid > self.threshold || self.threshold <= Amount::ZERO
    }

    fn add(&mut self, copayment: Amount) {
        self.paid = self.paid.checked_add(copayment).unwrap_or(self.paid);
    }

    fn excess(&self) -> Amount {
        self.paid.checked_sub(self.threshold).unwrap_or_default()
    }
}
