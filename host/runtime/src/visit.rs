//! Telling a plugin of a visit: lines and prices one by one, sent column by column.

use crate::contract::{
    Bed, Candidates, Ending, Form, GivenRatio, Kind, Lines, Operated, OperationClass, Queued, Span, UsedFor, Visit,
};

/// A line as it is told. Numbers are counted as `sdk/wit` says.
pub struct Line {
    /// What was done.
    pub kind: Kind,
    /// Equal codes have equal numbers within a visit.
    pub code: u32,
    /// The first part of the code, 0 when it has none.
    pub specialty: u32,
    /// The last four digits of the code, 0 when it has none.
    pub price_group: u32,
    /// The suffix of the code.
    pub form: Form,
    /// MA_NHOM, 1 to 19.
    pub group: u8,
    /// The service was stopped.
    pub stopped: bool,
    /// The patient asked for it.
    pub on_request: bool,
    /// How much.
    pub quantity: i64,
    /// TYLE_TT_BH as the sender gives it.
    pub insured_ratio: i64,
    /// The sender's own service ratio.
    pub service_ratio: Option<i64>,
    /// The minute it was ordered.
    pub ordered: i64,
    /// The minute it was done, else ordered.
    pub performed: i64,
    /// 0 when it is not told.
    pub department: u32,
    /// 0 when it is not told.
    pub practitioner: u32,
    /// The place in the day's queue of the examination table, 0 when it is not told.
    pub sequence_at_table: u32,
    /// Its part in an operation.
    pub operation: Option<Operation>,
    /// The service a supply was used for.
    pub for_line: Option<u32>,
    /// Its prices.
    pub candidates: Span,
}

/// A line's part in an operation.
pub struct Operation {
    /// 0 for one of its own.
    pub id: u32,
    /// The minute it began.
    pub start: i64,
    /// Of the price row, else of the sender.
    pub class: OperationClass,
    /// 0 when it is not told.
    pub team: u32,
}

/// A price that a line or a bed segment may take.
pub struct Candidate {
    /// Of which bed.
    pub bed: Bed,
    /// 1 to 4 for an inpatient bed, else 0.
    pub level: u8,
    /// What the facility charges for one unit.
    pub unit: i64,
    /// What the insurer counts for one unit.
    pub insured: i64,
    /// The first day it is in force.
    pub first_day: i32,
    /// The last day it is in force.
    pub last_day: i32,
}

impl Visit {
    /// What makes a visit that was read from a file no visit: the host itself tells none such.
    pub fn check(&self) -> Result<(), String> {
        let (lines, candidates) = (&self.lines, &self.candidates);
        let count = self.line_count();
        let columns = [
            lines.codes.len(),
            lines.specialties.len(),
            lines.price_groups.len(),
            lines.forms.len(),
            lines.groups.len(),
            lines.stopped.len(),
            lines.on_request.len(),
            lines.quantities.len(),
            lines.insured_ratios.len(),
            lines.ordered.len(),
            lines.performed.len(),
            lines.departments.len(),
            lines.practitioners.len(),
            lines.first_candidates.len(),
            lines.candidate_counts.len(),
        ];
        if columns.iter().any(|length| *length != count) {
            return Err(format!("every column of `lines` must have {count} entries"));
        }
        let prices = candidates.units.len();
        let columns =
            [candidates.beds.len(), candidates.insured.len(), candidates.first_days.len(), candidates.last_days.len()];
        if columns.iter().any(|length| *length != prices) {
            return Err(format!("every column of `candidates` must have {prices} entries"));
        }
        // The years 1900 to 2200, in minutes from 1970.
        const TIMES: std::ops::Range<i64> = -36_900_000..121_000_000;
        if [self.arrived, self.admitted, self.ended].iter().any(|time| !TIMES.contains(time)) {
            return Err("`arrived`, `admitted` and `ended` must lie in the years 1900 to 2200".into());
        }
        if self.admitted > self.ended || self.arrived > self.ended {
            return Err("`ended` must not be before `arrived` or `admitted`".into());
        }
        if self.segments.iter().any(|segment| segment.line as usize >= count) {
            return Err("a segment is of no line".into());
        }
        Ok(())
    }

    /// A visit of no time and no lines, with room for so many.
    pub fn with_room_for(lines: usize) -> Visit {
        Visit {
            visit_type: 0,
            inpatient: false,
            arrived: 0,
            admitted: 0,
            ended: 0,
            open: false,
            ending: Ending::Ordinary,
            supplies_ceiling: 0,
            lines: Lines {
                kinds: Vec::with_capacity(lines),
                codes: Vec::with_capacity(lines),
                specialties: Vec::with_capacity(lines),
                price_groups: Vec::with_capacity(lines),
                forms: Vec::with_capacity(lines),
                groups: Vec::with_capacity(lines),
                stopped: Vec::with_capacity(lines),
                on_request: Vec::with_capacity(lines),
                quantities: Vec::with_capacity(lines),
                insured_ratios: Vec::with_capacity(lines),
                ordered: Vec::with_capacity(lines),
                performed: Vec::with_capacity(lines),
                departments: Vec::with_capacity(lines),
                practitioners: Vec::with_capacity(lines),
                first_candidates: Vec::with_capacity(lines),
                candidate_counts: Vec::with_capacity(lines),
            },
            operations: Vec::new(),
            given_ratios: Vec::new(),
            queue: Vec::new(),
            supplies: Vec::new(),
            segments: Vec::new(),
            candidates: Candidates {
                beds: Vec::with_capacity(lines),
                units: Vec::with_capacity(lines),
                insured: Vec::with_capacity(lines),
                first_days: Vec::with_capacity(lines),
                last_days: Vec::with_capacity(lines),
            },
            prior_exams: Vec::new(),
        }
    }

    /// How many lines it has.
    pub fn line_count(&self) -> usize {
        self.lines.kinds.len()
    }

    /// How many prices it has.
    pub fn candidate_count(&self) -> usize {
        self.candidates.beds.len()
    }

    /// Tells the next line.
    pub fn add_line(&mut self, line: Line) {
        // An encounter's lines are bounded far below u32.
        let place = u32::try_from(self.line_count()).unwrap_or(u32::MAX);
        let lines = &mut self.lines;
        lines.kinds.push(line.kind as u8);
        lines.codes.push(line.code);
        lines.specialties.push(line.specialty);
        lines.price_groups.push(line.price_group);
        lines.forms.push(line.form as u8);
        lines.groups.push(line.group);
        lines.stopped.push(line.stopped.into());
        lines.on_request.push(line.on_request.into());
        lines.quantities.push(line.quantity);
        lines.insured_ratios.push(line.insured_ratio);
        lines.ordered.push(line.ordered);
        lines.performed.push(line.performed);
        lines.departments.push(line.department);
        lines.practitioners.push(line.practitioner);
        lines.first_candidates.push(line.candidates.first);
        lines.candidate_counts.push(line.candidates.count);
        if let Some(Operation { id, start, class, team }) = line.operation {
            self.operations.push(Operated { line: place, operation: id, start, class, team });
        }
        if let Some(ratio) = line.service_ratio {
            self.given_ratios.push(GivenRatio { line: place, ratio });
        }
        if line.sequence_at_table > 0 {
            self.queue.push(Queued { line: place, place: line.sequence_at_table });
        }
        if let Some(service) = line.for_line {
            self.supplies.push(UsedFor { line: place, service });
        }
    }

    /// Tells the next price.
    pub fn add_candidate(&mut self, candidate: Candidate) {
        let candidates = &mut self.candidates;
        candidates.beds.push(match candidate.bed {
            Bed::None => 0,
            Bed::Internal => 10 + candidate.level,
            Bed::Surgical => 20 + candidate.level,
            Bed::Day => 30,
        });
        candidates.units.push(candidate.unit);
        candidates.insured.push(candidate.insured);
        candidates.first_days.push(candidate.first_day);
        candidates.last_days.push(candidate.last_day);
    }

    /// Is the line a bed or day bed?
    pub(crate) fn is_bed(&self, line: usize) -> bool {
        [Kind::Bed as u8, Kind::DayBed as u8].contains(&self.lines.kinds[line])
    }
}
