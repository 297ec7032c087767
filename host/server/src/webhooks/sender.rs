//! The loop: looks for what is to be told, tells it, keeps how it went.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior};
use vienphi_domain::{Actor, Moment, Role};
use vienphi_store::webhooks::{self, Due, Webhook};
use vienphi_store::{Command, Halt, Store, StoreError, Turn};

use super::backoff::pause;
use super::letter::{Letter, id};
use super::post::{Outcome, Post};

/// Attempts at the same time, of all webhooks.
const TOGETHER: usize = 8;

/// Messages that a webhook takes up in one transaction.
const TAKEN: i64 = 500;

/// Messages of a webhook that are read at a time.
const READ: usize = 64;

/// Webhooks that look for new messages at the same time: the writer's queue is there for the desks.
const LOOKING: usize = 16;

/// How a webhook is found again.
type Name = (String, i64);

/// What sends.
pub(super) struct Sender {
    store: Arc<Store>,
    post: Arc<Post>,
    ticks: Interval,
    stopped: watch::Receiver<()>,
    outage: Arc<Outage>,
    lines: Vec<Line>,
    /// The line that is served first: each in its turn.
    first: usize,
    attempts: JoinSet<()>,
    under_way: HashMap<Id, (Name, i64)>,
}

/// A webhook and what it is told next.
struct Line {
    webhook: Arc<Webhook>,
    actor: Arc<Actor>,
    /// The oldest messages of visits that none is under way of.
    waiting: VecDeque<Due>,
    /// May there be more in the store than in `waiting`?
    has_more: bool,
}

impl Line {
    fn name(&self) -> Name {
        (self.webhook.facility.clone(), self.webhook.id)
    }
}

impl Sender {
    pub(super) fn new(store: Arc<Store>, post: Post, look: Duration, stopped: watch::Receiver<()>) -> Sender {
        let mut ticks = tokio::time::interval(look);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Sender {
            store,
            post: Arc::new(post),
            ticks,
            stopped,
            outage: Arc::default(),
            lines: Vec::new(),
            first: 0,
            attempts: JoinSet::new(),
            under_way: HashMap::new(),
        }
    }

    /// Sends until nobody holds the other end of `stopped`.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<()>) {
        loop {
            // Whatever is broken off here has changed nothing: a command that was sent is done all the same.
            tokio::select! {
                biased;
                _ = stopped.changed() => break,
                () = self.go_on() => {}
            }
        }
        while self.attempts.join_next().await.is_some() {}
    }

    async fn go_on(&mut self) {
        tokio::select! {
            Some(ended) = self.attempts.join_next_with_id() => {
                self.end(ended);
                if let Err(error) = self.begin().await {
                    self.outage.note(Some(&error));
                }
            }
            _ = self.ticks.tick() => {
                let (looked, begun) = (self.look().await, self.begin().await);
                self.outage.note(looked.and(begun).as_ref().err());
            }
        }
    }

    /// Looks for webhooks and for new messages of theirs.
    async fn look(&mut self) -> Result<(), StoreError> {
        let active = webhooks::active(&mut *self.store.reader().await?).await?;
        let mut lines = Vec::with_capacity(active.len());
        for webhook in active {
            let actor =
                Actor { facility: webhook.facility.as_str().into(), name: "webhooks".into(), role: Role::Integrator };
            let (webhook, actor) = (Arc::new(webhook), Arc::new(actor));
            lines.push(Line { webhook, actor, waiting: VecDeque::new(), has_more: true });
        }
        self.lines = lines;
        let mut first_error = None;
        for some in self.lines.chunks(LOOKING) {
            let mut taking = JoinSet::new();
            for line in some {
                let (store, actor, webhook) =
                    (Arc::clone(&self.store), Arc::clone(&line.actor), Arc::clone(&line.webhook));
                taking.spawn(async move {
                    let newest = {
                        let mut reader = store.reader().await?;
                        webhooks::newest(&mut reader, &webhook.facility).await?
                    };
                    // Most of the time nothing is new: whoever only looks takes no turn.
                    if newest <= webhook.seen { Ok(false) } else { store.write(&actor, TakeNew(webhook)).await }
                });
            }
            while let Some(taken) = taking.join_next().await {
                match taken {
                    Ok(Ok(true)) => self.ticks.reset_immediately(),
                    Ok(Ok(false)) | Err(_) => {}
                    Ok(Err(halt)) => first_error = first_error.or(Some(failure(halt))),
                }
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Begins as many attempts as may be under way. Of several webhooks each has its share, so that a receiver that is slow
    /// holds up itself alone.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let count = self.lines.len();
        let share = (TOGETHER / count.max(1)).max(1);
        let mut worst = Ok(());
        for step in 0..count {
            let line = (self.first + step) % count;
            let name = self.lines[line].name();
            let mut under_way = self.under_way.values().filter(|(of, _)| *of == name).count();
            while under_way < share && self.under_way.len() < TOGETHER {
                if self.lines[line].waiting.is_empty() && self.lines[line].has_more {
                    worst = worst.and(self.read(line).await);
                }
                let Some(due) = self.lines[line].waiting.pop_front() else { break };
                match self.store.webhook_secret(&self.lines[line].webhook).await {
                    Ok(secret) => self.attempt(line, due, secret),
                    Err(error) => {
                        worst = worst.and(Err(error));
                        break;
                    }
                }
                under_way += 1;
            }
        }
        self.first = (self.first + 1) % count.max(1);
        worst
    }

    /// Reads what a webhook is told next. Between this and its end nothing that is under way is taken for ended, so that
    /// nothing is told twice at the same time.
    async fn read(&mut self, line: usize) -> Result<(), StoreError> {
        let line = &mut self.lines[line];
        line.has_more = false;
        let limit = i64::try_from(READ + TOGETHER).unwrap_or(i64::MAX);
        let due = webhooks::due(&mut *self.store.reader().await?, &line.webhook, self.store.now(), limit).await?;
        let name = line.name();
        let is_under_way =
            |due: &Due| self.under_way.values().any(|(of, message)| *of == name && *message == due.message);
        line.waiting.extend(due.into_iter().filter(|due| !is_under_way(due)));
        Ok(())
    }

    fn attempt(&mut self, line: usize, due: Due, secret: Vec<u8>) {
        let line = &self.lines[line];
        let key = (line.name(), due.message);
        let attempt = Attempt {
            store: Arc::clone(&self.store),
            post: Arc::clone(&self.post),
            webhook: Arc::clone(&line.webhook),
            actor: Arc::clone(&line.actor),
            due: Arc::new(due),
            outage: Arc::clone(&self.outage),
            stopped: self.stopped.clone(),
            pause: self.ticks.period(),
        };
        let task = self.attempts.spawn(attempt.run(secret));
        self.under_way.insert(task.id(), key);
    }

    fn end(&mut self, ended: Result<(Id, ()), JoinError>) {
        let task = match ended {
            Ok((task, ())) => task,
            Err(broken) => broken.id(),
        };
        if let Some((name, _)) = self.under_way.remove(&task) {
            let line = self.lines.iter_mut().find(|line| line.name() == name);
            line.into_iter().for_each(|line| line.has_more = true);
        }
    }
}

/// One message told once.
struct Attempt {
    store: Arc<Store>,
    post: Arc<Post>,
    webhook: Arc<Webhook>,
    actor: Arc<Actor>,
    due: Arc<Due>,
    outage: Arc<Outage>,
    stopped: watch::Receiver<()>,
    pause: Duration,
}

impl Attempt {
    async fn run(mut self, secret: Vec<u8>) {
        let letter = Letter::new(&self.webhook, &self.due, &secret, self.store.now());
        let post = Arc::clone(&self.post);
        let posted = tokio::task::spawn_blocking(move || post.send(&letter)).await;
        let outcome = posted.unwrap_or_else(|_| Outcome::failed("the attempt was broken off"));
        self.log(&outcome);
        // Until it is kept it counts as under way: a database that cannot write does not make the receiver hear the same
        // message all the time.
        let mut pause = self.pause;
        loop {
            let keep = Keep { webhook: self.webhook.id, due: Arc::clone(&self.due), outcome: outcome.clone() };
            match self.store.write(&self.actor, keep).await {
                Ok(()) => return,
                Err(halt) => self.outage.note(Some(&failure(halt))),
            }
            tokio::select! {
                _ = self.stopped.changed() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(Duration::from_secs(10));
        }
    }

    fn log(&self, outcome: &Outcome) {
        let (facility, webhook, message) = (&self.webhook.facility, self.webhook.id, self.due.message);
        let Outcome { status, error } = outcome;
        let (status, error, attempt) =
            (status.unwrap_or(0), error.as_deref().unwrap_or_default(), self.due.attempts + 1);
        match (outcome.is_taken(), self.due.attempts) {
            (true, _) => tracing::debug!(facility, webhook, message, attempt, "a webhook was told"),
            (false, 0) => tracing::warn!(facility, webhook, message, attempt, status, error, "a webhook was not told"),
            (false, _) => tracing::debug!(facility, webhook, message, attempt, status, error, "a webhook was not told"),
        }
    }
}

/// Takes up new messages of a webhook; are there more?
struct TakeNew(Arc<Webhook>);

impl Command for TakeNew {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        let taken = webhooks::take_new(turn, &self.0, TAKEN).await?;
        Ok(i64::try_from(taken).is_ok_and(|taken| taken >= TAKEN))
    }
}

/// Keeps how an attempt went.
struct Keep {
    webhook: i64,
    due: Arc<Due>,
    outcome: Outcome,
}

impl Command for Keep {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Keep { webhook, due, outcome } = self;
        let next_at = (!outcome.is_taken()).then(|| {
            let pause = pause(due.attempts + 1, &id(&turn.facility(), due.message));
            Moment::from_count(turn.now().count().saturating_add(i64::try_from(pause.as_micros()).unwrap_or(i64::MAX)))
        });
        let status = outcome.status.map(i64::from);
        Ok(webhooks::keep_attempt(turn, webhook, &due, status, outcome.error.as_deref(), next_at).await?)
    }
}

fn failure(halt: Halt) -> StoreError {
    match halt {
        Halt::Failed(error) => error,
        // None of these commands refuses anything.
        Halt::Refused(problem) => StoreError::Unavailable(format!("{problem:?}")),
    }
}

/// An outage of the database is logged when it begins and when it ends.
#[derive(Default)]
struct Outage(AtomicBool);

impl Outage {
    fn note(&self, error: Option<&StoreError>) {
        let is_out = error.is_some();
        if self.0.swap(is_out, Ordering::Relaxed) == is_out {
            return;
        }
        match error {
            Some(error) => tracing::warn!(%error, "webhooks wait for the database"),
            None => tracing::info!("webhooks go on"),
        }
    }
}
