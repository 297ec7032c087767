//! A decision being written.

use vienphi_money::Rate;

use crate::types::{
    Bed, Candidate, Cap, CapKind, Ceiling, Decision, Kind, Line, Note, Part, Refusal, RefusedDay, Share, Span, Visit,
};

/// The whole of an amount, as the contract writes rates.
pub const WHOLE: i64 = Rate::WHOLE.units();

/// Minutes in a day.
pub const DAY: i64 = 24 * 60;

/// The calendar day of a minute, both counted from 1970-01-01.
pub fn day_of(minute: i64) -> i32 {
    // The host bounds every date to the years 1900–2200.
    i32::try_from(minute.div_euclid(DAY)).unwrap_or(i32::MAX)
}

/// Parts, caps, rules and notes so far.
pub struct Draft {
    parts: Vec<Part>,
    caps: Vec<Cap>,
    rules: Vec<u32>,
    notes: Vec<Note>,
}

/// A part of a line that lies on one day.
pub struct Piece {
    /// The line's place.
    pub line: u32,
    /// The day it lies on.
    pub day: i32,
    /// The candidate that prices it; `None` is a price of zero.
    pub price: Option<u32>,
    /// How much of the line.
    pub quantity: i64,
    /// TYLE_TT_DV.
    pub service_ratio: i64,
    /// The most that may count as insured.
    pub ceiling: Ceiling,
    /// How the insurer's share is found.
    pub share: Share,
}

impl Draft {
    /// An empty decision with room for the visit.
    pub fn new(visit: &Visit) -> Draft {
        let lines = visit.lines.len();
        Draft {
            parts: Vec::with_capacity(lines + visit.segments.len()),
            caps: Vec::new(),
            rules: Vec::with_capacity(2 * lines),
            notes: Vec::new(),
        }
    }

    /// Adds a part with the rules that made it. A sender's own service ratio replaces the rule's (R22, C14).
    pub fn add(&mut self, visit: &Visit, piece: Piece, rules: &[u32]) {
        let line = &visit.lines[piece.line as usize];
        let first = self.rules.len() as u32;
        self.rules.extend_from_slice(rules);
        let mut service_ratio = piece.service_ratio;
        if let Some(override_ratio) = line.service_ratio {
            service_ratio = override_ratio;
            self.rules.push(crate::rules::RATIO_OVERRIDE);
            if !self
                .notes
                .iter()
                .rev()
                .take_while(|note| note.line == piece.line)
                .any(|note| note.rule == crate::rules::RATIO_OVERRIDE)
            {
                self.note(crate::rules::RATIO_OVERRIDE, piece.line, piece.day);
            }
        }
        self.parts.push(Part {
            line: piece.line,
            first_day: piece.day,
            last_day: piece.day,
            price: piece.price,
            quantity_a_day: piece.quantity,
            service_ratio,
            insured_ratio: line.insured_ratio,
            share: piece.share,
            ceiling: piece.ceiling,
            rules: Span { first, count: self.rules.len() as u32 - first },
        });
    }

    /// The part at this place, to stretch it by a day.
    pub(crate) fn part_mut(&mut self, place: usize) -> &mut Part {
        &mut self.parts[place]
    }

    /// The rules of the part at this place.
    pub(crate) fn rules_of(&self, place: usize) -> &[u32] {
        let span = &self.parts[place].rules;
        &self.rules[span.first as usize..(span.first + span.count) as usize]
    }

    /// How many parts there are.
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Adds a shared cap and returns its place.
    pub fn cap(&mut self, kind: CapKind, amount: i64) -> u32 {
        self.caps.push(Cap { kind, amount });
        self.caps.len() as u32 - 1
    }

    /// Says something a person should see.
    pub fn note(&mut self, rule: u32, line: u32, day: i32) {
        self.notes.push(Note { rule, line, day });
    }

    /// The decision.
    pub fn finish(self) -> Decision {
        Decision { parts: self.parts, caps: self.caps, rules: self.rules, notes: self.notes }
    }
}

/// A line's candidates with their places.
pub fn candidates(visit: &Visit, span: Span) -> impl Iterator<Item = (u32, &Candidate)> {
    (span.first..span.first + span.count).map(|place| (place, &visit.candidates[place as usize]))
}

/// The price of a line on its day: `None` for a stopped service (R22).
pub fn price_of(visit: &Visit, place: u32) -> Result<Option<u32>, Refusal> {
    let line = &visit.lines[place as usize];
    if line.stopped {
        return Ok(None);
    }
    let day = day_of(line.performed);
    candidates(visit, line.candidates)
        .find(|(_, candidate)| candidate.bed == Bed::None && in_force(candidate, day))
        .map(|(place, _)| Some(place))
        .ok_or(Refusal::NoPrice(RefusedDay { line: place, day }))
}

/// Is the candidate's price in force on that day?
pub fn in_force(candidate: &Candidate, day: i32) -> bool {
    candidate.first_day <= day && day <= candidate.last_day
}

/// Is the line priced by the sender's own price (a tender's), rather than by the tariff?
pub fn has_own_price(line: &Line) -> bool {
    matches!(line.kind, Kind::Drug | Kind::Blood | Kind::Supply | Kind::Transport)
}
