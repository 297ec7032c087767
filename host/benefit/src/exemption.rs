//! Exemption from co-payment: Luật BHYT Điều 22, NĐ 188/2025 Điều 18; R13, C24.

use vienphi_domain::encounter::Encounter;
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Rate};

use crate::cover::own_coverages;
use crate::policies::{Policies, times};
use crate::split::{Piece, Unit};
use crate::subject::Route;

/// Is anything of the year off route, so that the reading may matter?
pub(crate) fn has_off_route(encounter: &Encounter, route: &Route<'_>, units: &[Unit<'_>]) -> bool {
    own_coverages(encounter).flat_map(|coverage| &coverage.copayments).any(|earlier| !earlier.on_route)
        || units.iter().any(|unit| unit.rate.is_some() && !route.counts_for_exemption(unit.from))
}

/// A co-payment that two cards list alike: of one visit, or of two that happen to agree?
pub(crate) fn listed_twice(encounter: &Encounter) -> Option<(usize, usize)> {
    let listed = |place: usize| &encounter.coverages[place].copayments;
    for later in 1..encounter.coverages.len() {
        for (place, copayment) in listed(later).iter().enumerate() {
            if (0..later).any(|card| listed(card).contains(copayment)) {
                return Some((later, place));
            }
        }
    }
    None
}

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

/// What becomes of co-payments off route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffRoute {
    /// They neither count nor are lifted (R13 \[U\]).
    Stays,
    /// As if they were on route: to see whether the reading changes anything.
    Counts,
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
    off_route: OffRoute,
) -> Vec<Crossing> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|place| (units[*place].minute, *place));
    let five_years_on = own_coverages(encounter).filter_map(|coverage| coverage.five_years_on).min();
    let mut crossings = Vec::new();
    let mut count: Option<YearCount> = None;
    for place in order {
        let day = units[place].from;
        let counts = off_route == OffRoute::Counts || route.counts_for_exemption(day);
        if units[place].rate.is_none() || !counts {
            continue;
        }
        let is_exempt = match portal_exemption(encounter, day) {
            // A bed's day counts at its first minute, and nothing is done before the arrival.
            Some(from) => units[place].minute.max(encounter.visit.arrived_at) >= from,
            None => {
                let year = day.year();
                if count.as_ref().is_none_or(|count| count.year != year) {
                    count = Some(YearCount::begin(policies, encounter, year, end, off_route));
                }
                let Some(count) = count.as_mut() else { continue };
                count.reach(day);
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
fn portal_exemption(encounter: &Encounter, day: Day) -> Option<Minute> {
    let of_year = own_coverages(encounter).filter_map(|coverage| coverage.exempt_from);
    of_year.filter(|from| from.day().year() == day.year()).min()
}

/// One person's co-payments of one calendar year, against what is left of six L.
struct YearCount {
    year: i32,
    /// Of visits that are not counted yet, the last one first.
    earlier: Vec<Earlier>,
    /// L of the day of discharge.
    current: Amount,
    /// Six L.
    whole: Amount,
    /// What was paid under each earlier L.
    used_under: Vec<(Amount, Amount)>,
    /// Paid under the L of the day of discharge.
    paid: Amount,
    /// What may be paid before exemption; six L, less what was used up under an earlier L.
    threshold: Amount,
}

/// The co-payment of an earlier visit.
struct Earlier {
    discharged_on: Day,
    amount: Amount,
    /// L of the day it was discharged on.
    reference: Amount,
}

impl YearCount {
    fn begin(policies: &Policies, encounter: &Encounter, year: i32, end: Day, off_route: OffRoute) -> YearCount {
        let current = policies.reference(end).unwrap_or_default();
        let whole = times(current, policies.exemption_multiple).unwrap_or_default();
        let mut earlier: Vec<Earlier> = own_coverages(encounter)
            .flat_map(|coverage| &coverage.copayments)
            .filter(|earlier| earlier.on_route || off_route == OffRoute::Counts)
            .filter(|earlier| earlier.discharged_on.year() == year)
            .map(|earlier| {
                let reference = policies.reference(earlier.discharged_on).unwrap_or(current);
                Earlier { discharged_on: earlier.discharged_on, amount: earlier.amount, reference }
            })
            .collect();
        // The last of them first: they are taken from the end.
        earlier.sort_by_key(|earlier| std::cmp::Reverse(earlier.discharged_on));
        YearCount { year, earlier, current, whole, used_under: Vec::new(), paid: Amount::ZERO, threshold: whole }
    }

    /// Counts the visits that were discharged by a day.
    fn reach(&mut self, day: Day) {
        while let Some(earlier) = self.earlier.pop_if(|earlier| earlier.discharged_on <= day) {
            if earlier.reference == self.current {
                self.add(earlier.amount);
                continue;
            }
            match self.used_under.iter_mut().find(|(other, _)| *other == earlier.reference) {
                Some((_, used)) => *used = used.checked_add(earlier.amount).unwrap_or(*used),
                None => self.used_under.push((earlier.reference, earlier.amount)),
            }
            self.threshold = self.threshold_left();
        }
    }

    /// R = (6 − A/L of then) × L, for each L of then.
    fn threshold_left(&self) -> Amount {
        let mut threshold = i128::from(self.whole.units());
        for (reference, used) in &self.used_under {
            let (used, reference) = (i128::from(used.units()), i128::from(reference.units().max(1)));
            // Rounded up: what is left is compared strictly, so the threshold is cut down to the hundredth.
            threshold -= (used * i128::from(self.current.units()) + reference - 1) / reference;
        }
        Amount::from_units(i64::try_from(threshold).unwrap_or(i64::MIN))
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
