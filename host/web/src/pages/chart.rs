//! How long a bar is: whole numbers for drawing, never shown as amounts.

/// An amount as the interface sends it, in whole đồng, for drawing; nothing below zero.
pub(super) fn units(amount: &str) -> u64 {
    amount.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0)
}

/// An amount's part of another, in percent.
pub(super) fn percent_of(amount: &str, most: &str) -> u64 {
    units(amount).saturating_mul(100) / units(most).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_amounts_are_great() {
        assert_eq!((units("1200.5"), units("-3"), units("x")), (1200, 0, 0));
        assert_eq!((percent_of("50", "200"), percent_of("5", "0"), percent_of("200.9", "200")), (25, 500, 100));
    }
}
