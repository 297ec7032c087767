//! The routes of a facility: who asks is known before anything is looked at, and each handler calls one use case.

pub(crate) mod approvals;
pub(crate) mod claims;
pub(crate) mod encounters;
pub(crate) mod following;
pub(crate) mod ledger;
pub(crate) mod money;
pub(crate) mod patients;
pub(crate) mod payments;
pub(crate) mod receipts;
pub(crate) mod shifts;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vienphi_domain::Actor;
use vienphi_service::Desk;
use vienphi_service::desk::{Answered, Halt, Sent, StoreError};

use crate::api::Api;
use crate::document::Document;
use crate::query::{Parameters, Query};
use crate::refusal::{self, Refusal};

/// A key that a sender gives a command is no longer.
pub(crate) const LONGEST_KEY: usize = 200;

/// Who asks, and where.
pub(crate) struct Asked {
    api: Arc<Api>,
    pub(crate) actor: Arc<Actor>,
    place: Vec<(String, String)>,
    query: String,
    route: String,
    key: Option<String>,
    token: Box<str>,
    pub(crate) expected: vienphi_service::desk::encounters::Expected,
}

/// Who asks, and what with.
pub(crate) struct Told {
    pub(crate) asked: Asked,
    pub(crate) document: Bytes,
}

impl Asked {
    /// The use cases.
    pub(crate) fn desk(&self) -> Result<&Desk, Refusal> {
        self.api.desk()
    }

    /// What handlers work with.
    pub(crate) fn api(&self) -> &Arc<Api> {
        &self.api
    }

    /// What whoever asks has proven themselves with.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// The encounter, patient, receipt, … of the path.
    pub(crate) fn id(&self) -> &str {
        self.named("id")
    }

    /// A part of the path.
    pub(crate) fn named(&self, name: &str) -> &str {
        self.place.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The parameters of the URL.
    pub(crate) fn read<T: Parameters>(&self) -> Result<T, Refusal> {
        crate::query::read(&self.query)
    }

    async fn of(parts: &mut Parts, api: &Arc<Api>) -> Result<Asked, Refusal> {
        let path = parts.uri.path().to_owned();
        let params =
            RawPathParams::from_request_parts(parts, api).await.map_err(|_| refusal::nothing_at(&parts.uri))?;
        let place: Vec<(String, String)> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        if place.iter().any(|(_, value)| value.contains(char::is_control)) {
            return Err(refusal::nothing_at(&parts.uri));
        }
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let token = header(AUTHORIZATION.as_str()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let token = token.ok_or_else(refusal::no_token)?;
        let actor = api.desk()?.actor_of(token).await.map_err(failed)?.ok_or_else(refusal::no_token)?;
        let facility = place.iter().find(|(name, _)| name == "facility");
        if facility.is_none_or(|(_, facility)| **facility != *actor.facility) {
            // Whether another facility has it is nobody's business.
            return Err(refusal::nothing_at(&parts.uri));
        }
        let key = match header("idempotency-key") {
            Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => Some(key.to_owned()),
            Some(_) => return Err(refusal::wrong_header("Idempotency-Key", "must be 1 to 200 characters")),
            None => None,
        };
        let expected = encounters::expected(header("if-match"), header("if-none-match"))?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let route = format!("{} {path}", parts.method);
        Ok(Asked { api: Arc::clone(api), actor, place, query, route, key, token: token.into(), expected })
    }
}

impl FromRequestParts<Arc<Api>> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Asked, Refusal> {
        Asked::of(parts, api).await
    }
}

impl FromRequest<Arc<Api>> for Told {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Told, Refusal> {
        let (mut parts, body) = request.into_parts();
        // A stranger's body is not read.
        let asked = Asked::of(&mut parts, api).await?;
        let is_empty = !parts.headers.contains_key(CONTENT_TYPE)
            && parts.headers.get(CONTENT_LENGTH).is_none_or(|length| length.as_bytes() == b"0")
            && !parts.headers.contains_key("transfer-encoding");
        let document = match is_empty {
            true => Bytes::new(),
            false => Document::from_request(Request::from_parts(parts, body), api).await?.0,
        };
        Ok(Told { asked, document })
    }
}

impl Told {
    /// A command, which its sender must have given a key.
    pub(crate) fn sent(&self) -> Result<Sent<'_>, Refusal> {
        let key = self.asked.key.as_deref().ok_or_else(|| {
            refusal::wrong_header(
                "Idempotency-Key",
                "is required: a key of your own for this command, the same when it is sent again",
            )
        })?;
        Ok(Sent { key, route: &self.asked.route, document: &self.document })
    }
}

/// A use case that had no effect, as a problem.
pub(crate) fn halted(halt: Halt) -> Refusal {
    match halt {
        Halt::Refused(problem) => (*problem).into(),
        Halt::Failed(error) => failed(error),
    }
}

fn failed(error: StoreError) -> Refusal {
    match error {
        StoreError::Overloaded(waiting) => refusal::overloaded(waiting),
        StoreError::Unavailable(why) => {
            tracing::warn!(why, "the database is not there");
            refusal::unavailable()
        }
        other => {
            tracing::error!(error = %other, "the database or what it holds is wrong");
            refusal::panicked()
        }
    }
}

/// What a command answered.
pub(crate) struct Done(pub(crate) Answered);

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
        (status, [(CONTENT_TYPE, kind)], self.0.body).into_response()
    }
}

/// JSON with a status.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Refusal> {
    let body = serde_json::to_vec(value).map_err(|_| refusal::panicked())?;
    Ok((status, [(CONTENT_TYPE, "application/json")], body).into_response())
}

/// A document with the version it is at.
pub(crate) fn versioned(json: Vec<u8>, version: i64) -> Response {
    let mut response = ([(CONTENT_TYPE, "application/json")], json).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// A page of a list that goes on after a number.
pub(crate) struct After {
    pub(crate) after: Option<i64>,
}

impl Parameters for After {
    const NAMES: &'static [&'static str] = &["after"];

    fn read(query: &Query<'_>) -> After {
        After { after: number(query, "after") }
    }
}

/// The number behind which a list goes on.
pub(crate) fn number(query: &Query<'_>, name: &str) -> Option<i64> {
    query.whole(name, 0..=usize::MAX >> 1).and_then(|number| i64::try_from(number).ok())
}

/// Every route of a facility.
pub(crate) fn router() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::default()
        .routes(routes!(patients::create, patients::search))
        .routes(routes!(patients::read))
        .routes(routes!(patients::merge))
        .routes(routes!(patients::unmerge))
        .routes(routes!(encounters::put, encounters::read))
        .routes(routes!(encounters::statement))
        .routes(routes!(encounters::statements))
        .routes(routes!(encounters::close))
        .routes(routes!(encounters::reopen))
        .routes(routes!(encounters::account))
        .routes(routes!(receipts::of_encounter))
        .routes(routes!(money::deposit))
        .routes(routes!(money::settle))
        .routes(routes!(money::refund))
        .routes(routes!(money::write_off))
        .routes(routes!(receipts::read))
        .routes(routes!(receipts::reverse))
        .routes(routes!(receipts::confirm))
        .routes(routes!(receipts::open_book, receipts::books))
        .routes(routes!(shifts::open))
        .routes(routes!(shifts::read))
        .routes(routes!(shifts::count))
        .routes(routes!(shifts::close))
        .routes(routes!(shifts::hand_over))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::reject))
        .routes(routes!(approvals::pay))
        .routes(routes!(money::record_credit, money::unapplied))
        .routes(routes!(money::apply_credit))
        .routes(routes!(payments::request, payments::requests))
        .routes(routes!(payments::read, payments::cancel))
        .routes(routes!(payments::follow))
        .routes(routes!(payments::release))
        .routes(routes!(payments::resolve))
        .routes(routes!(payments::standing_code))
        .routes(routes!(payments::rails))
        .routes(routes!(payments::set_up_rail))
        .routes(routes!(claims::make, claims::list))
        .routes(routes!(claims::read))
        .routes(routes!(claims::submit))
        .routes(routes!(claims::withdraw))
        .routes(routes!(claims::replace))
        .routes(routes!(claims::resolve))
        .routes(routes!(claims::file))
        .routes(routes!(claims::of_encounter))
        .routes(routes!(claims::ask_eligibility, claims::eligibilities))
        .routes(routes!(claims::eligibility))
        .routes(routes!(claims::portal, claims::set_up_portal))
        .routes(routes!(encounters::start_repricing))
        .routes(routes!(encounters::repricing))
        .routes(routes!(encounters::apply_repricing))
        .routes(routes!(ledger::accounts))
        .routes(routes!(ledger::overview))
        .routes(routes!(ledger::journals))
        .routes(routes!(ledger::export))
        .routes(routes!(ledger::audit))
        .routes(routes!(ledger::create_webhook))
        .routes(routes!(ledger::deliveries))
        .routes(routes!(ledger::replay))
}
