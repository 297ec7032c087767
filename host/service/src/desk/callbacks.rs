//! What providers tell of money.
//!
//! A message is believed only when the checks that its plugin asks for hold: the host has the keys, the plugin does not.
//! An event counts once, whoever tells it how often. Money that pays its request exactly makes a receipt; all other money
//! waits as unapplied credit, with a piece of work for a person.

use std::sync::Arc;

use vienphi_domain::{Actor, Digest, Moment, Role};
use vienphi_payments::mac;
use vienphi_runtime::rail::{Algorithm, Check, Incoming, Manifest, Rail, Reply, Verdict};
use vienphi_store::{Connection, Halt, StoreError, payments};

use super::callback_tokens::Tokens;
use super::rails::Config;
use super::receive::{Became, KeepUnreadable, RAIL, Receive, UNKNOWN};
use super::told::{Kept, place};
use super::{Desk, reader, refusals, signing};

/// A message that came from outside.
#[derive(Debug)]
pub struct Told {
    /// GET or POST.
    pub is_post: bool,
    /// As it came.
    pub query: String,
    /// By name, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
}

/// Events of one message are no more.
const EVENTS: usize = 100;

/// No check believes a message that is older, whatever the plugin says.
const OLDEST: i64 = 24 * 60 * 60;

/// A reference that nobody knows is waited for so long; then its money is nobody's.
const PATIENCE: i64 = 10 * 60 * 1_000_000;

impl Desk {
    /// Is there a plugin of this name?
    pub fn has_rail(&self, name: &str) -> bool {
        self.rails.get(name).is_some()
    }

    /// Hears a provider. `Err` is for what is not there or cannot be done now; all else is the rail's own answer.
    pub async fn hear(&self, facility: &str, name: &str, told: Told) -> Result<Reply, Halt> {
        let none = || refusals::not_found("rail", name);
        // One connection for all that is read: another is waited for beside everybody else's.
        let mut connection = reader(&self.store).await?;
        let config = match super::rails::config(&mut connection, &self.store, facility, name).await {
            Ok(Some(config)) => config,
            Ok(None) | Err(Halt::Failed(StoreError::NoFacility(_))) => return Err(none().into()),
            Err(halt) => return Err(halt),
        };
        let Some(rail) = self.rails.get(name) else {
            return Err(unusable("its package is not there"));
        };
        if !rail.manifest().confirms {
            return Err(none().into());
        }
        let now = self.store.now();
        let incoming = Incoming {
            method: if told.is_post { vienphi_runtime::rail::Method::Post } else { vienphi_runtime::rail::Method::Get },
            query: told.query,
            headers: told
                .headers
                .into_iter()
                .map(|(name, value)| vienphi_runtime::rail::HeaderIn { name, value })
                .collect(),
            body: told.body,
            now: now.seconds(),
            settings: config.told(),
        };
        let key = self.store.key(facility).await?;
        let tokens = Tokens { key: &key, rail: name };
        let verdict = match believe(rail, &config, &tokens, &incoming, now) {
            Ok(events) => {
                let (fresh, worst) = unknown_of(&mut connection, facility, name, events).await?;
                drop(connection);
                self.take(facility, name, fresh, worst).await?
            }
            Err(Doubt::Unproven(why)) => {
                tracing::warn!(rail = name, why, "a payment message was not believed");
                Verdict::BadSignature
            }
            Err(Doubt::Unreadable(why)) => {
                tracing::error!(rail = name, why, "a payment message is proven and cannot be read: it is kept");
                let message = [incoming.query.as_bytes(), b"\n", &incoming.body].concat();
                let digest = Digest::of(&proof(rail, &incoming).unwrap_or_else(|| message.clone()));
                let keep = KeepUnreadable { rail: name.to_owned(), digest, message };
                drop(connection);
                self.store.write(&actor(facility, name), keep).await?;
                Verdict::Temporary
            }
        };
        let reply = rail.reply(&incoming, verdict).map_err(|error| unusable(&error.to_string()))?;
        let is_plain = |text: &str| text.len() <= 100 && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !(200..600).contains(&reply.status) || !is_plain(&reply.content_type) {
            return Err(unusable("it answers what is no answer"));
        }
        Ok(reply)
    }

    async fn take(
        &self,
        facility: &str,
        name: &str,
        events: Vec<Kept>,
        mut worst: Option<Became>,
    ) -> Result<Verdict, Halt> {
        for event in events {
            let command = Receive { rail: name.to_owned(), method: self.method(name), event, is_final: false };
            let (became, request) = self.store.write(&actor(facility, name), command).await?;
            if let Some(request) = request {
                self.tell_changed(facility, request);
            }
            worst = worst.max(Some(became));
        }
        Ok(match worst {
            None | Some(Became::Taken) => Verdict::Accepted,
            Some(Became::Duplicate) => Verdict::Duplicate,
            Some(Became::Mismatch) => Verdict::AmountMismatch,
            Some(Became::Unknown) => Verdict::UnknownOrder,
        })
    }

    /// Places what was told long ago with a reference that nobody knows; how many. One that cannot be placed keeps no other
    /// waiting.
    pub async fn place_unknown(&self) -> Result<usize, Halt> {
        let before = self.store.now().count() - PATIENCE;
        let waiting = payments::unknown(&mut *reader(&self.store).await?, before).await?;
        let mut placed = 0;
        for (facility, rail, key) in waiting {
            match self.place_one(&facility, &rail, &key).await {
                Ok(()) => placed += 1,
                Err(Halt::Refused(problem)) => tracing::error!(kind = problem.kind, "unknown money is not placed"),
                Err(Halt::Failed(error)) => tracing::error!(%error, "unknown money is not placed"),
            }
        }
        Ok(placed)
    }

    async fn place_one(&self, facility: &str, rail: &str, key: &str) -> Result<(), Halt> {
        let found = payments::event(&mut *reader(&self.store).await?, facility, rail, key).await?;
        let Some(found) = found else { return Ok(()) };
        let plain = self.store.key(facility).await?.open(&found.body, &place(rail, key))?;
        let command =
            Receive { rail: rail.to_owned(), method: self.method(rail), event: Kept::read(&plain)?, is_final: true };
        let (_, request) = self.store.write(&actor(facility, rail), command).await?;
        if let Some(request) = request {
            self.tell_changed(facility, request);
        }
        Ok(())
    }
}

/// The events that are not known already: those need no turn of the writer, and providers tell things many times.
async fn unknown_of(
    connection: &mut Connection,
    facility: &str,
    rail: &str,
    events: Vec<Kept>,
) -> Result<(Vec<Kept>, Option<Became>), Halt> {
    #[cfg(feature = "planted")]
    if vienphi_store::planted::is(vienphi_store::planted::Defect::EventCountedAgain) {
        return Ok((events, None));
    }
    let (mut fresh, mut worst) = (Vec::with_capacity(events.len()), None);
    for event in events {
        let known = payments::event(connection, facility, rail, &event.key).await?;
        match known.filter(|known| known.fate != UNKNOWN) {
            Some(_) => worst = Some(Became::Duplicate),
            None => fresh.push(event),
        }
    }
    Ok((fresh, worst))
}

/// Why a message is not taken. What it says is not repeated: it names people.
enum Doubt {
    /// Whoever sent it has not proven that it is the provider.
    Unproven(&'static str),
    /// It is proven, and the plugin makes nothing of it.
    Unreadable(&'static str),
}

/// The events of a message that is proven.
fn believe(
    rail: &dyn Rail,
    config: &Config,
    tokens: &Tokens<'_>,
    incoming: &Incoming,
    now: Moment,
) -> Result<Vec<Kept>, Doubt> {
    proven(rail, config, Some(tokens), incoming, now).map_err(Doubt::Unproven)?;
    let events = rail.accept(incoming).map_err(|error| Doubt::Unreadable(error.why.name()))?;
    let events = events.map_err(|_| Doubt::Unreadable("the plugin cannot read it"))?;
    if events.len() > EVENTS {
        return Err(Doubt::Unreadable("it tells of too many events"));
    }
    let kept: Option<Vec<Kept>> = events.into_iter().map(Kept::of).collect();
    kept.ok_or(Doubt::Unreadable("an event in it is none"))
}

/// What a signature proves of a message, when there is one: what anybody may add to it makes no further work, nor does the time
/// that stands before it, which is another whenever it is told again.
fn proof(rail: &dyn Rail, incoming: &Incoming) -> Option<Vec<u8>> {
    let groups = rail.checks(incoming).ok()?.ok()?;
    let checks: Vec<Check> = groups.into_iter().flatten().collect();
    let has_time = checks.iter().any(|check| matches!(check, Check::Age(_)));
    let signed = checks.into_iter().find_map(|check| match check {
        Check::Mac(check) => Some(check.message),
        Check::SameSecret(_) | Check::HostToken(_) | Check::Age(_) => None,
    })?;
    let digits = signed.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let has_time = has_time && digits > 0 && signed.get(digits) == Some(&b'.');
    Some(if has_time { signed[digits + 1..].to_vec() } else { signed })
}

/// Is it proven who sent a message? Why not, if not.
pub(super) fn proven(
    rail: &dyn Rail,
    config: &Config,
    tokens: Option<&Tokens<'_>>,
    incoming: &Incoming,
    now: Moment,
) -> Result<(), &'static str> {
    let groups = rail.checks(incoming).map_err(|error| error.why.name())?;
    let groups = groups.map_err(|_| "what proves it is missing or cannot be read")?;
    let proves_sender = |check: &Check| !matches!(check, Check::Age(_));
    if !groups.iter().any(|group| !group.is_empty() && group.iter().all(proves_sender)) {
        return Err("the plugin asks for nothing that proves who sent it");
    }
    let holds = |check: &Check| holds(rail.manifest(), config, tokens, check, now);
    if groups.iter().all(|group| group.iter().any(holds)) { Ok(()) } else { Err("a check does not hold") }
}

/// A rail acts by itself: nobody has a token for it, and no policy lets anybody else act as it.
pub(super) fn actor(facility: &str, rail: &str) -> Arc<Actor> {
    Arc::new(Actor { facility: facility.into(), name: format!("{RAIL}{rail}").into(), role: Role::Integrator })
}

fn unusable(why: &str) -> Halt {
    Halt::Failed(StoreError::Unavailable(format!("a payment plugin gave no usable answer: {why}")))
}

/// Does a check hold? A key that was not granted for it proves nothing.
fn holds(manifest: &Manifest, config: &Config, tokens: Option<&Tokens<'_>>, check: &Check, now: Moment) -> bool {
    match check {
        Check::Mac(check) => signing::holds(manifest, config, check),
        Check::SameSecret(check) => match signing::slot_for_what_comes(manifest, &check.slot) {
            Some(Algorithm::Secret) => {
                config.key(&check.slot).is_some_and(|key| mac::same(key, check.value.as_bytes()))
            }
            Some(Algorithm::HmacSha256 | Algorithm::HmacSha512) | None => false,
        },
        Check::HostToken(told) => tokens.is_some_and(|tokens| tokens.is_own(told, now)),
        Check::Age(check) => {
            let most = i64::from(check.seconds).min(OLDEST);
            now.seconds().checked_sub(check.at).is_some_and(|age| age.abs() <= most)
        }
    }
}
