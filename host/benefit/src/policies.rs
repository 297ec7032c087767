//! The values of the law, by date, each with its ground.

use std::collections::HashMap;

use vienphi_domain::encounter::VisitType;
use vienphi_domain::facility::{Facility, Formerly, Tier};
use vienphi_domain::{Day, Digest};
use vienphi_money::{Amount, Price, Quantity, Rate, TooLarge};

/// Everything in `policies/benefit`.
#[derive(Debug)]
pub struct Policies {
    /// L by date.
    pub(crate) reference: Timeline<Amount>,
    /// A visit below this share of L is paid whole (R5).
    pub(crate) small_visit: Rate,
    /// So many L of co-payments in a year exempt (R13).
    pub(crate) exemption_multiple: Quantity,
    /// So many L of supplies count for one service (R23).
    pub(crate) supplies_multiple: Quantity,
    /// Benefit levels 1 to 5.
    pub(crate) levels: [Level; 5],
    /// Levels of card objects.
    pub(crate) objects: HashMap<Box<str>, Vec<ObjectPeriod>>,
    /// The level of a number whose object is not known.
    pub(crate) unknown_object_level: u8,
    /// A card that expires during treatment covers so many days more (R9).
    pub(crate) expiry_days: i32,
    /// Subjects in the order of derivation.
    pub(crate) subjects: Vec<Subject>,
    /// Rows of disease list I that hold only for the young.
    pub(crate) young_rows: Vec<u16>,
    /// How young.
    pub(crate) young_below: i32,
    /// A referral paper is valid for so many working days (R11).
    pub(crate) referral_working_days: u32,
    /// Endings that count the day of discharge (R17).
    pub(crate) endings: Vec<SpecialEnding>,
    /// Caps of direct payment (R15).
    pub(crate) caps: Vec<DirectCap>,
    /// Holidays on weekdays, in order.
    pub(crate) holidays: Vec<Day>,
    /// SHA-256 over the files.
    pub(crate) digest: Digest,
}

/// Values that follow each other without gap or overlap.
#[derive(Debug, Clone)]
pub(crate) struct Timeline<T> {
    /// First day, last day, value; in order.
    pub(crate) periods: Vec<(Day, Day, T)>,
}

impl<T: Copy> Timeline<T> {
    /// The value on a day, or `None` outside the dates known.
    pub(crate) fn on(&self, day: Day) -> Option<T> {
        self.periods.iter().rev().find(|(from, to, _)| *from <= day && day <= *to).map(|(_, _, value)| *value)
    }
}

/// A benefit level: the third character of a card.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    /// 1 to 5.
    pub(crate) digit: u8,
    /// MUC_HUONG on route.
    pub(crate) rate: Rate,
    /// No reduction by the insured ratio of drugs and supplies, no ceiling on supplies (R14).
    pub(crate) lifts_ratio_and_ceiling: bool,
    /// Scope 3 is paid (R14).
    pub(crate) pays_scope_3: bool,
}

/// The level of an object over a range of days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObjectPeriod {
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) age_from: Option<i32>,
    pub(crate) level: u8,
}

/// A row of the subject table.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) code: Box<str>,
    pub(crate) covers: Covers,
    /// With route rate 100 the 15 % rule and the exemption apply.
    pub(crate) on_route: bool,
    pub(crate) needs_evidence: bool,
    /// Never derived when none.
    pub(crate) when: Option<When>,
    pub(crate) rates: Vec<RoutePeriod>,
    /// Its words, for the explanation.
    pub(crate) words: (Box<str>, Box<str>),
}

/// Which visits a subject speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Covers {
    Any,
    Inpatient,
    Outpatient,
}

impl Covers {
    pub(crate) fn holds(self, visit: VisitType) -> bool {
        match self {
            Covers::Any => true,
            Covers::Inpatient => visit.is_inpatient(),
            Covers::Outpatient => !visit.is_inpatient(),
        }
    }
}

/// When a subject is the derived one: every condition given holds.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct When {
    pub(crate) no_card: bool,
    pub(crate) pick_up: bool,
    pub(crate) newborn: bool,
    pub(crate) registered_here: bool,
    pub(crate) referral: bool,
    pub(crate) residence: bool,
    pub(crate) appointment: bool,
    pub(crate) emergency: bool,
    pub(crate) disease_list: Option<u8>,
    pub(crate) visit: Option<Covers>,
    pub(crate) tier: Option<Box<str>>,
    pub(crate) formerly: Vec<Box<str>>,
    pub(crate) points_from: Option<u32>,
    pub(crate) points_below: Option<u32>,
    pub(crate) area_and_object: Vec<Box<str>>,
    pub(crate) unless_emergency_or_listed_disease: bool,
    pub(crate) unless_inpatient_of_area_and_object: Vec<Box<str>>,
}

/// Route rates over a range of days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoutePeriod {
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) inpatient: Rate,
    pub(crate) outpatient: Rate,
}

/// An ending that counts the day of discharge; what is none matches all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpecialEnding {
    pub(crate) result: Option<u8>,
    pub(crate) discharge: Option<u8>,
    pub(crate) via_emergency: bool,
}

/// A cap of direct payment, in L.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DirectCap {
    pub(crate) tier: Tier,
    pub(crate) visit: Covers,
    pub(crate) formerly: Option<Formerly>,
    pub(crate) multiple: Quantity,
}

impl Policies {
    /// L on a day, or `None` before the first day known.
    pub fn reference(&self, day: Day) -> Option<Amount> {
        self.reference.on(day)
    }

    /// The ceiling on the supplies of one service, for an L (R23).
    pub fn supplies_ceiling(&self, reference: Amount) -> Result<Amount, TooLarge> {
        times(reference, self.supplies_multiple)
    }

    /// Does the stay end in a way that counts the day of discharge (R17)?
    pub fn is_special_ending(&self, visit: &vienphi_domain::encounter::Visit) -> bool {
        self.endings.iter().any(|ending| {
            ending.result.is_none_or(|result| visit.result == Some(result))
                && ending.discharge.is_none_or(|discharge| visit.discharge == Some(discharge))
                && (!ending.via_emergency || visit.via_emergency)
        })
    }

    /// The digest of the files.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// A subject in words, Vietnamese and English.
    pub fn subject_words(&self, code: &str) -> Option<(&str, &str)> {
        self.subject(code).map(|subject| (&*subject.words.0, &*subject.words.1))
    }

    /// A row of the subject table.
    pub(crate) fn subject(&self, code: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| &*subject.code == code)
    }

    /// The codes of the subject table.
    pub(crate) fn subject_codes(&self) -> String {
        let codes: Vec<&str> = self.subjects.iter().map(|subject| &*subject.code).collect();
        codes.join(", ")
    }

    /// A level by its digit, 1 to 5.
    pub(crate) fn level(&self, digit: u8) -> &Level {
        &self.levels[usize::from(digit.clamp(1, 5) - 1)]
    }

    /// The cap of direct payment for a visit, in L.
    pub(crate) fn direct_cap(&self, facility: &Facility, visit: VisitType) -> Option<Quantity> {
        let fits = |cap: &&DirectCap| {
            cap.tier == facility.tier
                && cap.visit.holds(visit)
                && cap.formerly.is_none_or(|formerly| facility.formerly == Some(formerly))
        };
        self.caps.iter().find(fits).map(|cap| cap.multiple)
    }

    /// Is the day a working day?
    fn is_working_day(&self, day: Day) -> bool {
        !day.is_weekend() && self.holidays.binary_search(&day).is_err()
    }

    /// Working days after `from` up to and including `to`, counted no further than `most` + 1.
    pub(crate) fn working_days(&self, from: Day, to: Day, most: u32) -> u32 {
        let mut count = 0;
        let mut day = from;
        while day < to && count <= most {
            day = day.plus_days(1);
            count += u32::from(self.is_working_day(day));
        }
        count
    }
}

/// So many times an amount.
pub(crate) fn times(amount: Amount, multiple: Quantity) -> Result<Amount, TooLarge> {
    // An amount in hundredths as a price in thousandths.
    let price = amount.units().checked_mul(10).map(Price::from_units).ok_or(TooLarge)?;
    Amount::of(multiple, price, &[])
}
