//! The rules run natively on what the plugin is told: they must answer what the sandbox answers.

use vienphi_guest::{Tariff, told, types as guest};
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

/// The visit as the guest reads it.
pub fn visit(visit: &host::Visit) -> guest::Visit {
    let (lines, candidates) = (visit.lines.clone(), visit.candidates.clone());
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
        lines: told::Lines {
            kinds: lines.kinds,
            codes: lines.codes,
            specialties: lines.specialties,
            price_groups: lines.price_groups,
            forms: lines.forms,
            groups: lines.groups,
            stopped: lines.stopped,
            on_request: lines.on_request,
            quantities: lines.quantities,
            insured_ratios: lines.insured_ratios,
            ordered: lines.ordered,
            performed: lines.performed,
            departments: lines.departments,
            practitioners: lines.practitioners,
            first_candidates: lines.first_candidates,
            candidate_counts: lines.candidate_counts,
        },
        operations: visit.operations.iter().map(operated).collect(),
        given_ratios: (visit.given_ratios.iter())
            .map(|given| told::GivenRatio { line: given.line, ratio: given.ratio })
            .collect(),
        queue: visit.queue.iter().map(|queued| told::Queued { line: queued.line, place: queued.place }).collect(),
        supplies: (visit.supplies.iter())
            .map(|supply| told::UsedFor { line: supply.line, service: supply.service })
            .collect(),
        segments: visit.segments.iter().map(segment).collect(),
        candidates: told::Candidates {
            beds: candidates.beds,
            units: candidates.units,
            insured: candidates.insured,
            first_days: candidates.first_days,
            last_days: candidates.last_days,
        },
        prior_exams: visit.prior_exams.iter().map(|exam| guest::PriorExam { code: exam.code, at: exam.at }).collect(),
    }
}

fn operated(operated: &host::Operated) -> told::Operated {
    told::Operated {
        line: operated.line,
        operation: operated.operation,
        start: operated.start,
        class: match operated.class {
            host::OperationClass::None => guest::OperationClass::None,
            host::OperationClass::Special => guest::OperationClass::Special,
            host::OperationClass::First => guest::OperationClass::First,
            host::OperationClass::Second => guest::OperationClass::Second,
            host::OperationClass::Third => guest::OperationClass::Third,
        },
        team: operated.team,
    }
}

fn segment(segment: &host::Segment) -> guest::Segment {
    guest::Segment {
        line: segment.line,
        start: segment.start,
        end: segment.end,
        department: segment.department,
        bed: match segment.bed {
            host::Bed::None => guest::Bed::None,
            host::Bed::Internal => guest::Bed::Internal,
            host::Bed::Surgical => guest::Bed::Surgical,
            host::Bed::Day => guest::Bed::Day,
        },
        level: segment.level,
        sharing: segment.sharing,
        candidates: guest::Span { first: segment.candidates.first, count: segment.candidates.count },
    }
}

/// Both answers in words: names of types and fields are the same on both sides of the wall.
pub fn same(wasm: &Result<host::Decision, host::Refusal>, native: &Result<guest::Decision, guest::Refusal>) -> bool {
    words(wasm) == words(native)
}
