//! Sessions. A session is a cookie of 256 random bits, of which the digest alone is kept. It ends when it was not used for [`IDLE`], after
//! [`LONGEST`] in any case, and when its person's password or role changes. With a one-time code the cookie changes, so that one from
//! before the code is worth nothing.

use std::sync::Arc;

use vienphi_domain::{Action, Actor, Digest};
use vienphi_store::people::{self, Entry};
use vienphi_store::{Command, Halt, StoreError, Turn};

use super::super::{Desk, reader};
use super::{DECIDING, MINUTE, actor, current, hex, note};

/// A session that was not used for so long (half an hour) has ended, in microseconds.
const IDLE: i64 = 30 * MINUTE;

/// A session ends after so long (a shift of twelve hours), in microseconds.
const LONGEST: i64 = 12 * 60 * MINUTE;

/// Who is signed in.
#[derive(Clone)]
pub struct Signed {
    /// Who acts.
    pub actor: Arc<Actor>,
    /// What is to be done before anything else.
    pub next: Next,
    /// What a form of this session carries, and one of another site cannot know.
    pub form_key: Box<str>,
    pub(super) digest: Digest,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed {{ actor: {:?}, next: {:?}, .. }}", self.actor, self.next)
    }
}

/// What a session is to do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is in.
    In,
    /// Give the one-time code.
    Code,
    /// Choose a password that nobody else knows.
    Password,
    /// Set a telephone up for one-time codes.
    SetUpCodes,
}

impl Desk {
    /// Whose session a cookie is of; none when it has ended.
    pub async fn signed_in(&self, cookie: &str) -> Result<Option<Signed>, Halt> {
        let Some((facility, _)) = cookie.split_once('.') else { return Ok(None) };
        let digest = Digest::of(cookie.as_bytes());
        let mut connection = reader(&self.store).await?;
        let Some(session) = people::session(&mut connection, facility, &digest).await? else { return Ok(None) };
        let Some(person) = people::find(&mut connection, facility, &session.person).await? else { return Ok(None) };
        drop(connection);
        let now = self.store.now().count();
        let is_over = now - session.seen_at > IDLE || now - session.begun_at > LONGEST;
        if is_over || person.closed_at.is_some() || person.role != session.role {
            return Ok(None);
        }
        let actor = actor(facility, &person)?;
        if now - session.seen_at > MINUTE {
            self.store.write(&actor, Seen { digest }).await?;
        }
        let is_deciding = DECIDING.contains(&actor.role) && self.asks_codes;
        let next = match (&person.code_key, session.coded_at) {
            (Some(_), None) => Next::Code,
            // Whoever came by an issuer's word need not know the password.
            _ if person.is_told == 1 && session.issuer.is_none() => Next::Password,
            // A second factor that the issuer took is one.
            (None, None) if is_deciding => Next::SetUpCodes,
            _ => Next::In,
        };
        let form_key = Digest::of_pieces([("form", cookie.as_bytes())]).to_string().into();
        Ok(Some(Signed { actor, next, form_key, digest }))
    }

    /// Ends a session.
    pub async fn sign_out(&self, signed: &Signed) -> Result<(), Halt> {
        self.store.write(&signed.actor, End { digest: signed.digest }).await
    }
}

/// A cookie: whose facility, and 256 random bits.
pub(super) fn new_cookie(facility: &str) -> Result<String, StoreError> {
    Ok(format!("{facility}.{}", hex(&vienphi_store::keys::random::<32>()?)))
}

/// A right password.
pub(super) struct Begin {
    pub(super) name: String,
    /// What was verified: it may have been changed meanwhile.
    pub(super) password: String,
    pub(super) digest: Digest,
}

impl Command for Begin {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        let mut person = current(turn, &self.name).await?;
        if person.password != self.password || person.locked_until > turn.now().count() {
            return Ok(false);
        }
        // Wrong codes count on until a code is right.
        if person.code_key.is_none() {
            person.failures = 0;
        }
        people::tried(turn, &person).await?;
        people::begin(turn, &self.digest, &person, Entry::default()).await?;
        note(turn, Action::SessionBegin, &self.name, "signed in")?;
        Ok(true)
    }
}

/// A right code: another cookie.
pub(super) struct Rotate {
    pub(super) name: String,
    pub(super) step: i64,
    pub(super) code_key: Option<Vec<u8>>,
    pub(super) before: Digest,
    pub(super) digest: Digest,
}

impl Command for Rotate {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        let mut person = current(turn, &self.name).await?;
        let is_set_up = self.code_key.is_some();
        let facility = turn.facility();
        let Some(session) = people::session(turn.connection(), &facility, &self.before).await? else {
            return Ok(false);
        };
        // Two requests with one code: one of them signs in.
        if !is_set_up && person.code_step >= self.step || !people::end(turn, &self.before).await? {
            return Ok(false);
        }
        (person.code_step, person.failures) = (self.step, 0);
        let reason = if is_set_up { "one-time codes set up" } else { "one-time code given" };
        let audit = note(turn, Action::SessionBegin, &self.name, reason)?;
        if is_set_up {
            person.code_key = self.code_key;
            people::save(turn, &person, audit).await?;
            people::end_others(turn, &self.name, None).await?;
        } else {
            people::tried(turn, &person).await?;
        }
        let entry = Entry { coded_at: Some(turn.now().count()), issuer: session.issuer.as_deref() };
        people::begin(turn, &self.digest, &person, entry).await?;
        Ok(true)
    }
}

struct Seen {
    digest: Digest,
}

impl Command for Seen {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        Ok(people::seen(turn, &self.digest).await?)
    }
}

struct End {
    digest: Digest,
}

impl Command for End {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        people::end(turn, &self.digest).await?;
        Ok(())
    }
}
