//! Rails as a facility sets them up: an administrator asks, another person approves where the money goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::reader::Node;
use vienphi_domain::{Action, Actor};
use vienphi_runtime::rail::{Confidence, Manifest, Setting};
use vienphi_store::answers::Answered;
use vienphi_store::{Connection, Halt, StoreError, Turn, approvals, payments};

use super::approvals::Ask;
use super::money::moment;
use super::{Desk, Page, Sent, forms, json, reader, refusals};

/// A rail's settings and secrets. It is kept sealed, and its secrets are told to nobody.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(super) struct Config {
    settings: BTreeMap<String, String>,
    keys: BTreeMap<String, String>,
}

/// A rail in an answer.
#[derive(Debug, Serialize)]
pub struct Rail {
    name: String,
    /// `ready`, or why it cannot be used.
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
    /// The settings as plugins are told them.
    pub(super) fn told(&self) -> Vec<Setting> {
        let told = |(name, value): (&String, &String)| Setting { name: name.clone(), value: value.clone() };
        self.settings.iter().map(told).collect()
    }

    /// The secret of a slot.
    pub(super) fn key(&self, slot: &str) -> Option<&[u8]> {
        self.keys.get(slot).map(String::as_bytes)
    }
}

/// A value of a setting or a secret is no longer.
const LONGEST: usize = 500;

impl Desk {
    /// Asks for a rail to be set up, or anew. Secrets that are not sent stay as they are.
    pub async fn ask_rail(&self, actor: &Arc<Actor>, sent: Sent<'_>, name: &str) -> Result<Answered, Halt> {
        self.may(actor, Action::RailAsk)?;
        let rail = self.rails.get(name).ok_or_else(|| refusals::not_found("rail", name))?;
        let manifest = rail.manifest();
        let before = config(&mut *reader(&self.store).await?, &self.store, &actor.facility, name).await?;
        let before = before.unwrap_or_default();
        let (config, reason) = forms::read(sent.document, |root| {
            let [settings, keys, reason] = root.fields(["settings", "keys", "reason"])?;
            let known: Vec<&str> = manifest.settings.iter().map(|setting| setting.name.as_str()).collect();
            let settings_read = values(&settings, &known)?;
            for slot in manifest.settings.iter().filter(|slot| slot.required) {
                if !settings_read.contains_key(&slot.name) {
                    settings.fault_at(&slot.name, format!("is required: {}", slot.what));
                }
            }
            let slots: Vec<&str> = manifest.keys.iter().map(|key| key.name.as_str()).collect();
            let mut keys_read = before.keys.clone();
            keys_read.extend(values(&keys.private(), &slots)?);
            Some((Config { settings: settings_read, keys: keys_read }, forms::reason(&reason)?))
        })?;
        let request = Ask {
            kind: "rail",
            subject: format!("rail/{name}"),
            amount: 0,
            reason,
            body: json(&config)?,
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
        Ok(Page { items, next: None })
    }
}

/// Values by name, of the names that there are.
fn values(node: &Node<'_, '_>, names: &[&str]) -> Option<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for (name, value) in node.entries() {
        if !names.contains(&name) {
            value.fault(format!("is not known to this rail: {}", names.join(", ")));
            continue;
        }
        let fits = |text: &str| {
            let is_plain = !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
            is_plain.then(|| text.to_owned())
        };
        let value = value.form(fits, &format!("must be 1 to {LONGEST} printable characters"));
        values.insert(name.to_owned(), value?);
    }
    Some(values)
}

fn shown(name: &str, manifest: &Manifest, config: &Config, is_set_up: bool) -> Rail {
    Rail {
        name: name.to_owned(),
        state: if is_set_up { "ready" } else { "not-set-up" },
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

/// Sets a rail up as it was approved.
pub(super) async fn approved(turn: &mut Turn, approval: &approvals::Approval, audit: i64) -> Result<(), Halt> {
    let name = approval.subject.strip_prefix("rail/").unwrap_or_default().to_owned();
    let key = turn.key()?;
    let plain = key.open(&approval.body, &super::approvals::place(approval.id))?;
    let sealed = key.seal(&plain, &place(&name))?;
    Ok(payments::set_rail(turn, &name, sealed, audit).await?)
}

/// What a rail's settings are sealed for.
fn place(name: &str) -> String {
    format!("rail/{name}")
}
