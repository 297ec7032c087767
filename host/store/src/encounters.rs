//! Encounters as they are now, the versions they were sent in and the statements issued for them.

use sqlx::Row as _;
use vienphi_domain::statement::Totals;
use vienphi_domain::{Digest, Moment};
use vienphi_ledger::Balance;

use crate::Connection;
use crate::deferred::Table;
use crate::error::StoreError;
use crate::turn::{Turn, digest};

/// A visit and its balances, in 1/100 đồng.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encounter {
    /// The sender's id.
    pub id: String,
    /// Whose visit.
    pub patient: String,
    /// `open` or `closed`.
    pub state: String,
    /// Of the visit as sent; from 1.
    pub version: i64,
    /// Of its statement; from 1.
    pub statement_version: i64,
    /// Digest of the document sent last.
    pub snapshot: Vec<u8>,
    /// Digest of the statement issued last.
    pub statement: Vec<u8>,
    /// The day of arrival.
    pub arrived_on: String,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// The day taken as today when it was priced last.
    pub as_of: String,
    /// Digests of component, tariff, policies and engine, with blanks between.
    pub made_from: String,
    /// What was earned, as posted.
    pub earned: String,
    /// What its patient owes and holds.
    pub balance: Balances,
    /// When it changed last.
    pub changed_at: i64,
}

from_row!(Encounter: id, patient, state, version, statement_version, snapshot, statement, arrived_on, closed_at,
    as_of, made_from, earned, changed_at; balance);

/// The balances of a visit, as columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balances(pub Balance);

impl<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> for Balances {
    fn from_row(row: &'r sqlx::any::AnyRow) -> Result<Balances, sqlx::Error> {
        let column = |name: &str| row.try_get::<i64, _>(name);
        Ok(Balances(Balance {
            receivable: column("receivable")?,
            deposits: column("deposits")?,
            paid: column("paid")?,
            received: column("received")?,
            refunded: column("refunded")?,
            written_off: column("written_off")?,
            rounding: column("rounding")?,
            insurer: column("insurer")?,
            sponsor: column("sponsor")?,
            provisional: column("provisional")?,
            pending_refunds: column("pending_refunds")?,
            pending_write_offs: column("pending_write_offs")?,
        }))
    }
}

impl Encounter {
    /// May lines still be sent?
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }
}

const COLUMNS: &str = "id, patient, state, version, statement_version, snapshot, statement, arrived_on, closed_at, as_of, \
    made_from, earned, receivable, deposits, paid, received, refunded, insurer, sponsor, provisional, pending_refunds, \
    pending_write_offs, written_off, rounding, changed_at";

/// The visit as it is now.
pub async fn find(connection: &mut Connection, facility: &str, id: &str) -> Result<Option<Encounter>, StoreError> {
    const FIND: &str = "select id, patient, state, version, statement_version, snapshot, statement, arrived_on, closed_at, \
        as_of, made_from, earned, receivable, deposits, paid, received, refunded, insurer, sponsor, provisional, \
        pending_refunds, pending_write_offs, written_off, rounding, changed_at from encounter where facility = $1 and id = $2";
    let query = sqlx::query_as::<_, Encounter>(FIND).bind(facility.to_owned()).bind(id.to_owned());
    Ok(query.fetch_optional(connection).await?)
}

/// Keeps a new visit.
pub async fn insert(turn: &mut Turn, row: &Encounter) -> Result<(), StoreError> {
    const INSERT: &str = "insert into encounter (facility, id, patient, state, version, statement_version, snapshot, \
        statement, arrived_on, closed_at, as_of, made_from, earned, receivable, deposits, paid, received, refunded, insurer, \
        sponsor, provisional, pending_refunds, pending_write_offs, written_off, rounding, changed_at) values ($1, $2, $3, $4, $5, $6, \
        $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)";
    let query = sqlx::query(INSERT).bind(turn.facility().to_string()).bind(row.id.clone()).bind(row.patient.clone());
    let query = query.bind(row.state.clone()).bind(row.version).bind(row.statement_version).bind(row.snapshot.clone());
    let query = query.bind(row.statement.clone()).bind(row.arrived_on.clone()).bind(row.closed_at);
    let query = query.bind(row.as_of.clone()).bind(row.made_from.clone()).bind(row.earned.clone());
    let b = &row.balance.0;
    let query =
        query.bind(b.receivable).bind(b.deposits).bind(b.paid).bind(b.received).bind(b.refunded).bind(b.insurer);
    let query = query.bind(b.sponsor).bind(b.provisional).bind(b.pending_refunds).bind(b.pending_write_offs);
    query.bind(b.written_off).bind(b.rounding).bind(turn.now().count()).execute(turn.connection()).await?;
    Ok(())
}

/// Keeps what a statement changed of a visit, its balances included.
pub async fn update(turn: &mut Turn, row: &Encounter) -> Result<(), StoreError> {
    const UPDATE: &str = "update encounter set patient = $3, state = $4, version = $5, statement_version = $6, snapshot = $7, \
        statement = $8, arrived_on = $9, closed_at = $10, as_of = $11, made_from = $12, earned = $13, receivable = $14, \
        deposits = $15, paid = $16, rounding = $17, insurer = $18, sponsor = $19, changed_at = $20, written_off = $21 \
        where facility = $1 and id = $2";
    let query = sqlx::query(UPDATE).bind(turn.facility().to_string()).bind(row.id.clone()).bind(row.patient.clone());
    let query = query.bind(row.state.clone()).bind(row.version).bind(row.statement_version).bind(row.snapshot.clone());
    let query = query.bind(row.statement.clone()).bind(row.arrived_on.clone()).bind(row.closed_at);
    let query = query.bind(row.as_of.clone()).bind(row.made_from.clone()).bind(row.earned.clone());
    let b = &row.balance.0;
    let query = query.bind(b.receivable).bind(b.deposits).bind(b.paid).bind(b.rounding).bind(b.insurer).bind(b.sponsor);
    let query = query.bind(turn.now().count()).bind(b.written_off);
    changed(query.execute(turn.connection()).await?.rows_affected(), &row.id)
}

/// Keeps the balances of a visit.
pub async fn update_balances(turn: &mut Turn, row: &Encounter) -> Result<(), StoreError> {
    const UPDATE: &str = "update encounter set receivable = $3, deposits = $4, paid = $5, received = $6, refunded = $7, \
        provisional = $8, pending_refunds = $9, pending_write_offs = $10, written_off = $11, rounding = $12, \
        changed_at = $13 where facility = $1 and id = $2";
    let query = sqlx::query(UPDATE).bind(turn.facility().to_string()).bind(row.id.clone());
    let b = &row.balance.0;
    let query = query.bind(b.receivable).bind(b.deposits).bind(b.paid).bind(b.received).bind(b.refunded);
    let query = query.bind(b.provisional).bind(b.pending_refunds).bind(b.pending_write_offs).bind(b.written_off);
    let query = query.bind(b.rounding).bind(turn.now().count());
    changed(query.execute(turn.connection()).await?.rows_affected(), &row.id)
}

/// Exactly one row must have changed: anything else is a defect that must not be passed over.
pub(crate) fn changed(rows: u64, what: &str) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Damaged(format!("{rows} rows of {what} were changed instead of one")))
    }
}

static SNAPSHOT: Table =
    Table::new("snapshot", &["facility", "encounter", "version", "document", "at", "actor", "audit"]);

static STATEMENT: Table = Table::new(
    "statement",
    &[
        "facility",
        "encounter",
        "version",
        "snapshot",
        "document",
        "as_of",
        "reason",
        "amount_hospital",
        "amount_insured",
        "other_sources",
        "patient_own",
        "copayment",
        "insurer",
        "cash_due",
        "findings",
        "at",
        "actor",
        "audit",
        "journal",
    ],
);

/// Keeps a version of a visit as it was sent.
pub fn keep_snapshot(turn: &mut Turn, encounter: &str, version: i64, document: &Digest, audit: i64) {
    let (facility, at, actor) = (turn.facility(), turn.now().count(), turn.actor().name.clone());
    let row = vec![
        (&facility).into(),
        encounter.into(),
        version.into(),
        document.bytes().to_vec().into(),
        at.into(),
        (&*actor).into(),
        audit.into(),
    ];
    turn.put(&SNAPSHOT, row);
}

/// A statement that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    /// From 1.
    pub version: i64,
    /// The version of the visit it was made from.
    pub snapshot: i64,
    /// Digest of the document.
    pub document: Digest,
    /// The day taken as today.
    pub as_of: String,
    /// Why it was issued.
    pub reason: String,
    /// Its sums.
    pub totals: Totals,
    /// How many findings it has.
    pub findings: i64,
    /// When.
    pub at: Moment,
    /// By whom.
    pub actor: String,
}

/// Keeps a statement.
pub fn keep_statement(turn: &mut Turn, encounter: &str, issued: &Issued, audit: i64, journal: Option<i64>) {
    let (facility, at, actor) = (turn.facility(), turn.now().count(), turn.actor().name.clone());
    let totals = &issued.totals;
    let row = vec![
        (&facility).into(),
        encounter.into(),
        issued.version.into(),
        issued.snapshot.into(),
        issued.document.bytes().to_vec().into(),
        (&*issued.as_of).into(),
        (&*issued.reason).into(),
        totals.amount_hospital.units().into(),
        totals.amount_insured.units().into(),
        totals.other_sources.units().into(),
        totals.patient_own.units().into(),
        totals.copayment.units().into(),
        totals.insurer.units().into(),
        totals.cash_due.units().into(),
        issued.findings.into(),
        at.into(),
        (&*actor).into(),
        audit.into(),
        journal.into(),
    ];
    turn.put(&STATEMENT, row);
}

struct StatementRow {
    version: i64,
    snapshot: i64,
    document: Vec<u8>,
    as_of: String,
    reason: String,
    amount_hospital: i64,
    amount_insured: i64,
    other_sources: i64,
    patient_own: i64,
    copayment: i64,
    insurer: i64,
    cash_due: i64,
    findings: i64,
    at: i64,
    actor: String,
}

from_row!(StatementRow: version, snapshot, document, as_of, reason, amount_hospital, amount_insured, other_sources,
    patient_own, copayment, insurer, cash_due, findings, at, actor);

/// The statements of a visit, the first one first; only one of them when `version` is given.
pub async fn statements(
    connection: &mut Connection,
    facility: &str,
    encounter: &str,
    version: Option<i64>,
) -> Result<Vec<Issued>, StoreError> {
    const SELECT: &str = "select version, snapshot, document, as_of, reason, amount_hospital, amount_insured, other_sources, \
        patient_own, copayment, insurer, cash_due, findings, at, actor from statement \
        where facility = $1 and encounter = $2 and version between $3 and $4 order by version";
    let query = sqlx::query_as::<_, StatementRow>(SELECT).bind(facility.to_owned()).bind(encounter.to_owned());
    let query = query.bind(version.unwrap_or(0)).bind(version.unwrap_or(i64::MAX));
    query.fetch_all(connection).await?.into_iter().map(issued).collect()
}

fn issued(row: StatementRow) -> Result<Issued, StoreError> {
    use vienphi_money::Amount;
    let of = Amount::from_units;
    Ok(Issued {
        version: row.version,
        snapshot: row.snapshot,
        document: digest(row.document)?,
        as_of: row.as_of,
        reason: row.reason,
        totals: Totals {
            amount_hospital: of(row.amount_hospital),
            amount_insured: of(row.amount_insured),
            other_sources: of(row.other_sources),
            patient_own: of(row.patient_own),
            copayment: of(row.copayment),
            insurer: of(row.insurer),
            cash_due: of(row.cash_due),
            ..Totals::default()
        },
        findings: row.findings,
        at: Moment::from_count(row.at),
        actor: row.actor,
    })
}

/// Visits for pricing anew.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// These; any when empty.
    pub ids: Vec<String>,
    /// Arrived on this day or later.
    pub arrived_from: String,
    /// Arrived on this day or earlier.
    pub arrived_to: String,
    /// `open` or `closed`; both when missing.
    pub state: Option<String>,
}

impl Scope {
    /// Those of the ids that are named which follow an id, in order.
    pub(crate) fn ids_after(&self, after: &str, limit: i64) -> impl Iterator<Item = &str> {
        let mut ids: Vec<&str> = self.ids.iter().map(String::as_str).filter(|id| *id > after).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().take(usize::try_from(limit).unwrap_or(0))
    }
}

/// The visits of a scope after an id, in the order of their ids.
pub async fn in_scope(
    connection: &mut Connection,
    facility: &str,
    scope: &Scope,
    after: &str,
    limit: i64,
) -> Result<Vec<Encounter>, StoreError> {
    if !scope.ids.is_empty() {
        let mut found = Vec::new();
        for id in scope.ids_after(after, limit) {
            found.extend(find(&mut *connection, facility, id).await?);
        }
        return Ok(found);
    }
    let query = format!(
        "select {COLUMNS} from encounter where facility = $1 and id > $2 and arrived_on >= $3 and arrived_on <= $4 \
         and ($5 = '' or state = $5) order by id limit $6"
    );
    let query =
        sqlx::query_as::<_, Encounter>(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(after.to_owned());
    let query = query.bind(scope.arrived_from.clone()).bind(scope.arrived_to.clone());
    Ok(query.bind(scope.state.clone().unwrap_or_default()).bind(limit).fetch_all(connection).await?)
}

/// The visits of a patient, the newest first.
pub async fn of_patient(
    connection: &mut Connection,
    facility: &str,
    patient: &str,
) -> Result<Vec<Encounter>, StoreError> {
    let query = format!(
        "select {COLUMNS} from encounter where facility = $1 and patient = $2 order by arrived_on desc, id limit 200"
    );
    let query = sqlx::query_as::<_, Encounter>(sqlx::AssertSqlSafe(query));
    Ok(query.bind(facility.to_owned()).bind(patient.to_owned()).fetch_all(connection).await?)
}

/// Visits whose patient owes exactly so much, in 1/100 đồng after rounding to whole đồng.
pub async fn owing(connection: &mut Connection, facility: &str, amount: i64) -> Result<Vec<Encounter>, StoreError> {
    let query = format!(
        "select {COLUMNS} from encounter where facility = $1 and receivable > 0 and receivable > $2 and receivable < $3 \
         order by changed_at desc limit 20"
    );
    let query = sqlx::query_as::<_, Encounter>(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    Ok(query.bind(amount.saturating_sub(100)).bind(amount.saturating_add(100)).fetch_all(connection).await?)
}
