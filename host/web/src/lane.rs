//! A thread apart for plugins that lately cost as much as a call may.
//!
//! Each of their calls is stopped soon, but many at once would hold every thread that answers requests. Here they wait
//! for each other, on one thread that gives way to the rest of the machine.

use tokio::sync::{mpsc, oneshot};

/// What waits; more than this many requests are not under way.
const WAITING: usize = 1024;

type Work = Box<dyn FnOnce() + Send>;

/// The thread apart. It ends with the last of its owners.
pub(crate) struct Lane {
    work: mpsc::Sender<Work>,
}

impl Lane {
    pub(crate) fn open() -> Lane {
        let (work, mut waiting) = mpsc::channel::<Work>(WAITING);
        std::thread::spawn(move || {
            give_way();
            while let Some(work) = waiting.blocking_recv() {
                // Whoever waits for it sees that no answer came.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            }
        });
        Lane { work }
    }

    /// Does something there; nothing comes of it when it panics.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, answer) = oneshot::channel();
        let work = Box::new(move || {
            // Nobody may wait for it any more: then it need not be done.
            if !done.is_closed() {
                let _ = done.send(work());
            }
        });
        self.work.send(work).await.ok()?;
        answer.await.ok()
    }
}

/// Makes this thread one that others always come before. A lower priority (`nice`) is not enough: the scheduler lets a
/// running thread end its slice of some milliseconds, which is many times a quote.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn give_way() {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: 0 is this thread, and the call only reads the parameters.
    if unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameters) } != 0 {
        let error = std::io::Error::last_os_error();
        tracing::warn!(%error, "plugins that are watched do not give way to others");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_one_after_the_other_and_a_panic_stops_nothing() {
        let lane = Lane::open();
        assert_eq!(lane.run(|| 1 + 1).await, Some(2));
        let panicked: Option<()> = lane.run(|| panic!("on purpose")).await;
        assert_eq!(panicked, None);
        assert_eq!(lane.run(|| "still here").await, Some("still here"));
    }
}
