//! Tokens for providers that prove themselves with one that this host has given out.

use vienphi_domain::Moment;
use vienphi_payments::mac;
use vienphi_store::keys::FacilityKey;
use vienphi_store::{Halt, StoreError};

use super::{Desk, reader};

/// The setting and the key with which a provider asks for its token.
const TOKEN_USER: &str = "token-user";
const TOKEN_PASSWORD: &str = "token-password";

/// A token is good for so long.
const TOKEN_SECONDS: i64 = 300;

/// A token for a provider's messages.
#[derive(Debug)]
pub struct Token {
    /// What is sent as a bearer.
    pub text: String,
    /// It is good for so long.
    pub seconds: i64,
}

/// Tokens of a rail: the second until which one is good, and a tag of the facility's key. Nothing of them is kept, so that
/// each server knows those of the others.
pub(super) struct Tokens<'a> {
    pub(super) key: &'a FacilityKey,
    pub(super) rail: &'a str,
}

impl Tokens<'_> {
    fn text(&self, until: i64) -> String {
        format!("vpc.{until}.{}", self.key.digest(format!("callback token {} {until}", self.rail).as_bytes()))
    }

    pub(super) fn is_own(&self, told: &str, now: Moment) -> bool {
        let until =
            told.strip_prefix("vpc.").and_then(|rest| rest.split_once('.')).and_then(|(until, _)| until.parse().ok());
        let Some(until) = until.filter(|until| *until >= now.seconds() && *until <= now.seconds() + TOKEN_SECONDS)
        else {
            return false;
        };
        mac::same(self.text(until).as_bytes(), told.as_bytes())
    }
}

impl Desk {
    /// Gives a provider a token for its messages of the next minutes. `None` when the name or the password is wrong, or the
    /// rail has none: all look alike.
    pub async fn give_token(
        &self,
        facility: &str,
        name: &str,
        basic: Option<(&str, &str)>,
    ) -> Result<Option<Token>, Halt> {
        let config = match super::rails::config(&mut *reader(&self.store).await?, &self.store, facility, name).await {
            Err(Halt::Failed(StoreError::NoFacility(_))) => None,
            config => config?,
        };
        let (Some(config), Some((user, password))) = (config, basic) else { return Ok(None) };
        let (Some(own_user), Some(own_password)) = (config.setting(TOKEN_USER), config.key(TOKEN_PASSWORD)) else {
            return Ok(None);
        };
        // Both are compared, whatever the first says.
        if !(mac::same(own_user.as_bytes(), user.as_bytes()) & mac::same(own_password, password.as_bytes())) {
            return Ok(None);
        }
        let key = self.store.key(facility).await?;
        let until = self.store.now().seconds() + TOKEN_SECONDS;
        Ok(Some(Token { text: Tokens { key: &key, rail: name }.text(until), seconds: TOKEN_SECONDS }))
    }
}
