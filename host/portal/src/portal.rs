//! The portal: what all its calls and answers have in common.

use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use crate::account::{Account, Session};
use crate::call::{Call, Reply};
use crate::fields::{Fields, object};
use crate::outcome::{Kind, Operation, Outcome, Status};
use crate::policy::{Always, Body, Credentials, Meaning, Outcomes, PolicyError, Service, Services};
use crate::private::Private;

/// The portal as policies describe it. Its methods make calls and read answers, and do nothing else.
///
/// `today` chooses among versions of a service; it is the day of the call in Vietnam.
#[derive(Debug, Clone)]
pub struct Portal {
    pub(crate) services: Services,
    pub(crate) outcomes: Outcomes,
}

/// How far a call came whose answer is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Not one byte of it went out: the name was not found, the connection was refused.
    BeforeSending,
    /// Some of it went out, or that is not sure.
    MaybeAfterSending,
}

/// Longer codes are no codes.
const LONGEST_CODE: usize = 8;

impl Portal {
    /// Reads `policies/portal/portal.toml` and `policies/portal/outcomes.toml`.
    ///
    /// # Errors
    ///
    /// What they say cannot be read, contradicts itself, or lacks a service or an outcome that is needed.
    pub fn read(services: &str, outcomes: &str) -> Result<Portal, PolicyError> {
        Ok(Portal { services: Services::read(services)?, outcomes: Outcomes::read(outcomes)? })
    }

    /// Turns the assumed query of a claim on or off, for a portal of which one knows.
    pub fn set_claim_lookup(&mut self, is_on: bool) {
        self.services.is_claim_lookup_on = is_on;
    }

    /// What it means that a call was not answered at all: refused connection, no such host, time that ran out, a connection that
    /// broke. A file that may have gone out is unknown, everything else may be asked again.
    pub fn lost(&self, operation: Operation, lost: Lost) -> Status {
        let always = match lost {
            Lost::BeforeSending => &self.outcomes.not_reached,
            Lost::MaybeAfterSending => &self.outcomes.no_answer,
        };
        always_status(operation, always)
    }

    /// A call with its fields; empty ones are sent too, since the portal wants them all.
    pub(crate) fn call(
        &self,
        service: &Service,
        account: &Account,
        session: Option<&Session>,
        fields: &[(&str, &str)],
    ) -> Call {
        let mut query = Vec::new();
        let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        if let Some(session) = session {
            let password = account.password_text(self.services.digits);
            let access = session.access_token.expose_secret().to_owned();
            let id = session.id_token.expose_secret().to_owned();
            match service.credentials {
                Credentials::Query => query.extend([
                    ("token".to_owned(), access),
                    ("id_token".to_owned(), id),
                    ("username".to_owned(), account.username.to_string()),
                    ("password".to_owned(), password),
                ]),
                Credentials::Headers => headers.extend([
                    ("accessToken".to_owned(), access),
                    ("tokenId".to_owned(), id),
                    ("passwordHash".to_owned(), password),
                ]),
                Credentials::None => {}
            }
        }
        let (content_type, body) = match service.body {
            Body::Json => {
                let text = |(name, value): &(&str, &str)| ((*name).to_owned(), Value::from(*value));
                let object: Map<String, Value> = fields.iter().map(text).collect();
                ("application/json; charset=utf-8", Value::Object(object).to_string())
            }
            Body::Form => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(fields);
                ("application/x-www-form-urlencoded", form.finish())
            }
        };
        Call { path: service.path.clone(), query, headers, content_type, body: body.into_bytes() }
    }

    /// What an answer means, and what it says when it means a success or a card.
    ///
    /// `read` gives what was asked for, or nothing when the answer lacks it.
    pub(crate) fn outcome<T>(
        &self,
        operation: Operation,
        reply: &Reply,
        read: impl FnOnce(&Fields<'_>) -> Option<T>,
    ) -> Outcome<T> {
        if reply.body.len() > Reply::LONGEST {
            return Outcome { status: always_status(operation, &self.outcomes.too_long), answer: None };
        }
        let found = object(&reply.body);
        let fields = found.as_ref().map(Fields::of);
        let mut status = self.status(operation, reply, fields.as_ref());
        let mut answer = None;
        if let Some(fields) = fields.as_ref().filter(|_| status.kind.is_success() || status.is_card) {
            answer = read(fields);
        }
        if answer.is_none() && status.kind.is_success() {
            let lacks = if operation.is_submission() { &self.outcomes.no_number } else { &self.outcomes.no_content };
            become_always(&mut status, lacks);
        }
        Outcome { status, answer }
    }

    /// HTTP's word first where it says that nothing was done, then the portal's code, then HTTP's word alone.
    fn status(&self, operation: Operation, reply: &Reply, fields: Option<&Fields<'_>>) -> Status {
        let stated = fields.and_then(|fields| fields.text("maKetQua"));
        let code = stated.as_deref().filter(|code| is_code(code));
        let texts = ["thongDiep", "ghiChu", "message", "thongBao"];
        let message = fields.and_then(|fields| texts.iter().find_map(|name| fields.text(name)));
        let meaning = code.and_then(|code| self.meaning(operation, code, message.as_deref()));

        let by_http = match reply.status {
            401 if operation != Operation::SignIn => Some(&self.outcomes.session_ended),
            403 if operation != Operation::SignIn => Some(&self.outcomes.forbidden),
            429 => Some(&self.outcomes.too_many),
            503 => Some(&self.outcomes.closed),
            404 | 405 | 501 if meaning.is_none() => Some(&self.outcomes.no_service),
            _ => None,
        };
        let mut status = match (by_http, meaning) {
            (Some(always), _) => always_status(operation, always),
            (None, Some(meaning)) if meaning.kind.is_success() && !(200..300).contains(&reply.status) => {
                always_status(operation, &self.outcomes.contradiction)
            }
            (None, Some(meaning)) => status_of(operation, meaning),
            (None, None) if stated.is_some() => always_status(operation, &self.outcomes.unlisted),
            // A sign-in that is refused by HTTP alone must not be tried again: accounts get locked.
            (None, None) => match self.refused_by_http(operation, reply.status) {
                Some(meaning) => status_of(operation, meaning),
                None => always_status(operation, &self.outcomes.unreadable),
            },
        };
        status.code = code.map(Into::into);
        status.message = message.as_deref().map(Private::new);
        // A wait that nobody asked for says nothing.
        status.retry_after = reply.retry_after.filter(|_| status.kind == Kind::Busy || status.kind == Kind::Down);
        status
    }

    fn refused_by_http(&self, operation: Operation, status: u16) -> Option<&Meaning> {
        let is_refused = operation == Operation::SignIn && [401, 403].contains(&status);
        is_refused.then(|| self.outcomes.of(operation, &status.to_string(), None))?
    }

    /// A code as it is listed: `0` is `000`, since a number loses its zeros.
    fn meaning(&self, operation: Operation, code: &str, message: Option<&str>) -> Option<&Meaning> {
        let listed = self.outcomes.of(operation, code, message);
        listed.or_else(|| self.outcomes.of(operation, &format!("{code:0>3}"), message))
    }
}

fn is_code(text: &str) -> bool {
    text.len() <= LONGEST_CODE && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn status_of(operation: Operation, meaning: &Meaning) -> Status {
    Status {
        operation,
        kind: meaning.kind,
        name: meaning.name.clone(),
        code: None,
        advice: meaning.advice.clone(),
        message: None,
        retry_after: None,
        is_card: meaning.is_card,
    }
}

fn always_status(operation: Operation, always: &Always) -> Status {
    status_of(operation, always.of(operation))
}

/// Keeps the portal's code and words.
fn become_always(status: &mut Status, always: &Always) {
    let meaning = always.of(status.operation);
    (status.kind, status.name, status.advice) = (meaning.kind, meaning.name.clone(), meaning.advice.clone());
    status.is_card = false;
}
