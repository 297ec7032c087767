//! Migrations: each in a transaction of its own, under one lock, so that a kill leaves the schema before or after it.

use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};
use vienphi_domain::{Digest, Moment};

use crate::dialect::Dialect;
use crate::error::StoreError;

/// A migration: number, name, text.
struct Migration(i64, &'static str, &'static str);

macro_rules! migrations {
    ($($number:literal $name:literal),+ $(,)?) => {
        &[$(Migration($number, $name, include_str!(concat!("../../../migrations/", $name, ".sql")))),+]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_facility_create",
    2 "0002_audit_create",
    3 "0003_patient_create",
    4 "0004_encounter_create",
    5 "0005_ledger_create",
    6 "0006_receipt_create",
    7 "0007_shift_create",
    8 "0008_repricing_create",
    9 "0009_webhook_create",
    10 "0010_payment_create",
    11 "0011_claim_create",
    12 "0012_person_create",
    13 "0013_claim_check_create",
    14 "0014_day_total_create",
    15 "0015_payment_request_by_cashier",
    16 "0016_person_link",
];

/// The table of migrations that were run. It is made before the first of them and belongs to no facility.
const TABLE: &str = "create table if not exists migration (\
    number {int} not null primary key, name text not null, digest {bytes} not null, run_at {int} not null)";

/// What migrating did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The schema there was; 0 for an empty database.
    pub from: i64,
    /// The schema there is.
    pub to: i64,
}

/// The schema this program works with.
pub(crate) const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Runs what is missing.
pub(crate) async fn run(connection: &mut AnyConnection, dialect: Dialect, now: Moment) -> Result<Migrated, StoreError> {
    let mut from = None;
    loop {
        let mut transaction = connection.begin_with(dialect.begin_writing()).await?;
        if let Some(lock) = dialect.lock_migrations() {
            transaction.execute(lock).await?;
        }
        transaction.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(dialect.worded(TABLE)))).await?;
        let found = check(&mut transaction).await?;
        let started = *from.get_or_insert(found);
        let Some(Migration(number, name, text)) = MIGRATIONS.iter().find(|migration| migration.0 > found) else {
            if let Some(description) = dialect.describe_full().filter(|_| started < found) {
                transaction.execute(sqlx::raw_sql(description)).await?;
            }
            transaction.commit().await?;
            return Ok(Migrated { from: started, to: found });
        };
        transaction.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(dialect.worded(text)))).await?;
        for statement in kept(dialect, text) {
            transaction.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await?;
        }
        let record = sqlx::query("insert into migration (number, name, digest, run_at) values ($1, $2, $3, $4)");
        let digest = Digest::of(text.as_bytes()).bytes().to_vec();
        record.bind(*number).bind(*name).bind(digest).bind(now.count()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        tracing::info!(migration = name, "migrated");
    }
}

/// Is the schema the one this program works with?
pub(crate) async fn require(connection: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    let tables = sqlx::query(dialect.list_tables()).fetch_all(&mut *connection).await?;
    let has_table = tables.iter().any(|row| row.try_get::<String, _>(0).is_ok_and(|name| name == "migration"));
    let found = if has_table { check(connection).await? } else { 0 };
    if found < KNOWN { Err(StoreError::OlderSchema { found, needed: KNOWN }) } else { Ok(()) }
}

/// The newest migration that was run; each must be the one this program has.
async fn check(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    let mut newest = 0;
    for row in sqlx::query("select number, digest from migration order by number").fetch_all(&mut *connection).await? {
        let (number, digest): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
        match MIGRATIONS.iter().find(|migration| migration.0 == number) {
            Some(Migration(_, _, text)) if Digest::of(text.as_bytes()).bytes()[..] != digest[..] => {
                return Err(StoreError::ChangedMigration(number));
            }
            Some(_) => newest = number,
            None => return Err(StoreError::NewerSchema { found: number, known: KNOWN }),
        }
    }
    Ok(newest)
}

/// What the lines `--! append-only …` and `--! kept …` ask for.
fn kept(dialect: Dialect, text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("--! "));
    let tables = lines.flat_map(|line| {
        let mut words = line.split_whitespace();
        let is_append_only = words.next() == Some("append-only");
        words.map(move |table| (table, is_append_only))
    });
    tables.flat_map(|(table, is_append_only)| dialect.keep(table, is_append_only)).collect()
}

/// Every table that some migration lets nobody change or delete from, with the operation refused.
pub(crate) fn refusals(dialect: Dialect) -> Vec<(&'static str, &'static str)> {
    let mut refusals = Vec::new();
    for line in MIGRATIONS.iter().flat_map(|migration| migration.2.lines()).filter_map(|line| line.strip_prefix("--! "))
    {
        let mut words = line.split_whitespace();
        let operations = dialect.refused(words.next() == Some("append-only"));
        refusals.extend(words.flat_map(|table| operations.iter().map(move |operation| (table, *operation))));
    }
    refusals
}

/// The tables of records, in the order they are made.
pub(crate) fn tables() -> Vec<&'static str> {
    let lines = MIGRATIONS.iter().flat_map(|migration| migration.2.lines());
    lines.filter_map(|line| line.strip_prefix("create table ")?.split_whitespace().next()).collect()
}
