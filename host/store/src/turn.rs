//! What a command works with while it is its turn: the transaction, the facility's counters and what is to be written.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{AnyConnection, Row as _};
use vienphi_domain::{Action, Actor, Digest, Moment};
use vienphi_ledger::Journal;

use crate::deferred::{self, Cell, Table};
use crate::error::StoreError;
use crate::keys::{FacilityKey, MasterKey};

/// Facility, actor and key.
type CommandName = (Box<str>, Box<str>, String);

/// A command's turn.
pub struct Turn {
    pub(crate) connection: AnyConnection,
    master: Arc<MasterKey>,
    facilities: HashMap<Arc<str>, Page>,
    rows: Vec<(&'static Table, Vec<Cell>)>,
    /// Rows of earlier commands that were written within this command's savepoint: if that is taken back, they are not
    /// written any more.
    written_early: Vec<(&'static Table, Vec<Cell>)>,
    /// Answers of this transaction, by facility, actor and key.
    pub(crate) answers: HashMap<CommandName, (Digest, crate::answers::Answered)>,
    /// Whose turn it is.
    pub(crate) facility: Arc<str>,
    actor: Arc<Actor>,
    now: Moment,
    /// Where it began, for taking it back.
    began: (usize, Option<Counters>),
}

/// A facility that this transaction holds.
struct Page {
    key: Arc<FacilityKey>,
    /// As they were.
    taken: Counters,
    counters: Counters,
}

/// The numbers a facility hands out, without gaps.
#[derive(Debug, Clone, Copy)]
struct Counters {
    record: i64,
    audit: i64,
    audit_digest: Digest,
    journal: i64,
    message: i64,
}

static AUDIT: Table = Table::new(
    "audit",
    &[
        "facility", "number", "at", "actor", "role", "action", "subject", "reason", "before", "after", "previous",
        "digest",
    ],
);
static MESSAGE: Table = Table::new("message", &["facility", "number", "topic", "encounter", "body", "at", "audit"]);
static JOURNAL: Table = Table::new(
    "journal",
    &["facility", "number", "event", "at", "day", "encounter", "subject", "reverses", "actor", "audit"],
);
static POSTING: Table = Table::new(
    "posting",
    &[
        "facility",
        "journal",
        "place",
        "account",
        "amount",
        "department",
        "practitioner",
        "fee_group",
        "payer",
        "method",
        "shift",
    ],
);

/// A change as the audit tells it.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What was done, as policies name it.
    pub action: Action,
    /// To what, as in `encounter/L1`.
    pub subject: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Digest of what was.
    pub before: Option<Digest>,
    /// Digest of what is.
    pub after: Option<Digest>,
}

impl Turn {
    pub(crate) fn new(connection: AnyConnection, master: Arc<MasterKey>) -> Turn {
        let nobody = Actor { facility: "".into(), name: "".into(), role: vienphi_domain::Role::Administrator };
        Turn {
            connection,
            master,
            facilities: HashMap::new(),
            rows: Vec::new(),
            written_early: Vec::new(),
            answers: HashMap::new(),
            facility: "".into(),
            actor: Arc::new(nobody),
            now: Moment::from_count(0),
            began: (0, None),
        }
    }

    /// Does this transaction hold the facility?
    pub(crate) fn holds(&self, facility: &str) -> bool {
        self.facilities.contains_key(facility)
    }

    /// Takes the facility, so that no other process writes to it before this transaction ends. Outside of every savepoint:
    /// PostgreSQL gives a row back with the savepoint it was taken in.
    pub(crate) async fn hold(&mut self, facility: &str) -> Result<(), StoreError> {
        let page = self.take(facility).await?;
        self.facilities.insert(Arc::from(facility), page);
        Ok(())
    }

    /// A command of a facility that is held begins.
    pub(crate) fn begin(&mut self, actor: Arc<Actor>, now: Moment) {
        (self.facility, self.actor, self.now) = (Arc::from(&*actor.facility), actor, now);
        self.written_early.clear();
        self.began = (self.rows.len(), self.facilities.get(&self.facility).map(|page| page.counters));
    }

    async fn take(&mut self, facility: &str) -> Result<Page, StoreError> {
        let taken = sqlx::query(
            "update facility set turn = turn + 1 where facility = $1 \
             returning data_key, record_number, audit_number, audit_digest, journal_number, message_number",
        );
        let row = taken.bind(facility.to_owned()).fetch_optional(&mut self.connection).await?;
        let row = row.ok_or_else(|| StoreError::NoFacility(facility.to_owned()))?;
        let sealed: Vec<u8> = row.try_get(0)?;
        let counters = Counters {
            record: row.try_get(1)?,
            audit: row.try_get(2)?,
            audit_digest: digest(row.try_get(3)?)?,
            journal: row.try_get(4)?,
            message: row.try_get(5)?,
        };
        Ok(Page { key: Arc::new(self.master.facility(facility, &sealed)?), taken: counters, counters })
    }

    /// Takes back what the command has not written yet; what it has, a savepoint takes back.
    pub(crate) fn forget(&mut self) {
        self.rows.truncate(self.began.0);
        let early = std::mem::take(&mut self.written_early);
        self.rows.splice(0..0, early);
        self.began.0 = self.rows.len();
        if let (Some(page), Some(counters)) = (self.facilities.get_mut(&self.facility), self.began.1) {
            page.counters = counters;
        }
    }

    /// Writes what was put off. Whoever reads a table that is written in this way does so after it.
    pub async fn write_rows(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.rows);
        self.written_early.extend(rows.iter().take(self.began.0).cloned());
        self.began.0 = 0;
        deferred::write(&mut self.connection, rows).await
    }

    /// Writes the rest and the counters: after it the transaction may be committed.
    pub(crate) async fn end(&mut self) -> Result<(), StoreError> {
        self.write_rows().await?;
        for (facility, page) in std::mem::take(&mut self.facilities) {
            let Counters { record, audit, audit_digest, journal, message } = page.counters;
            let save = sqlx::query(
                "update facility set record_number = $2, audit_number = $3, audit_digest = $4, journal_number = $5, \
                 message_number = $6 where facility = $1 and audit_number = $7 and journal_number = $8",
            );
            let save = save.bind(facility.to_string()).bind(record).bind(audit).bind(audit_digest.bytes().to_vec());
            let save = save.bind(journal).bind(message).bind(page.taken.audit).bind(page.taken.journal);
            // Nobody else can have advanced them; if somebody has, nothing of this is committed.
            crate::encounters::changed(save.execute(&mut self.connection).await?.rows_affected(), "facility")?;
        }
        Ok(())
    }

    pub(crate) fn put(&mut self, table: &'static Table, row: Vec<Cell>) {
        self.rows.push((table, row));
    }

    fn page(&mut self) -> Result<&mut Page, StoreError> {
        let facility = &self.facility;
        self.facilities.get_mut(facility).ok_or_else(|| StoreError::NoFacility(facility.to_string()))
    }

    /// The transaction's connection, for the reading functions of the aggregates.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }

    /// The facility whose turn it is.
    pub fn facility(&self) -> Arc<str> {
        Arc::clone(&self.facility)
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// When.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The facility's key.
    pub fn key(&mut self) -> Result<Arc<FacilityKey>, StoreError> {
        Ok(Arc::clone(&self.page()?.key))
    }

    /// The next number of a shift, an approval, a work item, a repricing or a webhook.
    pub fn next_record(&mut self) -> Result<i64, StoreError> {
        let counters = &mut self.page()?.counters;
        counters.record += 1;
        Ok(counters.record)
    }

    /// Writes the entry of a change into the chain; its number.
    pub fn audit(&mut self, change: &Change<'_>) -> Result<i64, StoreError> {
        let (now, actor, facility) = (self.now, Arc::clone(&self.actor), self.facility());
        let counters = &mut self.page()?.counters;
        let previous = counters.audit_digest;
        let number = counters.audit + 1;
        let entry = crate::audit::Entry {
            number,
            at: now,
            actor: actor.name.to_string(),
            role: actor.role.word().to_owned(),
            action: change.action.word().to_owned(),
            subject: change.subject.to_owned(),
            reason: change.reason.to_owned(),
            before: change.before,
            after: change.after,
            previous,
        };
        let digest = entry.digest(&facility);
        (counters.audit, counters.audit_digest) = (number, digest);
        let bytes = |digest: Option<Digest>| digest.map(|digest| digest.bytes().to_vec());
        let row = vec![
            (&facility).into(),
            number.into(),
            now.count().into(),
            (&*entry.actor).into(),
            (&*entry.role).into(),
            change.action.word().into(),
            change.subject.into(),
            change.reason.into(),
            bytes(change.before).into(),
            bytes(change.after).into(),
            previous.bytes().to_vec().into(),
            digest.bytes().to_vec().into(),
        ];
        self.put(&AUDIT, row);
        Ok(number)
    }

    /// Puts a message into the queue of record; its number.
    pub fn tell(&mut self, topic: &str, encounter: Option<&str>, body: &str, audit: i64) -> Result<i64, StoreError> {
        let (now, facility) = (self.now, self.facility());
        let counters = &mut self.page()?.counters;
        counters.message += 1;
        let number = counters.message;
        let row = vec![
            (&facility).into(),
            number.into(),
            topic.into(),
            encounter.into(),
            body.into(),
            now.count().into(),
            audit.into(),
        ];
        self.put(&MESSAGE, row);
        Ok(number)
    }

    /// Writes a journal; its number. One without postings is none.
    pub fn post(
        &mut self,
        journal: &Journal,
        encounter: Option<&str>,
        subject: &str,
        reverses: Option<i64>,
        audit: i64,
    ) -> Result<Option<i64>, StoreError> {
        if journal.postings().is_empty() {
            return Ok(None);
        }
        let (now, facility, actor) = (self.now, self.facility(), Arc::clone(&self.actor));
        let counters = &mut self.page()?.counters;
        counters.journal += 1;
        let number = counters.journal;
        let row = vec![
            (&facility).into(),
            number.into(),
            journal.event().word().into(),
            now.count().into(),
            (&*now.day().to_string()).into(),
            encounter.into(),
            subject.into(),
            reverses.into(),
            (&*actor.name).into(),
            audit.into(),
        ];
        self.put(&JOURNAL, row);
        let postings = journal.postings();
        #[cfg(feature = "planted")]
        let postings = match crate::planted::is(crate::planted::Defect::PostingLost) {
            true => &postings[..postings.len() - 1],
            false => postings,
        };
        for (place, posting) in (1_i64..).zip(postings) {
            let dimensions = &posting.dimensions;
            let row = vec![
                (&facility).into(),
                number.into(),
                place.into(),
                posting.account.word().into(),
                posting.amount.units().into(),
                dimensions.department.as_deref().into(),
                dimensions.practitioner.as_deref().into(),
                dimensions.group.map(i64::from).into(),
                dimensions.payer.map(vienphi_ledger::Payer::word).into(),
                dimensions.method.map(vienphi_ledger::Method::word).into(),
                dimensions.shift.into(),
            ];
            self.put(&POSTING, row);
        }
        Ok(Some(number))
    }
}

/// A digest as a column holds it.
pub(crate) fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    let bytes = bytes.try_into().map_err(|_| StoreError::Damaged("a digest does not have 32 bytes".into()))?;
    Ok(Digest::from_bytes(bytes))
}
