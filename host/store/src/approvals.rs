//! What waits for another person's word.

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A request for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The facility's number of it.
    pub id: i64,
    /// `refund`, `write-off`, `reopen`, `shift-difference` or `repricing`.
    pub kind: String,
    /// As in `encounter/L1`.
    pub subject: String,
    /// In 1/100 đồng; 0 where there is none.
    pub amount: i64,
    /// Why it is asked for.
    pub reason: String,
    /// What was asked, sealed for `approval/ID`.
    pub body: Vec<u8>,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: i64,
    /// `pending`, `approved`, `rejected` or `paid`.
    pub state: String,
    /// Who decided: somebody else.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<i64>,
    /// Why.
    pub decided_reason: Option<String>,
}

from_row!(Approval: id, kind, subject, amount, reason, body, asked_by, asked_at, state, decided_by, decided_at,
    decided_reason);

const COLUMNS: &str =
    "id, kind, subject, amount, reason, body, asked_by, asked_at, state, decided_by, decided_at, decided_reason";

/// Keeps a request.
pub async fn insert(turn: &mut Turn, approval: &Approval, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into approval (facility, id, kind, subject, amount, reason, body, asked_by, asked_at, asked_audit, state) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(approval.id).bind(approval.kind.clone());
    let insert = insert.bind(approval.subject.clone()).bind(approval.amount).bind(approval.reason.clone());
    let insert = insert.bind(approval.body.clone()).bind(approval.asked_by.clone()).bind(approval.asked_at).bind(audit);
    insert.bind(approval.state.clone()).execute(turn.connection()).await?;
    Ok(())
}

/// Keeps a decision.
pub async fn decide(turn: &mut Turn, approval: &Approval, audit: i64, journal: Option<i64>) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update approval set state = $3, decided_by = $4, decided_at = $5, decided_reason = $6, decided_audit = $7, journal = $8 \
         where facility = $1 and id = $2 and state = 'pending'",
    );
    let update = update.bind(turn.facility().to_string()).bind(approval.id).bind(approval.state.clone());
    let update =
        update.bind(approval.decided_by.clone()).bind(approval.decided_at).bind(approval.decided_reason.clone());
    changed(update.bind(audit).bind(journal).execute(turn.connection()).await?.rows_affected(), "approval")
}

/// Notes how far an approved refund is paid: `approved` (not yet), `paying` (a rail was asked) or `paid`.
pub async fn set_paid(turn: &mut Turn, id: i64, from: &str, to: &str) -> Result<(), StoreError> {
    let update = "update approval set state = $4 where facility = $1 and id = $2 and state = $3";
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(id);
    let update = update.bind(from.to_owned()).bind(to.to_owned());
    changed(update.execute(turn.connection()).await?.rows_affected(), "approval")
}

/// A request by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Approval>, StoreError> {
    let query = format!("select {COLUMNS} from approval where facility = $1 and id = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(id);
    Ok(query.fetch_optional(connection).await?)
}

/// Requests, the newest first.
pub async fn list(
    connection: &mut Connection,
    facility: &str,
    state: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Approval>, StoreError> {
    let query = format!(
        "select {COLUMNS} from approval where facility = $1 and ($2 = '' or state = $2) and id < $3 order by id desc limit $4"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    Ok(query.bind(state.unwrap_or_default().to_owned()).bind(before).bind(limit).fetch_all(connection).await?)
}
