//! A tariff plugin of the draft 0.2.0 of the contract. Each line takes its first price, whole; the rule it names says
//! whether the patient came in by the emergency department, which 0.1.0 does not tell.

/// The types of the draft.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../sdk/wit/0.2.0",
        world: "tariff",
        generate_all,
    });
}

use bindings::vienphi::tariff::types::{Parts, Rule, Severity};
use bindings::{Decision, Description, Guest, Refusal, Visit};

/// The patient came in by the emergency department.
pub const BY_EMERGENCY: u32 = 1000;
/// The patient came in by another way.
pub const BY_THE_DOOR: u32 = 1001;

const MINUTES_OF_A_DAY: i64 = 24 * 60;

/// The tariff.
pub struct Newer;

impl Guest for Newer {
    fn describe() -> Description {
        let rule = |id, name: &str| Rule {
            id,
            name: name.into(),
            vietnamese: name.into(),
            english: name.into(),
            ground: "A test".into(),
            severity: Severity::None,
        };
        Description {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            rules: vec![rule(BY_EMERGENCY, "by-emergency"), rule(BY_THE_DOOR, "by-the-door")],
        }
    }

    fn price(visit: Visit) -> Result<Decision, Refusal> {
        Ok(decide(&visit))
    }

    fn price_batch(visits: Vec<Visit>) -> Vec<Result<Decision, Refusal>> {
        visits.iter().map(|visit| Ok(decide(visit))).collect()
    }
}

fn decide(visit: &Visit) -> Decision {
    let lines = &visit.lines;
    let count = lines.kinds.len();
    let days: Vec<i32> =
        lines.performed.iter().map(|minute| i32::try_from(minute.div_euclid(MINUTES_OF_A_DAY)).unwrap_or(0)).collect();
    let rule = if visit.via_emergency { BY_EMERGENCY } else { BY_THE_DOOR };
    Decision {
        parts: Parts {
            lines: (0..u32::try_from(count).unwrap_or(0)).collect(),
            first_days: days.clone(),
            last_days: days,
            prices: lines.first_candidates.clone(),
            quantities_a_day: lines.quantities.clone(),
            service_ratios: vec![1000; count],
            insured_ratios: lines.insured_ratios.clone(),
            rule_counts: vec![1; count],
        },
        ceilings: Vec::new(),
        whole_on_route: Vec::new(),
        caps: Vec::new(),
        rules: vec![rule; count],
        notes: Vec::new(),
    }
}

#[allow(unsafe_code)] // what the contract's calls are made of
mod exported {
    use super::{Newer, bindings};

    bindings::export!(Newer with_types_in bindings);
}
