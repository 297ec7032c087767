//! The writer: commands of a facility are done one after another, as many as wait in one transaction, each in a savepoint.
//!
//! A command never runs in the future of whoever sent it: a client that goes away at any moment leaves the whole effect or
//! none, and no connection in the middle of a transaction. SQLite has one writer, PostgreSQL one for each facility, which
//! holds the facility's row so that several processes stay correct.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::{AnyConnection, Connection as _, Executor as _};
use tokio::sync::{mpsc, oneshot};
use vienphi_domain::{Actor, Digest};

use crate::answers::{self, Answered};
use crate::dialect::Dialect;
use crate::error::{Halt, StoreError};
use crate::store::{Connector, Entered, Store};
use crate::turn::Turn;

/// Commands of one transaction, and so the most facilities of one.
const TOGETHER: usize = 64;

/// Commands that may wait for a writer; the next one is refused before it is accepted.
const WAITING: usize = 512;

/// A transaction that takes longer is given up: the database does not answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// A writer with nothing to do gives its connection back.
const IDLE: Duration = Duration::from_secs(60);

/// A change.
pub trait Command: Send + 'static {
    /// What comes of it.
    type Answer: Send + 'static;

    /// Does it. Whatever it wrote is taken back when it is refused or fails.
    fn run(self, turn: &mut Turn) -> impl Future<Output = Result<Self::Answer, Halt>> + Send;
}

/// The name that a sender gives a command, so that sending it again changes nothing.
#[derive(Debug, Clone)]
pub struct Key {
    /// The sender's text.
    pub key: String,
    /// What was asked: route and body.
    pub request: Digest,
}

/// The writers of a store.
#[derive(Default)]
pub(crate) struct Writers(Mutex<HashMap<Arc<str>, mpsc::Sender<Waiting>>>);

/// A command that waits.
pub(crate) struct Waiting {
    actor: Arc<Actor>,
    job: Box<dyn Job>,
}

/// What a command's answer does when the transaction has ended.
type Reply = Box<dyn FnOnce(Result<(), &StoreError>) + Send>;

trait Job: Send {
    fn run<'t>(self: Box<Self>, turn: &'t mut Turn) -> Pin<Box<dyn Future<Output = (bool, Reply)> + Send + 't>>;
}

struct Sent<C: Command> {
    command: C,
    answer: oneshot::Sender<Result<C::Answer, Halt>>,
}

impl<C: Command> Job for Sent<C> {
    fn run<'t>(self: Box<Self>, turn: &'t mut Turn) -> Pin<Box<dyn Future<Output = (bool, Reply)> + Send + 't>> {
        Box::pin(async move {
            let Sent { command, answer } = *self;
            let result = command.run(turn).await;
            let is_done = result.is_ok();
            let reply: Reply = Box::new(move |committed| {
                let result = match (result, committed) {
                    (result @ Err(_), _) | (result, Ok(())) => result,
                    (Ok(_), Err(error)) => Err(Halt::Failed(again(error))),
                };
                // Whoever asked may have gone away: what was done stays done.
                let _ = answer.send(result);
            });
            (is_done, reply)
        })
    }
}

/// The same failure, told to one more sender.
fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::NoFacility(facility) => StoreError::NoFacility(facility.clone()),
        StoreError::Key(why) => StoreError::Key(why.clone()),
        StoreError::Database(cause) => StoreError::Unavailable(format!("the transaction was refused: {cause}")),
        other => StoreError::Unavailable(other.to_string()),
    }
}

impl Store {
    /// Does a command in its turn.
    pub async fn write<C: Command>(&self, actor: &Arc<Actor>, command: C) -> Result<C::Answer, Halt> {
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Defect::BeginInHandler) {
            // As a handler would that looks before it sends: the client may go away at any await of it.
            let mut transaction = self.readers.begin().await.map_err(StoreError::from)?;
            transaction.execute("select 1").await.map_err(StoreError::from)?;
            transaction.rollback().await.map_err(StoreError::from)?;
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { actor: Arc::clone(actor), job: Box::new(Sent { command, answer }) };
        self.send(waiting)?;
        match answered.await {
            Ok(result) => result,
            Err(_) => Err(Halt::Failed(StoreError::Unavailable("the writer ended before it answered".into()))),
        }
    }

    /// Does a command once, however often it is sent with its key: the same answer again, a refusal included.
    pub async fn write_once<C>(&self, actor: &Arc<Actor>, key: Key, command: C) -> Result<Answered, Halt>
    where
        C: Command<Answer = Answered>,
    {
        let Some(under_way) = self.under_way.enter(actor, &key.key) else {
            return Err(answers::in_flight().into());
        };
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Defect::KeyLookedUpOutside) {
            return self.write(actor, command).await;
        }
        self.write(actor, Once { key, command, _under_way: under_way }).await
    }

    fn send(&self, waiting: Waiting) -> Result<(), Halt> {
        // SQLite has one lock for all facilities, and so one writer.
        let name: Arc<str> = match self.connector.dialect {
            Dialect::Sqlite => "".into(),
            Dialect::Postgres => Arc::from(&*waiting.actor.facility),
        };
        let mut writers = self.writers.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = writers.get(&name).filter(|sender| !sender.is_closed()).cloned();
        let sender = known.unwrap_or_else(|| {
            let (sender, waiting) = mpsc::channel(WAITING);
            tokio::spawn(serve(self.connector.clone(), waiting));
            writers.insert(name, sender.clone());
            sender
        });
        sender.try_send(waiting).map_err(|_| Halt::Failed(StoreError::Overloaded(WAITING)))
    }
}

/// A command with its key.
struct Once<C> {
    key: Key,
    command: C,
    /// Until it was its turn, even if whoever sent it has gone away.
    _under_way: Entered,
}

impl<C: Command<Answer = Answered>> Command for Once<C> {
    type Answer = Answered;

    async fn run(self, turn: &mut Turn) -> Result<Answered, Halt> {
        let Once { key, command, _under_way } = self;
        if let Some((digest, answered)) = answers::find(turn, &key.key).await? {
            return if digest == key.request { Ok(answered) } else { Err(answers::other_request(&key.key).into()) };
        }
        let answered = match command.run(turn).await {
            Ok(answered) => answered,
            Err(Halt::Refused(problem)) => {
                take_back(turn).await?;
                Answered::refused(&problem)
            }
            Err(failed) => return Err(failed),
        };
        answers::keep(turn, &key, &answered)?;
        Ok(answered)
    }
}

async fn take_back(turn: &mut Turn) -> Result<(), StoreError> {
    turn.forget();
    turn.connection.execute("rollback to savepoint command").await?;
    Ok(())
}

/// A connection, and how many transactions it has done.
struct Kept {
    connection: AnyConnection,
    done: u64,
}

/// Does what is sent until nothing is sent any more.
async fn serve(connector: Connector, mut waiting: mpsc::Receiver<Waiting>) {
    let mut kept: Option<Kept> = None;
    loop {
        let first = match tokio::time::timeout(IDLE, waiting.recv()).await {
            Ok(Some(first)) => first,
            Ok(None) => return,
            Err(_) => {
                if let Some(idle) = kept.take() {
                    let _ = idle.connection.close().await;
                }
                continue;
            }
        };
        let mut together = vec![first];
        gather(&mut waiting, &mut together).await;
        // In a task of its own: a panic of a command ends the transaction and not the writer.
        let working = tokio::spawn(transact(connector.clone(), kept.take(), together));
        kept = working.await.unwrap_or_default();
    }
}

/// Takes what waits, and what is sent meanwhile by those who were just answered: a transaction costs nearly the same for one as
/// for many.
async fn gather(waiting: &mut mpsc::Receiver<Waiting>, together: &mut Vec<Waiting>) {
    loop {
        let before = together.len();
        tokio::task::yield_now().await;
        while together.len() < TOGETHER
            && let Ok(next) = waiting.try_recv()
        {
            together.push(next);
        }
        if together.len() == before || together.len() == TOGETHER {
            return;
        }
    }
}

/// One transaction. The connection comes back when it is fit for another.
async fn transact(connector: Connector, kept: Option<Kept>, together: Vec<Waiting>) -> Option<Kept> {
    let mut replies = Vec::with_capacity(together.len());
    let ended = {
        let work = work(&connector, kept, together, &mut replies);
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(ended) => ended,
            Err(_) => Err(StoreError::Unavailable(format!("nothing answered within {} seconds", PATIENCE.as_secs()))),
        }
    };
    match ended {
        Ok(kept) => {
            replies.into_iter().for_each(|reply| reply(Ok(())));
            Some(kept)
        }
        Err(error) => {
            tracing::error!(%error, commands = replies.len(), "a transaction failed");
            // Those that were not begun have no reply: their senders learn that the writer has ended.
            replies.into_iter().for_each(|reply| reply(Err(&error)));
            None
        }
    }
}

async fn work(
    connector: &Connector,
    kept: Option<Kept>,
    together: Vec<Waiting>,
    replies: &mut Vec<Reply>,
) -> Result<Kept, StoreError> {
    let Kept { mut connection, done } = match kept {
        Some(kept) => kept,
        None => Kept { connection: connector.connect().await?, done: 0 },
    };
    if let Some(forget_plans) = connector.dialect.forget_plans().filter(|_| done.is_power_of_two()) {
        connection.execute(forget_plans).await?;
    }
    connection.execute(connector.dialect.begin_writing()).await?;
    let mut turn = Turn::new(connection, connector.dialect, Arc::clone(&connector.master));
    turn.hold(together.iter().map(|waiting| &*waiting.actor.facility).collect()).await?;
    let mut savepoint = "savepoint command";
    for Waiting { actor, job } in together {
        if !turn.holds(&actor.facility) {
            // Nobody else's command suffers from it; its sender learns that the writer has ended.
            tracing::warn!(facility = %actor.facility, "a command was not begun: no such facility, or not its key");
            continue;
        }
        turn.connection.execute(sqlx::raw_sql(savepoint)).await?;
        savepoint = "release savepoint command; savepoint command";
        turn.begin(actor, (connector.clock)());
        let (is_done, reply) = job.run(&mut turn).await;
        replies.push(reply);
        if !is_done {
            take_back(&mut turn).await?;
        }
        #[cfg(feature = "planted")]
        if crate::planted::is(crate::planted::Defect::AnswerBeforeCommit) {
            replies.drain(..).for_each(|reply| reply(Ok(())));
        }
    }
    turn.end().await?;
    turn.connection.execute("commit").await?;
    Ok(Kept { connection: turn.connection, done: done + 1 })
}
