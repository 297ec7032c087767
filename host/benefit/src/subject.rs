//! The subject (MA_DOITUONG_KCB) of a visit and its route rate: QĐ 3276/QĐ-BYT; R6, R11, R12, C21.

use vienphi_domain::encounter::{Encounter, Evidence, VisitType};
use vienphi_domain::facility::{Facility, Tier};
use vienphi_domain::{Day, Faults};
use vienphi_money::Rate;

use crate::policies::{Covers, Level, Policies, RoutePeriod, Subject, When};

/// The subject used, and what it does to rates.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// As declared.
    pub declared: Option<&'a str>,
    /// As derived.
    pub derived: Option<&'a str>,
    used: &'a Subject,
    visit: VisitType,
    /// Facility of the primary tier, or subject 1.2: whole whatever the card (R14).
    is_primary: bool,
    /// Subject 2, or the evidence says so whatever the subject (R10, R11, R15).
    is_emergency: bool,
    /// The rate carried over from the visit this one continues (R27), and that visit's subject.
    original: Option<(Rate, Option<&'a Subject>)>,
}

/// Finds the subject of a visit; the declared one is used when given (R12).
pub fn find_route<'a>(
    policies: &'a Policies,
    encounter: &'a Encounter,
    facility: &Facility,
    end: Day,
    faults: &Faults,
) -> Option<Route<'a>> {
    let visit = &encounter.visit;
    let declared = match visit.subject.as_deref() {
        Some(code) => match policies.subject(code) {
            Some(subject) => Some(subject),
            None => {
                faults.add("visit.subject", format!("{code:?} is not a subject; known: {}", policies.subject_codes()));
                return None;
            }
        },
        None => None,
    };
    let case = Case { policies, encounter, facility, end };
    let is_unprovable =
        declared.is_some_and(|subject| subject.when.is_none() || (subject.needs_evidence && visit.evidence.is_none()));
    let derived = if is_unprovable { None } else { case.derive() };
    let Some(used) = declared.or(derived) else {
        faults.add("visit.subject", "is required: it cannot be derived from the evidence given");
        return None;
    };
    let continues = used.rates.is_empty() || visit.kind == VisitType::PICK_UP;
    if &*used.code == "8" {
        faults.add("visit.subject", "8 is the recovery of a payment, not a visit that can be priced");
        return None;
    }
    if continues && visit.original_visit.is_none() {
        faults.add("visit.original_visit", format!("is required for subject {} and visit type 07", used.code));
        return None;
    }
    let original = visit
        .original_visit
        .as_ref()
        .filter(|_| continues)
        .map(|original| (original.rate, original.subject.as_deref().and_then(|code| policies.subject(code))));
    let route = Route {
        declared: visit.subject.as_deref(),
        derived: derived.map(|subject| &*subject.code),
        used,
        visit: visit.kind,
        is_emergency: &*used.code == "2" || visit.evidence.as_ref().is_some_and(|evidence| evidence.is_emergency),
        is_primary: facility.tier == Tier::Primary || &*used.code == "1.2",
        original,
    };
    for day in [visit.arrived_at.day(), end] {
        if original.is_none() && period_on(used, day).is_none() {
            faults.add("visit.subject", format!("{} has no route rate on {day}", used.code));
            return None;
        }
    }
    Some(route)
}

impl<'a> Route<'a> {
    /// The code used.
    pub fn code(&self) -> &'a str {
        &self.used.code
    }

    /// An emergency (R11).
    pub fn is_emergency(&self) -> bool {
        self.is_emergency
    }

    /// Does the subject's row speak of this kind of visit?
    pub(crate) fn covers_visit(&self) -> bool {
        self.used.covers.holds(self.visit)
    }

    /// The route rate of a day.
    pub(crate) fn rate_on(&self, day: Day) -> Rate {
        let subject = match self.original {
            None => Some(self.used),
            Some((_, subject)) => subject,
        };
        let Some(period) = subject.and_then(|subject| period_on(subject, day)) else { return Rate::WHOLE };
        if self.visit.is_inpatient() { period.inpatient } else { period.outpatient }
    }

    /// The benefit rate of a card's level on a day (R7, R14, R27).
    pub(crate) fn benefit(&self, level: &Level, day: Day) -> Rate {
        match self.original {
            Some((rate, _)) => rate,
            None if self.is_primary => Rate::WHOLE,
            None => level.rate.of(self.rate_on(day)),
        }
    }

    /// Is the benefit rate carried over from another visit?
    pub(crate) fn is_carried_over(&self) -> bool {
        self.original.is_some()
    }

    /// Is the benefit rate whole because of the tier?
    pub(crate) fn is_primary(&self) -> bool {
        self.is_primary
    }

    /// May the 15 % rule waive the co-payment of this visit (R6)?
    pub(crate) fn waives(&self, end: Day) -> bool {
        self.original.is_none() && self.used.on_route && self.rate_on(end) == Rate::WHOLE
    }

    /// Do co-payments of that day count for the exemption, and may it lift them (R13)?
    pub(crate) fn counts_for_exemption(&self, day: Day) -> bool {
        let subject = match self.original {
            None => Some(self.used),
            Some((_, subject)) => subject,
        };
        subject.is_some_and(|subject| subject.on_route) && self.rate_on(day) == Rate::WHOLE
    }
}

fn period_on(subject: &Subject, day: Day) -> Option<&RoutePeriod> {
    subject.rates.iter().find(|period| period.from <= day && day <= period.to)
}

/// What a subject is derived from.
struct Case<'a, 'f> {
    policies: &'a Policies,
    encounter: &'a Encounter,
    facility: &'f Facility,
    end: Day,
}

impl<'a> Case<'a, '_> {
    /// The first row whose conditions hold.
    fn derive(&self) -> Option<&'a Subject> {
        self.policies.subjects.iter().find(|subject| subject.when.as_ref().is_some_and(|when| self.holds(when)))
    }

    fn holds(&self, when: &When) -> bool {
        let visit = &self.encounter.visit;
        let none = Evidence::default();
        let evidence = visit.evidence.as_ref().unwrap_or(&none);
        let listed = |list: u8| self.is_listed_disease(evidence, list);
        let wants = |condition: bool, holds: bool| !condition || holds;
        wants(when.no_card, self.encounter.coverages.is_empty())
            && wants(when.pick_up, visit.kind == VisitType::PICK_UP && visit.original_visit.is_some())
            && wants(when.newborn, self.encounter.patient.is_newborn)
            && (!when.registered_here || self.is_registered_here())
            && (!when.referral || self.is_referred(evidence))
            && wants(when.residence, evidence.has_residence)
            && wants(when.appointment, evidence.has_appointment)
            && wants(when.emergency, evidence.is_emergency)
            && when.disease_list.is_none_or(listed)
            && when.visit.unwrap_or(Covers::Any).holds(visit.kind)
            && when.tier.as_deref().is_none_or(|tier| self.facility.tier.word() == tier)
            && (when.formerly.is_empty()
                || self
                    .facility
                    .formerly
                    .is_some_and(|formerly| when.formerly.iter().any(|word| **word == *formerly.word())))
            && when.points_from.is_none_or(|from| self.facility.points.is_some_and(|points| points >= from))
            && when.points_below.is_none_or(|below| self.facility.points.is_some_and(|points| points < below))
            && (when.area_and_object.is_empty() || self.is_of_area_and_object(&when.area_and_object))
            && !(when.unless_emergency_or_listed_disease && (evidence.is_emergency || listed(1) || listed(2)))
            && !(visit.kind.is_inpatient() && self.is_of_area_and_object(&when.unless_inpatient_of_area_and_object))
    }

    fn is_registered_here(&self) -> bool {
        let arrival = self.encounter.visit.arrived_at.day();
        self.encounter.coverages.iter().any(|coverage| {
            coverage.valid_from <= arrival
                && arrival <= coverage.valid_to
                && coverage.registered_facility.as_deref() == Some(&*self.encounter.facility)
        })
    }

    /// Valid at arrival: within ten working days of signing, or a year for the long list (R11).
    fn is_referred(&self, evidence: &Evidence) -> bool {
        let Some(signed) = evidence.referral_signed_on else { return false };
        let arrival = self.encounter.visit.arrived_at.day();
        if arrival < signed {
            return false;
        }
        if evidence.disease_row.is_some_and(|row| row.list == 3) {
            return arrival <= signed.next_year();
        }
        let days = self.policies.referral_working_days;
        self.policies.working_days(signed, arrival, days) <= days
    }

    fn is_listed_disease(&self, evidence: &Evidence, list: u8) -> bool {
        let Some(row) = evidence.disease_row.filter(|row| row.list == list) else { return false };
        let only_young = list == 1 && self.policies.young_rows.contains(&row.row);
        !only_young || self.end.age_of(self.encounter.patient.birth_date) < self.policies.young_below
    }

    fn is_of_area_and_object(&self, objects: &[Box<str>]) -> bool {
        self.encounter.visit.area.is_some()
            && self.encounter.coverages.iter().any(|coverage| {
                coverage.object().is_some_and(|object| objects.iter().any(|listed| **listed == *object))
            })
    }
}
