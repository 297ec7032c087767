//! A decision being written.

use vienphi_money::Rate;

use crate::told::{self, Most};
use crate::types::{Bed, Candidate, Cap, CapKind, Decision, Kind, Line, Note, Parts, Refusal, RefusedDay, Visit};

/// The whole of an amount, as the contract writes rates.
pub const WHOLE: i64 = Rate::WHOLE.units();

/// Minutes in a day.
pub const DAY: i64 = 24 * 60;

/// The calendar day of a minute, both counted from 1970-01-01.
///
/// ```
/// use vienphi_guest::draft::day_of;
///
/// assert_eq!(day_of(24 * 60 - 1), 0);
/// assert_eq!(day_of(24 * 60), 1);
/// assert_eq!(day_of(-1), -1);
/// ```
pub fn day_of(minute: i64) -> i32 {
    // The host bounds every date to the years 1900–2200.
    i32::try_from(minute.div_euclid(DAY)).unwrap_or(i32::MAX)
}

/// Stands for no price in a decision's columns.
pub const NONE: u32 = u32::MAX;

/// The most of a part that may count as insured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceiling {
    /// No limit.
    None,
    /// So much for the part.
    Amount(i64),
    /// A place in the decision's `caps`: the parts that name it draw it down together.
    Shared(u32),
}

/// How the insurer's share of a part is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// By the card and the route.
    ByCard,
    /// Whole when the route rate is 100 %, else nothing.
    WholeOnRoute,
}

/// The decision so far. Parts are rows until it is finished.
pub struct Draft {
    parts: Vec<Part>,
    caps: Vec<Cap>,
    rules: Vec<u32>,
    notes: Vec<Note>,
    /// The rules of some part no longer lie behind those of the part before it.
    is_scattered: bool,
}

/// A piece of a line paid in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The line's place.
    pub line: u32,
    /// The first day.
    pub first_day: i32,
    /// The last day, included.
    pub last_day: i32,
    /// The place of the candidate that prices it; [`NONE`] is a price of zero.
    pub price: u32,
    /// For each day from the first to the last, in 1/1000.
    pub quantity_a_day: i64,
    /// TYLE_TT_DV, in 1/1000: 0 to [`WHOLE`].
    pub service_ratio: i64,
    /// TYLE_TT_BH, in 1/1000: 0 to [`WHOLE`].
    pub insured_ratio: i64,
    /// The most that may count as insured.
    pub ceiling: Ceiling,
    /// How the insurer's share is found.
    pub share: Share,
    first_rule: u32,
    rule_count: u32,
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
        let room = visit.line_count() + visit.segments.len();
        Draft {
            parts: Vec::with_capacity(room),
            caps: Vec::new(),
            rules: Vec::with_capacity(2 * room),
            notes: Vec::new(),
            is_scattered: false,
        }
    }

    /// Adds a part with the rules that made it. A sender's own service ratio replaces the rule's (R22, C14).
    pub fn add(&mut self, visit: &Visit, piece: Piece, rules: &[u32]) {
        let first_rule = self.rules.len();
        // One by one: they are a few, and copying a run leaves the sandbox.
        for rule in rules {
            self.rules.push(*rule);
        }
        let mut service_ratio = piece.service_ratio;
        if let Some(given) = visit.given_ratio(piece.line) {
            service_ratio = given;
            self.rules.push(crate::rules::RATIO_OVERRIDE);
            let mut of_line = self.notes.iter().rev().take_while(|note| note.line == piece.line);
            if !of_line.any(|note| note.rule == crate::rules::RATIO_OVERRIDE) {
                self.note(crate::rules::RATIO_OVERRIDE, piece.line, piece.day);
            }
        }
        self.parts.push(Part {
            line: piece.line,
            first_day: piece.day,
            last_day: piece.day,
            price: piece.price.unwrap_or(NONE),
            quantity_a_day: piece.quantity,
            service_ratio,
            insured_ratio: visit.line(piece.line).insured_ratio,
            ceiling: piece.ceiling,
            share: piece.share,
            first_rule: first_rule as u32,
            rule_count: (self.rules.len() - first_rule) as u32,
        });
    }

    /// Stretches the part at this place to a day, when that follows its last and all else of the part is the same.
    pub(crate) fn stretch(&mut self, visit: &Visit, place: usize, piece: &Piece, rules: &[u32]) -> bool {
        let part = &mut self.parts[place];
        let written = &self.rules[part.first_rule as usize..(part.first_rule + part.rule_count) as usize];
        let is_same = part.last_day + 1 == piece.day
            && part.price == piece.price.unwrap_or(NONE)
            && part.quantity_a_day == piece.quantity
            && part.service_ratio == visit.given_ratio(piece.line).unwrap_or(piece.service_ratio)
            && written.strip_suffix(&[crate::rules::RATIO_OVERRIDE]).unwrap_or(written) == rules;
        if is_same {
            part.last_day = piece.day;
        }
        is_same
    }

    /// The parts so far, in the order in which rules made them.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Changes the part at a place and names the rule that changed it, after those that made it.
    ///
    /// ```
    /// use vienphi_guest::types::{Candidate, Kind, Line};
    /// use vienphi_guest::{Draft, Refusal, Tariff, Visit, rules};
    ///
    /// struct Half;
    ///
    /// impl Tariff for Half {
    ///     const NAME: &'static str = "tariff-half";
    ///     const VERSION: &'static str = "0.1.0";
    ///
    ///     fn apply_own_rules(_visit: &Visit, draft: &mut Draft) -> Result<(), Refusal> {
    ///         draft.change(0, 1000, |part| part.service_ratio = 500);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let mut visit = Visit::trial(480, 600);
    /// visit.add(Line::trial(Kind::Lab, 500), &[Candidate::trial(48_500_000, 48_500_000, 500)]);
    /// let decision = Half::price(&visit).unwrap();
    /// assert_eq!(decision.parts.service_ratios, [500]);
    /// assert_eq!(decision.rules, [rules::LISTED_PRICE, 1000]);
    /// ```
    pub fn change(&mut self, place: usize, rule: u32, change: impl FnOnce(&mut Part)) {
        let Some(part) = self.parts.get_mut(place) else { return };
        change(part);
        // Its rules move to the end, where there is room for one more.
        let (first, count) = (part.first_rule as usize, part.rule_count as usize);
        part.first_rule = self.rules.len() as u32;
        part.rule_count += 1;
        self.rules.extend_from_within(first..first + count);
        self.rules.push(rule);
        self.is_scattered = true;
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

    /// The decision, column by column.
    pub fn finish(mut self) -> Decision {
        if self.is_scattered {
            let of_part = |part: &Part| part.first_rule as usize..(part.first_rule + part.rule_count) as usize;
            self.rules = self.parts.iter().flat_map(|part| &self.rules[of_part(part)]).copied().collect();
        }
        let parts = &self.parts;
        let mut ceilings = Vec::new();
        let mut whole_on_route = Vec::new();
        for (place, part) in (0..).zip(parts) {
            match part.ceiling {
                Ceiling::None => {}
                Ceiling::Amount(amount) => ceilings.push(told::Ceiling { part: place, most: Most::Amount(amount) }),
                Ceiling::Shared(cap) => ceilings.push(told::Ceiling { part: place, most: Most::Shared(cap) }),
            }
            if part.share == Share::WholeOnRoute {
                whole_on_route.push(place);
            }
        }
        let parts = Parts {
            lines: parts.iter().map(|part| part.line).collect(),
            first_days: parts.iter().map(|part| part.first_day).collect(),
            last_days: parts.iter().map(|part| part.last_day).collect(),
            prices: parts.iter().map(|part| part.price).collect(),
            quantities_a_day: parts.iter().map(|part| part.quantity_a_day).collect(),
            service_ratios: parts.iter().map(|part| part.service_ratio).collect(),
            insured_ratios: parts.iter().map(|part| part.insured_ratio).collect(),
            rule_counts: parts.iter().map(|part| part.rule_count).collect(),
        };
        Decision { parts, ceilings, whole_on_route, caps: self.caps, rules: self.rules, notes: self.notes }
    }
}

/// The price of a line on its day: `None` for a stopped service (R22). No price in force on that day is a refusal (R1).
///
/// ```
/// use vienphi_guest::draft::price_of;
/// use vienphi_guest::types::{Candidate, Kind, Line};
/// use vienphi_guest::{Refusal, Visit};
///
/// let mut visit = Visit::trial(480, 2000);
/// let today = Candidate::trial(1_000_000, 1_000_000, 500);
/// let priced = visit.add(Line::trial(Kind::Lab, 500), &[today]);
/// let tomorrow = visit.add(Line::trial(Kind::Lab, 1500), &[today]);
/// assert_eq!(price_of(&visit, priced).unwrap(), Some(0));
/// assert!(matches!(price_of(&visit, tomorrow), Err(Refusal::NoPrice(_))));
/// ```
pub fn price_of(visit: &Visit, place: u32) -> Result<Option<u32>, Refusal> {
    let line = visit.line(place);
    if line.stopped {
        return Ok(None);
    }
    let day = day_of(line.performed);
    visit
        .candidates(line.candidates)
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
