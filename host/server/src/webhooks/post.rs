//! Posting a message, and what came of it.

use std::io::Read as _;
use std::time::Duration;

use ureq::Agent;

use super::letter::Letter;
use crate::outgoing::address::{Policy, check_url};
use crate::outgoing::{agent, reason};

/// An answer's body says nothing: this much is read, so that the connection can be used again.
const BODY_BYTES: u64 = 64 * 1024;

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
        Post { agent: agent(policy, patience), policy, patience }
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
            Err(error) => Outcome::failed(&reason(&error, self.patience)),
        }
    }
}
