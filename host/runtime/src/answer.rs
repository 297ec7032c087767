//! Is an answer an answer to the question? Checked before anything of it is used.

use vienphi_domain::time::DAY_MINUTES;

use crate::contract::{Decision, Most, Refusal, Visit};
use crate::decision::Part;
use crate::plugin::RuleBook;

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
    /// A refusal of a bed must name one of the visit's.
    #[error("there is no bed {segment}")]
    UnknownBed {
        /// What it named.
        segment: u32,
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
    /// Every column has an entry for every part, and ceilings are of parts, in their order.
    #[error("its columns do not have one entry for each part")]
    Uneven,
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

/// Checks that a refusal is about the visit.
fn check_refusal(visit: &Visit, refusal: &Refusal) -> Result<(), BadAnswer> {
    let is_line = |line: u32| (line as usize) < visit.line_count();
    let is_segment = |segment: u32| (segment as usize) < visit.segments.len();
    match refusal {
        Refusal::NoPrice(refused) if !is_line(refused.line) => Err(BadAnswer::UnknownLine { line: refused.line }),
        Refusal::TooLarge(line) if !is_line(*line) => Err(BadAnswer::UnknownLine { line: *line }),
        Refusal::LevelNotListed(bed) if !is_segment(bed.segment) => Err(BadAnswer::UnknownBed { segment: bed.segment }),
        Refusal::LevelAmbiguous(segment) if !is_segment(*segment) => Err(BadAnswer::UnknownBed { segment: *segment }),
        Refusal::NoPrice(_) | Refusal::TooLarge(_) | Refusal::LevelNotListed(_) | Refusal::LevelAmbiguous(_) => Ok(()),
    }
}

/// More parts than this for each line and bed day are nonsense.
const PARTS_PER_ITEM: usize = 4;

/// No part is made by more rules than this.
const RULES_PER_PART: usize = 16;

/// Checks what a visit was answered with.
pub(crate) fn check(visit: &Visit, decided: &Result<Decision, Refusal>, rules: &RuleBook) -> Result<(), BadAnswer> {
    match decided {
        Ok(decision) => check_decision(visit, decision, rules),
        Err(refusal) => check_refusal(visit, refusal),
    }
}

fn check_decision(visit: &Visit, decision: &Decision, rules: &RuleBook) -> Result<(), BadAnswer> {
    let count = decision.parts.lines.len();
    let is_rising = |mut parts: std::slice::Windows<'_, u32>| parts.all(|pair| pair[0] < pair[1]);
    let ceilings: Vec<u32> = decision.ceilings.iter().map(|ceiling| ceiling.part).collect();
    for named in [&ceilings, &decision.whole_on_route] {
        if !is_rising(named.windows(2)) || named.last().is_some_and(|last| *last as usize >= count) {
            return Err(BadAnswer::Uneven);
        }
    }
    if !decision.parts.is_even() {
        return Err(BadAnswer::Uneven);
    }
    let items = visit.line_count() + visit.segments.len();
    let first_day = day_of(visit.arrived);
    let last_day = day_of(visit.ended);
    let days = usize::try_from(last_day - first_day + 1).unwrap_or(1);
    if count > PARTS_PER_ITEM * items + visit.segments.len() * days {
        return Err(BadAnswer::TooLong { what: "parts" });
    }
    if decision.caps.len() > visit.line_count() + 1 {
        return Err(BadAnswer::TooLong { what: "caps" });
    }
    if decision.notes.len() > PARTS_PER_ITEM * items + days {
        return Err(BadAnswer::TooLong { what: "notes" });
    }
    if decision.caps.iter().any(|cap| cap.amount < 0) {
        return Err(BadAnswer::WrongCeiling { line: 0 });
    }
    let mut answered: Vec<Option<i64>> = vec![None; visit.line_count()];
    let mut bed_days = vec![0_i64; if visit.segments.is_empty() { 0 } else { days }];
    for part in decision.parts() {
        check_part(visit, decision, &part, rules)?;
        let place = part.line as usize;
        let sum = answered[place].unwrap_or(0).checked_add(part.quantity_a_day);
        answered[place] = Some(sum.ok_or(BadAnswer::WrongQuantity { line: part.line })?);
        if visit.is_bed(place) {
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
    for (place, answered) in answered.iter().enumerate() {
        let line = u32::try_from(place).unwrap_or(u32::MAX);
        let Some(quantity) = answered else { return Err(BadAnswer::Unanswered { line }) };
        if !visit.is_bed(place) && *quantity > visit.lines.quantities[place] {
            return Err(BadAnswer::WrongQuantity { line });
        }
    }
    for note in &decision.notes {
        if note.line as usize >= visit.line_count() {
            return Err(BadAnswer::UnknownLine { line: note.line });
        }
        if rules.place_of(note.rule).is_none() {
            return Err(BadAnswer::UnknownRule { line: note.line });
        }
    }
    Ok(())
}

fn check_part(visit: &Visit, decision: &Decision, part: &Part, rules: &RuleBook) -> Result<(), BadAnswer> {
    let place = part.line;
    let Some(performed) = visit.lines.performed.get(place as usize) else {
        return Err(BadAnswer::UnknownLine { line: place });
    };
    let is_bed = visit.is_bed(place as usize);
    let right_days = if is_bed {
        day_of(visit.arrived) <= part.first_day
            && part.first_day <= part.last_day
            && part.last_day <= day_of(visit.ended)
    } else {
        let day = day_of(*performed);
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
        None => true,
        Some(Most::Amount(amount)) => amount >= 0,
        Some(Most::Shared(cap)) => (cap as usize) < decision.caps.len(),
    };
    if !right_ceiling {
        return Err(BadAnswer::WrongCeiling { line: place });
    }
    let named = decision.rules.get(part.rules.clone()).filter(|named| named.len() <= RULES_PER_PART);
    match named {
        Some(named) if named.iter().all(|rule| rules.place_of(*rule).is_some()) => Ok(()),
        _ => Err(BadAnswer::UnknownRule { line: place }),
    }
}

/// Is the price a candidate of the line, or of one of its beds?
fn is_candidate(visit: &Visit, line: u32, price: u32) -> bool {
    let within = |first: u32, count: u32| price >= first && price - first < count;
    within(visit.lines.first_candidates[line as usize], visit.lines.candidate_counts[line as usize])
        || visit
            .segments
            .iter()
            .any(|segment| segment.line == line && within(segment.candidates.first, segment.candidates.count))
}

fn day_of(minute: i64) -> i32 {
    i32::try_from(minute.div_euclid(DAY_MINUTES)).unwrap_or(i32::MAX)
}
