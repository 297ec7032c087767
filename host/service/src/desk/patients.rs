//! Patients: who they are, found by what people type, and which of them are one person.

use std::sync::Arc;

use serde::Serialize;
use vienphi_domain::patient::search_words;
use vienphi_domain::{Action, Actor, Identity};
use vienphi_store::{Change, Command, Halt, Turn, encounters, patients};

use super::{Desk, Page, forms, reader, refusals};

/// A patient in an answer.
#[derive(Debug, Serialize)]
pub struct Patient {
    #[serde(flatten)]
    identity: Identity,
    version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merged: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounters: Option<Vec<Visit>>,
}

#[derive(Debug, Serialize)]
struct Visit {
    id: String,
    state: String,
    arrived_on: String,
    due: String,
}

/// Who a patient is.
struct Save(Identity);

/// Two records are one person, or are not after all.
struct Merge {
    id: String,
    into: Option<String>,
    reason: String,
}

/// Patients of one search.
const FOUND_AT_MOST: usize = 50;

impl Desk {
    /// Keeps who a patient is; one that is known gets the new identity. Says whether it is new.
    pub async fn save_patient(&self, actor: &Arc<Actor>, document: &[u8]) -> Result<(Patient, bool), Halt> {
        self.may(actor, Action::PatientWrite)?;
        let number = self.store.new_id()?;
        let identity = forms::read(document, |root| Identity::read(root, Some(&number)))?;
        let (saved, is_new) = self.store.write(actor, Save(identity)).await?;
        Ok((shown(saved), is_new))
    }

    /// Patients that match what somebody typed: a card, a number, a telephone number, a name with or without marks.
    pub async fn find_patients(&self, actor: &Actor, query: &str) -> Result<Page<Patient>, Halt> {
        self.may(actor, Action::PatientRead)?;
        let words = search_words(query);
        if words.is_empty() || query.split_whitespace().count() > 10 {
            return Err(refusals::invalid_field("q", "must be a card, a number or 1 to 10 words of a name").into());
        }
        let key = self.store.key(&actor.facility).await?;
        let found =
            patients::search(&mut *reader(&self.store).await?, &key, &actor.facility, &words, FOUND_AT_MOST).await?;
        self.looked_for(actor, found.len()).await?;
        Ok(Page { items: found.into_iter().map(shown).collect(), next: None })
    }

    /// A patient with its visits, those of records that turned out to be it included.
    pub async fn patient(&self, actor: &Actor, id: &str) -> Result<Patient, Halt> {
        self.may(actor, Action::PatientRead)?;
        let key = self.store.key(&actor.facility).await?;
        let mut connection = reader(&self.store).await?;
        let found = patients::find(&mut connection, &key, &actor.facility, id).await?;
        let found = found.ok_or_else(|| refusals::not_found("patient", id))?;
        self.looks_at(actor, Action::PatientRead, &format!("patient/{id}")).await?;
        let merged = patients::merged_into(&mut connection, &actor.facility, id).await?;
        let mut visits = Vec::new();
        for patient in std::iter::once(id).chain(merged.iter().map(String::as_str)) {
            visits.extend(encounters::of_patient(&mut connection, &actor.facility, patient).await?);
        }
        visits.sort_by(|a, b| b.arrived_on.cmp(&a.arrived_on).then_with(|| a.id.cmp(&b.id)));
        let visit = |row: encounters::Encounter| Visit {
            due: super::dong(row.balance.0.due().max(0)),
            id: row.id,
            state: row.state,
            arrived_on: row.arrived_on,
        };
        Ok(Patient { merged, encounters: Some(visits.into_iter().map(visit).collect()), ..shown(found) })
    }

    /// Says that a record is the same person as another.
    pub async fn merge(&self, actor: &Arc<Actor>, id: &str, document: &[u8]) -> Result<Patient, Halt> {
        self.may(actor, Action::PatientMerge)?;
        let (into, reason) = forms::read(document, |root| {
            let [into, reason] = root.fields(["into", "reason"])?;
            let (into, reason) = (forms::words(&into.required()), forms::reason(&reason));
            Some((into?, reason?))
        })?;
        if into == id {
            return Err(refusals::invalid_field("into", "must be another patient").into());
        }
        Ok(shown(self.store.write(actor, Merge { id: id.to_owned(), into: Some(into), reason }).await?))
    }

    /// Says that a record is a person of its own after all.
    pub async fn unmerge(&self, actor: &Arc<Actor>, id: &str, document: &[u8]) -> Result<Patient, Halt> {
        self.may(actor, Action::PatientMerge)?;
        let reason = forms::read(document, |root| {
            let [reason] = root.fields(["reason"])?;
            forms::reason(&reason)
        })?;
        Ok(shown(self.store.write(actor, Merge { id: id.to_owned(), into: None, reason }).await?))
    }
}

impl Command for Save {
    type Answer = (patients::Patient, bool);

    async fn run(self, turn: &mut Turn) -> Result<(patients::Patient, bool), Halt> {
        let mut identity = self.0;
        let (facility, key) = (turn.facility(), turn.key()?);
        let known = patients::find(turn.connection(), &key, &facility, &identity.id).await?;
        let is_new = known.is_none();
        let (version, merged_into, before) = match &known {
            None => (1, None, None),
            Some(known) => {
                // Cards come with visits; a new address does not take them away.
                identity.cards.clone_from(&known.identity.cards);
                if known.identity == identity {
                    return Ok((known.clone(), false));
                }
                (known.version + 1, known.merged_into.clone(), Some(patients::digest(&key, &known.identity)))
            }
        };
        let subject = format!("patient/{}", identity.id);
        let after = Some(patients::digest(&key, &identity));
        let audit =
            turn.audit(&Change { action: Action::PatientWrite, subject: &subject, reason: "", before, after })?;
        let patient = patients::Patient { id: identity.id.clone(), version, identity, merged_into };
        patients::save(turn, &patient, audit).await?;
        Ok((patient, is_new))
    }
}

impl Command for Merge {
    type Answer = patients::Patient;

    async fn run(self, turn: &mut Turn) -> Result<patients::Patient, Halt> {
        let Merge { id, into, reason } = self;
        let (facility, key) = (turn.facility(), turn.key()?);
        let found = patients::find(turn.connection(), &key, &facility, &id).await?;
        let mut patient = found.ok_or_else(|| refusals::not_found("patient", &id))?;
        if let Some(into) = &into {
            let other = patients::find(turn.connection(), &key, &facility, into).await?;
            let other = other.ok_or_else(|| refusals::invalid_field("into", "must be a patient of this facility"))?;
            if let Some(end) = &other.merged_into {
                return Err(already_merged(into, end).into());
            }
            if let Some(first) = patients::merged_into(turn.connection(), &facility, &id).await?.first() {
                return Err(already_merged(first, &id).into());
            }
        }
        if patient.merged_into == into {
            return Ok(patient);
        }
        let subject = format!("patient/{id}");
        let change =
            Change { action: Action::PatientMerge, subject: &subject, reason: &reason, before: None, after: None };
        let audit = turn.audit(&change)?;
        patient.merged_into = into;
        patient.version += 1;
        patients::save(turn, &patient, audit).await?;
        Ok(patient)
    }
}

fn already_merged(id: &str, into: &str) -> vienphi_domain::Problem {
    refusals::conflict(
        "urn:vienphi:problem:already-merged",
        "One of them is merged already",
        format!("patient {id:?} is the same as {into:?}: merge with that one, or unmerge first"),
    )
}

fn shown(patient: patients::Patient) -> Patient {
    Patient {
        version: patient.version,
        identity: patient.identity,
        merged_into: patient.merged_into,
        merged: Vec::new(),
        encounters: None,
    }
}
