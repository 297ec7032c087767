//! When a message that was not taken is told again.

use std::time::Duration;

use vienphi_store::keys::hashed;

/// After the first failure, the second, …; the last one for ever.
const PAUSES: [u64; 6] = [5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600];

/// The pause after so many failures: up to a fifth longer, by message and attempt, so that what failed together is not
/// told again together.
pub(super) fn pause(failures: i64, message: &str) -> Duration {
    let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(0);
    let pause = Duration::from_secs(PAUSES[step.min(PAUSES.len() - 1)]);
    let [first, second, ..] = hashed(&failures.to_be_bytes(), message.as_bytes());
    pause + pause / 5 * u32::from(u16::from_be_bytes([first, second])) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pauses_grow_to_six_hours_and_are_spread() {
        for (failures, seconds) in
            [(0, 5), (1, 5), (2, 30), (3, 120), (4, 600), (5, 3600), (6, 21_600), (7, 21_600), (i64::MAX, 21_600)]
        {
            let mut seen = HashSet::new();
            for number in 0..1_000 {
                let pause = pause(failures, &format!("msg_92114_{number}"));
                assert!(pause >= Duration::from_secs(seconds), "{pause:?}");
                assert!(pause <= Duration::from_secs(seconds) * 6 / 5, "{pause:?}");
                seen.insert(pause);
            }
            assert!(seen.len() > 900, "{}", seen.len());
        }
    }
}
