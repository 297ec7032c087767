//! Following: a stream that tells how something is, first as it is, then whenever it changes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use vienphi_domain::Actor;
use vienphi_service::desk::people::Next;
use vienphi_service::desk::{Changed, Halt};

use super::halted;
use crate::api::Api;
use crate::refusal::{Refusal, overloaded, panicked};

/// So many follow at once: every bed of a province's hospital, and what each takes is a few kilobytes.
pub(crate) const FOLLOWERS: usize = 4_096;

/// A browser opens a new stream after this; one whose reader has gone away ends with it.
const LONGEST: Duration = Duration::from_secs(600);

/// A browser whose stream broke off, as when the server is started again, opens another after this.
const RETRY: Duration = Duration::from_secs(1);

/// Whoever follows is still who they were, and what they follow is looked at in any case, so often.
const LOOK: Duration = Duration::from_secs(5);

/// What is followed.
pub(crate) enum Followed {
    /// A request for payment, by its number.
    Request(String),
    /// The patient's screen of a desk, by the desk's name.
    Screen(String),
}

/// What somebody who follows has proven themselves with. It may be taken back, or end, while the stream is open.
pub(crate) enum Proof {
    Token(Box<str>),
    Session(Box<str>),
}

/// The events of what is followed, each named `state`.
pub(crate) async fn stream_of(
    api: &Arc<Api>,
    actor: &Arc<Actor>,
    followed: Followed,
    proof: Proof,
) -> Result<Response, Refusal> {
    let desk = api.desk()?;
    let place = api.follow().ok_or_else(|| overloaded(FOLLOWERS))?;
    // Before it is read: what changes in between is told too.
    let changes = desk.follow_payment_requests();
    let mut follower = Follower {
        api: Arc::clone(api),
        proof,
        actor: Arc::clone(actor),
        followed,
        changes,
        told: String::new(),
        waiting: VecDeque::new(),
        until: Instant::now() + LONGEST,
        has_ended: false,
        _place: place,
    };
    let first = follower.look().await?;
    follower.waiting.push_back(first);
    let events = stream::unfold(follower, |follower| follower.next());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// Somebody who follows.
struct Follower {
    api: Arc<Api>,
    proof: Proof,
    actor: Arc<Actor>,
    followed: Followed,
    changes: tokio::sync::broadcast::Receiver<Changed>,
    told: String,
    waiting: VecDeque<String>,
    until: Instant,
    has_ended: bool,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// What is followed, as it is.
    async fn look(&self) -> Result<String, Refusal> {
        let desk = self.api.desk()?;
        let written = match &self.followed {
            Followed::Request(id) => {
                let request = desk.payment_request(&self.actor, id).await.map_err(halted)?;
                serde_json::to_string(&request)
            }
            Followed::Screen(name) => match desk.screen(&self.actor, name).await.map_err(halted)? {
                Some(request) => serde_json::to_string(&request),
                None => Ok(r#"{"state":"idle"}"#.to_owned()),
            },
        };
        written.map_err(|_| panicked())
    }

    /// May what changed concern it?
    fn concerns(&self, changed: &Changed) -> bool {
        let is_mine = match &self.followed {
            Followed::Request(id) => changed.request.to_string() == *id,
            // It may be one that is shown there from now on.
            Followed::Screen(_) => true,
        };
        is_mine && *changed.facility == *self.actor.facility
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Follower)> {
        loop {
            if let Some(state) = self.waiting.pop_front() {
                if state == self.told {
                    continue;
                }
                self.has_ended = matches!(self.followed, Followed::Request(_)) && has_ended(&state);
                self.told.clone_from(&state);
                return Some((Ok(Event::default().event("state").retry(RETRY).data(state)), self));
            }
            if self.has_ended || Instant::now() >= self.until {
                return None;
            }
            let look = (Instant::now() + LOOK).min(self.until);
            match timeout_at(look, self.changes.recv()).await {
                Ok(Ok(changed)) if !self.concerns(&changed) => continue,
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
            }
            // A database that is away for a moment is asked again.
            match self.is_still_in().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => continue,
            }
            if let Ok(now) = self.look().await {
                self.waiting.push_back(now);
            }
        }
    }

    async fn is_still_in(&self) -> Result<bool, Halt> {
        let Ok(desk) = self.api.desk() else { return Ok(false) };
        match &self.proof {
            Proof::Token(token) => Ok(desk.actor_of(token).await?.is_some()),
            Proof::Session(cookie) => Ok(desk.signed_in(cookie).await?.is_some_and(|signed| signed.next == Next::In)),
        }
    }
}

/// Is the request at its end? Money may still come, but not for it.
fn has_ended(state: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct State<'s> {
        state: &'s str,
    }
    serde_json::from_str::<State<'_>>(state)
        .is_ok_and(|request| matches!(request.state, "paid" | "expired" | "cancelled"))
}
