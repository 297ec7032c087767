//! The rules run natively on what the plugin is told: they must answer what the sandbox answers.

use vienphi_guest::{Tariff, types as guest};
use vienphi_runtime::contract as host;

/// Decides natively with the rules of a package.
pub fn decide(package: &str, visit: &guest::Visit) -> Result<guest::Decision, guest::Refusal> {
    match package {
        "tariff-bac-ninh" => tariff_bac_ninh::BacNinh::price(visit),
        "tariff-ca-mau" => tariff_ca_mau::CaMau::price(visit),
        "tariff-can-tho" => tariff_can_tho::CanTho::price(visit),
        "tariff-central" => tariff_central::Central::price(visit),
        "tariff-dong-thap" => tariff_dong_thap::DongThap::price(visit),
        "tariff-hai-phong" => tariff_hai_phong::HaiPhong::price(visit),
        "tariff-hung-yen" => tariff_hung_yen::HungYen::price(visit),
        "tariff-thanh-hoa" => tariff_thanh_hoa::ThanhHoa::price(visit),
        other => panic!("{other} is not linked natively: add it here"),
    }
}

/// A value in words that are equal exactly when the values are.
pub fn words(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// The visit in the guest's own types.
pub fn visit(visit: &host::Visit) -> guest::Visit {
    guest::Visit {
        visit_type: visit.visit_type,
        inpatient: visit.inpatient,
        arrived: visit.arrived,
        admitted: visit.admitted,
        ended: visit.ended,
        open: visit.open,
        ending: match visit.ending {
            host::Ending::Ordinary => guest::Ending::Ordinary,
            host::Ending::Special => guest::Ending::Special,
        },
        supplies_ceiling: visit.supplies_ceiling,
        lines: visit.lines.iter().map(line).collect(),
        segments: visit.segments.iter().map(segment).collect(),
        candidates: visit.candidates.iter().map(candidate).collect(),
        prior_exams: visit.prior_exams.iter().map(|exam| guest::PriorExam { code: exam.code, at: exam.at }).collect(),
    }
}

fn line(line: &host::Line) -> guest::Line {
    guest::Line {
        kind: kind(line.kind),
        code: line.code,
        specialty: line.specialty,
        price_group: line.price_group,
        form: match line.form {
            host::Form::Plain => guest::Form::Plain,
            host::Form::RegionalAnaesthesia => guest::Form::RegionalAnaesthesia,
            host::Form::Stopped => guest::Form::Stopped,
            host::Form::Supplementary => guest::Form::Supplementary,
            host::Form::SentOut => guest::Form::SentOut,
        },
        group: line.group,
        stopped: line.stopped,
        on_request: line.on_request,
        quantity: line.quantity,
        insured_ratio: line.insured_ratio,
        service_ratio: line.service_ratio,
        ordered: line.ordered,
        performed: line.performed,
        department: line.department,
        practitioner: line.practitioner,
        sequence_at_table: line.sequence_at_table,
        operation: line.operation,
        operation_start: line.operation_start,
        operation_class: match line.operation_class {
            host::OperationClass::None => guest::OperationClass::None,
            host::OperationClass::Special => guest::OperationClass::Special,
            host::OperationClass::First => guest::OperationClass::First,
            host::OperationClass::Second => guest::OperationClass::Second,
            host::OperationClass::Third => guest::OperationClass::Third,
        },
        team: line.team,
        for_line: line.for_line,
        candidates: span(line.candidates),
    }
}

fn segment(segment: &host::Segment) -> guest::Segment {
    guest::Segment {
        line: segment.line,
        start: segment.start,
        end: segment.end,
        department: segment.department,
        bed: bed(segment.bed),
        level: segment.level,
        sharing: segment.sharing,
        candidates: span(segment.candidates),
    }
}

fn candidate(candidate: &host::Candidate) -> guest::Candidate {
    guest::Candidate {
        code: candidate.code,
        bed: bed(candidate.bed),
        level: candidate.level,
        unit: candidate.unit,
        insured: candidate.insured,
        first_day: candidate.first_day,
        last_day: candidate.last_day,
    }
}

fn span(span: host::Span) -> guest::Span {
    guest::Span { first: span.first, count: span.count }
}

fn bed(bed: host::Bed) -> guest::Bed {
    match bed {
        host::Bed::None => guest::Bed::None,
        host::Bed::Internal => guest::Bed::Internal,
        host::Bed::Surgical => guest::Bed::Surgical,
        host::Bed::Day => guest::Bed::Day,
    }
}

fn kind(kind: host::Kind) -> guest::Kind {
    match kind {
        host::Kind::Exam => guest::Kind::Exam,
        host::Kind::Consultation => guest::Kind::Consultation,
        host::Kind::Bed => guest::Kind::Bed,
        host::Kind::DayBed => guest::Kind::DayBed,
        host::Kind::Procedure => guest::Kind::Procedure,
        host::Kind::Surgery => guest::Kind::Surgery,
        host::Kind::Lab => guest::Kind::Lab,
        host::Kind::Imaging => guest::Kind::Imaging,
        host::Kind::FunctionTest => guest::Kind::FunctionTest,
        host::Kind::Drug => guest::Kind::Drug,
        host::Kind::Blood => guest::Kind::Blood,
        host::Kind::Supply => guest::Kind::Supply,
        host::Kind::Transport => guest::Kind::Transport,
        host::Kind::Other => guest::Kind::Other,
    }
}

/// Both answers in words: names of types and fields are the same on both sides of the wall.
pub fn same(wasm: &Result<host::Decision, host::Refusal>, native: &Result<guest::Decision, guest::Refusal>) -> bool {
    words(wasm) == words(native)
}
