//! Outgoing webhooks: who asked to be told is told what happened, at least once, and of each visit in order.
//!
//! The store's messages are the queue of record; nothing that is not told yet is known here alone. Each message is posted
//! with an id that stays the same and a signature after [Standard Webhooks](https://www.standardwebhooks.com), until the
//! receiver answers 2xx. A receiver that was told twice, after a crash, knows it by the id.

mod backoff;
mod letter;
mod post;
mod sender;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use vienphi_store::Store;

use crate::outgoing::address::Policy;

use post::Post;
use sender::Sender;

/// How long things take.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Between two looks for what is to be told.
    look: Duration,
    /// For finding the host, connecting and the answer, together.
    patience: Duration,
}

const PACE: Pace = Pace { look: Duration::from_millis(500), patience: Duration::from_secs(10) };

/// Webhooks are sent while this is held.
pub struct Webhooks {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Sends webhooks from now on, in a task of their own.
pub fn start(store: Arc<Store>, policy: Policy) -> Webhooks {
    start_at(store, policy, PACE)
}

fn start_at(store: Arc<Store>, policy: Policy, pace: Pace) -> Webhooks {
    let (stop, stopped) = watch::channel(());
    let sender = Sender::new(store, Post::new(policy, pace.patience), pace.look, stopped.clone());
    Webhooks { stop, task: tokio::spawn(sender.run(stopped)) }
}

impl Webhooks {
    /// Begins nothing new and waits for what is under way.
    pub async fn stop(self) {
        drop(self.stop);
        // A task that was ended otherwise has ended.
        let _ = self.task.await;
    }
}
