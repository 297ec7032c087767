//! What the tariff plugin is told: the encounter in numbers, with the prices each line may take.

use foldhash::HashMap;
use vienphi_benefit::{Policies, Priced};
use vienphi_domain::code::{Bed, Form};
use vienphi_domain::encounter::{Encounter, Kind, Line, OperationClass, Segment};
use vienphi_domain::facility::{Facility, Ownership};
use vienphi_domain::{Code, Day, Faults, Minute};
use vienphi_money::{Amount, Price};
use vienphi_runtime::{Candidate, Operation, Told, contract};
use vienphi_tariff::{Intervention, Prices, Row, Transition};

/// A visit as the plugin sees it, with what the host keeps about its prices.
pub struct Question<'a> {
    /// What is handed in.
    pub told: Told,
    /// What each of its candidate prices stands for.
    pub priced: Vec<Priced<'a>>,
    /// Lines of a private facility that has no accepted price for them (R25).
    pub private_without_row: Vec<usize>,
}

/// What prices depend on beyond the encounter.
pub(crate) struct Context<'c, 'a> {
    pub(crate) policies: &'c Policies,
    pub(crate) facility: &'c Facility,
    pub(crate) prices: &'c Prices<'a>,
    pub(crate) transition: Transition,
    pub(crate) end: Minute,
}

impl<'a> Question<'a> {
    /// Looks every code up on its price day (R1, C4) and reports each that has no price.
    pub(crate) fn ask(encounter: &'a Encounter, context: &Context<'_, 'a>, faults: &Faults) -> Question<'a> {
        let visit = &encounter.visit;
        let reference = context.policies.reference(context.end.day()).unwrap_or_default();
        let supplies_ceiling = context.policies.supplies_ceiling(reference).unwrap_or(Amount::ZERO);
        let ending = match visit.discharged_at {
            Some(_) if context.policies.is_special_ending(visit) => contract::Ending::Special,
            _ => contract::Ending::Ordinary,
        };
        let lines = encounter.lines.len();
        let mut asking = Asking {
            encounter,
            context,
            faults,
            names: Names::default(),
            question: Question {
                told: Told {
                    visit: contract::Visit {
                        visit_type: visit.kind.number().into(),
                        inpatient: visit.kind.is_inpatient(),
                        arrived: visit.arrived_at.count(),
                        admitted: visit.admitted_at.unwrap_or(visit.arrived_at).count(),
                        ended: context.end.count(),
                        open: visit.discharged_at.is_none(),
                        ending,
                        supplies_ceiling: supplies_ceiling.units(),
                        ..contract::Visit::with_room_for(lines)
                    },
                    via_emergency: visit.via_emergency,
                },
                priced: Vec::with_capacity(lines),
                private_without_row: Vec::new(),
            },
        };
        for place in 0..lines {
            asking.line(place);
        }
        asking.prior_exams();
        asking.question
    }
}

/// A question being written.
struct Asking<'q, 'c, 'a> {
    encounter: &'a Encounter,
    context: &'q Context<'c, 'a>,
    faults: &'q Faults,
    names: Names<'a>,
    question: Question<'a>,
}

impl<'a> Asking<'_, '_, 'a> {
    fn line(&mut self, place: usize) {
        let line = &self.encounter.lines[place];
        let first = self.candidate_count();
        let mut intervention = None;
        if line.kind.is_bed() {
            for segment in &line.segments {
                self.segment(place, line, segment);
            }
        } else if !line.is_stopped {
            intervention = self.service(place, line);
        }
        let own = if line.kind.is_bed() { first..first } else { first..self.candidate_count() };
        let operation = line.operation.as_ref();
        let class = match intervention {
            Some(Intervention::Operation(class)) => Some(class),
            Some(Intervention::Procedure) => None,
            None => operation.and_then(|operation| operation.class),
        };
        let operation = (operation.is_some() || class.is_some()).then(|| Operation {
            id: self.names.of_some(operation.map(|operation| &*operation.id)),
            start: operation.and_then(|operation| operation.started_at).unwrap_or(line.at).count(),
            class: class.map_or(contract::OperationClass::None, operation_class_of),
            team: self.names.of_some(operation.and_then(|operation| operation.team.as_deref())),
        });
        let asked = vienphi_runtime::Line {
            kind: kind(line.kind),
            code: self.names.of(line.code.as_str()),
            specialty: line.code.specialty(),
            price_group: line.code.price_group(),
            form: form(line.code.form()),
            group: line.group,
            stopped: line.is_stopped,
            on_request: line.on_request,
            quantity: line.quantity.units(),
            insured_ratio: line.insured_ratio.units(),
            service_ratio: line.service_ratio.map(|ratio| ratio.units()),
            ordered: line.ordered_at.count(),
            performed: line.at.count(),
            department: self.names.of_some(line.department.as_deref()),
            practitioner: self.names.of_some(line.practitioner.as_deref()),
            sequence_at_table: line.sequence_at_table,
            operation,
            for_line: line.for_line.map(number),
            candidates: contract::Span { first: own.start, count: own.end - own.start },
        };
        self.question.told.visit.add_line(asked);
    }

    /// The prices of a line that is not a bed; answers what its row says of an operation.
    fn service(&mut self, place: usize, line: &'a Line) -> Option<Intervention> {
        let day = line.at.day();
        if line.kind.is_goods()
            && let Some(price) = line.unit_price
        {
            self.own_price(line, price, day);
            return None;
        }
        let code = &line.code;
        let arrival = self.encounter.visit.arrived_at.day();
        let mut intervention = None;
        let mut in_force = false;
        match self.context.transition {
            Transition::EpisodeStart => {
                if let Some(row) = self.context.prices.on(code, arrival) {
                    intervention = row.intervention;
                    in_force = true;
                    self.listed(line, code, contract::Bed::None, row, arrival, self.context.end.day());
                }
            }
            Transition::ServiceDate => {
                for window in self.context.prices.over(code, arrival, day) {
                    if window.to == day {
                        intervention = window.row.intervention;
                        in_force = true;
                    }
                    self.listed(line, code, contract::Bed::None, window.row, window.from, window.to);
                }
            }
        }
        if !in_force {
            let price_day = if self.context.transition == Transition::EpisodeStart { arrival } else { day };
            self.without_row(
                place,
                line,
                code,
                contract::Bed::None,
                price_day,
                day,
                &format!("lines[{}].code", line.place),
            );
        }
        intervention
    }

    /// A time in a bed, with every level its department lists when the bed is a surgical one (R19).
    fn segment(&mut self, place: usize, line: &'a Line, segment: &'a Segment) {
        let first = self.candidate_count();
        let mut declared = segment.code.bed();
        let before = self.question.priced.len();
        match (declared, segment.code.department()) {
            (Bed::Surgical(_), Some(department)) => {
                for code in self.context.prices.beds(department, |bed| bed != Bed::Day) {
                    self.bed_prices(line, code);
                }
            }
            _ => self.bed_prices(line, &segment.code),
        }
        if self.question.priced.len() == before && !line.is_stopped {
            let day = self.encounter.visit.arrived_at.day();
            let path = format!("lines[{}].segments[{}].code", line.place, segment.place);
            if let (Bed::Surgical(level), Ownership::Private) = (declared, self.context.facility.ownership) {
                // The insurer pays nothing of it: no level to look for (R25, C11).
                declared = Bed::Internal(level);
            }
            let (bed, _) = bed_of(declared);
            self.without_row(place, line, &segment.code, bed, day, self.context.end.day(), &path);
        }
        let (bed, level) = bed_of(declared);
        let department = segment.department.as_deref().or_else(|| segment.code.department());
        let asked = contract::Segment {
            line: number(place),
            start: segment.from.count(),
            end: segment.to.unwrap_or(self.context.end).count(),
            department: self.names.of_some(department),
            bed,
            level: level.into(),
            sharing: segment.sharing.into(),
            candidates: contract::Span { first, count: self.candidate_count() - first },
        };
        self.question.told.visit.segments.push(asked);
    }

    fn bed_prices(&mut self, line: &'a Line, code: &'a Code) {
        let arrival = self.encounter.visit.arrived_at.day();
        let end = self.context.end.day();
        let (bed, _) = bed_of(code.bed());
        match self.context.transition {
            Transition::EpisodeStart => {
                if let Some(row) = self.context.prices.on(code, arrival) {
                    self.listed(line, code, bed, row, arrival, end);
                }
            }
            Transition::ServiceDate => {
                for window in self.context.prices.over(code, arrival, end) {
                    self.listed(line, code, bed, window.row, window.from, window.to);
                }
            }
        }
    }

    /// A price of the lists, beside the line's own (C6): a bed's is for a day, whichever code the day is paid by.
    fn listed(&mut self, line: &'a Line, code: &'a Code, bed: contract::Bed, row: &'a Row, from: Day, to: Day) {
        let unit = line.unit_price.unwrap_or(row.list_price);
        let priced = Priced {
            code: code.as_str(),
            list: row.list_price,
            unit,
            insured: row.insured_price.min(unit),
            resolution: Some(&*row.resolution).filter(|resolution| !resolution.is_empty()),
            is_sample: row.is_sample,
            is_private_without_row: false,
        };
        self.candidate(priced, code, bed, from, to);
    }

    /// A tender's price.
    fn own_price(&mut self, line: &'a Line, price: Price, day: Day) {
        let priced = Priced {
            code: line.code.as_str(),
            list: price,
            unit: price,
            insured: price,
            resolution: None,
            is_sample: false,
            is_private_without_row: false,
        };
        self.candidate(priced, &line.code, contract::Bed::None, day, day);
    }

    /// No row: a private facility's patient pays its price (R25), anybody else's code is a fault (R1).
    #[allow(clippy::too_many_arguments)] // what is priced, when, and where to complain
    fn without_row(
        &mut self,
        place: usize,
        line: &'a Line,
        code: &'a Code,
        bed: contract::Bed,
        price_day: Day,
        last_day: Day,
        path: &str,
    ) {
        // A price of its own that cannot be read is complained of where it stands.
        if self.faults.within(&format!("lines[{}].unit_price", line.place)) {
            return;
        }
        let is_private = self.context.facility.ownership == Ownership::Private;
        if is_private && let Some(unit) = line.unit_price {
            let priced = Priced {
                code: code.as_str(),
                list: unit,
                unit,
                insured: Price::ZERO,
                resolution: None,
                is_sample: false,
                is_private_without_row: true,
            };
            self.question.private_without_row.push(place);
            self.candidate(priced, code, bed, self.encounter.visit.arrived_at.day(), last_day);
            return;
        }
        let where_listed = self.context.prices.days_of(code);
        let message = if is_private {
            format!(
                "code {} has no accepted catalogue row in force on {price_day} and no unit_price ({where_listed})",
                code.as_str()
            )
        } else {
            format!("code {} has no price in force on {price_day}: {where_listed}", code.as_str())
        };
        self.faults.add(path, message);
    }

    fn candidate(&mut self, priced: Priced<'a>, code: &'a Code, bed: contract::Bed, from: Day, to: Day) {
        let (_, level) = bed_of(code.bed());
        let candidate = Candidate {
            bed,
            level: if bed == contract::Bed::None { 0 } else { level },
            unit: priced.unit.units(),
            insured: priced.insured.units(),
            first_day: from.count(),
            last_day: to.count(),
        };
        self.question.told.visit.add_candidate(candidate);
        self.question.priced.push(priced);
    }

    /// Exams of an earlier visit on the day of this visit's first one (C9).
    fn prior_exams(&mut self) {
        let prior = &self.encounter.visit.prior_exams_today;
        let exams = self.encounter.lines.iter().filter(|line| line.kind == Kind::Exam && !line.is_stopped);
        let Some(first) = exams.map(|line| line.at.day()).min().filter(|_| !prior.is_empty()) else { return };
        let mut of_day: Vec<_> = prior.iter().filter(|exam| exam.at.day() == first).collect();
        of_day.sort_by_key(|exam| exam.at);
        for exam in of_day {
            let code = self.names.of(exam.code.as_str());
            self.question.told.visit.prior_exams.push(contract::PriorExam { code, at: exam.at.count() });
        }
    }

    fn candidate_count(&self) -> u32 {
        number(self.question.priced.len())
    }
}

/// Numbers for names within one visit; 0 is no name.
#[derive(Default)]
struct Names<'a> {
    numbers: HashMap<&'a str, u32>,
}

impl<'a> Names<'a> {
    fn of(&mut self, name: &'a str) -> u32 {
        let next = number(self.numbers.len()) + 1;
        *self.numbers.entry(name).or_insert(next)
    }

    fn of_some(&mut self, name: Option<&'a str>) -> u32 {
        name.map_or(0, |name| self.of(name))
    }
}

/// Encounters are bounded far below u32 (see the reader's limits).
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn bed_of(bed: Bed) -> (contract::Bed, u8) {
    match bed {
        Bed::Internal(level) => (contract::Bed::Internal, level),
        Bed::Surgical(level) => (contract::Bed::Surgical, level),
        Bed::Day => (contract::Bed::Day, 0),
    }
}

fn kind(kind: Kind) -> contract::Kind {
    match kind {
        Kind::Exam => contract::Kind::Exam,
        Kind::Consultation => contract::Kind::Consultation,
        Kind::Bed => contract::Kind::Bed,
        Kind::DayBed => contract::Kind::DayBed,
        Kind::Procedure => contract::Kind::Procedure,
        Kind::Surgery => contract::Kind::Surgery,
        Kind::Lab => contract::Kind::Lab,
        Kind::Imaging => contract::Kind::Imaging,
        Kind::FunctionTest => contract::Kind::FunctionTest,
        Kind::Drug => contract::Kind::Drug,
        Kind::Blood => contract::Kind::Blood,
        Kind::Supply => contract::Kind::Supply,
        Kind::Transport => contract::Kind::Transport,
        Kind::Other => contract::Kind::Other,
    }
}

fn form(form: Form) -> contract::Form {
    match form {
        Form::Plain => contract::Form::Plain,
        Form::RegionalAnaesthesia => contract::Form::RegionalAnaesthesia,
        Form::Stopped => contract::Form::Stopped,
        Form::Supplementary => contract::Form::Supplementary,
        Form::SentOut => contract::Form::SentOut,
    }
}

fn operation_class_of(class: OperationClass) -> contract::OperationClass {
    match class {
        OperationClass::Special => contract::OperationClass::Special,
        OperationClass::First => contract::OperationClass::First,
        OperationClass::Second => contract::OperationClass::Second,
        OperationClass::Third => contract::OperationClass::Third,
    }
}
