//! Where tries to sign in come from. An account is locked by few wrong tries; an address by many, whosever accounts they were for,
//! so that nobody tries one password on everybody.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use vienphi_domain::Moment;

use super::MINUTE;

/// Wrong tries of one address within [`WHILE`]; then nobody signs in from there until it is over. A hospital behind one address
/// does not come near: a person is locked after five.
const WRONG_AT_MOST: u32 = 50;

/// How long they are counted together, from the first of them on, in microseconds.
const WHILE: i64 = 10 * MINUTE;

/// So many addresses are remembered.
const KNOWN_AT_MOST: usize = 10_000;

/// Nobody signs in from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Before.
    pub until: Moment,
    /// Seconds to wait.
    pub seconds: u64,
}

/// What came from where. Kept in memory: a start forgets it, which gives nobody more than fifty tries.
#[derive(Default)]
pub(in crate::desk) struct Addresses(Mutex<HashMap<IpAddr, Tries>>);

#[derive(Clone, Copy)]
struct Tries {
    count: u32,
    since: i64,
}

impl Addresses {
    /// A try begins. It counts as wrong until [`Addresses::leave`] says otherwise: however many are made at once, no more than are
    /// allowed are looked at.
    pub(super) fn enter(&self, from: IpAddr, now: Moment) -> Option<Held> {
        let (from, now) = (counted(from), now.count());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |tries: &Tries| now - tries.since >= WHILE;
        if known.len() >= KNOWN_AT_MOST && !known.contains_key(&from) {
            known.retain(|_, tries| !is_over(tries));
            // Still too many: whoever tried least makes room. Addresses that are held are forgotten last.
            let least = known.iter().min_by_key(|(_, tries)| (tries.count, tries.since)).map(|(from, _)| *from);
            if let Some(least) = least.filter(|_| known.len() >= KNOWN_AT_MOST) {
                known.remove(&least);
            }
        }
        let tries = known.entry(from).or_insert(Tries { count: 0, since: now });
        if is_over(tries) {
            *tries = Tries { count: 0, since: now };
        }
        if tries.count < WRONG_AT_MOST {
            tries.count += 1;
            return None;
        }
        let left = tries.since + WHILE - now;
        let seconds = u64::try_from(left / 1_000_000).unwrap_or(0) + 1;
        Some(Held { until: Moment::from_count(tries.since + WHILE), seconds })
    }

    /// A try that began was not wrong.
    pub(super) fn leave(&self, from: IpAddr) {
        let from = counted(from);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tries) = known.get_mut(&from) {
            tries.count = tries.count.saturating_sub(1);
            if tries.count == 0 {
                known.remove(&from);
            }
        }
    }
}

/// What counts as one address: whoever has one of IPv6 has as many as its network, a /64.
fn counted(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_count(seconds * 1_000_000)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn fifty_wrong_ones_hold_an_address_for_the_rest_of_ten_minutes() {
        let addresses = Addresses::default();
        let from = address("203.0.113.7");
        for second in 0..50 {
            assert_eq!(addresses.enter(from, at(second)), None, "{second}");
        }
        assert_eq!(addresses.enter(from, at(60)), Some(Held { until: at(600), seconds: 541 }));
        assert_eq!(addresses.enter(address("::ffff:203.0.113.7"), at(599)), Some(Held { until: at(600), seconds: 2 }));
        assert_eq!(addresses.enter(address("203.0.113.8"), at(60)), None);
        assert_eq!(addresses.enter(from, at(600)), None);
    }

    #[test]
    fn right_ones_do_not_count() {
        let addresses = Addresses::default();
        let from = address("203.0.113.7");
        for _ in 0..500 {
            assert_eq!(addresses.enter(from, at(0)), None);
            addresses.leave(from);
        }
        assert!(addresses.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let addresses = Addresses::default();
        for number in 0..50 {
            assert_eq!(addresses.enter(address(&format!("2001:db8:1:2::{number:x}")), at(0)), None);
        }
        assert!(addresses.enter(address("2001:db8:1:2:ffff::1"), at(1)).is_some());
        assert_eq!(addresses.enter(address("2001:db8:1:3::1"), at(1)), None);
    }

    #[test]
    fn whoever_has_many_addresses_makes_no_held_one_forgotten() {
        let addresses = Addresses::default();
        let held = address("203.0.113.7");
        for _ in 0..50 {
            addresses.enter(held, at(0));
        }
        for number in 0..30_000_u32 {
            addresses.enter(IpAddr::V4((0x0a00_0000 + number).into()), at(1));
        }
        assert!(addresses.0.lock().unwrap().len() <= KNOWN_AT_MOST);
        assert!(addresses.enter(held, at(2)).is_some());
    }
}
