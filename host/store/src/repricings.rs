//! Pricing encounters anew: what would change, and what did.

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A repricing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repricing {
    /// The facility's number of it.
    pub id: i64,
    /// JSON, as asked.
    pub scope: String,
    /// Why.
    pub reason: String,
    /// `previewing`, `previewed`, `applying` or `applied`.
    pub state: String,
    /// Who must approve it.
    pub approval: i64,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: i64,
}

from_row!(Repricing: id, scope, reason, state, approval, asked_by, asked_at);

/// An encounter of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub encounter: String,
    /// `previewed`, `unpriced`, `applied` or `passed` (it had changed meanwhile).
    pub state: String,
    /// The statement it was compared with.
    pub statement_version: i64,
    /// JSON: totals.
    pub before: String,
    /// JSON: totals, or why it could not be priced.
    pub after: String,
}

from_row!(Row: encounter, state, statement_version, before, after);

/// Keeps a new repricing.
pub async fn insert(turn: &mut Turn, repricing: &Repricing, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into repricing (facility, id, scope, reason, state, approval, asked_by, asked_at, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(repricing.id).bind(repricing.scope.clone());
    let insert = insert.bind(repricing.reason.clone()).bind(repricing.state.clone()).bind(repricing.approval);
    let insert = insert.bind(repricing.asked_by.clone()).bind(repricing.asked_at).bind(audit);
    insert.execute(turn.connection()).await?;
    Ok(())
}

/// Keeps how far it is.
pub async fn set_state(turn: &mut Turn, id: i64, state: &str) -> Result<(), StoreError> {
    let update = sqlx::query("update repricing set state = $3 where facility = $1 and id = $2");
    let update = update.bind(turn.facility().to_string()).bind(id).bind(state.to_owned());
    changed(update.execute(turn.connection()).await?.rows_affected(), "repricing")
}

/// Keeps a row, or what has become of it.
pub async fn save_row(turn: &mut Turn, id: i64, row: &Row) -> Result<(), StoreError> {
    let upsert = sqlx::query(
        "insert into repricing_row (facility, repricing, encounter, state, statement_version, before, after) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (facility, repricing, encounter) do update set state = excluded.state",
    );
    let upsert = upsert.bind(turn.facility().to_string()).bind(id).bind(row.encounter.clone()).bind(row.state.clone());
    let upsert = upsert.bind(row.statement_version).bind(row.before.clone()).bind(row.after.clone());
    upsert.execute(turn.connection()).await?;
    Ok(())
}

/// A repricing by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Repricing>, StoreError> {
    let query =
        "select id, scope, reason, state, approval, asked_by, asked_at from repricing where facility = $1 and id = $2";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_optional(connection).await?)
}

/// Rows after an encounter, in order.
pub async fn rows(
    connection: &mut Connection,
    facility: &str,
    id: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let query = "select encounter, state, statement_version, before, after from repricing_row \
        where facility = $1 and repricing = $2 and encounter > $3 order by encounter limit $4";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(id).bind(after.to_owned());
    Ok(query.bind(limit).fetch_all(connection).await?)
}

/// How many rows are in each state.
pub async fn counts(connection: &mut Connection, facility: &str, id: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let query = "select state, cast(count(*) as bigint) from repricing_row where facility = $1 and repricing = $2 \
        group by state order by state";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_all(connection).await?)
}
