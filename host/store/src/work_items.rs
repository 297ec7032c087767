//! Work for a person: money that nobody can place, money that was promised and did not come.

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// The facility's number of it.
    pub id: i64,
    /// `unapplied-credit`, `failed-transfer` or `payment-conflict`.
    pub kind: String,
    /// `open` or `done`.
    pub state: String,
    /// In 1/100 đồng.
    pub amount: i64,
    /// Payer, memo and reference, sealed for `work-item/ID`.
    pub body: Vec<u8>,
    /// Where it went.
    pub encounter: Option<String>,
    /// Since when.
    pub opened_at: i64,
    /// When it was done.
    pub closed_at: Option<i64>,
}

from_row!(WorkItem: id, kind, state, amount, body, encounter, opened_at, closed_at);

/// Keeps a piece of work.
pub async fn insert(turn: &mut Turn, item: &WorkItem, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into work_item (facility, id, kind, state, amount, body, encounter, opened_at, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let insert =
        insert.bind(turn.facility().to_string()).bind(item.id).bind(item.kind.clone()).bind(item.state.clone());
    let insert = insert.bind(item.amount).bind(item.body.clone()).bind(item.encounter.clone()).bind(item.opened_at);
    insert.bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// Notes that it was done.
pub async fn finish(turn: &mut Turn, id: i64, encounter: Option<&str>) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update work_item set state = 'done', encounter = $3, closed_at = $4 where facility = $1 and id = $2 and state = 'open'",
    );
    let update = update.bind(turn.facility().to_string()).bind(id).bind(encounter.map(str::to_owned));
    changed(update.bind(turn.now().count()).execute(turn.connection()).await?.rows_affected(), "work item")
}

/// A piece of work by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<WorkItem>, StoreError> {
    let query = "select id, kind, state, amount, body, encounter, opened_at, closed_at from work_item \
        where facility = $1 and id = $2";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_optional(connection).await?)
}

/// Work that is open, the oldest first.
pub async fn open(
    connection: &mut Connection,
    facility: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<WorkItem>, StoreError> {
    let query = "select id, kind, state, amount, body, encounter, opened_at, closed_at from work_item \
        where facility = $1 and state = 'open' and id > $2 order by id limit $3";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(after).bind(limit).fetch_all(connection).await?)
}
