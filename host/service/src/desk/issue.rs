//! Issuing a statement: the one command that changes what a visit costs, whoever asks for it.

use std::sync::Arc;

use vienphi_domain::statement::Totals;
use vienphi_domain::{Action, Actor, Day, Digest, Encounter, Identity, Problem, Statement};
use vienphi_ledger::{Balance, Draft, Earned, Event};
use vienphi_store::encounters::{self, Balances, Issued};
use vienphi_store::{Command, Halt, Store, StoreError, Turn, documents, patients};

use super::refusals;
use crate::pricer::Pricer;
use crate::problems::internal;

/// A statement that was priced and is ready to be issued.
pub(super) struct Made {
    pub(super) version: i64,
    pub(super) json: Vec<u8>,
    pub(super) digest: Digest,
    pub(super) totals: Totals,
    pub(super) earned: Earned,
    pub(super) findings: i64,
    pub(super) as_of: Day,
    pub(super) made_from: String,
}

/// Prices an encounter as a version of its statement.
pub(super) fn make(pricer: &Pricer, encounter: &Encounter, today: Day, version: i64) -> Result<Made, Problem> {
    let mut statement = pricer.price(encounter, today)?;
    statement.version = u32::try_from(version).unwrap_or(u32::MAX);
    let mut json = Vec::with_capacity(4096 + 1200 * statement.lines.len());
    statement.write_json(&mut json);
    let earned =
        earned(encounter, &statement).ok_or_else(|| internal(Some(&encounter.id), "an amount does not fit"))?;
    let digests = &statement.digests;
    Ok(Made {
        version,
        digest: Digest::of(&json),
        json,
        totals: statement.totals,
        earned,
        findings: i64::try_from(statement.findings.len()).unwrap_or(i64::MAX),
        as_of: today,
        made_from: format!("{} {} {} {}", digests.component, digests.tariff, digests.policies, digests.engine),
    })
}

fn earned(encounter: &Encounter, statement: &Statement<'_>) -> Option<Earned> {
    let lines = encounter.lines.iter().zip(&statement.lines).map(|(line, billed)| {
        let of_segment = line.segments.first().and_then(|segment| segment.department.clone());
        let department = line.department.clone().or(of_segment);
        ((department, line.practitioner.clone(), line.group), &billed.sum)
    });
    Earned::of(lines)
}

/// A visit's document with a statement for it.
pub(super) struct Issue {
    pub(super) encounter: String,
    pub(super) action: Action,
    pub(super) reason: String,
    /// The visit as it was when the statement was made; `None` for a new one.
    pub(super) base: Option<encounters::Encounter>,
    /// The visit as sent, when that is new.
    pub(super) snapshot: Option<documents::Packed>,
    pub(super) arrived_on: String,
    /// Whose visit it is, when that may be new.
    pub(super) identity: Option<Identity>,
    pub(super) made: Made,
    pub(super) statement: documents::Packed,
    /// Close it.
    pub(super) close: bool,
}

/// What issuing a statement led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) version: i64,
    pub(super) statement_version: i64,
    pub(super) audit: i64,
}

/// The problem that says that the visit is not the one the statement was made for any more.
pub(super) const STALE: &str = "urn:vienphi:problem:stale";

impl Issue {
    /// Packs the documents; what can be done before its turn is.
    #[allow(clippy::too_many_arguments)] // each is one noun of the command
    pub(super) async fn new(
        store: &Store,
        actor: &Actor,
        action: Action,
        reason: String,
        base: Option<encounters::Encounter>,
        encounter: &Encounter,
        document: Option<&[u8]>,
        made: Made,
        close: bool,
    ) -> Result<Issue, Halt> {
        let key = store.key(&actor.facility).await?;
        let snapshot = document.map(|document| documents::pack(&key, encounter.digest, document)).transpose()?;
        let identity = document.and_then(|document| Identity::of_encounter(document, &encounter.id));
        let statement = documents::pack(&key, made.digest, &made.json)?;
        Ok(Issue {
            encounter: encounter.id.to_string(),
            action,
            reason,
            base,
            snapshot,
            arrived_on: encounter.visit.arrived_at.day().to_string(),
            identity,
            made,
            statement,
            close,
        })
    }

    /// Sends it to the writer.
    pub(super) async fn send(self, store: &Store, actor: &Arc<Actor>) -> Result<Done, Halt> {
        store.write(actor, self).await
    }
}

impl Command for Issue {
    type Answer = Done;

    async fn run(self, turn: &mut Turn) -> Result<Done, Halt> {
        let facility = turn.facility();
        let found = encounters::find(turn.connection(), &facility, &self.encounter).await?;
        let same = match (&found, &self.base) {
            (None, None) => true,
            (Some(found), Some(base)) => {
                found.version == base.version
                    && found.statement_version == base.statement_version
                    && found.state == base.state
            }
            _ => false,
        };
        if !same {
            return Err(refusals::conflict(STALE, "The encounter has changed meanwhile", "price it again").into());
        }
        let (before, now) = (found.as_ref().map(|found| found.statement.clone()), turn.now());
        let subject = format!("encounter/{}", self.encounter);
        let before = before.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).map(Digest::from_bytes);
        let audit = turn.audit(&vienphi_store::Change {
            action: self.action,
            subject: &subject,
            reason: &self.reason,
            before,
            after: Some(self.made.digest),
        })?;
        let is_new = found.is_none();
        let mut row = found.unwrap_or_else(|| blank(&self.encounter));
        self.keep_patient(turn, &mut row, is_new, audit).await?;
        let mut draft = Draft::of(Event::StatementIssued);
        let earned_before: Earned = match row.earned.as_str() {
            "" => Earned::default(),
            text => serde_json::from_str(text)
                .map_err(|_| StoreError::Damaged(format!("what encounter {} earned cannot be read", row.id)))?,
        };
        self.made.earned.post_change(&earned_before, &mut draft);
        let journal = row.balance.0.issue(draft)?;
        let journal = turn.post(&journal, Some(&self.encounter), &subject, None, audit)?;
        if let Some(snapshot) = self.snapshot {
            row.version += 1;
            row.snapshot = snapshot.digest.bytes().to_vec();
            encounters::keep_snapshot(turn, &self.encounter, row.version, &snapshot.digest, audit);
            documents::keep(turn, &self.encounter, snapshot);
        }
        row.statement_version = self.made.version;
        row.statement = self.made.digest.bytes().to_vec();
        row.arrived_on = self.arrived_on;
        row.as_of = self.made.as_of.to_string();
        row.made_from = self.made.made_from;
        row.earned = serde_json::to_string(&self.made.earned)
            .map_err(|error| StoreError::Damaged(format!("what was earned cannot be written: {error}")))?;
        if self.close {
            row.state = "closed".to_owned();
            row.closed_at = Some(now.count());
        }
        documents::keep(turn, &self.encounter, self.statement);
        let issued = Issued {
            version: row.statement_version,
            snapshot: row.version,
            document: self.made.digest,
            as_of: row.as_of.clone(),
            reason: self.reason,
            totals: self.made.totals,
            findings: self.made.findings,
            at: now,
            actor: String::new(),
        };
        encounters::keep_statement(turn, &self.encounter, &issued, audit, journal);
        let message = serde_json::json!({
            "encounter": self.encounter, "statement_version": row.statement_version, "version": row.version,
            "cash_due": issued.totals.cash_due.to_string(), "insurer": issued.totals.insurer.to_string(),
            "closed": self.close,
        });
        turn.tell("statement.issued", Some(&self.encounter), &message.to_string(), audit)?;
        match is_new {
            true => encounters::insert(turn, &row).await?,
            false => encounters::update(turn, &row).await?,
        }
        Ok(Done { version: row.version, statement_version: row.statement_version, audit })
    }
}

impl Issue {
    /// Keeps whose visit it is: a patient that is not known yet, or a card not seen before.
    async fn keep_patient(
        &self,
        turn: &mut Turn,
        row: &mut encounters::Encounter,
        is_new: bool,
        audit: i64,
    ) -> Result<(), Halt> {
        let Some(identity) = &self.identity else { return Ok(()) };
        let (facility, key) = (turn.facility(), turn.key()?);
        let known = match is_new || row.patient != identity.id || !identity.cards.is_empty() {
            true => patients::find(turn.connection(), &key, &facility, &identity.id).await?,
            false => return Ok(()),
        };
        row.patient.clone_from(&identity.id);
        let patient = match known {
            None => {
                patients::Patient { id: identity.id.clone(), version: 1, identity: identity.clone(), merged_into: None }
            }
            Some(mut known) => {
                let unseen = identity.cards.iter().filter(|card| !known.identity.cards.contains(card)).cloned();
                let unseen: Vec<String> = unseen.collect();
                if unseen.is_empty() {
                    return Ok(());
                }
                known.identity.cards.extend(unseen);
                known.version += 1;
                known
            }
        };
        patients::save(turn, &patient, audit).await?;
        Ok(())
    }
}

fn blank(id: &str) -> encounters::Encounter {
    encounters::Encounter {
        id: id.to_owned(),
        patient: String::new(),
        state: "open".to_owned(),
        version: 0,
        statement_version: 0,
        snapshot: Vec::new(),
        statement: Vec::new(),
        arrived_on: String::new(),
        closed_at: None,
        as_of: String::new(),
        made_from: String::new(),
        earned: String::new(),
        balance: Balances(Balance::default()),
        changed_at: 0,
    }
}
