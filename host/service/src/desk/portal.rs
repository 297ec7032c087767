//! How the portal is asked: a session, a pass of the facility's lane, and one exchange.

use std::sync::Arc;
use std::time::Duration;

use vienphi_domain::Moment;
use vienphi_portal::{Call, Kind, Lost, Operation, Reply, Session, Status};
use vienphi_store::Halt;

use super::portal_account::{self, Opened};
use super::{Desk, reader};
use crate::network::{Outgoing, Silence};
use crate::submitting::{Lane, Pass, Submitting};

/// Whoever asks the portal for a facility.
pub(super) struct Asker {
    pub(super) submitting: Arc<Submitting>,
    pub(super) lane: Arc<Lane>,
    pub(super) opened: Opened,
    base: String,
    _pass: Pass,
}

/// Why nothing is asked now.
pub(super) enum Rest {
    /// The portal is given a rest, or enough calls are under way.
    Busy,
    /// Nobody has set an account up, or its address is not in the policies: why.
    NoAccount(&'static str),
    /// The portal does not let the account in; until then.
    Barred(i64),
}

impl Desk {
    /// Takes a pass to ask the portal for a facility.
    pub(super) async fn asker(&self, facility: &str) -> Result<Result<Asker, Rest>, Halt> {
        let submitting = Arc::clone(self.submitting()?);
        let opened = portal_account::account(&mut *reader(&self.store).await?, &self.store, facility).await?;
        let Some(opened) = opened else { return Ok(Err(Rest::NoAccount("no account is set up"))) };
        let Some(base) = self.rails.portal(&opened.endpoint).map(|base| base.trim_end_matches('/').to_owned()) else {
            return Ok(Err(Rest::NoAccount("the policies do not name the account's address")));
        };
        let lane = submitting.lanes.of(facility, &submitting.sending);
        let now = self.store.now();
        if let Some(until) = lane.barred(opened.version, now) {
            return Ok(Err(Rest::Barred(until)));
        }
        let Some(pass) = lane.pass(now, &submitting.sending) else { return Ok(Err(Rest::Busy)) };
        if let Ok(wait) = u64::try_from(pass.wait)
            && wait > 0
        {
            tokio::time::sleep(Duration::from_micros(wait)).await;
        }
        Ok(Ok(Asker { submitting, lane, opened, base, _pass: pass }))
    }

    /// A session: the one of before, or a new one. Whoever has none is told why.
    pub(super) async fn session(&self, asker: &Asker) -> Result<Session, Box<Status>> {
        let _one = asker.lane.signing_in.lock().await;
        let now = self.store.now();
        if let Some(session) = asker.lane.session(asker.opened.version, now) {
            return Ok(session);
        }
        let portal = &asker.submitting.portal;
        let answered = match self.ask_portal_for(asker, portal.sign_in(&asker.opened.account, now.day())).await {
            Ok(reply) => portal.read_sign_in(&reply, now),
            Err(lost) => Err(Box::new(portal.lost(Operation::SignIn, lost))),
        };
        match &answered {
            Ok(session) => asker.lane.keep_session(asker.opened.version, session.clone()),
            Err(status) => self.heard(asker, status),
        }
        answered
    }

    /// Sends a call and waits for its answer.
    pub(super) async fn ask_portal_for(&self, asker: &Asker, call: Call) -> Result<Reply, Lost> {
        let Ok(outgoing) = outgoing(&asker.base, call) else { return Err(Lost::BeforeSending) };
        let network = Arc::clone(&self.network);
        let sent = tokio::task::spawn_blocking(move || network(&outgoing)).await;
        match sent {
            Ok(Ok(response)) => {
                let wait = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("retry-after"));
                let retry_after = wait.and_then(|header| header.value.trim().parse().ok());
                Ok(Reply { status: response.status, retry_after, body: response.body })
            }
            Ok(Err(Silence::NotSent(why))) => {
                tracing::warn!(why, "the portal was not reached");
                Err(Lost::BeforeSending)
            }
            Ok(Err(Silence::NoAnswer(why))) => {
                tracing::warn!(why, "the portal did not answer");
                Err(Lost::MaybeAfterSending)
            }
            Err(_) => Err(Lost::MaybeAfterSending),
        }
    }

    /// What an answer says of the portal itself: the lane opens, shuts, or signs in again.
    pub(super) fn heard(&self, asker: &Asker, status: &Status) {
        let (now, sending) = (self.store.now(), &asker.submitting.sending);
        match status.kind {
            Kind::Down | Kind::Busy | Kind::Unknown => asker.lane.failed(now, sending),
            Kind::SignInAgain => asker.lane.drop_session(),
            Kind::Account => {
                tracing::error!(outcome = %status, "the portal does not let the account in");
                asker.lane.drop_session();
                asker.lane.bar(asker.opened.version, now, sending);
            }
            Kind::Valid
            | Kind::ValidWithNews
            | Kind::NotValid
            | Kind::Found
            | Kind::NotFound
            | Kind::WrongData
            | Kind::Accepted
            | Kind::Refused => asker.lane.answered(),
        }
    }

    /// The day that chooses among versions of a service.
    pub(super) fn today_there(&self) -> vienphi_domain::Day {
        Moment::day(self.store.now())
    }
}

/// A call as it goes out. A body that is no text is none of ours.
fn outgoing(base: &str, call: Call) -> Result<Outgoing, std::string::FromUtf8Error> {
    let mut url = format!("{base}{}", call.path);
    if !call.query.is_empty() {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&call.query);
        url.push('?');
        url.push_str(&query.finish());
    }
    let mut headers = call.headers;
    headers.push(("Content-Type".to_owned(), call.content_type.to_owned()));
    Ok(Outgoing { url, is_post: true, headers, body: String::from_utf8(call.body)? })
}
