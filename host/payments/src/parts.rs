//! A bill that is too large for one payment is several.

/// As few payments as a rail's limit allows, as equal as can be. They add up to the whole.
pub fn parts(whole: u64, maximum: u64) -> Vec<u64> {
    let count = whole.div_ceil(maximum.max(1)).max(1);
    let (each, more) = (whole / count, whole % count);
    (0..count).map(|place| each + u64::from(place < more)).collect()
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn large_amounts_are_several_payments() {
        let limit = 499_999_999;
        assert_eq!(parts(499_999_999, limit), [499_999_999]);
        assert_eq!(parts(500_000_000, limit), [250_000_000, 250_000_000]);
        assert_eq!(parts(1_000_000_001, limit), [333_333_334, 333_333_334, 333_333_333]);
        for amount in [1, 499_999_998, 999_999_998, 999_999_999, 123_456_789_012] {
            let parts = parts(amount, limit);
            assert_eq!(parts.iter().sum::<u64>(), amount);
            assert!(parts.iter().all(|part| (1..=limit).contains(part)));
        }
    }
}
