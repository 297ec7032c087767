//! Choices of a seeded generator.

use fastrand::Rng;

/// One of some things.
pub(crate) fn pick<'c, T>(rng: &mut Rng, choices: &'c [T]) -> Option<&'c T> {
    if choices.is_empty() { None } else { choices.get(rng.usize(..choices.len())) }
}

/// One of some texts; there is always one.
pub(crate) fn word(rng: &mut Rng, choices: &[&'static str]) -> &'static str {
    pick(rng, choices).copied().unwrap_or_default()
}

/// One of some things by their weights, which are not all zero.
pub(crate) fn weighted<T: Copy>(rng: &mut Rng, choices: &[(T, u32)], first: T) -> T {
    let all: u32 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.u32(..all.max(1));
    for (choice, weight) in choices {
        if left < *weight {
            return *choice;
        }
        left -= weight;
    }
    first
}

/// So often of a hundred.
pub(crate) fn often(rng: &mut Rng, percent: u32) -> bool {
    rng.u32(..100) < percent
}
