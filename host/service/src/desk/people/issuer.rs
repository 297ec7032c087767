//! Signing in by the word of an issuer: a hospital's own account system, asked by OpenID Connect.
//!
//! What a sign-in was begun with stands in a cookie of the browser that began it, sealed with a key that this process drew at its
//! start. Nothing of it is kept here before it comes back, so that nobody fills memory or database by beginning; what came back is
//! remembered until it is too old anyway, so that nothing is good twice.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use vienphi_domain::{Action, Actor, Digest, Moment, Role};
use vienphi_oidc::{Begun, Client, HttpRequest, HttpResponse, Issuer, Proven, Trouble, Unanswered};
use vienphi_store::keys::{FacilityKey, random};
use vienphi_store::people::Entry;
use vienphi_store::{Change, Command, Halt, StoreError, Turn, facilities, links, people};

use super::addresses::Held;
use super::sessions::new_cookie;
use super::{MINUTE, actor, current, hex, note, unhex};
use crate::desk::{Desk, reader};
use crate::network::{Network, Outgoing, Silence};

/// A sign-in that was begun is ended within this, in microseconds: time for a password, a telephone and a coffee.
pub const LONGEST_SIGN_IN: i64 = 10 * MINUTE;

/// An issuer is read anew after this, so that a key it has given up does not count for longer.
const READ_ANEW: i64 = 60 * MINUTE;

/// One that did not answer is asked again after this.
const ASKED_AGAIN: i64 = 5_000_000;

/// A key that is not known makes us read the issuer anew, but not again before this is over.
const KEYS_AGAIN: i64 = MINUTE;

/// Nobody waits for an issuer any longer: a page says so before the request is given up.
const PATIENCE: Duration = Duration::from_secs(8);

/// So many sign-ins that have ended are remembered; with more, the memory begins anew. The issuer takes no code twice either.
const ENDED_AT_MOST: usize = 10_000;

/// So many codes are redeemed at once; others wait.
const AT_ONCE: usize = 8;

/// What the sealed cookie is sealed for.
const PLACE: &str = "sign-in/issuer";

/// What the audit calls whoever is at the door.
const DOOR: &str = "sign-in";

/// How a sign-in is begun.
pub struct Beginning {
    /// Where the browser goes.
    pub address: String,
    /// What it keeps, and brings back.
    pub ticket: String,
}

/// What a browser brought back from the issuer.
#[derive(Default)]
pub struct Told {
    /// Which sign-in it is.
    pub state: String,
    /// What the issuer gave; none when it gave nothing.
    pub code: Option<String>,
    /// Who gave it, where it says so (RFC 9207).
    pub issuer: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByIssuer {
    /// The cookie of the session.
    In(String),
    /// Too many were wrong from there.
    Held(Held),
    /// Nobody is signed in.
    Not(Why),
}

/// Why nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The issuer does not answer.
    Down,
    /// This browser did not begin it, or too long ago, or it has ended before.
    NotBegun,
    /// The issuer gave nothing: whoever sat there gave up, or may not.
    Denied,
    /// What was brought does not prove who it is.
    Unproven,
    /// Nobody is linked to the account.
    Unknown {
        /// What an administrator needs: the issuer …
        issuer: String,
        /// … and its name for whoever this is, told to them alone.
        subject: String,
    },
    /// The account here is closed.
    Closed,
}

/// An issuer that may say who people are.
pub(in crate::desk) struct Door {
    client: Client,
    network: Network,
    key: FacilityKey,
    read: tokio::sync::Mutex<Read>,
    places: tokio::sync::Semaphore,
    ended: Mutex<HashMap<Digest, i64>>,
}

/// What is known of the issuer.
#[derive(Default)]
struct Read {
    issuer: Option<Arc<Issuer>>,
    /// When it was read.
    read_at: i64,
    /// When it was asked last, whatever it answered.
    asked_at: Option<i64>,
    /// When it was asked last for a key that was not known.
    keys_at: Option<i64>,
}

impl Desk {
    /// With an issuer that says who people are, beside their passwords. It is asked when somebody signs in, and not before: one
    /// that is down keeps nobody else out.
    pub fn with_issuer(mut self, client: Client, network: Network) -> Result<Desk, StoreError> {
        self.door = Some(Door {
            client,
            network,
            key: FacilityKey::passing()?,
            read: tokio::sync::Mutex::default(),
            places: tokio::sync::Semaphore::new(AT_ONCE),
            ended: Mutex::default(),
        });
        Ok(self)
    }

    /// Does an issuer say who people are?
    pub fn has_issuer(&self) -> bool {
        self.door.is_some()
    }

    /// Begins to sign somebody in by the issuer's word; why not, if not.
    pub async fn begin_by_issuer(&self) -> Result<Result<Beginning, Why>, Halt> {
        let Some(door) = &self.door else { return Ok(Err(Why::NotBegun)) };
        let now = self.store.now();
        let Ok(issuer) = in_time(door.issuer(now)).await else { return Ok(Err(Why::Down)) };
        let [state, nonce, verifier] = [random::<32>()?, random::<32>()?, random::<32>()?].map(|bytes| hex(&bytes));
        let begun = Begun { state, nonce, verifier, at: now };
        Ok(Ok(Beginning { address: issuer.address(&begun), ticket: door.seal(&begun)? }))
    }

    /// Ends it with what a browser brought back, and with the ticket it kept.
    pub async fn end_by_issuer(&self, from: IpAddr, ticket: &str, told: &Told) -> Result<ByIssuer, Halt> {
        let Some(door) = &self.door else { return Ok(ByIssuer::Not(Why::NotBegun)) };
        if let Some(held) = self.addresses.enter(from, self.store.now()) {
            return Ok(ByIssuer::Held(held));
        }
        let came = self.by_issuer(door, ticket, told).await;
        // That the issuer is down, or that somebody changed their mind, is no wrong try.
        if let Err(_) | Ok(ByIssuer::In(_) | ByIssuer::Not(Why::Down | Why::Denied)) = &came {
            self.addresses.leave(from);
        }
        came
    }

    async fn by_issuer(&self, door: &Door, ticket: &str, told: &Told) -> Result<ByIssuer, Halt> {
        let now = self.store.now();
        let Some(begun) = door.take(ticket, &told.state, now) else { return Ok(ByIssuer::Not(Why::NotBegun)) };
        if told.issuer.as_ref().is_some_and(|issuer| issuer != door.client.issuer()) {
            return Ok(ByIssuer::Not(Why::Unproven));
        }
        let Some(code) = &told.code else { return Ok(ByIssuer::Not(Why::Denied)) };
        let proven = match in_time(door.prove(code, &begun, now)).await {
            Ok(proven) => proven,
            Err(Trouble::Down(_)) => return Ok(ByIssuer::Not(Why::Down)),
            Err(trouble) => {
                let why =
                    if let Trouble::Unproven(why) = trouble { why } else { "it is signed with no key of the issuer" };
                tracing::warn!(why, "a token of the issuer proves nothing");
                return Ok(ByIssuer::Not(Why::Unproven));
            }
        };
        self.let_in(door.client.issuer(), proven).await
    }

    /// Begins the session of the person whom an administrator has linked; role and facility are theirs here, whatever a token says.
    async fn let_in(&self, issuer: &str, proven: Proven) -> Result<ByIssuer, Halt> {
        let digest = links::digest(issuer, &proven.subject);
        let found = links::find(&mut *reader(&self.store).await?, &digest).await?;
        let Some(link) = found else {
            self.note_unknown(issuer, digest).await?;
            return Ok(ByIssuer::Not(Why::Unknown { issuer: issuer.to_owned(), subject: proven.subject }));
        };
        let Some(person) = self.person_of(&link.facility, &link.person).await? else {
            return Err(StoreError::Damaged("a link is to nobody".into()).into());
        };
        if person.role().is_none() {
            return Ok(ByIssuer::Not(Why::Closed));
        }
        let actor = actor(&link.facility, &person)?;
        let cookie = new_cookie(&link.facility)?;
        let enter = Enter {
            name: person.name,
            issuer: issuer.to_owned(),
            link: digest,
            is_coded: proven.is_coded,
            digest: Digest::of(cookie.as_bytes()),
        };
        let is_in = self.store.write(&actor, enter).await?;
        Ok(if is_in { ByIssuer::In(cookie) } else { ByIssuer::Not(Why::Closed) })
    }

    /// Nobody knows whose facility a stranger meant: each has it in its audit.
    async fn note_unknown(&self, issuer: &str, digest: Digest) -> Result<(), Halt> {
        let facilities = facilities::list(&mut *reader(&self.store).await?).await?;
        for facility in facilities {
            let actor = Actor { facility: facility.into(), name: DOOR.into(), role: Role::Administrator };
            self.store.write(&Arc::new(actor), Unknown { issuer: issuer.to_owned(), digest }).await?;
        }
        Ok(())
    }
}

/// What an issuer is asked, unless it takes too long.
async fn in_time<T>(asking: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let late = || Trouble::Down(format!("no answer within {} s", PATIENCE.as_secs()));
    let came = timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(late()));
    if let Err(Trouble::Down(why)) = &came {
        tracing::warn!(why, "the issuer cannot be asked who somebody is");
    }
    came
}

impl Door {
    /// The issuer, read within the last hour.
    async fn issuer(&self, now: Moment) -> Result<Arc<Issuer>, Trouble> {
        let mut read = self.read.lock().await;
        if let Some(issuer) = read.issuer.as_ref().filter(|_| now.count() - read.read_at < READ_ANEW) {
            return Ok(Arc::clone(issuer));
        }
        if read.asked_at.is_some_and(|at| now.count() - at < ASKED_AGAIN) {
            return Err(Trouble::Down("it did not answer a moment ago".into()));
        }
        self.ask(&mut read, now).await
    }

    /// The issuer with the keys it has now, unless they were looked for a moment ago.
    async fn with_new_keys(&self, known: &Arc<Issuer>, now: Moment) -> Result<Arc<Issuer>, Trouble> {
        let mut read = self.read.lock().await;
        match &read.issuer {
            // Somebody else has read it meanwhile.
            Some(issuer) if !Arc::ptr_eq(issuer, known) => Ok(Arc::clone(issuer)),
            _ if read.keys_at.is_some_and(|at| now.count() - at < KEYS_AGAIN) => Err(Trouble::UnknownKey),
            _ => {
                read.keys_at = Some(now.count());
                self.ask(&mut read, now).await
            }
        }
    }

    async fn ask(&self, read: &mut Read, now: Moment) -> Result<Arc<Issuer>, Trouble> {
        read.asked_at = Some(now.count());
        let client = self.client.clone();
        let issuer = self.aside(move |network| client.discover(&|request| send(&network, request))).await?;
        let issuer = Arc::new(issuer);
        (read.issuer, read.read_at) = (Some(Arc::clone(&issuer)), now.count());
        Ok(issuer)
    }

    /// Who a code proves somebody to be.
    async fn prove(&self, code: &str, begun: &Begun, now: Moment) -> Result<Proven, Trouble> {
        let _place = self.places.acquire().await.map_err(|_| Trouble::Down("nobody is signed in any more".into()))?;
        let issuer = self.issuer(now).await?;
        let (asked, code, redeemed) = (Arc::clone(&issuer), code.to_owned(), begun.clone());
        let brought = self.aside(move |network| asked.redeem(&code, &redeemed, &|request| send(&network, request)));
        let brought = brought.await?;
        match issuer.prove(&brought, begun, now) {
            Err(Trouble::UnknownKey) => self.with_new_keys(&issuer, now).await?.prove(&brought, begun, now),
            proven => proven,
        }
    }

    /// Asks where nobody else is kept waiting.
    async fn aside<T, A>(&self, asking: A) -> Result<T, Trouble>
    where
        T: Send + 'static,
        A: FnOnce(Network) -> Result<T, Trouble> + Send + 'static,
    {
        let network = Arc::clone(&self.network);
        let asked = tokio::task::spawn_blocking(move || asking(network)).await;
        asked.unwrap_or_else(|_| Err(Trouble::Down("asking it ended unexpectedly".into())))
    }

    fn seal(&self, begun: &Begun) -> Result<String, StoreError> {
        let Begun { state, nonce, verifier, at } = begun;
        let text = format!("{state}.{nonce}.{verifier}.{}", at.count());
        Ok(hex(&self.key.seal(text.as_bytes(), PLACE)?))
    }

    fn open(&self, ticket: &str) -> Option<Begun> {
        let text = String::from_utf8(self.key.open(&unhex(ticket)?, PLACE).ok()?).ok()?;
        let mut parts = text.split('.').map(str::to_owned);
        let (state, nonce, verifier) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Begun { state, nonce, verifier, at: Moment::from_count(parts.next()?.parse().ok()?) })
    }

    /// What this browser began, once, and while it is not too long ago.
    fn take(&self, ticket: &str, state: &str, now: Moment) -> Option<Begun> {
        let begun = self.open(ticket).filter(|begun| begun.state == state)?;
        let over = begun.at.count() + LONGEST_SIGN_IN;
        if now.count() >= over {
            return None;
        }
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.len() >= ENDED_AT_MOST {
            ended.retain(|_, over| *over > now.count());
        }
        if ended.len() >= ENDED_AT_MOST {
            ended.clear();
        }
        ended.insert(Digest::of(state.as_bytes()), over).is_none().then_some(begun)
    }
}

/// By the network that everything else of ours goes out through.
fn send(network: &Network, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let (head, body) = request.into_parts();
    let unreadable = || Unanswered("the request cannot be written".into());
    let headers = head.headers.iter();
    let headers = headers.map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let outgoing = Outgoing {
        url: head.uri.to_string(),
        is_post: head.method == "POST",
        headers: headers.collect::<Option<_>>().ok_or_else(unreadable)?,
        body: String::from_utf8(body).map_err(|_| unreadable())?,
    };
    let answer = network(&outgoing).map_err(|silence| match silence {
        Silence::NotSent(why) | Silence::NoAnswer(why) => Unanswered(why),
    })?;
    let headers = answer.headers.iter().map(|header| (header.name.as_str(), header.value.as_str()));
    vienphi_oidc::answer(answer.status, headers, answer.body)
}

/// The issuer has said who it is.
struct Enter {
    name: String,
    issuer: String,
    link: Digest,
    is_coded: bool,
    digest: Digest,
}

impl Command for Enter {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        let person = current(turn, &self.name).await?;
        // It may have been taken away meanwhile.
        let link = links::find(turn.connection(), &self.link).await?;
        let is_linked = link.is_some_and(|link| link.person == self.name && *link.facility == *turn.facility());
        if !is_linked || person.closed_at.is_some() {
            note(
                turn,
                Action::SessionBegin,
                &self.name,
                &format!("refused: the account is closed; by {}", self.issuer),
            )?;
            return Ok(false);
        }
        let coded_at = self.is_coded.then(|| turn.now().count());
        let entry = Entry { coded_at, issuer: Some(&self.issuer) };
        // Wrong passwords count on: whoever knows the issuer's password need not know ours.
        people::begin(turn, &self.digest, &person, entry).await?;
        let how = if self.is_coded { ", with a second factor" } else { "" };
        note(turn, Action::SessionBegin, &self.name, &format!("signed in by {}{how}", self.issuer))?;
        Ok(true)
    }
}

/// The issuer has named somebody whom nobody is linked to.
struct Unknown {
    issuer: String,
    digest: Digest,
}

impl Command for Unknown {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let reason = format!("refused: nobody is linked to this account at {}", self.issuer);
        let change = Change { action: Action::SessionBegin, subject: DOOR, reason: &reason, before: None, after: None };
        super::links::note(turn, change, &self.digest)?;
        Ok(())
    }
}
