//! An issuer that has been read: where browsers go, and what a code is worth.

use std::time::Duration;

use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreIdToken, CoreTokenResponse,
};
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RequestTokenError, TokenResponse as _,
};
use vienphi_domain::Moment;

use crate::{Send, Trouble, Unanswered};

/// The library's client, with what an issuer that was read has for certain.
pub(crate) type Known =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// An issuer that has been read.
#[derive(Debug, Clone)]
pub struct Issuer {
    pub(crate) client: Known,
    pub(crate) id: ClientId,
    pub(crate) name: String,
    pub(crate) asks_anew: bool,
}

/// What a sign-in was begun with, and is ended by. Each is a text of its own that nobody can guess.
#[derive(Clone)]
pub struct Begun {
    /// Comes back with the browser: this is the sign-in that this browser began.
    pub state: String,
    /// Comes back within the token: it was made for this sign-in.
    pub nonce: String,
    /// Goes to the issuer with the code, which is worth nothing to whoever has the code alone (PKCE).
    pub verifier: String,
    /// When.
    pub at: Moment,
}

/// A token as the issuer gave it, not looked at yet.
pub struct Brought(pub(crate) CoreIdToken);

impl Issuer {
    /// The issuer, as tokens name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where a browser is sent to sign in.
    pub fn address(&self, begun: &Begun) -> String {
        let (state, nonce) = (CsrfToken::new(begun.state.clone()), Nonce::new(begun.nonce.clone()));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(begun.verifier.clone()));
        let request = self.client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce);
        let request = request.set_pkce_challenge(challenge);
        let request = match self.asks_anew {
            true => request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO),
            false => request,
        };
        request.url().0.into()
    }

    /// What a code is worth.
    ///
    /// # Errors
    ///
    /// The issuer cannot be reached, does not take the code, or does not know us.
    pub fn redeem(&self, code: &str, begun: &Begun, send: Send<'_>) -> Result<Brought, Trouble> {
        let down = |why: &str| Trouble::Down(why.to_owned());
        let request = self.client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_| down("it has no place for tokens"))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()));
        let ask = |request| match send(request) {
            Ok(answer) if answer.status().is_server_error() => Err(Unanswered(format!("HTTP {}", answer.status()))),
            answer => answer,
        };
        let answer: CoreTokenResponse = request.request(&ask).map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => match refusal.error() {
                CoreErrorResponseType::InvalidGrant => Trouble::Unproven("the issuer does not take the code"),
                CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                    down("it does not know this client, or not by this secret")
                }
                _ => down("it refuses the request for a token"),
            },
            RequestTokenError::Request(unanswered) => Trouble::Down(unanswered.0),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Trouble::Unproven("the token cannot be read"),
        })?;
        answer.id_token().cloned().map(Brought).ok_or(Trouble::Unproven("there is no ID token"))
    }
}
