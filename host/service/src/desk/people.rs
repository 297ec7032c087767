//! People who sign in to the pages: passwords and one-time codes; `sessions`: who is signed in; `issuer` and `links`: the word of a hospital's own account
//! system instead of a password; `addresses`: where tries come from.
//!
//! Whoever decides about money or about people gives a one-time code besides the password.

pub(super) mod addresses;
mod codes;
pub(super) mod issuer;
mod links;
mod passwords;
mod sessions;
pub(super) mod strangers;

use std::net::IpAddr;
use std::sync::Arc;

use vienphi_domain::{Action, Actor, Digest, Moment, Role};
use vienphi_store::keys::FacilityKey;
use vienphi_store::people::{self, Person};
use vienphi_store::{Change, Command, Halt, Store, StoreError, Turn};

use super::{Desk, reader, refusals};

pub use addresses::Held;
pub use issuer::{Beginning, ByIssuer, LONGEST_SIGN_IN, Told, Why};
pub use links::{link, unlink};
pub use sessions::{Next, Signed};

use sessions::{Begin, Rotate, new_cookie};

const MINUTE: i64 = 60_000_000;

/// Wrong passwords and codes after which nobody may try for a while.
const TRIES: i64 = 5;

/// The longest while, in microseconds.
const LONGEST_LOCK: i64 = 15 * MINUTE;

/// Roles that decide about other people's money, or about other people.
const DECIDING: [Role; 3] = [Role::Director, Role::CashSupervisor, Role::Administrator];

/// What came of a try to sign in. Whether there is such a person is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The cookie of the session.
    In(String),
    /// Name or password, or the code, is wrong.
    Wrong,
    /// Too many were wrong: nobody may try before.
    Locked(Moment),
    /// Too many were wrong from there, of whatever names.
    Held(Held),
}

/// Somebody as listed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Listed {
    /// Name of the actor.
    pub name: String,
    /// Their role.
    pub role: String,
    /// A telephone is set up for one-time codes.
    pub has_codes: bool,
    /// Not any more.
    pub is_closed: bool,
}

/// What a telephone is set up with.
pub struct CodeKey {
    /// What its camera reads.
    pub link: String,
    /// Sealed: comes back with the first code.
    pub ticket: String,
}

impl Desk {
    /// Signs somebody in by name and password, from an address.
    pub async fn sign_in(&self, from: IpAddr, facility: &str, name: &str, password: &str) -> Result<SignIn, Halt> {
        self.attempt(from, self.by_password(facility, name, password)).await
    }

    /// A try from an address, unless too many from there were wrong.
    async fn attempt(&self, from: IpAddr, attempt: impl Future<Output = Result<SignIn, Halt>>) -> Result<SignIn, Halt> {
        if let Some(held) = self.addresses.enter(from, self.store.now()) {
            return Ok(SignIn::Held(held));
        }
        let came = attempt.await;
        if let Ok(SignIn::In(_)) | Err(_) = &came {
            self.addresses.leave(from);
        }
        came
    }

    async fn by_password(&self, facility: &str, name: &str, password: &str) -> Result<SignIn, Halt> {
        let person = self.person_of(facility, name).await?;
        let now = self.store.now().count();
        if let Some(person) = person.as_ref().filter(|person| person.locked_until > now) {
            return Ok(SignIn::Locked(Moment::from_count(person.locked_until)));
        }
        let is_right = passwords::is_right(password, person.as_ref().map(|person| person.password.as_str())).await?;
        let Some(person) = person.filter(|person| person.closed_at.is_none() && person.role().is_some()) else {
            return Ok(self.strangers.fail(facility, name, self.store.now()));
        };
        let actor = actor(facility, &person)?;
        if !is_right {
            return self.store.write(&actor, Fail { name: person.name }).await;
        }
        let cookie = new_cookie(facility)?;
        let begin = Begin { name: person.name, password: person.password, digest: Digest::of(cookie.as_bytes()) };
        let is_begun = self.store.write(&actor, begin).await?;
        Ok(if is_begun { SignIn::In(cookie) } else { SignIn::Wrong })
    }

    /// Takes a one-time code, from an address; the session goes on under another cookie.
    pub async fn give_code(&self, from: IpAddr, signed: &Signed, code: &str) -> Result<SignIn, Halt> {
        self.attempt(from, self.by_code(signed, code)).await
    }

    async fn by_code(&self, signed: &Signed, code: &str) -> Result<SignIn, Halt> {
        let facility = &signed.actor.facility;
        let Some(person) = self.person_of(facility, &signed.actor.name).await? else { return Ok(SignIn::Wrong) };
        let now = self.store.now();
        if person.locked_until > now.count() {
            return Ok(SignIn::Locked(Moment::from_count(person.locked_until)));
        }
        let key = self.store.key(facility).await?;
        let Some(sealed) = &person.code_key else { return Ok(SignIn::Wrong) };
        let code_key = key.open(sealed, &place(&person.name))?;
        let Some(step) = codes::step(&code_key, code, now, person.code_step) else {
            return self.store.write(&signed.actor, Fail { name: person.name }).await;
        };
        let cookie = new_cookie(facility)?;
        let digest = Digest::of(cookie.as_bytes());
        let rotate = Rotate { name: person.name, step, code_key: None, before: signed.digest, digest };
        let is_rotated = self.store.write(&signed.actor, rotate).await?;
        Ok(if is_rotated { SignIn::In(cookie) } else { SignIn::Wrong })
    }

    /// A key for one-time codes: that of a ticket of theirs, for a telephone that has it already, or a new one. It counts when the first
    /// code of it was given.
    pub async fn new_codes(&self, signed: &Signed, ticket: &str) -> Result<CodeKey, Halt> {
        let (facility, name) = (&signed.actor.facility, &signed.actor.name);
        let key = self.store.key(facility).await?;
        let code_key = match key_of_ticket(&key, signed, ticket) {
            Some(code_key) => code_key,
            None => vienphi_store::keys::random::<{ codes::KEY_BYTES }>()?.to_vec(),
        };
        let link = codes::link(&code_key, name, facility);
        let link = link.ok_or_else(|| StoreError::Damaged("a key of codes cannot be written".into()))?;
        Ok(CodeKey { link, ticket: hex(&key.seal(&code_key, &ticket_place(signed))?) })
    }

    /// Sets one-time codes up with the first code of a new key; the session goes on under another cookie.
    pub async fn set_up_codes(&self, signed: &Signed, ticket: &str, code: &str) -> Result<SignIn, Halt> {
        let (facility, name) = (&signed.actor.facility, &signed.actor.name);
        let key = self.store.key(facility).await?;
        let Some(code_key) = key_of_ticket(&key, signed, ticket) else { return Ok(SignIn::Wrong) };
        let Some(step) = codes::step(&code_key, code, self.store.now(), 0) else { return Ok(SignIn::Wrong) };
        let cookie = new_cookie(facility)?;
        let digest = Digest::of(cookie.as_bytes());
        let code_key = Some(key.seal(&code_key, &place(name))?);
        let rotate = Rotate { name: name.to_string(), step, code_key, before: signed.digest, digest };
        let is_rotated = self.store.write(&signed.actor, rotate).await?;
        Ok(if is_rotated { SignIn::In(cookie) } else { SignIn::Wrong })
    }

    /// Chooses a new password; every other session of the person ends.
    pub async fn change_password(&self, signed: &Signed, old: &str, new: &str) -> Result<(), Halt> {
        let name = &signed.actor.name;
        let person = self.person_of(&signed.actor.facility, name).await?;
        let is_right = passwords::is_right(old, person.as_ref().map(|person| person.password.as_str())).await?;
        let Some(person) = person.filter(|_| is_right) else {
            return Err(refusals::invalid_field("old", "is not the password").into());
        };
        if let Some(fault) = passwords::fault(new, name) {
            return Err(refusals::invalid_field("new", fault).into());
        }
        if old == new {
            return Err(refusals::invalid_field("new", "must be another than before").into());
        }
        let password = passwords::hashed(new).await?;
        let changed = Person { password, is_told: 0, ..person };
        self.store.write(&signed.actor, Keep { person: changed, keeps: Some(signed.digest), reason: "password" }).await
    }

    /// Makes an account, as [`make`], when the actor may.
    pub async fn make_person(&self, by: &Arc<Actor>, name: &str, role: Role) -> Result<String, Halt> {
        self.may(by, Action::PersonWrite)?;
        make(&self.store, by, name, role, true).await
    }

    /// Who signs in at the facility.
    pub async fn people(&self, actor: &Actor) -> Result<Vec<Listed>, Halt> {
        self.may(actor, Action::PersonRead)?;
        let people = people::list(&mut *reader(&self.store).await?, &actor.facility).await?;
        let listed = |person: Person| Listed {
            has_codes: person.code_key.is_some(),
            is_closed: person.closed_at.is_some(),
            name: person.name,
            role: person.role,
        };
        Ok(people.into_iter().map(listed).collect())
    }

    async fn person_of(&self, facility: &str, name: &str) -> Result<Option<Person>, Halt> {
        Ok(people::find(&mut *reader(&self.store).await?, facility, name).await?)
    }
}

/// Makes an account, or one anew, without one-time codes and without the sessions it had: the password, which is told once. It is
/// changed at the first sign-in when `is_changed_first`, as everywhere but in a demonstration. Whoever calls this may do so: the command line, or an
/// administrator.
pub async fn make(
    store: &Store,
    by: &Arc<Actor>,
    name: &str,
    role: Role,
    is_changed_first: bool,
) -> Result<String, Halt> {
    let is_name = (1..=60).contains(&name.chars().count())
        && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_'));
    if !is_name {
        return Err(refusals::invalid_field("name", "must be 1 to 60 letters, digits, -, . and _").into());
    }
    let told = words(&vienphi_store::keys::random::<15>()?);
    let password = passwords::hashed(&told).await?;
    let before = people::find(&mut *reader(store).await?, &by.facility, name).await?;
    let person = Person {
        name: name.to_owned(),
        role: role.word().to_owned(),
        password,
        is_told: i64::from(is_changed_first),
        code_key: None,
        code_step: 0,
        failures: 0,
        locked_until: 0,
        closed_at: None,
    };
    let reason = if before.is_some() { "made anew" } else { "made" };
    store.write(by, Keep { person, keeps: None, reason }).await?;
    Ok(told)
}

fn actor(facility: &str, person: &Person) -> Result<Arc<Actor>, StoreError> {
    let role = person.role().ok_or_else(|| StoreError::Damaged("a person has a role that is not known".into()))?;
    Ok(Arc::new(Actor { facility: facility.into(), name: person.name.as_str().into(), role }))
}

/// How long nobody may try after so many wrong tries: a minute, two, four, …, in microseconds.
fn lock_after(failures: i64) -> i64 {
    (MINUTE << (failures - TRIES).clamp(0, 10)).min(LONGEST_LOCK)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A password to be told: 24 letters and digits in groups, none of which is taken for another.
fn words(bytes: &[u8; 15]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if text.len() % 7 == 6 {
                text.push('-');
            }
            // Five bits are below 32.
            text.push(char::from(LETTERS[(held >> bits) as usize & 31]));
        }
    }
    text
}

fn place(name: &str) -> String {
    format!("person/{name}")
}

/// A ticket is of one session: one from before the account was made anew opens nothing.
fn ticket_place(signed: &Signed) -> String {
    format!("person/{}/new/{}", signed.actor.name, signed.digest)
}

/// The key in a ticket that was made for this session.
fn key_of_ticket(key: &FacilityKey, signed: &Signed, ticket: &str) -> Option<Vec<u8>> {
    key.open(&unhex(ticket)?, &ticket_place(signed)).ok()
}

/// The person as they are within the turn.
async fn current(turn: &mut Turn, name: &str) -> Result<Person, Halt> {
    let facility = turn.facility();
    let found = people::find(turn.connection(), &facility, name).await?;
    found.ok_or_else(|| refusals::not_found("person", name).into())
}

/// An entry of the audit about somebody's account.
fn note(turn: &mut Turn, action: Action, name: &str, reason: &str) -> Result<i64, StoreError> {
    let subject = place(name);
    turn.audit(&Change { action, subject: &subject, reason, before: None, after: None })
}

/// A wrong password or code.
struct Fail {
    name: String,
}

impl Command for Fail {
    type Answer = SignIn;

    async fn run(self, turn: &mut Turn) -> Result<SignIn, Halt> {
        let mut person = current(turn, &self.name).await?;
        person.failures += 1;
        let mut answer = SignIn::Wrong;
        if person.failures >= TRIES {
            person.locked_until = turn.now().count() + lock_after(person.failures);
            answer = SignIn::Locked(Moment::from_count(person.locked_until));
            note(turn, Action::SessionBegin, &self.name, "locked: too many wrong tries")?;
        }
        people::tried(turn, &person).await?;
        Ok(answer)
    }
}

/// An account is made or changed; its sessions end, but one.
struct Keep {
    person: Person,
    keeps: Option<Digest>,
    reason: &'static str,
}

impl Command for Keep {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Keep { person, keeps, reason } = self;
        let reason = format!("{reason}, {}", person.role);
        let audit = note(turn, Action::PersonWrite, &person.name, &reason)?;
        people::save(turn, &person, audit).await?;
        Ok(people::end_others(turn, &person.name, keeps.as_ref()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_passwords_are_long_and_read_well() {
        assert_eq!(words(&[0; 15]), "aaaaaa-aaaaaa-aaaaaa-aaaaaa");
        assert_eq!(words(&[255; 15]), "999999-999999-999999-999999");
        assert_ne!(words(&[1; 15]), words(&[2; 15]));
    }
}
