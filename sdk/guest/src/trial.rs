//! Visits made by hand, to try rules natively. Real ones are told by the host.

use crate::draft::{WHOLE, day_of};
use crate::told::{Candidates, Lines};
use crate::types::{Bed, Candidate, Ending, Form, Kind, Line, Span, Visit};

impl Visit {
    /// An outpatient visit without lines, from one minute to another (both from 1970-01-01T00:00).
    pub fn trial(arrived: i64, ended: i64) -> Visit {
        Visit {
            visit_type: 1,
            inpatient: false,
            arrived,
            admitted: arrived,
            ended,
            open: false,
            ending: Ending::Ordinary,
            supplies_ceiling: 0,
            lines: Lines {
                kinds: Vec::new(),
                codes: Vec::new(),
                specialties: Vec::new(),
                price_groups: Vec::new(),
                forms: Vec::new(),
                groups: Vec::new(),
                stopped: Vec::new(),
                on_request: Vec::new(),
                quantities: Vec::new(),
                insured_ratios: Vec::new(),
                ordered: Vec::new(),
                performed: Vec::new(),
                departments: Vec::new(),
                practitioners: Vec::new(),
                first_candidates: Vec::new(),
                candidate_counts: Vec::new(),
            },
            operations: Vec::new(),
            given_ratios: Vec::new(),
            queue: Vec::new(),
            supplies: Vec::new(),
            segments: Vec::new(),
            candidates: Candidates {
                beds: Vec::new(),
                units: Vec::new(),
                insured: Vec::new(),
                first_days: Vec::new(),
                last_days: Vec::new(),
            },
            prior_exams: Vec::new(),
        }
    }

    /// Adds a line with its prices and returns its place.
    pub fn add(&mut self, line: Line, prices: &[Candidate]) -> u32 {
        let candidates = self.add_candidates(prices);
        let place = self.line_count() as u32;
        let lines = &mut self.lines;
        lines.kinds.push(line.kind as u8);
        lines.codes.push(line.code);
        lines.specialties.push(line.specialty);
        lines.price_groups.push(line.price_group);
        lines.forms.push(line.form as u8);
        lines.groups.push(line.group as u8);
        lines.stopped.push(line.stopped.into());
        lines.on_request.push(line.on_request.into());
        lines.quantities.push(line.quantity);
        lines.insured_ratios.push(line.insured_ratio);
        lines.ordered.push(line.ordered);
        lines.performed.push(line.performed);
        lines.departments.push(line.department);
        lines.practitioners.push(line.practitioner);
        lines.first_candidates.push(candidates.first);
        lines.candidate_counts.push(candidates.count);
        place
    }

    /// Adds prices, of a bed segment for instance, and returns where they are.
    pub fn add_candidates(&mut self, prices: &[Candidate]) -> Span {
        let candidates = &mut self.candidates;
        let first = candidates.units.len() as u32;
        for price in prices {
            let bed = match price.bed {
                Bed::None => 0,
                Bed::Internal => 10 + price.level as u8,
                Bed::Surgical => 20 + price.level as u8,
                Bed::Day => 30,
            };
            candidates.beds.push(bed);
            candidates.units.push(price.unit);
            candidates.insured.push(price.insured);
            candidates.first_days.push(price.first_day);
            candidates.last_days.push(price.last_day);
        }
        Span { first, count: prices.len() as u32 }
    }
}

impl Line {
    /// One of something done at a minute, with nothing else told of it. Lines of one service need an equal `code`.
    pub fn trial(kind: Kind, performed: i64) -> Line {
        Line {
            kind,
            code: 0,
            specialty: 0,
            price_group: 0,
            form: Form::Plain,
            group: 0,
            stopped: false,
            on_request: false,
            quantity: 1000,
            insured_ratio: WHOLE,
            ordered: performed,
            performed,
            department: 0,
            practitioner: 0,
            candidates: Span { first: 0, count: 0 },
        }
    }
}

impl Candidate {
    /// A price of one unit, in 1/1000 đồng, in force on the day of a minute: what the facility charges, and what the
    /// insurer counts.
    pub fn trial(unit: i64, insured: i64, minute: i64) -> Candidate {
        let day = day_of(minute);
        Candidate { bed: Bed::None, level: 0, unit, insured, first_day: day, last_day: day }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_added() {
        let mut visit = Visit::trial(0, 600);
        let line = Line { on_request: true, price_group: 28, group: 2, ..Line::trial(Kind::Imaging, 90) };
        let place = visit.add(line, &[Candidate::trial(73_300_000, 65_400_000, 90)]);
        let read = visit.line(place);
        assert_eq!((read.kind, read.price_group, read.group, read.on_request), (Kind::Imaging, 28, 2, true));
        let bed = Candidate { bed: Bed::Surgical, level: 3, ..Candidate::trial(1, 1, 90) };
        let span = visit.add_candidates(&[bed]);
        let read = visit.candidate(span.first);
        assert_eq!((read.bed, read.level, read.first_day), (Bed::Surgical, 3, 0));
    }
}
