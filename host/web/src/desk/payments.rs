//! Money without cash: requests for payment, what becomes of them, and the rails they go by.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use vienphi_domain::Actor;
use vienphi_service::desk::people::Next;

use super::{Asked, Done, Told, halted, json};
use crate::api::Api;
use crate::openapi::{CommandRefusals, ReadRefusals};
use crate::refusal::Refusal;
use crate::schema::{
    Approval, AskCode, AskPayment, Nothing, PaymentAttempt, PaymentRequest, PaymentRequests, Rails, Reason,
    ResolveAttempt, SetUpRail, StandingCode,
};

/// Ask for money by a rail
///
/// What is due is worked out here, net of deposits. A bill above the limit of one transfer becomes several requests, named in
/// `together`.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/encounters/{id}/payment-requests", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = AskPayment,
    responses((status = 201, body = PaymentRequest), CommandRefusals),
)]
pub(crate) async fn request(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.request_payment(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// List the requests of an encounter, the newest first
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/encounters/{id}/payment-requests", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = PaymentRequests), ReadRefusals),
)]
pub(crate) async fn requests(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.payment_requests(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Read a request, with the money that was told of
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/payment-requests/{id}", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = PaymentRequest), ReadRefusals),
)]
pub(crate) async fn read(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.payment_request(&asked.actor, asked.id()).await.map_err(halted)?)
}

/// Take a request back
///
/// Money that comes all the same waits as unapplied credit.
#[utoipa::path(
    delete, path = "/v1/facilities/{facility}/payment-requests/{id}", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Nothing,
    responses((status = 200, body = PaymentRequest), CommandRefusals),
)]
pub(crate) async fn cancel(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.cancel_payment_request(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Release a service before it is paid
///
/// For requests for lines. It is an exception: who did it and why stays in the audit, and `service.released` says `unpaid`.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/payment-requests/{id}/release", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = Reason,
    responses((status = 200, body = PaymentRequest), CommandRefusals),
)]
pub(crate) async fn release(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.release(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Say what became of an attempt that nobody knew of
///
/// As another person than its owner found out at the provider.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/payment-attempts/{id}/resolve", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = ResolveAttempt,
    responses((status = 200, body = PaymentAttempt), CommandRefusals),
)]
pub(crate) async fn resolve(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.resolve_attempt(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Give a patient a standing code
///
/// It stays the same and takes any amount, a deposit for the patient's open visit.
#[utoipa::path(
    post, path = "/v1/facilities/{facility}/patients/{id}/payment-code", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = AskCode,
    responses((status = 201, body = StandingCode), CommandRefusals),
)]
pub(crate) async fn standing_code(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.standing_code(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}

/// Follow a request until it has ended
///
/// Server-sent events named `state`, each the whole request: first as it is, then whenever it changes.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/payment-requests/{id}/events", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String), ReadRefusals),
)]
pub(crate) async fn follow(asked: Asked) -> Result<Response, Refusal> {
    stream_of(asked.api(), &asked.actor, asked.id(), Proof::Token(asked.token().into())).await
}

/// What somebody who follows has proven themselves with. It may be taken back, or end, while the stream is open.
pub(crate) enum Proof {
    Token(Box<str>),
    Session(Box<str>),
}

/// The events of a request.
pub(crate) async fn stream_of(api: &Arc<Api>, actor: &Arc<Actor>, id: &str, proof: Proof) -> Result<Response, Refusal> {
    let desk = api.desk()?;
    let place = api.follow().ok_or_else(|| crate::refusal::overloaded(FOLLOWERS))?;
    // Before it is read: what changes in between is told too.
    let changes = desk.follow_payment_requests();
    let first = desk.payment_request(actor, id).await.map_err(halted)?;
    let first = serde_json::to_string(&first).map_err(|_| crate::refusal::panicked())?;
    let follower = Follower {
        api: Arc::clone(api),
        proof,
        actor: Arc::clone(actor),
        id: id.to_owned(),
        changes,
        told: String::new(),
        waiting: VecDeque::from([first]),
        until: Instant::now() + LONGEST,
        has_ended: false,
        _place: place,
    };
    let events = stream::unfold(follower, |follower| follower.next());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// So many are followed at once.
pub(crate) const FOLLOWERS: usize = 256;

/// A browser opens a new stream after this; one whose reader has gone away ends with it.
const LONGEST: Duration = Duration::from_secs(600);

/// What another server on the same database was told is looked for so often.
const LOOK: Duration = Duration::from_secs(2);

/// Somebody who follows a request.
struct Follower {
    api: Arc<Api>,
    proof: Proof,
    actor: Arc<Actor>,
    id: String,
    changes: tokio::sync::broadcast::Receiver<(Box<str>, i64)>,
    told: String,
    waiting: VecDeque<String>,
    until: Instant,
    has_ended: bool,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Follower {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Follower)> {
        loop {
            if let Some(state) = self.waiting.pop_front() {
                if state == self.told {
                    continue;
                }
                self.has_ended = has_ended(&state);
                self.told.clone_from(&state);
                return Some((Ok(Event::default().event("state").data(state)), self));
            }
            if self.has_ended || Instant::now() >= self.until {
                return None;
            }
            let look = (Instant::now() + LOOK).min(self.until);
            let is_mine =
                |(facility, id): &(Box<str>, i64)| **facility == *self.actor.facility && id.to_string() == self.id;
            match timeout_at(look, self.changes.recv()).await {
                Ok(Ok(changed)) if !is_mine(&changed) => continue,
                Ok(Err(RecvError::Closed)) => return None,
                Ok(Ok(_) | Err(RecvError::Lagged(_))) | Err(_) => {}
            }
            // A database that is away for a moment is asked again.
            let Ok(desk) = self.api.desk() else { continue };
            let is_still_in = match &self.proof {
                Proof::Token(token) => desk.actor_of(token).await.ok().map(|actor| actor.is_some()),
                Proof::Session(cookie) => {
                    let signed = desk.signed_in(cookie).await.ok();
                    signed.map(|signed| signed.is_some_and(|signed| signed.next == Next::In))
                }
            };
            match is_still_in {
                Some(true) => {}
                Some(false) => return None,
                None => continue,
            }
            if let Ok(now) = desk.payment_request(&self.actor, &self.id).await
                && let Ok(now) = serde_json::to_string(&now)
            {
                self.waiting.push_back(now);
            }
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

/// List the rails there are, and how they are set up
///
/// Secrets are told to nobody; whether they are there is.
#[utoipa::path(
    get, path = "/v1/facilities/{facility}/rails", tag = "payments",
    params(("facility" = String, Path)),
    responses((status = 200, body = Rails), ReadRefusals),
)]
pub(crate) async fn rails(asked: Asked) -> Result<Response, Refusal> {
    json(StatusCode::OK, &asked.desk()?.rails(&asked.actor).await.map_err(halted)?)
}

/// Ask for a rail to be set up, or anew
///
/// Another person approves it: it says where the money goes. Secrets that are not sent stay as they are.
#[utoipa::path(
    put, path = "/v1/facilities/{facility}/rails/{id}", tag = "payments",
    params(("facility" = String, Path), ("id" = String, Path), ("Idempotency-Key" = String, Header)),
    request_body = SetUpRail,
    responses((status = 202, body = Approval), CommandRefusals),
)]
pub(crate) async fn set_up_rail(told: Told) -> Result<Done, Refusal> {
    let asked = &told.asked;
    Ok(Done(asked.desk()?.ask_rail(&asked.actor, told.sent()?, asked.id()).await.map_err(halted)?))
}
