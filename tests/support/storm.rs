//! Storms: a hospital at its busiest while its server, its database or its clients are taken away.
//!
//! * [`door`]: what clients know of the hospital
//! * [`mix`]: a mixed load, each command kept with its request and its answer
//! * [`aftermath`]: what must hold of these answers afterwards
//! * [`kills`], [`races`], [`leavers`], [`outages`]: what is done to the hospital meanwhile

pub mod aftermath;
pub mod deliveries;
pub mod door;
pub mod kills;
pub mod leavers;
pub mod mix;
pub mod outages;
pub mod races;

use std::time::Duration;

/// Times in milliseconds as `p50/p99/max`.
pub fn spread(times: &[Duration]) -> String {
    let mut sorted: Vec<u128> = times.iter().map(Duration::as_millis).collect();
    sorted.sort_unstable();
    let at = |hundredth: usize| sorted.get((sorted.len() * hundredth / 100).min(sorted.len().saturating_sub(1)));
    let [half, most, last] =
        [50, 99, 100].map(|hundredth| at(hundredth).map_or_else(|| "-".to_owned(), u128::to_string));
    format!("{half}/{most}/{last} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_names_the_middle_and_the_end() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(spread(&times), "101/199/200 ms");
        assert_eq!(spread(&[]), "-/-/- ms");
    }
}
