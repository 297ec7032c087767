//! A facility's lane to the portal: its session, so many calls at once and in a second, and a breaker.
//!
//! It lives in one process: after a restart it begins anew, which costs one sign-in and at most a few calls too many. What must not
//! be forgotten is in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vienphi_domain::Moment;
use vienphi_portal::Session;

use super::policy::Sending;

/// The lanes by facility.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<Box<str>, Arc<Lane>>>);

/// A facility's lane.
pub(crate) struct Lane {
    room: Arc<Semaphore>,
    now: Mutex<State>,
    /// One signs in, the others wait for it.
    pub(crate) signing_in: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    session: Option<(i64, Session)>,
    /// Failures one after another.
    failures: u32,
    /// Nothing is sent until then.
    shut_until: i64,
    /// It was shut, and one call tries whether the portal is back.
    is_trying: bool,
    /// The next call begins no earlier.
    next_at: i64,
    /// The account that the portal does not let in, by its version, and until when it is not tried.
    barred: Option<(i64, i64)>,
}

/// A call may begin, and when.
pub(crate) struct Pass {
    /// In microseconds from now.
    pub(crate) wait: i64,
    is_trial: bool,
    lane: Arc<Lane>,
    _room: OwnedSemaphorePermit,
}

impl Lanes {
    /// The lane of a facility.
    pub(crate) fn of(&self, facility: &str, sending: &Sending) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let room = Arc::new(Semaphore::new(usize::try_from(sending.at_once).unwrap_or(1)));
            Arc::new(Lane { room, now: Mutex::default(), signing_in: tokio::sync::Mutex::default() })
        };
        Arc::clone(lanes.entry(facility.into()).or_insert_with(new))
    }
}

impl Lane {
    fn state(&self) -> MutexGuard<'_, State> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// May a call begin? `None` while the portal is given a rest, or as many calls as may be are under way.
    pub(crate) fn pass(self: &Arc<Lane>, now: Moment, sending: &Sending) -> Option<Pass> {
        let room = Arc::clone(&self.room).try_acquire_owned().ok()?;
        let mut state = self.state();
        let is_trial = state.failures >= sending.failures;
        if is_trial && (now.count() < state.shut_until || state.is_trying) {
            return None;
        }
        state.is_trying |= is_trial;
        let at = state.next_at.max(now.count());
        state.next_at = at + sending.gap();
        drop(state);
        Some(Pass { wait: at - now.count(), is_trial, lane: Arc::clone(self), _room: room })
    }

    /// The portal answered: it is there.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        (state.failures, state.shut_until) = (0, 0);
    }

    /// The portal did not answer, or cannot now.
    pub(crate) fn failed(&self, now: Moment, sending: &Sending) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= sending.failures {
            state.shut_until = now.count() + sending.open_for();
        }
    }

    /// A session of the account's version that may still be used.
    pub(crate) fn session(&self, account: i64, now: Moment) -> Option<Session> {
        let state = self.state();
        let (version, session) = state.session.as_ref()?;
        (*version == account && session.is_fresh(now)).then(|| session.clone())
    }

    pub(crate) fn keep_session(&self, account: i64, session: Session) {
        self.state().session = Some((account, session));
    }

    /// The portal does not know the session any more.
    pub(crate) fn drop_session(&self) {
        self.state().session = None;
    }

    /// The portal does not let this account in.
    pub(crate) fn bar(&self, account: i64, now: Moment, sending: &Sending) {
        self.state().barred = Some((account, now.count() + sending.account_pause()));
    }

    /// Is this account not to be tried now? Until when?
    pub(crate) fn barred(&self, account: i64, now: Moment) -> Option<i64> {
        self.state()
            .barred
            .filter(|(version, until)| *version == account && now.count() < *until)
            .map(|(_, until)| until)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.is_trial {
            self.lane.state().is_trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sending() -> Sending {
        crate::submitting::policy::sending(include_str!("../../../../policies/claims/sending.toml")).unwrap()
    }

    #[test]
    fn so_many_at_once_and_in_a_second() {
        let (sending, lanes) = (sending(), Lanes::default());
        let lane = lanes.of("92114", &sending);
        let now = Moment::from_count(1_000_000_000);
        let passes: Vec<Pass> = (0..4).filter_map(|_| lane.pass(now, &sending)).collect();
        assert_eq!(passes.iter().map(|pass| pass.wait).collect::<Vec<_>>(), [0, 100_000, 200_000, 300_000]);
        assert!(lane.pass(now, &sending).is_none(), "four are under way");
        drop(passes);
        assert_eq!(lane.pass(now, &sending).unwrap().wait, 400_000);
        assert!(lanes.of("92115", &sending).pass(now, &sending).is_some(), "another facility has its own");
    }

    #[test]
    fn a_portal_that_fails_is_given_a_rest_and_then_tried_by_one() {
        let (sending, lanes) = (sending(), Lanes::default());
        let lane = lanes.of("92114", &sending);
        let at = |second: i64| Moment::from_count(second * 1_000_000);
        for _ in 0..5 {
            assert!(lane.pass(at(1), &sending).is_some());
            lane.failed(at(1), &sending);
        }
        assert!(lane.pass(at(30), &sending).is_none());
        let trial = lane.pass(at(31), &sending).unwrap();
        assert!(lane.pass(at(31), &sending).is_none(), "one tries");
        lane.failed(at(31), &sending);
        drop(trial);
        assert!(lane.pass(at(60), &sending).is_none());
        let trial = lane.pass(at(61), &sending).unwrap();
        lane.answered();
        assert!(lane.pass(at(61), &sending).is_some());
        drop(trial);
    }
}
