//! Values of the law that the check needs, by date: what `policies/benefit` says and `rules/shares.toml`.
//!
//! Cards, subjects, L and special endings are read from the files that pricing reads, so that no value stands twice.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};
use vienphi_domain::Day;
use vienphi_money::{Amount, Price, Quantity, Rate};

/// All values.
pub(super) struct Rules {
    pub(super) levels: Vec<Level>,
    objects: Vec<Objects>,
    /// A card that expires during treatment covers so many days more (READINGS 9).
    pub(super) expiry_days: i32,
    pub(super) subjects: Vec<Subject>,
    references: Vec<Reference>,
    /// A visit strictly below this share of L is paid whole (READINGS 5).
    pub(super) small_visit: Rate,
    /// So many L of supplies count for one service (READINGS 23).
    supplies_multiple: Quantity,
    /// Co-payments of a year above so many L exempt from further ones (READINGS 13).
    exemption_multiple: Quantity,
    endings: Vec<Ending>,
    pub(super) shares: Shares,
}

/// A benefit level.
#[derive(Deserialize)]
pub(super) struct Level {
    pub(super) digit: u8,
    #[serde(deserialize_with = "rate")]
    pub(super) rate: Rate,
    #[serde(default)]
    pub(super) lifts_ratio_and_ceiling: bool,
    #[serde(default)]
    pub(super) pays_scope_3: bool,
}

#[derive(Deserialize)]
struct Objects {
    codes: Vec<Box<str>>,
    level: u8,
    #[serde(deserialize_with = "first_day")]
    from: Day,
    #[serde(default = "end_of_time", deserialize_with = "last_day")]
    to: Day,
    age_from: Option<i32>,
}

/// A row of the subject table (QĐ 3276/QĐ-BYT).
#[derive(Deserialize)]
pub(super) struct Subject {
    pub(super) code: Box<str>,
    #[serde(default)]
    pub(super) on_route: bool,
    /// The only kind of visit it speaks of.
    pub(super) covers: Option<Covers>,
    #[serde(default)]
    rates: Vec<RoutePeriod>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Covers {
    Inpatient,
    Outpatient,
}

#[derive(Deserialize)]
struct RoutePeriod {
    #[serde(deserialize_with = "first_day")]
    from: Day,
    #[serde(default = "end_of_time", deserialize_with = "last_day")]
    to: Day,
    #[serde(deserialize_with = "rate")]
    inpatient: Rate,
    #[serde(deserialize_with = "rate")]
    outpatient: Rate,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(deserialize_with = "first_day")]
    from: Day,
    #[serde(default = "end_of_time", deserialize_with = "last_day")]
    to: Day,
    #[serde(deserialize_with = "amount")]
    amount: Amount,
}

#[derive(Deserialize)]
struct Ending {
    result: Option<u8>,
    discharge: Option<u8>,
    #[serde(default)]
    via_emergency: bool,
}

/// `rules/shares.toml`.
#[derive(Deserialize)]
pub(super) struct Shares {
    pub(super) exams: Exams,
    pub(super) beds: Beds,
    pub(super) operations: Operations,
    pub(super) supplies: Groups,
    pub(super) stents: Stents,
    pub(super) fee_for_service: FeeForService,
    pub(super) visit_types: VisitTypes,
}

#[derive(Deserialize)]
pub(super) struct Exams {
    pub(super) group: u8,
    #[serde(deserialize_with = "rates")]
    pub(super) ratios: Vec<Rate>,
    pub(super) prices: i64,
    pub(super) inpatient: Vec<Box<str>>,
    pub(super) consultation: Box<str>,
}

#[derive(Deserialize)]
pub(super) struct Beds {
    pub(super) groups: Vec<u8>,
    #[serde(deserialize_with = "rates")]
    pub(super) ratios: Vec<Rate>,
    pub(super) none_minutes: i64,
}

#[derive(Deserialize)]
pub(super) struct Operations {
    pub(super) group: u8,
    pub(super) lasting: Vec<u8>,
    #[serde(deserialize_with = "rates")]
    pub(super) ratios: Vec<Rate>,
    #[serde(deserialize_with = "rate")]
    pub(super) same_team: Rate,
    #[serde(deserialize_with = "rate")]
    pub(super) other_team: Rate,
}

#[derive(Deserialize)]
pub(super) struct Groups {
    pub(super) groups: Vec<u8>,
}

#[derive(Deserialize)]
pub(super) struct Stents {
    pub(super) code: Box<str>,
    #[serde(deserialize_with = "quantity")]
    pub(super) most: Quantity,
    pub(super) lifted_by: Vec<Box<str>>,
}

#[derive(Deserialize)]
pub(super) struct FeeForService {
    pub(super) method: u8,
    pub(super) skipped_for: Vec<Box<str>>,
}

#[derive(Deserialize)]
pub(super) struct VisitTypes {
    pub(super) no_days: Vec<Box<str>>,
    pub(super) stay_days: Vec<Box<str>>,
    pub(super) service_days: Vec<Box<str>>,
    pub(super) inpatient: Vec<Box<str>>,
    pub(super) treatment: Vec<Box<str>>,
    pub(super) primary: Vec<Box<str>>,
    pub(super) pick_up: Vec<Box<str>>,
}

/// What the check knows of the law.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    // The texts are compiled in, and a test reads them.
    #[allow(clippy::expect_used)]
    load().expect("the rules are well-formed")
});

impl Rules {
    /// The level of a card's object on a day, else that of its printed digit (READINGS 7).
    pub(super) fn level(&self, object: &str, digit: u8, age: Option<i32>, day: Day) -> Option<&Level> {
        let holds = |period: &&Objects| {
            period.from <= day
                && day <= period.to
                && period.codes.iter().any(|code| **code == *object)
                && period.age_from.is_none_or(|from| age.is_some_and(|age| age >= from))
        };
        // A row for an age is closer than one for all.
        let period = self.objects.iter().filter(holds).reduce(
            |one, other| {
                if other.age_from > one.age_from { other } else { one }
            },
        );
        let digit = period.map_or(digit, |period| period.level);
        self.levels.iter().find(|level| level.digit == digit)
    }

    /// A row of the subject table.
    pub(super) fn subject(&self, code: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| *subject.code == *code)
    }

    /// L on a day.
    pub(super) fn reference(&self, day: Day) -> Option<Amount> {
        let found = self.references.iter().rev().find(|reference| reference.from <= day && day <= reference.to);
        found.map(|reference| reference.amount)
    }

    /// Below this a visit is paid whole.
    pub(super) fn small_visit_on(&self, day: Day) -> Option<Amount> {
        self.reference(day)?.share(self.small_visit).ok()
    }

    /// The ceiling on the supplies of one service.
    pub(super) fn supplies_ceiling(&self, day: Day) -> Option<Amount> {
        self.times(self.supplies_multiple, day)
    }

    /// Co-payments of a year above this exempt from further ones.
    pub(super) fn exemption_threshold(&self, day: Day) -> Option<Amount> {
        self.times(self.exemption_multiple, day)
    }

    fn times(&self, multiple: Quantity, day: Day) -> Option<Amount> {
        let price = Price::from_units(self.reference(day)?.units().checked_mul(10)?);
        Amount::of(multiple, price, &[]).ok()
    }

    /// Whether an ending counts the day of discharge (READINGS 17).
    pub(super) fn is_special_ending(&self, result: Option<u8>, discharge: Option<u8>, is_emergency: bool) -> bool {
        self.endings.iter().any(|ending| {
            ending.result.is_none_or(|wanted| result == Some(wanted))
                && ending.discharge.is_none_or(|wanted| discharge == Some(wanted))
                && (!ending.via_emergency || is_emergency)
        })
    }
}

impl Subject {
    /// The route rate on a day; `None` where it is that of an original visit, or not known.
    pub(super) fn rate_on(&self, day: Day, is_inpatient: bool) -> Option<Rate> {
        let period = self.rates.iter().find(|period| period.from <= day && day <= period.to)?;
        Some(if is_inpatient { period.inpatient } else { period.outpatient })
    }
}

/// Whether a short list of codes has one.
pub(super) fn has(codes: &[Box<str>], code: &str) -> bool {
    codes.iter().any(|known| **known == *code)
}

fn load() -> Result<Rules, toml::de::Error> {
    #[derive(Deserialize)]
    struct Cards {
        level: Vec<Level>,
        objects: Vec<Objects>,
        expiry: Expiry,
    }
    #[derive(Deserialize)]
    struct Expiry {
        days: i32,
    }
    #[derive(Deserialize)]
    struct Subjects {
        subject: Vec<Subject>,
    }
    #[derive(Deserialize)]
    struct References {
        reference: Vec<Reference>,
        small_visit: Percent,
        supplies_ceiling: Multiple,
        exemption: Multiple,
    }
    #[derive(Deserialize)]
    struct Percent {
        #[serde(deserialize_with = "rate")]
        percent: Rate,
    }
    #[derive(Deserialize)]
    struct Multiple {
        #[serde(deserialize_with = "quantity")]
        multiple: Quantity,
    }
    #[derive(Deserialize)]
    struct Endings {
        special: Vec<Ending>,
    }
    let cards: Cards = toml::from_str(include_str!("../../../../policies/benefit/cards.toml"))?;
    let subjects: Subjects = toml::from_str(include_str!("../../../../policies/benefit/subjects.toml"))?;
    let references: References = toml::from_str(include_str!("../../../../policies/benefit/reference.toml"))?;
    let endings: Endings = toml::from_str(include_str!("../../../../policies/benefit/endings.toml"))?;
    Ok(Rules {
        levels: cards.level,
        objects: cards.objects,
        expiry_days: cards.expiry.days,
        subjects: subjects.subject,
        references: references.reference,
        small_visit: references.small_visit.percent,
        supplies_multiple: references.supplies_ceiling.multiple,
        exemption_multiple: references.exemption.multiple,
        endings: endings.special,
        shares: toml::from_str(include_str!("../../rules/shares.toml"))?,
    })
}

/// Reads a day such as `2026-07-01`.
pub(super) fn first_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    Day::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a day such as 2026-07-01")))
}

/// The same, for a last day.
pub(super) fn last_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    first_day(deserializer)
}

fn end_of_time() -> Day {
    Day::END_OF_TIME
}

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
    let text = String::deserialize(deserializer)?;
    Rate::parse(&text).map_err(serde::de::Error::custom)
}

fn rates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rate>, D::Error> {
    let texts: Vec<String> = Vec::deserialize(deserializer)?;
    texts.iter().map(|text| Rate::parse(text).map_err(serde::de::Error::custom)).collect()
}

fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quantity, D::Error> {
    let text = String::deserialize(deserializer)?;
    Quantity::parse(&text).map_err(serde::de::Error::custom)
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    let text = String::deserialize(deserializer)?;
    Amount::parse(&text).map_err(serde::de::Error::custom)
}
