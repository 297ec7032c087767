//! A session begins.

use secrecy::SecretString;
use vienphi_domain::{Day, Moment};

use crate::account::{Account, Session};
use crate::call::{Call, Reply};
use crate::fields::moment;
use crate::outcome::{Operation, Status};
use crate::portal::Portal;

const SECOND: i64 = 1_000_000;

/// No session is believed to last longer.
const LONGEST_SECONDS: i64 = 24 * 3600;

impl Portal {
    /// Asks for a session. Sessions hold for the network address that asked for them, and a new one may end the one before: keep
    /// one for each account.
    pub fn sign_in(&self, account: &Account, today: Day) -> Call {
        let password = account.password_text(self.services.digits);
        let service = self.services.sign_in.on(today);
        self.call(service, account, None, &[("username", &account.username), ("password", &password)])
    }

    /// Reads the answer at a moment.
    ///
    /// The portal tells a session's end in UTC, in seconds since 1970 or in seconds from now; one that cannot be read, or lies in
    /// the past (then one of the clocks is wrong, and a session that was just given is not over), is put `session_seconds` of the
    /// policies ahead.
    ///
    /// # Errors
    ///
    /// There is no session. [`crate::Kind::Account`] must not be tried again: the portal locks accounts.
    pub fn read_sign_in(&self, reply: &Reply, now: Moment) -> Result<Session, Box<Status>> {
        let outcome = self.outcome(Operation::SignIn, reply, |fields| {
            // One guide shows the key's fields at the top.
            let key = fields.object("APIKey");
            let text = |name: &str| key.as_ref().and_then(|key| key.text(name)).or_else(|| fields.text(name));
            let (access_token, id_token) = (text("access_token")?, text("id_token")?);
            // They are sent in headers.
            if ![&access_token, &id_token].iter().all(|token| token.bytes().all(|byte| byte.is_ascii_graphic())) {
                return None;
            }
            let expires_at = self.end(text("expires_in").as_deref(), now);
            let (access_token, id_token) = (SecretString::from(access_token), SecretString::from(id_token));
            Some(Session { access_token, id_token, expires_at })
        });
        outcome.answer.ok_or(Box::new(outcome.status))
    }

    fn end(&self, stated: Option<&str>, now: Moment) -> Moment {
        let services = &self.services;
        let standard = i64::from(services.session_seconds);
        let stated = stated.and_then(|text| seconds_from(text, now)).filter(|seconds| *seconds > 0);
        let seconds = stated.unwrap_or(standard).min(LONGEST_SECONDS);
        let margin = i64::from(services.session_margin_seconds).min(seconds / 2);
        Moment::from_count(now.count().saturating_add((seconds - margin) * SECOND))
    }
}

/// How many seconds from now a session ends.
fn seconds_from(text: &str, now: Moment) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return match number {
            ..1_000_000_000 => Some(number),
            1_000_000_000..100_000_000_000 => Some(number - now.seconds()),
            // Milliseconds.
            _ => Some(number / 1000 - now.seconds()),
        };
    }
    let (local, ahead) = zone(text)?;
    // `moment` takes it for a time of Vietnam, seven hours ahead.
    let utc = moment(local)?.seconds().checked_add(7 * 3600)?.checked_sub(ahead)?;
    Some(utc - now.seconds())
}

/// A time without its zone, and how many seconds the zone is ahead of UTC. No zone is UTC, as the guide says.
fn zone(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let at = text.len().checked_sub(6)?;
    let (Some(local), Some(zone)) = (text.get(..at), text.get(at..)) else {
        return Some((text, 0));
    };
    let sign = match zone.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return Some((text, 0)),
    };
    let part = |range| zone.get(range).and_then(|part: &str| part.parse::<i64>().ok());
    Some((local, sign * (part(1..3)? * 3600 + part(4..6)? * 60)))
}
