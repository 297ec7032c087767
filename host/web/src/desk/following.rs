//! Following: a stream that tells how something is, first as it is, then whenever it changes.

use std::convert::Infallible;
use std::fmt;
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

/// What is told of it.
pub(crate) enum Telling {
    /// All that the interface knows, first as it is.
    Document,
    /// To a page, that it shows something else than what is so now; and that somebody is there, whenever it is looked at.
    Page {
        /// What the page shows, as a [`Mark`] writes it; empty when it shows nothing yet.
        shown: String,
    },
}

/// The events of what is followed, each named `state`; for a page also `here`.
pub(crate) async fn stream_of(
    api: &Arc<Api>,
    actor: &Arc<Actor>,
    followed: Followed,
    telling: Telling,
    proof: Proof,
) -> Result<Response, Refusal> {
    let desk = api.desk()?;
    let place = api.follow().ok_or_else(|| overloaded(FOLLOWERS))?;
    // Before it is read: what changes in between is told too.
    let changes = desk.follow_payment_requests();
    let (is_page, told) = match telling {
        Telling::Document => (false, String::new()),
        Telling::Page { shown } => (true, shown),
    };
    let mut follower = Follower {
        api: Arc::clone(api),
        proof,
        actor: Arc::clone(actor),
        followed,
        changes,
        is_page,
        told,
        waiting: None,
        next_look: Instant::now() + LOOK,
        until: Instant::now() + LONGEST,
        has_ended: false,
        _place: place,
    };
    follower.waiting = Some(follower.look().await?);
    let events = stream::unfold(follower, |follower| follower.next());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// What is followed, as it was found.
struct Look {
    /// What is told of it.
    text: String,
    /// Is the request at its end? Money may still come, but not for it.
    has_ended: bool,
}

/// Of a request, what a page has to be asked for anew for when it changes.
#[derive(serde::Deserialize)]
pub(crate) struct Mark<'r> {
    pub(crate) id: i64,
    pub(crate) state: &'r str,
    pub(crate) received: &'r str,
    pub(crate) attempt: &'r str,
}

/// Of a screen that shows no request.
pub(crate) const IDLE: &str = "idle";

impl fmt::Display for Mark<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mark { id, state, received, attempt } = self;
        write!(formatter, "{state}.{received}.{attempt}.{id}")
    }
}

impl Mark<'_> {
    /// Is it paid, or will it not be paid any more?
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, "paid" | "expired" | "cancelled")
    }
}

/// Somebody who follows.
struct Follower {
    api: Arc<Api>,
    proof: Proof,
    actor: Arc<Actor>,
    followed: Followed,
    changes: tokio::sync::broadcast::Receiver<Changed>,
    is_page: bool,
    told: String,
    waiting: Option<Look>,
    next_look: Instant,
    until: Instant,
    has_ended: bool,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// What is followed, as it is.
    async fn look(&self) -> Result<Look, Refusal> {
        let desk = self.api.desk()?;
        let (found, is_screen) = match &self.followed {
            Followed::Request(id) => (Some(desk.payment_request(&self.actor, id).await.map_err(halted)?), false),
            Followed::Screen(name) => (desk.screen(&self.actor, name).await.map_err(halted)?, true),
        };
        let Some(request) = found else {
            let text = if self.is_page { IDLE.to_owned() } else { r#"{"state":"idle"}"#.to_owned() };
            return Ok(Look { text, has_ended: false });
        };
        let document = serde_json::to_string(&request).map_err(|_| panicked())?;
        let mark: Mark<'_> = serde_json::from_str(&document).map_err(|_| panicked())?;
        let has_ended = !is_screen && mark.has_ended();
        Ok(Look { text: if self.is_page { mark.to_string() } else { document }, has_ended })
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
            if let Some(Look { text, has_ended }) = self.waiting.take() {
                self.has_ended = has_ended;
                if text != self.told {
                    self.told.clone_from(&text);
                    return Some((Ok(Event::default().event("state").retry(RETRY).data(text)), self));
                }
                if self.is_page {
                    return Some((Ok(Event::default().event("here").data("")), self));
                }
            }
            if self.has_ended || Instant::now() >= self.until {
                return None;
            }
            match timeout_at(self.next_look.min(self.until), self.changes.recv()).await {
                // However much others change, the next look is not put off.
                Ok(Ok(changed)) if !self.concerns(&changed) => continue,
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
            }
            self.next_look = Instant::now() + LOOK;
            // A database that is away for a moment is asked again.
            match self.is_still_in().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => continue,
            }
            if let Ok(now) = self.look().await {
                self.waiting = Some(now);
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
