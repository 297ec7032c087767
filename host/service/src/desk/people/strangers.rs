//! Names that are nobody's: they are locked as accounts are, so that a lock does not tell which are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use vienphi_domain::{Digest, Moment};

use super::{SignIn, TRIES, lock_after};

/// So many are remembered. Whoever tries more begins anew with all of them, which tells nothing.
const KNOWN_AT_MOST: usize = 10_000;

/// What was tried, by facility and name: how often, and until when it is locked.
#[derive(Default)]
pub(in crate::desk) struct Strangers(Mutex<HashMap<Digest, (i64, i64)>>);

impl Strangers {
    /// A wrong try; what an account would answer.
    pub(super) fn fail(&self, facility: &str, name: &str, now: Moment) -> SignIn {
        let place = Digest::of_pieces([("facility", facility.as_bytes()), ("name", name.as_bytes())]);
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tried.len() >= KNOWN_AT_MOST {
            tried.clear();
        }
        let (failures, locked_until) = tried.entry(place).or_default();
        if *locked_until > now.count() {
            return SignIn::Locked(Moment::from_count(*locked_until));
        }
        *failures += 1;
        if *failures < TRIES {
            return SignIn::Wrong;
        }
        *locked_until = now.count() + lock_after(*failures);
        SignIn::Locked(Moment::from_count(*locked_until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nobodys_is_locked_as_an_account_is() {
        let strangers = Strangers::default();
        let at = |seconds: i64| Moment::from_count(seconds * 1_000_000);
        for _ in 1..TRIES {
            assert_eq!(strangers.fail("92114", "x", at(0)), SignIn::Wrong);
        }
        assert_eq!(strangers.fail("92114", "x", at(0)), SignIn::Locked(at(60)));
        assert_eq!(strangers.fail("92114", "x", at(59)), SignIn::Locked(at(60)));
        assert_eq!(strangers.fail("92114", "x", at(61)), SignIn::Locked(at(61 + 120)));
        assert_eq!(strangers.fail("79001", "x", at(0)), SignIn::Wrong);
    }
}
