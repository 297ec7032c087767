//! The time of the demonstration's records.

use std::sync::atomic::{AtomicI64, Ordering};

use vienphi_domain::{Day, Moment};

/// Hospitals count and bill in the afternoon; minutes of the day.
const AFTERNOON: i64 = 17 * 60;

/// In microseconds.
const MINUTE: i64 = 60_000_000;

/// Goes through the month behind us while records are made, so that their receipts and shifts lie on its days; then it is real time.
/// It never goes back: receipts, shifts and the audit are in the order of time.
pub(super) struct Clock {
    /// Microseconds ahead of real time, below zero in the past.
    ahead: AtomicI64,
    /// Days from what the command line takes for today to the real one.
    days: i32,
}

impl Clock {
    /// A clock that stands before a day; `today` is what the command line takes for today.
    pub(super) fn before(day: Day, today: Day) -> Clock {
        let days = crate::today::today().count() - today.count();
        let clock = Clock { ahead: AtomicI64::new(i64::MIN), days };
        clock.go_to(day);
        clock
    }

    pub(super) fn now(&self) -> Moment {
        Moment::from_count(real() + self.ahead.load(Ordering::Relaxed))
    }

    /// The afternoon of a day.
    pub(super) fn go_to(&self, day: Day) {
        let minute = day.plus_days(self.days).first_minute().count() + AFTERNOON;
        let moment = Moment::at(vienphi_domain::Minute::from_count(minute));
        self.ahead.fetch_max(moment.count() - real(), Ordering::Relaxed);
    }

    /// So many minutes before the present.
    pub(super) fn go_before_now(&self, minutes: i64) {
        self.ahead.fetch_max(-minutes * MINUTE, Ordering::Relaxed);
    }

    pub(super) fn forward(&self, minutes: i64) {
        self.ahead.fetch_add(minutes * MINUTE, Ordering::Relaxed);
    }

    /// Real time from now on.
    pub(super) fn be_real(&self) {
        self.ahead.fetch_max(0, Ordering::Relaxed);
    }

    /// How far ahead of real time it is, for those who live in that.
    pub(super) fn seconds_ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed) / 1_000_000
    }
}

fn real() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
