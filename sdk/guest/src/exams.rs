//! Examinations: TT 39/2024/TT-BYT, Điều 4b of TT 35/2016/TT-BYT; R16, C9.

use vienphi_money::{Price, Quantity};

use crate::draft::{Draft, Piece, day_of, price_of};
use crate::rules;
use crate::types::{CapKind, Ceiling, Kind, Refusal, Share, Visit};

/// Service ratio by place in the sequence, and the rule that gives it.
const PLACES: [(i64, u32); 5] = [
    (1000, rules::EXAM_FIRST),
    (300, rules::EXAM_SECOND_TO_FOURTH),
    (300, rules::EXAM_SECOND_TO_FOURTH),
    (300, rules::EXAM_SECOND_TO_FOURTH),
    (100, rules::EXAM_FIFTH),
];

/// From this place in a table's queue of the day an exam is paid at half (QĐ 4750: "beyond 65").
const QUEUE_FULL: u32 = 65;
const QUEUE_FULL_RATIO: i64 = 500;

/// The insured total of a visit's exams is at most this many times the first one's insured price.
const CAP_FIRST_EXAMS: i64 = 2;

/// Decides every exam of the visit.
pub fn decide(visit: &Visit, draft: &mut Draft) -> Result<(), Refusal> {
    let mut exams: Vec<u32> =
        (0..visit.line_count() as u32).filter(|&place| visit.line(place).kind == Kind::Exam).collect();
    if exams.is_empty() {
        return Ok(());
    }
    // Equal times keep the order of ids, which is the order of the lines.
    exams.sort_by_key(|&place| visit.line(place).performed);

    let mut sequence = Sequence::after(visit);
    let cap = visit_cap(visit, &exams, draft)?;
    let mut first = true;
    for place in exams {
        let line = visit.line(place);
        let day = day_of(line.performed);
        let price = price_of(visit, place)?;
        let piece = |quantity, service_ratio| Piece {
            line: place,
            day,
            price,
            quantity,
            service_ratio,
            ceiling: cap.map_or(Ceiling::None, Ceiling::Shared),
            share: Share::ByCard,
        };
        if line.stopped {
            draft.add(visit, piece(line.quantity, 1000), &[rules::STOPPED_SERVICE]);
            continue;
        }
        // A ratio the sender orders is paid as ordered: "not paid" would be untrue of it (R22).
        let note_unpaid = |draft: &mut Draft, rule| {
            if visit.given_ratio(place).is_none() {
                draft.note(rule, place, day);
            }
        };
        if visit.inpatient && !first {
            draft.add(visit, piece(line.quantity, 0), &[rules::LISTED_PRICE, rules::EXAM_INPATIENT]);
            note_unpaid(draft, rules::EXAM_INPATIENT);
            continue;
        }
        first = false;
        let (ratio, rule) = sequence.next(line.code);
        if sequence.was_continued(line.code, rule) {
            draft.note(rules::EXAM_PRIOR_VISIT, place, day);
        }
        // One examination has the place; more of the same specialty is a repeat.
        let placed = line.quantity.min(Quantity::ONE.units());
        if ratio > QUEUE_FULL_RATIO && visit.queue_place(place) > QUEUE_FULL {
            draft.add(visit, piece(placed, QUEUE_FULL_RATIO), &[rules::LISTED_PRICE, rules::EXAM_QUEUE_FULL]);
        } else {
            draft.add(visit, piece(placed, ratio), &[rules::LISTED_PRICE, rule]);
        }
        if line.quantity > placed {
            draft.add(visit, piece(line.quantity - placed, 0), &[rules::LISTED_PRICE, rules::EXAM_REPEAT]);
        }
        if rule == rules::EXAM_REPEAT || line.quantity > placed {
            note_unpaid(draft, rules::EXAM_REPEAT);
        }
    }
    Ok(())
}

/// The places taken so far, one for each specialty (the exam's code).
struct Sequence {
    taken: Vec<u32>,
    /// How many of them were taken in an earlier visit of the day.
    prior: usize,
}

impl Sequence {
    /// Exams of an earlier visit on the same day come first (R16 \[U\]).
    fn after(visit: &Visit) -> Sequence {
        let mut sequence = Sequence { taken: Vec::new(), prior: 0 };
        for exam in &visit.prior_exams {
            sequence.next(exam.code);
        }
        sequence.prior = sequence.taken.len();
        sequence
    }

    /// Did an earlier visit of the day decide the place of an exam, or that it has none?
    fn was_continued(&self, code: u32, rule: u32) -> bool {
        self.prior > 0 && (rule != rules::EXAM_REPEAT || self.taken[..self.prior].contains(&code))
    }

    fn next(&mut self, code: u32) -> (i64, u32) {
        if self.taken.contains(&code) {
            return (0, rules::EXAM_REPEAT);
        }
        self.taken.push(code);
        PLACES.get(self.taken.len() - 1).copied().unwrap_or((0, rules::EXAM_LATER))
    }
}

/// The visit's ceiling; none when there is a single examination, which can not pass it.
fn visit_cap(visit: &Visit, exams: &[u32], draft: &mut Draft) -> Result<Option<u32>, Refusal> {
    let Some(&first) = exams.iter().find(|&&place| !visit.line(place).stopped) else {
        return Ok(None);
    };
    if exams.len() == 1 && visit.line(first).quantity <= Quantity::ONE.units() {
        return Ok(None);
    }
    let Some(price) = price_of(visit, first)? else { return Ok(None) };
    let insured = visit.candidate(price).insured;
    let twice = insured.checked_mul(CAP_FIRST_EXAMS).ok_or(Refusal::TooLarge(first))?;
    let amount = Price::from_units(twice).amount().map_err(|_| Refusal::TooLarge(first))?;
    Ok(Some(draft.cap(CapKind::Exams, amount.units())))
}
