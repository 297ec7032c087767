//! A tariff plugin that misbehaves in the way the quantity of the first line asks for; otherwise it answers right.

#![allow(clippy::panic)] // that is the point

use vienphi_guest::types::{Ceiling, Part};
use vienphi_guest::{Decision, Refusal, Visit};

/// The misbehaving tariff.
pub struct Hostile;

impl vienphi_guest::Tariff for Hostile {
    const NAME: &'static str = env!("CARGO_PKG_NAME");
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn price(visit: &Visit) -> Result<Decision, Refusal> {
        let mut decision = vienphi_guest::decide(visit, &Self::CLAUSES)?;
        let units = visit.lines.first().map_or(0, |line| line.quantity / 1000);
        match units {
            2 => spin(),
            3 => panic!("a guest that gives up"),
            4 => hoard(),
            5 => decision.parts.clear(),
            6 => change(&mut decision, |part| part.quantity_a_day += 1),
            7 => change(&mut decision, |part| part.quantity_a_day = -1),
            8 => change(&mut decision, |part| part.service_ratio = 1001),
            9 => change(&mut decision, |part| part.insured_ratio = -1),
            10 => change(&mut decision, |part| part.ceiling = Ceiling::Amount(-1)),
            11 => change(&mut decision, |part| part.ceiling = Ceiling::Shared(99)),
            12 => change(&mut decision, |part| part.line = 4_000_000_000),
            13 => change(&mut decision, |part| part.price = Some(77)),
            14 => change(&mut decision, |part| part.first_day -= 1),
            15 => change(&mut decision, |part| part.rules.first = u32::MAX),
            16 => decision.rules.iter_mut().for_each(|rule| *rule = 999_999),
            17 => decision.rules = vec![1; 10_000_000],
            18 => decision.notes.extend((0..20_000).map(|_| vienphi_guest::types::Note { rule: 1, line: 0, day: 0 })),
            19 => recurse(visit, 0),
            _ => {}
        }
        Ok(decision)
    }
}

fn change(decision: &mut Decision, act: impl Fn(&mut Part)) {
    decision.parts.iter_mut().for_each(act);
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
