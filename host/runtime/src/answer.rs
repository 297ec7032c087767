//! Is an answer an answer to the question? Checked before anything of it is used.

use vienphi_domain::time::DAY_MINUTES;

use crate::contract::{Ceiling, Decision, Kind, Part, Visit};

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// A batch must answer each visit.
    #[error("{answered} answers to {asked} visits")]
    WrongCount {
        /// Visits asked.
        asked: usize,
        /// Visits answered.
        answered: usize,
    },
    /// Every line must have a part.
    #[error("line {line} is not answered")]
    Unanswered {
        /// The line's place.
        line: u32,
    },
    /// A part must name one of the visit's lines.
    #[error("there is no line {line}")]
    UnknownLine {
        /// What it named.
        line: u32,
    },
    /// A part must take one of its own line's candidate prices.
    #[error("line {line} takes a price that is not its own")]
    ForeignPrice {
        /// The line's place.
        line: u32,
    },
    /// Days must lie within the visit, a line's on its own day.
    #[error("line {line} is answered for days it does not have")]
    WrongDays {
        /// The line's place.
        line: u32,
    },
    /// Quantities are at least zero and together at most what was asked.
    #[error("line {line} is answered with another quantity than asked")]
    WrongQuantity {
        /// The line's place.
        line: u32,
    },
    /// The beds of one day are at most one day.
    #[error("more than one bed on day {day}")]
    TooManyBeds {
        /// Days since 1970-01-01.
        day: i32,
    },
    /// Ratios are from 0 to 100 %.
    #[error("line {line} has a ratio outside 0 to 100 %")]
    WrongRatio {
        /// The line's place.
        line: u32,
    },
    /// Ceilings and caps are at least zero, and a shared one is among the caps.
    #[error("line {line} has a ceiling that is negative or not there")]
    WrongCeiling {
        /// The line's place.
        line: u32,
    },
    /// Rules are named from the flat list, and are of the plugin's own description.
    #[error("line {line} names a rule that was never described")]
    UnknownRule {
        /// The line's place.
        line: u32,
    },
    /// More was answered than any rule needs.
    #[error("the answer has more {what} than the visit can need")]
    TooLong {
        /// Of what.
        what: &'static str,
    },
}

/// More parts than this for each line and bed day are nonsense.
const PARTS_PER_ITEM: usize = 4;

/// No part is made by more rules than this.
const RULES_PER_PART: u32 = 16;

/// Checks a decision against its visit.
pub(crate) fn check(visit: &Visit, decision: &Decision, rule_ids: &[u32]) -> Result<(), BadAnswer> {
    let items = visit.lines.len() + visit.segments.len();
    let first_day = day_of(visit.arrived);
    let last_day = day_of(visit.ended);
    let days = usize::try_from(last_day - first_day + 1).unwrap_or(1);
    if decision.parts.len() > PARTS_PER_ITEM * items + visit.segments.len() * days {
        return Err(BadAnswer::TooLong { what: "parts" });
    }
    if decision.caps.len() > visit.lines.len() + 1 {
        return Err(BadAnswer::TooLong { what: "caps" });
    }
    if decision.notes.len() > PARTS_PER_ITEM * items + days {
        return Err(BadAnswer::TooLong { what: "notes" });
    }
    if decision.caps.iter().any(|cap| cap.amount < 0) {
        return Err(BadAnswer::WrongCeiling { line: 0 });
    }
    let mut answered: Vec<Option<i64>> = vec![None; visit.lines.len()];
    let mut bed_days = vec![0_i64; if visit.segments.is_empty() { 0 } else { days }];
    for part in &decision.parts {
        check_part(visit, decision, part, rule_ids)?;
        let place = part.line as usize;
        let line = &visit.lines[place];
        let sum = answered[place].unwrap_or(0).checked_add(part.quantity_a_day);
        answered[place] = Some(sum.ok_or(BadAnswer::WrongQuantity { line: part.line })?);
        if matches!(line.kind, Kind::Bed | Kind::DayBed) {
            for day in part.first_day..=part.last_day {
                // Within the visit, as `check_part` saw.
                let place = usize::try_from(day - first_day).unwrap_or(0);
                let of_day = &mut bed_days[place];
                *of_day += part.quantity_a_day;
                if *of_day > 1000 {
                    return Err(BadAnswer::TooManyBeds { day });
                }
            }
        }
    }
    for (place, (line, answered)) in visit.lines.iter().zip(&answered).enumerate() {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let Some(quantity) = answered else { return Err(BadAnswer::Unanswered { line: place }) };
        if !matches!(line.kind, Kind::Bed | Kind::DayBed) && *quantity > line.quantity {
            return Err(BadAnswer::WrongQuantity { line: place });
        }
    }
    for note in &decision.notes {
        if note.line as usize >= visit.lines.len() {
            return Err(BadAnswer::UnknownLine { line: note.line });
        }
        if rule_ids.binary_search(&note.rule).is_err() {
            return Err(BadAnswer::UnknownRule { line: note.line });
        }
    }
    Ok(())
}

fn check_part(visit: &Visit, decision: &Decision, part: &Part, rule_ids: &[u32]) -> Result<(), BadAnswer> {
    let place = part.line;
    let Some(line) = visit.lines.get(place as usize) else { return Err(BadAnswer::UnknownLine { line: place }) };
    let is_bed = matches!(line.kind, Kind::Bed | Kind::DayBed);
    let right_days = if is_bed {
        day_of(visit.arrived) <= part.first_day
            && part.first_day <= part.last_day
            && part.last_day <= day_of(visit.ended)
    } else {
        let day = day_of(line.performed);
        part.first_day == day && part.last_day == day
    };
    if !right_days {
        return Err(BadAnswer::WrongDays { line: place });
    }
    if let Some(price) = part.price
        && !is_candidate(visit, place, price)
    {
        return Err(BadAnswer::ForeignPrice { line: place });
    }
    if part.quantity_a_day < 0 || (is_bed && part.quantity_a_day > 1000) {
        return Err(BadAnswer::WrongQuantity { line: place });
    }
    let is_ratio = |ratio: i64| (0..=1000).contains(&ratio);
    if !is_ratio(part.service_ratio) || !is_ratio(part.insured_ratio) {
        return Err(BadAnswer::WrongRatio { line: place });
    }
    let right_ceiling = match part.ceiling {
        Ceiling::None => true,
        Ceiling::Amount(amount) => amount >= 0,
        Ceiling::Shared(cap) => (cap as usize) < decision.caps.len(),
    };
    if !right_ceiling {
        return Err(BadAnswer::WrongCeiling { line: place });
    }
    let rules = part.rules.first.checked_add(part.rules.count).filter(|_| part.rules.count <= RULES_PER_PART);
    let rules = rules.and_then(|end| decision.rules.get(part.rules.first as usize..end as usize));
    match rules {
        Some(rules) if rules.iter().all(|rule| rule_ids.binary_search(rule).is_ok()) => Ok(()),
        _ => Err(BadAnswer::UnknownRule { line: place }),
    }
}

/// Is the price a candidate of the line, or of one of its beds?
fn is_candidate(visit: &Visit, line: u32, price: u32) -> bool {
    let within = |first: u32, count: u32| price >= first && price - first < count;
    let own = &visit.lines[line as usize].candidates;
    within(own.first, own.count)
        || visit
            .segments
            .iter()
            .any(|segment| segment.line == line && within(segment.candidates.first, segment.candidates.count))
}

fn day_of(minute: i64) -> i32 {
    i32::try_from(minute.div_euclid(DAY_MINUTES)).unwrap_or(i32::MAX)
}
