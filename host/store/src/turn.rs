//! What a command works with while it is its turn: the transaction, the facility's counters and what is to be written.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use vienphi_domain::{Action, Actor, Digest, Moment};
use vienphi_ledger::Journal;

use crate::deferred::{self, Cell, Table};
use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::keys::{FacilityKey, MasterKey};

/// Facility, actor and key.
type CommandName = (Box<str>, Box<str>, String);

/// A command's turn.
pub struct Turn {
    pub(crate) connection: AnyConnection,
    dialect: Dialect,
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

/// For how many facilities the statements are written that take and save them: few texts, so that each is prepared once.
const SIZES: [usize; 4] = [1, 4, 16, 64];

static TAKE: [OnceLock<String>; SIZES.len()] = [const { OnceLock::new() }; SIZES.len()];
static SAVE: [OnceLock<String>; SIZES.len()] = [const { OnceLock::new() }; SIZES.len()];

/// The place in `SIZES` of a statement for so many facilities.
fn statement_size(facilities: usize) -> Result<usize, StoreError> {
    let size = SIZES.iter().position(|size| facilities <= *size);
    size.ok_or_else(|| StoreError::Damaged(format!("{facilities} facilities in one transaction")))
}

/// The last one as often as it takes: naming a facility twice changes nothing.
fn filled<T: Copy>(mut all: Vec<T>, size: usize) -> Vec<T> {
    if let Some(last) = all.last().copied() {
        all.resize(size, last);
    }
    all
}

/// So many parameters, from a number on.
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
    places.join(", ")
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
    pub(crate) fn new(connection: AnyConnection, dialect: Dialect, master: Arc<MasterKey>) -> Turn {
        let nobody = Actor { facility: "".into(), name: "".into(), role: vienphi_domain::Role::Administrator };
        Turn {
            connection,
            dialect,
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

    /// Takes facilities, so that no other process writes to them before this transaction ends. Outside of every savepoint:
    /// PostgreSQL gives a row back with the savepoint it was taken in. One that is not there, or whose key was sealed by
    /// another key file, is not held.
    pub(crate) async fn hold(&mut self, facilities: BTreeSet<&str>) -> Result<(), StoreError> {
        let size = statement_size(facilities.len())?;
        let text = TAKE[size].get_or_init(|| {
            format!(
                "update facility set turn = turn + 1 where facility in ({}) returning facility, data_key, record_number, \
                 audit_number, audit_digest, journal_number, message_number",
                places(1, SIZES[size])
            )
        });
        let mut taken = sqlx::query(AssertSqlSafe(text.as_str()));
        for facility in filled(facilities.into_iter().collect(), SIZES[size]) {
            taken = taken.bind(facility.to_owned());
        }
        for row in taken.fetch_all(&mut self.connection).await? {
            let (facility, sealed): (String, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
            let counters = Counters {
                record: row.try_get(2)?,
                audit: row.try_get(3)?,
                audit_digest: digest(row.try_get(4)?)?,
                journal: row.try_get(5)?,
                message: row.try_get(6)?,
            };
            match self.master.facility(&facility, &sealed) {
                Ok(key) => {
                    let page = Page { key: Arc::new(key), taken: counters, counters };
                    self.facilities.insert(facility.into(), page);
                }
                Err(error) => tracing::error!(%error, facility, "the facility's key does not open"),
            }
        }
        Ok(())
    }

    /// A command of a facility that is held begins.
    pub(crate) fn begin(&mut self, actor: Arc<Actor>, now: Moment) {
        (self.facility, self.actor, self.now) = (Arc::from(&*actor.facility), actor, now);
        self.written_early.clear();
        self.began = (self.rows.len(), self.facilities.get(&self.facility).map(|page| page.counters));
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
        deferred::write(&mut self.connection, self.dialect, rows).await
    }

    /// Writes the rest and the counters: after it the transaction may be committed.
    pub(crate) async fn end(&mut self) -> Result<(), StoreError> {
        self.write_rows().await?;
        let facilities: Vec<(Arc<str>, Page)> = std::mem::take(&mut self.facilities).into_iter().collect();
        let (count, size) = (facilities.len(), statement_size(facilities.len())?);
        if count == 0 {
            return Ok(());
        }
        let text = SAVE[size].get_or_init(|| {
            let rows: Vec<String> = (0..SIZES[size]).map(|row| format!("({})", places(row * 8 + 1, 8))).collect();
            format!(
                "update facility set record_number = now.column2, audit_number = now.column3, audit_digest = now.column4, \
                 journal_number = now.column5, message_number = now.column6 from (values {}) as now \
                 where facility.facility = now.column1 and audit_number = now.column7 and journal_number = now.column8",
                rows.join(", ")
            )
        });
        let mut save = sqlx::query(AssertSqlSafe(text.as_str()));
        for (facility, page) in filled(facilities.iter().collect(), SIZES[size]) {
            let Counters { record, audit, audit_digest, journal, message } = page.counters;
            save = save.bind(facility.to_string()).bind(record).bind(audit).bind(audit_digest.bytes().to_vec());
            save = save.bind(journal).bind(message).bind(page.taken.audit).bind(page.taken.journal);
        }
        // Nobody else can have advanced them; if somebody has, nothing of this is committed.
        let saved = save.execute(&mut self.connection).await?.rows_affected();
        match usize::try_from(saved) {
            Ok(saved) if saved == count => Ok(()),
            _ => {
                Err(StoreError::Damaged(format!("{saved} of {count} facilities' counters were as they had been read")))
            }
        }
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
