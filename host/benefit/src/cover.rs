//! Which card covers a part: R2, R7–R10, R14, R26; C18–C20.

use vienphi_domain::encounter::{Coverage, Encounter};
use vienphi_domain::{Day, Faults, Minute};

use crate::policies::{Level, ObjectPeriod, Policies};
use crate::subject::Route;

/// The cards of a visit, ready to be asked by day.
pub(crate) struct Cards<'a> {
    encounter: &'a Encounter,
    policies: &'a Policies,
    is_emergency: bool,
    end: Minute,
    cards: Vec<Option<KnownCard<'a>>>,
}

/// A card with what the policies say of its object.
struct KnownCard<'a> {
    coverage: &'a Coverage,
    periods: &'a [ObjectPeriod],
}

/// The card that covers a part.
#[derive(Clone, Copy)]
pub(crate) struct Covered<'a> {
    /// Its place in the encounter's coverages.
    pub(crate) place: usize,
    pub(crate) level: &'a Level,
    /// It has expired and covers the rest of the treatment (R9).
    pub(crate) is_expired: bool,
}

impl<'a> Cards<'a> {
    /// Reports cards whose object has no level.
    pub(crate) fn new(
        encounter: &'a Encounter,
        policies: &'a Policies,
        route: &Route<'_>,
        end: Minute,
        faults: &Faults,
    ) -> Cards<'a> {
        let mut cards = Vec::with_capacity(encounter.coverages.len());
        for (place, coverage) in encounter.coverages.iter().enumerate() {
            if is_mothers(encounter, coverage) {
                cards.push(None);
                continue;
            }
            let periods = match coverage.object().map(|object| (object, policies.objects.get(object))) {
                Some((_, Some(periods))) => periods.as_slice(),
                Some((object, None)) => {
                    if coverage.level.is_none() {
                        let field = if coverage.object.is_some() { "object" } else { "card" };
                        faults.add(
                            format_args!("coverages[{place}].{field}"),
                            format!("object {object} is not known: give the level (1 to 5) that the portal answered"),
                        );
                    }
                    &[]
                }
                None => &[],
            };
            cards.push(Some(KnownCard { coverage, periods }));
        }
        Cards { encounter, policies, is_emergency: route.is_emergency(), end, cards }
    }

    /// The card of a part by its day and minute; for a bed the whole day counts as presented.
    pub(crate) fn on(&self, day: Day, minute: Minute, is_bed: bool) -> Option<Covered<'a>> {
        let presented = |coverage: &Coverage| match coverage.presented_at {
            None => true,
            Some(at) if self.is_emergency => at <= self.end,
            Some(at) if is_bed => at.day() <= day,
            Some(at) => at <= minute,
        };
        let known = || {
            let known =
                self.cards.iter().enumerate().filter_map(|(place, card)| card.as_ref().map(|card| (place, card)));
            known.filter(|(_, card)| card.coverage.valid_from <= day && presented(card.coverage))
        };
        let valid = known().filter(|(_, card)| day <= card.coverage.valid_to);
        // The highest rate, then the wider scope, then the first listed: `reduce` keeps the earlier of equals.
        let best = valid
            .map(|(place, card)| Covered { place, level: self.level(card, day), is_expired: false })
            .reduce(|best, other| if strength(other.level) > strength(best.level) { other } else { best });
        if best.is_some() || !self.encounter.visit.kind.is_treatment() {
            return best;
        }
        let arrival = self.encounter.visit.arrived_at.day();
        let grace = self.policies.expiry_days;
        let expired = known()
            .filter(|(_, card)| card.coverage.valid_to >= arrival && day <= card.coverage.valid_to.plus_days(grace));
        // The one that expired last; of those, as among valid ones.
        expired
            .map(|(place, card)| {
                let covered = Covered { place, level: self.level(card, day), is_expired: true };
                ((card.coverage.valid_to, strength(covered.level)), covered)
            })
            .reduce(|last, other| if other.0 > last.0 { other } else { last })
            .map(|(_, covered)| covered)
    }

    /// The level of a card on a day (C19).
    fn level(&self, card: &KnownCard<'_>, day: Day) -> &'a Level {
        let age_reached = |from: i32| day.age_of(self.encounter.patient.birth_date) >= from;
        let in_force = card.periods.iter().filter(|period| period.from <= day && day <= period.to);
        let by_object = in_force
            .filter(|period| period.age_from.is_none_or(age_reached))
            // A row for an age is closer than one for all.
            .reduce(|found, other| if other.age_from > found.age_from { other } else { found })
            .map(|period| period.level);
        let digit = by_object
            .or(card.coverage.level)
            .or(card.coverage.card.digit())
            .unwrap_or(self.policies.unknown_object_level);
        self.policies.level(digit)
    }
}

/// A newborn is priced on its own temporary card (TE), never on the mother's (R26, C20).
pub(crate) fn is_mothers(encounter: &Encounter, coverage: &Coverage) -> bool {
    encounter.patient.is_newborn && coverage.object() != Some("TE")
}

/// The patient's own coverages.
pub(crate) fn own_coverages(encounter: &Encounter) -> impl Iterator<Item = &Coverage> {
    encounter.coverages.iter().filter(|coverage| !is_mothers(encounter, coverage))
}

/// A number whose object nobody has told (R7).
pub(crate) fn is_unanswered(coverage: &Coverage) -> bool {
    coverage.object().is_none() && coverage.level.is_none()
}

fn strength(level: &Level) -> (vienphi_money::Rate, u8) {
    let scope = match level.digit {
        5 => 2,
        1 => 1,
        _ => 0,
    };
    (level.rate, scope)
}
