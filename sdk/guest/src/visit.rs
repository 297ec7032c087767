//! A visit as rules read it. It is told column by column (`sdk/wit`); here every line stands by itself again.

use crate::types::{Bed, Form, Kind, Operated, Span, Visit};

/// What was done. Numbers are counted as `sdk/wit` says.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The closed set of the encounter's `kind`.
    pub kind: Kind,
    /// Equal codes have equal numbers within a visit, and nothing else is meant by them.
    pub code: u32,
    /// The first part of the code (02 of `02.03`), 0 when it has none.
    pub specialty: u32,
    /// The last four digits of `18.0119.0028`, 0 when it has none.
    pub price_group: u32,
    /// The suffix of the code.
    pub form: Form,
    /// MA_NHOM, 1 to 19.
    pub group: u32,
    /// The service was stopped.
    pub stopped: bool,
    /// The patient asked for it.
    pub on_request: bool,
    /// How much.
    pub quantity: i64,
    /// TYLE_TT_BH as the sender gives it.
    pub insured_ratio: i64,
    /// The minute it was ordered.
    pub ordered: i64,
    /// The minute it was done, else ordered.
    pub performed: i64,
    /// 0 when it is not told.
    pub department: u32,
    /// 0 when it is not told.
    pub practitioner: u32,
    /// Its prices; none for a bed, whose segments have them.
    pub candidates: Span,
}

/// A price that a line or a bed segment may take.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Of which bed.
    pub bed: Bed,
    /// 1 to 4 for an inpatient bed, else 0.
    pub level: u32,
    /// What the facility charges for one unit.
    pub unit: i64,
    /// What the insurer counts for one unit.
    pub insured: i64,
    /// The first day it is in force.
    pub first_day: i32,
    /// The last day it is in force.
    pub last_day: i32,
}

/// The kinds in the order of the contract.
const KINDS: [Kind; 14] = [
    Kind::Exam,
    Kind::Consultation,
    Kind::Bed,
    Kind::DayBed,
    Kind::Procedure,
    Kind::Surgery,
    Kind::Lab,
    Kind::Imaging,
    Kind::FunctionTest,
    Kind::Drug,
    Kind::Blood,
    Kind::Supply,
    Kind::Transport,
    Kind::Other,
];

/// The forms in the order of the contract.
const FORMS: [Form; 5] = [Form::Plain, Form::RegionalAnaesthesia, Form::Stopped, Form::Supplementary, Form::SentOut];

/// A bed and its level from the number it is told by.
#[inline(always)]
#[allow(clippy::inline_always)] // as `Visit::line`
fn bed(number: u8) -> (Bed, u32) {
    let level = u32::from(number % 10);
    match number / 10 {
        0 => (Bed::None, 0),
        1 => (Bed::Internal, level),
        2 => (Bed::Surgical, level),
        _ => (Bed::Day, 0),
    }
}

impl Visit {
    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        self.lines.kinds.len()
    }

    /// The lines with their places, in the order of their ids.
    ///
    /// ```
    /// use vienphi_guest::types::{Kind, Line};
    /// use vienphi_guest::Visit;
    ///
    /// let mut visit = Visit::trial(480, 600);
    /// visit.add(Line::trial(Kind::Imaging, 500), &[]);
    /// let kinds: Vec<Kind> = visit.lines().map(|(_, line)| line.kind).collect();
    /// assert_eq!(kinds, [Kind::Imaging]);
    /// ```
    #[inline]
    pub fn lines(&self) -> impl Iterator<Item = (u32, Line)> {
        (0..self.line_count() as u32).map(|place| (place, self.line(place)))
    }

    /// The line at a place. Columns that nobody looks at cost nothing: reading one cannot fail, so it is left out.
    #[inline(always)]
    #[allow(clippy::inline_always)] // where it is called, what the caller does not use is left out
    pub fn line(&self, place: u32) -> Line {
        let lines = &self.lines;
        Line {
            kind: KINDS.get(usize::from(entry(&lines.kinds, place))).copied().unwrap_or(Kind::Other),
            code: entry(&lines.codes, place),
            specialty: entry(&lines.specialties, place),
            price_group: entry(&lines.price_groups, place),
            form: FORMS.get(usize::from(entry(&lines.forms, place))).copied().unwrap_or(Form::Plain),
            group: entry(&lines.groups, place).into(),
            stopped: entry(&lines.stopped, place) == 1,
            on_request: entry(&lines.on_request, place) == 1,
            quantity: entry(&lines.quantities, place),
            insured_ratio: entry(&lines.insured_ratios, place),
            ordered: entry(&lines.ordered, place),
            performed: entry(&lines.performed, place),
            department: entry(&lines.departments, place),
            practitioner: entry(&lines.practitioners, place),
            candidates: Span {
                first: entry(&lines.first_candidates, place),
                count: entry(&lines.candidate_counts, place),
            },
        }
    }

    /// The service ratio that the sender gives a line, used in place of the rule's.
    pub fn given_ratio(&self, line: u32) -> Option<i64> {
        found(&self.given_ratios, line, |given| given.line).map(|given| given.ratio)
    }

    /// A line's place in the day's queue of the examination table, 0 when it is not told.
    pub fn queue_place(&self, line: u32) -> u32 {
        found(&self.queue, line, |queued| queued.line).map_or(0, |queued| queued.place)
    }

    /// A line's part in an operation.
    pub fn operated(&self, line: u32) -> Option<&Operated> {
        found(&self.operations, line, |operated| operated.line)
    }

    /// The service that a supply was used for.
    pub fn service_of(&self, supply: u32) -> Option<u32> {
        found(&self.supplies, supply, |supply| supply.line).map(|supply| supply.service)
    }

    /// The price at a place.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    pub fn candidate(&self, place: u32) -> Candidate {
        let candidates = &self.candidates;
        let (bed, level) = bed(entry(&candidates.beds, place));
        Candidate {
            bed,
            level,
            unit: entry(&candidates.units, place),
            insured: entry(&candidates.insured, place),
            first_day: entry(&candidates.first_days, place),
            last_day: entry(&candidates.last_days, place),
        }
    }

    /// A run of prices with their places.
    #[inline]
    pub fn candidates(&self, span: Span) -> impl Iterator<Item = (u32, Candidate)> {
        (span.first..span.first.saturating_add(span.count)).map(|place| (place, self.candidate(place)))
    }
}

/// An entry of a column. The host sends columns of one length.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn entry<T: Copy + Default>(column: &[T], place: u32) -> T {
    column.get(place as usize).copied().unwrap_or_default()
}

/// What is told of a line in a list that few lines are in. Such lists are in the order of lines.
#[inline]
fn found<T>(entries: &[T], line: u32, line_of: impl Fn(&T) -> u32) -> Option<&T> {
    if entries.is_empty() {
        return None;
    }
    entries.binary_search_by_key(&line, line_of).ok().map(|place| &entries[place])
}
