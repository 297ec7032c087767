//! What goes wrong at the portal, on demand and by chance.

use serde::{Deserialize, Serialize};

/// How the portal is not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Down {
    /// It is there.
    #[default]
    No,
    /// HTTP 503 with Retry-After.
    Closed,
    /// HTTP 502 and a page, as what stands before a portal answers. Nothing is done.
    Broken,
    /// The connection ends without an answer. Nothing is done.
    Silent,
}

/// Failures, each with the share of calls in percent that it befalls. All is well by default.
///
/// They befall calls to the portal alone; [`Faults::only`] narrows them down to one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The same seed and the same order of calls give the same failures.
    pub seed: u64,
    /// `sign-in`, `card`, `check-in`, `claim`, `copayment`, `claim-lookup`; empty is all.
    pub only: String,
    /// Not there.
    pub down: Down,
    /// How much of the time it is not; 0 with `down` is always.
    pub down_percent: u8,
    /// HTTP 429 with Retry-After. Nothing is done.
    pub busy_percent: u8,
    /// Seconds of Retry-After.
    pub busy_seconds: u32,
    /// **Assumed**: HTTP 200 with maKetQua 429 instead.
    pub is_busy_in_body: bool,
    /// More calls in one second are answered as busy; 0 is no limit.
    pub most_per_second: u32,
    /// Answered so much later. What is asked is done before, as it would be.
    pub slow_percent: u8,
    /// How much later.
    pub slow_milliseconds: u64,
    /// maKetQua 500. Nothing is done.
    pub failed_percent: u8,
    /// maKetQua 500, after what was asked was done.
    pub failed_after_percent: u8,
    /// The session is over, whatever it says.
    pub signed_out_percent: u8,
    /// The answer says the same in another form: other case of names, numbers for texts, a mark of byte order, JSON in a text.
    pub odd_percent: u8,
    /// What was asked is done, and its answer is a page, nothing, or cut off.
    pub garbled_percent: u8,
    /// What was asked is done, and the connection ends without an answer.
    pub lost_percent: u8,
}

impl Faults {
    /// What is asked is done, and the connection ends without an answer.
    pub fn lost() -> Faults {
        Faults { lost_percent: 100, ..Faults::default() }
    }

    /// Not there.
    pub fn down(down: Down) -> Faults {
        Faults { down, ..Faults::default() }
    }

    /// Answered later.
    pub fn slow(milliseconds: u64) -> Faults {
        Faults { slow_percent: 100, slow_milliseconds: milliseconds, ..Faults::default() }
    }

    /// HTTP 429.
    pub fn busy(seconds: u32) -> Faults {
        Faults { busy_percent: 100, busy_seconds: seconds, ..Faults::default() }
    }
}

/// What befalls one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Lot {
    pub(crate) down: Down,
    pub(crate) is_busy: bool,
    pub(crate) is_failed: bool,
    pub(crate) is_failed_after: bool,
    pub(crate) is_signed_out: bool,
    pub(crate) is_lost: bool,
    pub(crate) slow_milliseconds: u64,
    /// Which of the forms.
    pub(crate) odd: Option<u64>,
    pub(crate) garbled: Option<u64>,
}

impl Faults {
    /// The lot of a call by its number.
    pub(crate) fn lot(&self, number: u64) -> Lot {
        let draw = |salt: u64| mixed(self.seed ^ mixed(number).wrapping_add(mixed(salt)));
        let is = |salt: u64, percent: u8| draw(salt) % 100 < u64::from(percent);
        let down_percent = if self.down_percent == 0 { 100 } else { self.down_percent };
        Lot {
            down: if is(1, down_percent) { self.down } else { Down::No },
            is_busy: is(2, self.busy_percent),
            is_failed: is(3, self.failed_percent),
            is_failed_after: is(4, self.failed_after_percent),
            is_signed_out: is(5, self.signed_out_percent),
            is_lost: is(6, self.lost_percent),
            slow_milliseconds: if is(7, self.slow_percent) { self.slow_milliseconds } else { 0 },
            odd: is(8, self.odd_percent).then(|| draw(9)),
            garbled: is(10, self.garbled_percent).then(|| draw(11)),
        }
    }
}

/// SplitMix64.
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
