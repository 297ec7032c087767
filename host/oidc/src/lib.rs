//! OpenID Connect, as far as the pages need it: a hospital's own account system (the issuer) says who somebody is. Pure: it words
//! requests and reads answers, and whoever has a socket and a clock carries them.
//!
//! * [`Client`]: what we are to the issuer; [`Client::discover`] reads what it says of itself
//! * [`Issuer`]: where browsers are sent ([`Issuer::address`]), and what a code is worth ([`Issuer::redeem`])
//! * [`Brought`]: a token, which proves nothing before [`Issuer::prove`] has found it right
//!
//! The protocol is the library's (`openidconnect`), which is named nowhere else. What it leaves to its callers stands in
//! `prove.rs`.

mod client;
mod issuer;
mod prove;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use issuer::{Begun, Brought, Issuer};
use openidconnect::http::Response;
pub use openidconnect::{HttpRequest, HttpResponse};
pub use prove::Proven;

/// Sends a request and waits for its answer.
pub type Send<'s> = &'s dyn Fn(HttpRequest) -> Result<HttpResponse, Unanswered>;

/// Why there is no answer, in words without any part of the request.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

/// An answer as it came.
///
/// # Errors
///
/// It is none that HTTP has.
pub fn answer<'a>(
    status: u16,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: Vec<u8>,
) -> Result<HttpResponse, Unanswered> {
    let answer = headers.fold(Response::builder().status(status), |answer, (name, value)| answer.header(name, value));
    answer.body(body).map_err(|_| Unanswered("the answer is no HTTP".into()))
}

/// Why nobody is signed in. Neither holds a part of a code, a token or a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The issuer does not answer, or not as an issuer does.
    Down(String),
    /// What was brought proves nothing.
    Unproven(&'static str),
    /// The token names a key that the issuer did not have when it was read last: it may have a new one.
    UnknownKey,
}
