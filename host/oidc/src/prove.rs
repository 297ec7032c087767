//! Does a token prove who somebody is? The library follows OpenID Connect Core 3.1.3.7; which signatures count, how far clocks may
//! be apart, and for whom a token was made (`azp`) is said here.

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreIdTokenClaims, CoreJwsSigningAlgorithm};
use openidconnect::{ClaimsVerificationError, Nonce, SignatureVerificationError};
use vienphi_domain::Moment;

use crate::Trouble;
use crate::issuer::{Begun, Brought, Issuer};

/// Clocks of two machines may be so far apart.
const APART: TimeDelta = TimeDelta::seconds(60);

/// By public keys alone: whoever knows a client's secret could make a token of HS256 himself.
const SIGNATURES: [CoreJwsSigningAlgorithm; 2] =
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256];

/// A subject has no more characters (OpenID Connect Core, 2).
const LONGEST_SUBJECT: usize = 255;

/// Who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Proven {
    /// The issuer's name for them. It may be personal: it is kept and logged nowhere.
    pub subject: String,
    /// They gave the issuer a second factor too.
    pub is_coded: bool,
}

impl Issuer {
    /// Who a token proves somebody to be, at a moment.
    ///
    /// # Errors
    ///
    /// It proves nothing, or is signed with a key that is not known.
    pub fn prove(&self, Brought(token): &Brought, begun: &Begun, now: Moment) -> Result<Proven, Trouble> {
        let unproven = Trouble::Unproven;
        let (now, begun_at) = (time(now)?, time(begun.at)?);
        let is_of_this_sign_in = move |at: DateTime<Utc>| begun_at - APART <= at && at <= now + APART;
        let asks_anew = self.asks_anew;
        let verifier = self.client.id_token_verifier();
        let verifier = verifier.set_allowed_algs(SIGNATURES).set_time_fn(move || now - APART);
        let verifier = verifier
            .set_issue_time_verifier_fn(move |at| if is_of_this_sign_in(at) { Ok(()) } else { Err(String::new()) });
        // An issuer that was asked to ask anew says when it did.
        let verifier = verifier.set_auth_time_verifier_fn(move |at| match at {
            Some(at) if is_of_this_sign_in(at) => Ok(()),
            _ if !asks_anew => Ok(()),
            _ => Err(String::new()),
        });
        let claims = token.claims(&verifier, &Nonce::new(begun.nonce.clone())).map_err(|error| match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Trouble::UnknownKey
            }
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::DisallowedAlg(_) | SignatureVerificationError::NoSignature,
            ) => unproven("the token is not signed with RS256 or ES256"),
            ClaimsVerificationError::SignatureVerification(_) => unproven("the signature is wrong"),
            ClaimsVerificationError::InvalidIssuer(_) => unproven("the token is of another issuer"),
            ClaimsVerificationError::InvalidAudience(_) => unproven("the token is not for this client"),
            ClaimsVerificationError::InvalidNonce(_) => unproven("the token is of another sign-in"),
            ClaimsVerificationError::Expired(_) => unproven("the token is not of this time"),
            ClaimsVerificationError::InvalidAuthTime(_) => {
                unproven("the issuer does not say that it asked for the password anew")
            }
            _ => unproven("the token is no ID token that is known"),
        })?;
        if claims.authorized_party().is_some_and(|party| *party != self.id) {
            return Err(unproven("the token was given to another client"));
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
            return Err(unproven("the token names nobody"));
        }
        Ok(Proven { subject: subject.to_owned(), is_coded: is_coded(claims) })
    }
}

/// Did they give the issuer a second factor? By the words of RFC 8176 among the methods, or at the end of the class.
fn is_coded(claims: &CoreIdTokenClaims) -> bool {
    let is_second = |word: &str| matches!(word.to_ascii_lowercase().as_str(), "otp" | "mfa");
    let by_method = claims.auth_method_refs().is_some_and(|all| all.iter().any(|method| is_second(method)));
    // Classes are often addresses: urn:hospital:mfa, https://hospital.example/acr/mfa.
    let last = |class: &str| class.rsplit([':', '/', '#']).next().is_some_and(is_second);
    by_method || claims.auth_context_ref().is_some_and(|class| last(class))
}

fn time(moment: Moment) -> Result<DateTime<Utc>, Trouble> {
    DateTime::from_timestamp(moment.seconds(), 0).ok_or(Trouble::Unproven("the clock is wrong"))
}
