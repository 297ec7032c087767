//! The desk: what people and programs of a facility do with patients, visits and money.
//!
//! Each use case reads what it is about, asks the policies whether the actor may, and then sends one command to the writer.
//! Pages and JSON call the same use cases.
//!
//! * [`encounters`], [`patients`], [`repricings`]: the record
//! * [`money`], [`receipts`], [`refunds`], [`approvals`], [`shifts`], [`unapplied`]: the money
//! * [`rails`], [`payments`], [`screens`], [`callbacks`], `asking`, `attempts`, `receive`: money without cash
//! * [`claims`], [`portal_account`], [`eligibility`]: what the insurer's portal is sent and asked
//! * [`claim_checks`]: claim files of any software, checked
//! * [`people`]: who signs in to the pages
//! * [`overview`]: how the money stands
//! * [`ledger`], [`hooks`]: what others read and are told

pub mod approvals;
mod asking;
mod attempts;
pub mod bill;
mod books;
pub(crate) mod callback_tokens;
pub mod callbacks;
pub mod claim_checks;
pub mod claims;
pub mod eligibility;
pub mod encounters;
pub mod exchanges;
mod forms;
pub mod hooks;
mod issue;
pub mod ledger;
pub mod money;
mod outcomes;
pub mod overview;
mod owner;
pub mod patients;
pub mod payments;
pub mod people;
mod portal;
pub mod portal_account;
mod rail_refunds;
pub mod rails;
mod reading;
pub mod receipts;
mod receive;
pub mod refunds;
mod refusals;
pub mod repricings;
pub mod screens;
pub mod shifts;
mod signing;
mod standing;
mod told;
pub mod unapplied;
mod unasked;

/// What cases of payment plugins are tried with.
pub(crate) mod trial {
    use vienphi_domain::Moment;
    use vienphi_runtime::rail::{Incoming, Rail};

    pub(crate) use super::rails::Config;
    pub(crate) use super::signing::Hand;
    pub(crate) use super::told::kind_word;

    /// Is it proven who sent a message? Why not, if not. No token of a host is good here.
    pub(crate) fn believed(rail: &dyn Rail, config: &Config, incoming: &Incoming, now: Moment) -> Result<(), String> {
        super::callbacks::proven(rail, config, None, incoming, now).map_err(str::to_owned)
    }
}

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::broadcast;
use vienphi_access::{About, Access};
use vienphi_domain::{Action, Actor, Digest};
use vienphi_money::Amount;
use vienphi_reports::Mapping;
use vienphi_store::tokens::Known;
use vienphi_store::{Command, Connection, Key, Store};

use crate::network::Network;
use crate::rails::Rails;
use crate::submitting::Submitting;

pub use vienphi_store::answers::Answered;
pub use vienphi_store::{Halt, StoreError};

/// What use cases work with.
pub struct Desk {
    store: Arc<Store>,
    access: Arc<Access>,
    known: Known,
    mapping: Mapping,
    check_address: AddressCheck,
    rails: Rails,
    network: Network,
    submitting: Option<Arc<Submitting>>,
    /// Whoever decides about money or people gives a one-time code.
    asks_codes: bool,
    strangers: people::strangers::Strangers,
    addresses: people::addresses::Addresses,
    /// The issuer that says who people are, where there is one.
    door: Option<people::issuer::Door>,
    shelf: claim_checks::Shelf,
    looks: reading::Looks,
    /// Is told of every request for payment that changed.
    changed: broadcast::Sender<Changed>,
}

/// So many changes wait for whoever follows them; one that falls behind looks again.
const CHANGES: usize = 256;

/// A request for payment changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Whose.
    pub facility: Box<str>,
    /// Which.
    pub request: i64,
}

/// Says what is wrong with the address of a webhook.
pub type AddressCheck = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

impl Desk {
    /// A desk over a store. The ledger is exported with the account codes of `mapping`; what `check_address` finds fault
    /// with is told nothing. What payment plugins send goes through `network`.
    pub fn new(
        store: Arc<Store>,
        access: Arc<Access>,
        mapping: Mapping,
        check_address: AddressCheck,
        rails: Rails,
        network: Network,
    ) -> Desk {
        let (changed, _) = broadcast::channel(CHANGES);
        Desk {
            store,
            access,
            known: Known::default(),
            mapping,
            check_address,
            rails,
            network,
            submitting: None,
            asks_codes: true,
            strangers: people::strangers::Strangers::default(),
            addresses: people::addresses::Addresses::default(),
            door: None,
            shelf: claim_checks::Shelf::default(),
            looks: reading::Looks::default(),
            changed,
        }
    }

    /// With what claims are sent with.
    pub fn with_submitting(mut self, submitting: Submitting) -> Desk {
        self.submitting = Some(Arc::new(submitting));
        self
    }

    /// Without one-time codes: for a demonstration, whose visitors have no telephone at hand and whose records end with it.
    pub fn without_codes(mut self) -> Desk {
        self.asks_codes = false;
        self
    }

    /// What is kept.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// A key for the forms of a page: each is one command, however often it is sent.
    pub fn form_key(&self) -> Result<String, StoreError> {
        let bytes = vienphi_store::keys::random::<16>()?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Who holds a token.
    pub async fn actor_of(&self, token: &str) -> Result<Option<Arc<Actor>>, StoreError> {
        self.store.actor_of(token, &self.known).await
    }

    /// May the actor do this to something of its own facility? For pages that show only what may be done; who does it is asked again.
    pub fn permits(&self, actor: &Actor, action: Action) -> bool {
        self.access.permits(actor, action, &About::facility(&actor.facility))
    }

    /// May the actor do this to something of its own facility?
    fn may(&self, actor: &Actor, action: Action) -> Result<(), Halt> {
        self.may_about(actor, action, &About::facility(&actor.facility))
    }

    /// May the actor do this to a certain record?
    fn may_about(&self, actor: &Actor, action: Action, about: &About<'_>) -> Result<(), Halt> {
        let decision = self.access.decide(actor, action, about);
        if decision.is_allowed { Ok(()) } else { Err(refusals::forbidden(actor, action, &decision.reasons).into()) }
    }

    /// May the actor do this to a record that is not there? Whoever may not is told no more than that.
    fn may_about_none(&self, actor: &Actor, action: Action) -> Result<(), Halt> {
        let about = About { facility: &actor.facility, made_by: Some(""), in_open_shift: true, kind: Some("refund") };
        self.may_about(actor, action, &about)
    }

    /// Does a money command once by its key.
    async fn once<C>(&self, actor: &Arc<Actor>, key: &Sent<'_>, command: C) -> Result<Answered, Halt>
    where
        C: Command<Answer = Answered>,
    {
        self.store.write_once(actor, key.key(), command).await
    }
}

/// A command as it was sent: the name its sender gave it, where it was sent and what.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// Idempotency-Key.
    pub key: &'a str,
    /// Method and path.
    pub route: &'a str,
    /// The body.
    pub document: &'a [u8],
}

impl Sent<'_> {
    fn key(&self) -> Key {
        let request = Digest::of_pieces([("route", self.route.as_bytes()), ("body", self.document)]);
        Key { key: self.key.to_owned(), request }
    }
}

/// An amount of 1/100 đồng as documents write it.
fn dong(units: i64) -> String {
    Amount::from_units(units).to_string()
}

/// JSON of an answer.
fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, Halt> {
    let written = serde_json::to_vec(value);
    written.map_err(|error| Halt::Failed(StoreError::Damaged(format!("an answer cannot be written: {error}"))))
}

fn answered<T: Serialize>(status: u16, value: &T, audit: i64) -> Result<Answered, Halt> {
    Ok(Answered { status, body: json(value)?, audit: Some(audit) })
}

/// A connection for reading.
async fn reader(store: &Store) -> Result<impl std::ops::DerefMut<Target = Connection>, Halt> {
    Ok(store.reader().await?)
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `after` for the next page; none when this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
