//! Rails as a facility sets them up: an administrator asks, another person approves where the money goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::reader::Node;
use vienphi_domain::{Action, Actor};
use vienphi_ledger::Method;
use vienphi_runtime::rail::{Confidence, Manifest, Operation, Setting};
use vienphi_store::answers::Answered;
use vienphi_store::{Change, Connection, Halt, StoreError, Turn, approvals, payments};

use super::approvals::Ask;
use super::money::moment;
use super::{Desk, Page, Sent, forms, json, reader, refusals};

/// A rail's settings and secrets. It is kept sealed, and its secrets are told to nobody.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    settings: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
}

/// What is asked for, as an approval keeps it.
#[derive(Serialize, Deserialize)]
struct Proposal {
    /// Of the rail as it was set up when this was asked for; 0 for none.
    version: i64,
    settings: BTreeMap<String, String>,
    /// Only those that were sent: the others stay.
    keys: BTreeMap<String, String>,
}

/// What another person approves: where the money goes, and which secrets change.
#[derive(Debug, Serialize)]
pub struct Asked {
    settings: BTreeMap<String, String>,
    keys: Vec<String>,
}

impl Asked {
    /// Of something else that is set up like a rail.
    pub(super) fn of(settings: BTreeMap<String, String>, keys: Vec<String>) -> Asked {
        Asked { settings, keys }
    }
}

/// A rail in an answer.
#[derive(Debug, Serialize)]
pub struct Rail {
    name: String,
    /// `ready`, `not-set-up`, `without-keys` or `plugin-missing`.
    state: &'static str,
    plugin: String,
    version: String,
    digest: String,
    instructs: bool,
    confirms: bool,
    settings: BTreeMap<String, String>,
    keys: Vec<Key>,
    notes: Vec<Note>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<String>,
}

/// A secret of a rail: whether it is there.
#[derive(Debug, Serialize)]
struct Key {
    name: String,
    is_set: bool,
}

/// What is known of the rail, and how well.
#[derive(Debug, Serialize)]
struct Note {
    what: String,
    confidence: &'static str,
    source: String,
}

impl Config {
    /// For a case of a plugin.
    pub(crate) fn of(settings: BTreeMap<String, String>, keys: BTreeMap<String, String>) -> Config {
        Config { settings, keys }
    }

    /// The settings as plugins are told them.
    pub(crate) fn told(&self) -> Vec<Setting> {
        let told = |(name, value): (&String, &String)| Setting { name: name.clone(), value: value.clone() };
        self.settings.iter().map(told).collect()
    }

    /// Is this the value of a setting?
    pub(super) fn has_value(&self, value: &str) -> bool {
        self.settings.values().any(|own| own == value)
    }

    /// A setting's value.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// The secret of a slot.
    pub(super) fn key(&self, slot: &str) -> Option<&[u8]> {
        self.keys.get(slot).map(String::as_bytes)
    }
}

/// A value of a setting or a secret is no longer.
const LONGEST: usize = 500;

/// A secret is no shorter: it would be guessed.
const SHORTEST_KEY: usize = 16;

impl Desk {
    /// What money of a rail is in the ledger: one that takes money itself still has it; what others tell of, the bank has.
    pub(super) fn method(&self, name: &str) -> Method {
        let takes =
            self.rails.get(name).map(|rail| rail.manifest()).is_some_and(|rail| rail.instructs && rail.confirms);
        if takes { Method::Rail } else { Method::Transfer }
    }

    /// Can a rail do this?
    pub(super) fn can(&self, name: &str, operation: Operation) -> bool {
        self.rails.get(name).is_some_and(|rail| rail.manifest().operations.contains(&operation))
    }

    /// Asks for a rail to be set up, or anew. Secrets that are not sent stay as they are.
    pub async fn ask_rail(&self, actor: &Arc<Actor>, sent: Sent<'_>, name: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::RailAsk)?;
        if let Some(answer) = self.store.answered_before(actor, &sent.key()).await? {
            return Ok(answer);
        }
        let rail = self.rails.get(name).ok_or_else(|| refusals::not_found("rail", name))?;
        let manifest = rail.manifest();
        let before = payments::rail(&mut *reader(&self.store).await?, &actor.facility, name).await?;
        let version = before.map_or(0, |row| row.version);
        let (proposal, reason) = forms::read(sent.document, |root| {
            let [settings, keys, reason] = root.fields(["settings", "keys", "reason"])?;
            let known: Vec<&str> = manifest.settings.iter().map(|setting| setting.name.as_str()).collect();
            let settings_read = values(&settings, &known, 1)?;
            for slot in manifest.settings.iter().filter(|slot| slot.required) {
                if !settings_read.contains_key(&slot.name) {
                    settings.fault_at(&slot.name, format!("is required: {}", slot.what));
                }
            }
            let slots: Vec<&str> = manifest.keys.iter().map(|key| key.name.as_str()).collect();
            let keys = values(&keys.private(), &slots, SHORTEST_KEY)?;
            Some((Proposal { version, settings: settings_read, keys }, forms::reason(&reason)?))
        })?;
        let request = Ask {
            kind: "rail",
            subject: format!("rail/{name}"),
            amount: 0,
            reason,
            body: json(&proposal)?,
            action: Action::RailAsk,
        };
        self.once(actor, &sent, request).await
    }

    /// The rails there are, and how they are set up.
    pub async fn rails(&self, actor: &Actor) -> Result<Page<Rail>, Halt> {
        self.may(actor, Action::RailRead)?;
        let mut connection = reader(&self.store).await?;
        let kept = payments::rails(&mut connection, &actor.facility).await?;
        let mut items = Vec::new();
        for (name, rail) in self.rails.all() {
            let row = kept.iter().find(|row| row.name == name);
            let config = match row {
                Some(row) => open(self.store.key(&actor.facility).await?.open(&row.body, &place(name))?)?,
                None => Config::default(),
            };
            let mut shown = shown(name, rail.manifest(), &config, row.is_some());
            shown.digest = rail.digest().to_string();
            shown.changed_at = row.map(|row| moment(row.changed_at));
            items.push(shown);
        }
        let lost = kept.iter().filter(|row| self.rails.get(&row.name).is_none());
        items.extend(lost.map(|row| Rail { changed_at: Some(moment(row.changed_at)), ..Rail::lost(&row.name) }));
        Ok(Page { items, next: None })
    }
}

/// Values by name, of the names that there are.
fn values(node: &Node<'_, '_>, names: &[&str], shortest: usize) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for (name, value) in node.entries() {
        if !names.contains(&name) {
            value.fault(format!("is not known to this rail: {}", names.join(", ")));
            continue;
        }
        let fits = |text: &str| {
            let is_plain = (shortest..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control);
            is_plain.then(|| text.to_owned())
        };
        let value = value.form(fits, &format!("must be {shortest} to {LONGEST} printable characters"));
        values.insert(name.to_owned(), value?);
    }
    Some(values)
}

impl Rail {
    /// One that was set up, and whose plugin is not there any more.
    fn lost(name: &str) -> Rail {
        Rail {
            name: name.to_owned(),
            state: "plugin-missing",
            plugin: String::new(),
            version: String::new(),
            digest: String::new(),
            instructs: false,
            confirms: false,
            settings: BTreeMap::new(),
            keys: Vec::new(),
            notes: Vec::new(),
            changed_at: None,
        }
    }
}

/// Has it every setting that its plugin of today cannot do without?
fn has_settings(manifest: &Manifest, config: &Config) -> bool {
    manifest.settings.iter().filter(|slot| slot.required).all(|slot| config.settings.contains_key(&slot.name))
}

fn shown(name: &str, manifest: &Manifest, config: &Config, is_set_up: bool) -> Rail {
    Rail {
        name: name.to_owned(),
        state: match (is_set_up && has_settings(manifest, config), manifest.confirms && config.keys.is_empty()) {
            (false, _) => "not-set-up",
            (true, true) => "without-keys",
            (true, false) => "ready",
        },
        plugin: manifest.name.clone(),
        version: manifest.version.clone(),
        digest: String::new(),
        instructs: manifest.instructs,
        confirms: manifest.confirms,
        settings: config.settings.clone(),
        keys: manifest
            .keys
            .iter()
            .map(|key| Key { name: key.name.clone(), is_set: config.keys.contains_key(&key.name) })
            .collect(),
        notes: manifest
            .notes
            .iter()
            .map(|note| Note {
                what: note.what.clone(),
                confidence: match note.confidence {
                    Confidence::Documented => "documented",
                    Confidence::Likely => "likely",
                },
                source: note.source.clone(),
            })
            .collect(),
        changed_at: None,
    }
}

/// A rail as it is set up.
pub(super) async fn config(
    connection: &mut Connection,
    store: &vienphi_store::Store,
    facility: &str,
    name: &str,
) -> Result<Option<Config>, Halt> {
    match payments::rail(connection, facility, name).await? {
        Some(row) => Ok(Some(open(store.key(facility).await?.open(&row.body, &place(name))?)?)),
        None => Ok(None),
    }
}

fn open(plain: Vec<u8>) -> Result<Config, Halt> {
    let read = serde_json::from_slice(&plain);
    read.map_err(|_| StoreError::Damaged("a rail that was set up cannot be read".into()).into())
}

/// Sets a rail up as it was approved. One that was changed since it was asked for is not: whoever asked did not know of that.
pub(super) async fn approved(turn: &mut Turn, approval: &approvals::Approval) -> Result<(), Halt> {
    let name = approval.subject.strip_prefix("rail/").unwrap_or_default().to_owned();
    let (key, facility) = (turn.key()?, turn.facility());
    let proposal = proposal(&key.open(&approval.body, &super::approvals::place(approval.id))?)?;
    let before = payments::rail(turn.connection(), &facility, &name).await?;
    if before.as_ref().map_or(0, |row| row.version) != proposal.version {
        return Err(refusals::conflict(
            "urn:vienphi:problem:changed-meanwhile",
            "The rail has changed since",
            format!("rail {name:?} is not as it was when this was asked for: reject it, and ask again"),
        )
        .into());
    }
    let before = before.map(|row| key.open(&row.body, &place(&name))).transpose()?;
    let mut config = before.clone().map_or_else(|| Ok(Config::default()), open)?;
    config.settings = proposal.settings;
    config.keys.extend(proposal.keys);
    let after = json(&config)?;
    let change = Change {
        action: Action::RailAsk,
        subject: &approval.subject,
        reason: "approved",
        before: before.map(|plain| key.digest(&plain)),
        after: Some(key.digest(&after)),
    };
    let audit = turn.audit(&change)?;
    Ok(payments::set_rail(turn, &name, key.seal(&after, &place(&name))?, audit).await?)
}

/// What an approval of a rail is about; its secrets are told to nobody.
pub(super) fn asked(plain: &[u8]) -> Result<Asked, Halt> {
    let Proposal { settings, keys, .. } = proposal(plain)?;
    Ok(Asked { settings, keys: keys.into_keys().collect() })
}

fn proposal(plain: &[u8]) -> Result<Proposal, Halt> {
    let read = serde_json::from_slice(plain);
    read.map_err(|_| StoreError::Damaged("what was asked of a rail cannot be read".into()).into())
}

/// What a rail's settings are sealed for.
fn place(name: &str) -> String {
    format!("rail/{name}")
}
