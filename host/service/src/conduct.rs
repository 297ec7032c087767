//! How a plugin has behaved of late.

use std::sync::atomic::{AtomicU32, Ordering};

/// How a plugin has behaved of late.
#[derive(Default)]
pub(crate) struct Conduct {
    /// So many calls must end well before it is trusted again.
    to_prove: AtomicU32,
}

/// After a call that cost as much as one may, so many must not.
const CALLS_TO_PROVE: u32 = 1_000;

impl Conduct {
    pub(crate) fn is_watched(&self) -> bool {
        self.to_prove.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn cost_too_much(&self) {
        self.to_prove.store(CALLS_TO_PROVE, Ordering::Relaxed);
    }

    pub(crate) fn ended_well(&self) {
        // Read first: the counter of a plugin in good standing is shared by every thread and never written.
        if self.is_watched() {
            let _ = self.to_prove.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_watched_until_it_has_proven_itself() {
        let conduct = Conduct::default();
        conduct.ended_well();
        assert!(!conduct.is_watched());
        conduct.cost_too_much();
        for _ in 1..CALLS_TO_PROVE {
            conduct.ended_well();
            assert!(conduct.is_watched());
        }
        conduct.ended_well();
        assert!(!conduct.is_watched());
    }
}
