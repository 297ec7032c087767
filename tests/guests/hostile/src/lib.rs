//! A tariff plugin that misbehaves in the way the quantity of the first line asks for; otherwise it answers right.

#![allow(clippy::panic)] // that is the point

use vienphi_guest::told::{Ceiling, Most, Parts};
use vienphi_guest::{Decision, Refusal, Visit};

/// The misbehaving tariff.
pub struct Hostile;

impl vienphi_guest::Tariff for Hostile {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn price(visit: &Visit) -> Result<Decision, Refusal> {
        let mut decision = vienphi_guest::decide(visit, &Self::CLAUSES)?;
        let units = visit.lines().next().map_or(0, |(_, line)| line.quantity / 1000);
        match units {
            2 => spin(),
            3 => panic!("a guest that gives up"),
            4 => hoard(),
            5 => decision.parts = no_parts(),
            6 => decision.parts.quantities_a_day.iter_mut().for_each(|quantity| *quantity += 1),
            7 => decision.parts.quantities_a_day.fill(-1),
            8 => decision.parts.service_ratios.fill(1001),
            9 => decision.parts.insured_ratios.fill(-1),
            10 => decision.ceilings.push(Ceiling { part: 0, most: Most::Amount(-1) }),
            11 => decision.ceilings.push(Ceiling { part: 0, most: Most::Shared(99) }),
            12 => decision.parts.lines.fill(4_000_000_000),
            13 => decision.parts.prices.fill(77),
            14 => decision.parts.first_days.iter_mut().for_each(|day| *day -= 1),
            15 => decision.parts.rule_counts.fill(u32::MAX),
            16 => decision.rules.fill(999_999),
            17 => decision.rules = vec![1; 10_000_000],
            18 => decision.notes.extend((0..20_000).map(|_| vienphi_guest::types::Note { rule: 1, line: 0, day: 0 })),
            20 => decision.parts.prices.push(0),
            21 => decision.whole_on_route.push(9_999),
            22 => decision.ceilings.push(Ceiling { part: 9_999, most: Most::Amount(1) }),
            19 => recurse(visit, 0),
            _ => {}
        }
        Ok(decision)
    }
}

fn no_parts() -> Parts {
    Parts {
        lines: Vec::new(),
        first_days: Vec::new(),
        last_days: Vec::new(),
        prices: Vec::new(),
        quantities_a_day: Vec::new(),
        service_ratios: Vec::new(),
        insured_ratios: Vec::new(),
        rule_counts: Vec::new(),
    }
}

fn spin() {
    let mut count: u64 = 0;
    loop {
        count = std::hint::black_box(count.wrapping_add(1));
    }
}

fn hoard() {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(std::hint::black_box(Vec::with_capacity(1 << 20)));
    }
}

#[allow(unconditional_recursion, clippy::only_used_in_recursion)] // until the sandbox's stack ends
fn recurse(visit: &Visit, depth: u64) {
    let frame = std::hint::black_box([depth; 64]);
    recurse(visit, frame[0] + 1);
    std::hint::black_box(frame);
}

vienphi_guest::export!(Hostile);
