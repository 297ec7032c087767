//! What a rail is asked, step by step: the plugin says what is to be signed or sent, the host does it and comes back.
//!
//! What is needed to go on is kept before anything is sent, so that a crash loses nothing and repeats nothing that must not
//! be repeated. When no answer comes to such a message the attempt is `unknown`, and only a query may follow. Whoever works
//! on an attempt holds it for [`HELD`]; another process takes over when that is past.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::{Actor, Digest, Moment};
use vienphi_runtime::rail::{Context, Input, Operation, Outcome, Progress, Rail, Repetition, Step};
use vienphi_store::attempts::{self, Attempt};
use vienphi_store::{Command, Halt, StoreError, Turn};

use super::callbacks::actor;
use super::outcomes::{End, Finish};
use super::signing::Hand;
use super::{Desk, json, reader};
use crate::network::{Outgoing, Silence};

/// What is needed to go on, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Work {
    pub(super) context: Context,
    pub(super) state: Vec<u8>,
    /// What is to be sent next.
    pub(super) step: Option<Step>,
    pub(super) signatures: Vec<String>,
}

/// A call of a plugin and its answer, as they are kept and can be asked again.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) context: Context,
    /// Of `resume`: the plugin's state and what came. None of `begin`.
    pub(super) input: Option<(Vec<u8>, Input)>,
    pub(super) answer: Progress,
}

/// An operation takes so many steps at most.
const STEPS: usize = 8;

/// Attempts of one look.
const DUE: i64 = 256;

/// Whoever took an attempt has it for so long, in microseconds; longer than any answer is waited for.
const HELD: i64 = 90 * 1_000_000;

/// A message that is one by its key is repeated for so long, in microseconds: Stripe keeps keys for a day.
const KEYS_KEPT: i64 = 23 * 60 * 60 * 1_000_000;

/// A message that may be repeated is sent so often.
pub(super) const TRIES: i64 = 6;

impl Work {
    /// An operation that has not begun.
    pub(super) fn of(context: Context) -> Work {
        Work { context, state: Vec::new(), step: None, signatures: Vec::new() }
    }

    pub(super) fn read(plain: &[u8]) -> Result<Work, Halt> {
        let read = serde_json::from_slice(plain);
        read.map_err(|_| StoreError::Damaged("a payment attempt that was kept cannot be read".into()).into())
    }
}

/// What an attempt is sealed for.
pub(super) fn place(id: i64) -> String {
    format!("payment-attempt/{id}")
}

/// An attempt is taken to work on it.
struct Claim {
    id: i64,
}

/// What is sent next, before it is sent.
struct KeepSent {
    id: i64,
    /// As it was taken: whoever took it since has it.
    operation: String,
    tries: i64,
    body: Vec<u8>,
}

/// Asks a plugin, and keeps what was asked and answered.
pub(super) struct Asking<'a> {
    pub(super) rail: &'a dyn Rail,
    pub(super) hand: Hand<'a>,
    pub(super) work: Work,
    pub(super) calls: Vec<Call>,
}

impl Asking<'_> {
    pub(super) fn begin(&mut self) -> Result<Progress, String> {
        let answer = self.rail.begin(&self.work.context).map_err(|error| error.to_string())?;
        self.calls.push(Call { context: self.work.context.clone(), input: None, answer: answer.clone() });
        Ok(answer)
    }

    fn resume(&mut self, state: Vec<u8>, input: Input) -> Result<Progress, String> {
        let answer = self.rail.resume(&self.work.context, &state, &input).map_err(|error| error.to_string())?;
        let context = self.work.context.clone();
        self.calls.push(Call { context, input: Some((state, input)), answer: answer.clone() });
        Ok(answer)
    }

    /// Signs and proves for as long as the plugin asks for that; the step behind it.
    pub(super) fn signed(&mut self, mut progress: Progress) -> Result<Progress, String> {
        for _ in 0..STEPS {
            let input = match &progress.step {
                Step::Sign(asked) => {
                    self.work.signatures = self.hand.sign(asked)?;
                    Input::Signed
                }
                Step::Prove(checks) => Input::Proven(self.hand.proves(checks)),
                Step::Send(_) | Step::Done(_) | Step::Failed(_) => return Ok(progress),
            };
            progress = self.resume(progress.state, input)?;
        }
        Err(format!("it asks for signatures and proofs {STEPS} times and more"))
    }
}

/// How an exchange went.
enum Sent {
    Answered(Progress),
    /// Nothing came; only a query may follow.
    Silent,
    /// Again later: why, and in which phase it waits.
    Later(String, &'static str),
    /// No message of it ever left: why.
    NeverLeft(String),
}

impl Desk {
    /// Works on the attempts that are due; how many of them were this server's.
    pub async fn run_attempts(self: &Arc<Self>) -> Result<usize, Halt> {
        let due = attempts::due(&mut *reader(&self.store).await?, self.store.now().count(), DUE).await?;
        let mut running = tokio::task::JoinSet::new();
        let mut worked = 0;
        for (facility, rail, id) in due {
            let desk = Arc::clone(self);
            running.spawn(async move { (id, desk.run_attempt(&facility, &rail, id).await) });
        }
        while let Some(ran) = running.join_next().await {
            match ran {
                Ok((_, Ok(was_taken))) => worked += usize::from(was_taken),
                Ok((id, Err(Halt::Refused(problem)))) => {
                    tracing::error!(attempt = id, kind = problem.kind, "a payment attempt is not worked on");
                }
                Ok((id, Err(Halt::Failed(error)))) => {
                    tracing::warn!(attempt = id, %error, "a payment attempt is worked on later");
                }
                Err(error) => tracing::error!(%error, "a payment attempt ended its task"),
            }
        }
        Ok(worked)
    }

    async fn run_attempt(&self, facility: &str, rail: &str, id: i64) -> Result<bool, Halt> {
        let actor = actor(facility, rail);
        let Some(attempt) = self.store.write(&actor, Claim { id }).await? else { return Ok(false) };
        let plain = self.store.key(facility).await?.open(&attempt.body, &place(id))?;
        let mut work = Work::read(&plain)?;
        if attempt.phase == "begin" {
            work.context.now = self.store.now().seconds();
        }
        let (end, calls, work, component) = self.go_on(&actor, &attempt, work).await?;
        let (operation, tries) = (attempt.operation, attempt.tries);
        let can_query = self.can(rail, if operation == "refund" { Operation::QueryRefund } else { Operation::Query });
        let method = self.method(rail);
        let finish = Finish { id, operation, tries, end, calls, work, component, method, can_query };
        self.store.write(&actor, finish).await?;
        self.tell_changed(facility, attempt.request);
        Ok(true)
    }

    async fn go_on(
        &self,
        actor: &Arc<Actor>,
        attempt: &Attempt,
        work: Work,
    ) -> Result<(End, Vec<Call>, Work, Option<Digest>), Halt> {
        let name = attempt.rail.as_str();
        let config = super::rails::config(&mut *reader(&self.store).await?, &self.store, &actor.facility, name).await?;
        let (Some(rail), Some(config)) = (self.rails.get(name), config) else {
            // What may have been sent stays so.
            let end = End::Later("its plugin or its settings are not there".into(), None);
            return Ok((end, Vec::new(), work, None));
        };
        let hand = Hand { rails: &self.rails, name, manifest: rail.manifest(), config: &config };
        let mut asking = Asking { rail, hand, work, calls: Vec::new() };
        let mut was_sent = attempt.phase == "sent";
        let end = match self.steps(actor, attempt, &mut asking, &mut was_sent).await? {
            Ok(end) => end,
            Err(why) => {
                tracing::warn!(rail = name, attempt = attempt.id, why, "a payment plugin cannot go on");
                if was_sent { End::Unknown(why) } else { End::Refused(why) }
            }
        };
        Ok((end, asking.calls, asking.work, Some(*rail.digest())))
    }

    async fn steps(
        &self,
        actor: &Arc<Actor>,
        attempt: &Attempt,
        asking: &mut Asking<'_>,
        was_sent: &mut bool,
    ) -> Result<Result<End, String>, Halt> {
        let mut progress = match (attempt.phase.as_str(), asking.work.step.clone()) {
            ("begin", _) => match asking.begin() {
                Ok(progress) => progress,
                Err(why) => return Ok(Err(why)),
            },
            // It was sent, and whoever sent it is gone: it may have arrived.
            #[cfg(feature = "planted")]
            ("sent", Some(step)) if vienphi_store::planted::is(vienphi_store::planted::Defect::RefundAskedAgain) => {
                Progress { step, state: asking.work.state.clone() }
            }
            ("sent", Some(Step::Send(request))) if request.repetition == Repetition::Never => {
                return Ok(Ok(End::Unknown("nobody saw the answer".into())));
            }
            // Providers forget keys after a day: sent again it might be done again.
            ("sent", Some(Step::Send(request)))
                if request.repetition == Repetition::Keyed
                    && self.store.now().count() - attempt.created_at > KEYS_KEPT =>
            {
                return Ok(Ok(End::Unknown("it was sent long ago, and nobody saw the answer".into())));
            }
            (_, Some(step)) => Progress { step, state: asking.work.state.clone() },
            (phase, None) => {
                let what = format!("payment attempt {} is in phase {phase} without a step", attempt.id);
                return Err(StoreError::Damaged(what).into());
            }
        };
        for _ in 0..STEPS {
            let signed = match asking.signed(progress) {
                Ok(signed) => signed,
                Err(why) => return Ok(Err(why)),
            };
            match signed.step {
                Step::Send(_) => match self.send(actor, attempt, asking, signed, was_sent).await? {
                    Ok(Sent::Answered(next)) => progress = next,
                    Ok(Sent::Silent) => return Ok(Ok(End::Unknown("no answer came".into()))),
                    Ok(Sent::Later(why, phase)) => return Ok(Ok(End::Later(why, Some(phase)))),
                    Ok(Sent::NeverLeft(why)) => return Ok(Ok(End::Refused(why))),
                    Err(why) => return Ok(Err(why)),
                },
                Step::Done(outcome) => return Ok(self.done(asking, outcome)),
                Step::Failed(why) => return Ok(Ok(End::Refused(why))),
                Step::Sign(_) | Step::Prove(_) => return Ok(Err("it never sends or ends anything".into())),
            }
        }
        Ok(Err(format!("it has not ended after {STEPS} steps")))
    }

    /// What the plugin says, with what the payer is shown as text.
    fn done(&self, asking: &Asking<'_>, outcome: Outcome) -> Result<End, String> {
        let display = match &outcome.display {
            Some(display) => Some(super::asking::display(
                &asking.hand,
                display,
                &asking.work.signatures,
                Some(asking.work.context.order.amount),
            )?),
            None => None,
        };
        Ok(End::Outcome(outcome, display))
    }

    async fn send(
        &self,
        actor: &Arc<Actor>,
        attempt: &Attempt,
        asking: &mut Asking<'_>,
        progress: Progress,
        was_sent: &mut bool,
    ) -> Result<Result<Sent, String>, Halt> {
        let Step::Send(request) = &progress.step else { return Ok(Err("nothing is to be sent".into())) };
        let outgoing = match asking.hand.outgoing(request, &asking.work.signatures) {
            Ok(outgoing) => outgoing,
            Err(why) => return Ok(Err(why)),
        };
        let repetition = request.repetition;
        asking.work.state.clone_from(&progress.state);
        asking.work.step = Some(progress.step);
        self.store
            .write(
                actor,
                KeepSent {
                    id: attempt.id,
                    operation: attempt.operation.clone(),
                    tries: attempt.tries,
                    body: json(&asking.work)?,
                },
            )
            .await?;
        let before = std::mem::replace(was_sent, true);
        Ok(match self.exchange(outgoing).await {
            Ok(response) => asking.resume(progress.state, Input::Response(response)).map(Sent::Answered),
            Err(Silence::NotSent(why)) if attempt.tries < TRIES => {
                *was_sent = before;
                // An earlier message of it may have arrived all the same.
                Ok(Sent::Later(why, if before { "sent" } else { "send" }))
            }
            Err(Silence::NotSent(why)) if !before => Ok(Sent::NeverLeft(why)),
            Err(Silence::NoAnswer(why)) if attempt.tries < TRIES && repetition != Repetition::Never => {
                Ok(Sent::Later(why, "sent"))
            }
            Err(Silence::NotSent(why) | Silence::NoAnswer(why)) => {
                tracing::warn!(rail = attempt.rail, attempt = attempt.id, why, "a provider did not answer");
                // The plugin is told, so that the record is whole; it cannot know more than that.
                asking.resume(progress.state, Input::Silence).map(|_| Sent::Silent)
            }
        })
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<vienphi_runtime::rail::Response, Silence> {
        let network = Arc::clone(&self.network);
        let sent = tokio::task::spawn_blocking(move || network(&outgoing)).await;
        sent.unwrap_or_else(|_| Err(Silence::NoAnswer("sending it ended unexpectedly".into())))
    }
}

impl Command for Claim {
    type Answer = Option<Attempt>;

    async fn run(self, turn: &mut Turn) -> Result<Option<Attempt>, Halt> {
        let (facility, now) = (turn.facility(), turn.now().count());
        let found = attempts::find(turn.connection(), &facility, self.id).await?;
        let Some(mut attempt) = found.filter(|attempt| attempt.due_at.is_some_and(|due| due <= now)) else {
            return Ok(None);
        };
        attempt.tries += 1;
        attempt.due_at = Some(now + HELD);
        attempts::update(turn, &attempt).await?;
        Ok(Some(attempt))
    }
}

impl Command for KeepSent {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let facility = turn.facility();
        let found = attempts::find(turn.connection(), &facility, self.id).await?;
        let Some(mut attempt) = found.filter(|attempt| {
            attempt.phase != "ended" && attempt.operation == self.operation && attempt.tries == self.tries
        }) else {
            return Err(StoreError::Unavailable("the attempt is not this process's any more".into()).into());
        };
        attempt.phase = "sent".to_owned();
        attempt.due_at = attempt.due_at.map(|_| turn.now().count() + HELD);
        attempt.body = turn.key()?.seal(&self.body, &place(self.id))?;
        Ok(attempts::update(turn, &attempt).await?)
    }
}

/// An operation's word, as it is kept.
pub(super) fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Query => "query",
        Operation::Cancel => "cancel",
        Operation::Refund => "refund",
        Operation::QueryRefund => "query-refund",
    }
}

/// The next look at something nobody knows yet: half a minute, then longer and longer, an hour at most.
pub(super) fn next_look(now: Moment, tries: i64) -> i64 {
    let doublings = u32::try_from(tries.clamp(0, 7)).unwrap_or(7);
    now.count() + (30_000_000_i64 << doublings).min(3_600_000_000)
}
