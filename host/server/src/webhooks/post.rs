//! Posting a message, and what came of it.

use std::error::Error;
use std::io::{ErrorKind, Read as _};
use std::time::Duration;

use ureq::Agent;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;

use super::address::{Checked, Policy, Refused, check_url};
use super::letter::Letter;

/// An answer's body says nothing: this much is read, so that the connection can be used again.
const BODY_BYTES: u64 = 64 * 1024;

const HEADER_BYTES: usize = 32 * 1024;

/// A reason is kept so long.
const REASON_CHARS: usize = 200;

/// Posts messages.
pub(super) struct Post {
    agent: Agent,
    policy: Policy,
    patience: Duration,
}

/// What came of it. A reason holds no part of the address after its host, and nothing of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// HTTP; none when nothing was answered.
    pub(super) status: Option<u16>,
    /// Why it was not taken, when the status does not say it.
    pub(super) error: Option<String>,
}

impl Outcome {
    /// Nothing was answered.
    pub(super) fn failed(why: &str) -> Outcome {
        Outcome { status: None, error: Some(why.chars().take(REASON_CHARS).collect()) }
    }

    /// Does the receiver have it?
    pub(super) fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Post {
    pub(super) fn new(policy: Policy, patience: Duration) -> Post {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect leads to where nobody has checked.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy of the environment would connect for us, to what it likes.
            .proxy(None)
            .timeout_global(Some(patience))
            .max_response_header_size(HEADER_BYTES)
            .max_idle_age(Duration::from_secs(15))
            .user_agent(concat!("vienphi/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Checked { policy, inner: DefaultResolver::default() };
        Post { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), policy, patience }
    }

    /// Posts a message; blocks until it is answered or the time is over.
    pub(super) fn send(&self, letter: &Letter) -> Outcome {
        if let Err(why) = check_url(&letter.url, self.policy) {
            return Outcome::failed(&why);
        }
        let request = self.agent.post(&letter.url);
        let request = request.header("content-type", "application/json").header("webhook-id", &letter.id);
        let request =
            request.header("webhook-timestamp", &letter.timestamp).header("webhook-signature", &letter.signature);
        match request.send(&letter.body) {
            Ok(mut answer) => {
                let status = answer.status().as_u16();
                // Whether the body arrives whole does not matter: the status was the answer.
                let mut body = answer.body_mut().as_reader().take(BODY_BYTES);
                let _ = std::io::copy(&mut body, &mut std::io::sink());
                let error = (300..400).contains(&status).then(|| "redirects are not followed".to_owned());
                Outcome { status: Some(status), error }
            }
            Err(error) => Outcome::failed(&self.reason(&error)),
        }
    }

    fn reason(&self, error: &ureq::Error) -> String {
        match error {
            ureq::Error::Timeout(_) => format!("no answer within {} s", self.patience.as_secs()),
            ureq::Error::HostNotFound => "the host has no address".into(),
            ureq::Error::Other(error) if error.is::<Refused>() => error.to_string(),
            ureq::Error::Io(error) => match (error.kind(), error.get_ref()) {
                // What TLS found wrong with a certificate comes in this way.
                (ErrorKind::InvalidData, Some(inner)) => inner.to_string(),
                (kind, _) => kind.to_string(),
            },
            ureq::Error::Rustls(error) => error.to_string(),
            ureq::Error::Tls(why) => (*why).to_owned(),
            ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => "the answer is no HTTP".into(),
            ureq::Error::ConnectionFailed => "no connection".into(),
            other => other.source().map_or_else(|| "it could not be sent".into(), ToString::to_string),
        }
    }
}
