//! What the insurer's portal was asked about a card or a person's co-payments, and what it answered.

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// The facility's number of it.
    pub id: i64,
    /// `card` or `copayment`.
    pub kind: String,
    /// Whose, when whoever asked named a patient of ours.
    pub patient: Option<String>,
    /// Keyed digest of what was asked: a later question of the same finds it.
    pub card: Vec<u8>,
    /// `asking` or `answered`.
    pub state: String,
    /// Sealed for `eligibility/ID`.
    pub question: Vec<u8>,
    /// Sealed for `eligibility/ID/answer`.
    pub answer: Option<Vec<u8>>,
    /// What the answer amounts to, as in `valid`.
    pub outcome: Option<String>,
    /// 1 when something was decided before the portal answered.
    pub is_provisional: i64,
    /// How often the portal was asked.
    pub tries: i64,
    /// When somebody wanted to know.
    pub asked_at: i64,
    /// Who.
    pub asked_by: String,
    /// When the portal answered.
    pub answered_at: Option<i64>,
    /// When it is asked next.
    pub due_at: Option<i64>,
}

from_row!(Eligibility: id, kind, patient, card, state, question, answer, outcome, is_provisional, tries, asked_at,
    asked_by, answered_at, due_at);

const COLUMNS: &str = "id, kind, patient, card, state, question, answer, outcome, is_provisional, tries, asked_at, asked_by, \
    answered_at, due_at";

/// Keeps a question.
pub async fn insert(turn: &mut Turn, row: &Eligibility, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into eligibility (facility, id, kind, patient, card, state, question, answer, outcome, is_provisional, tries, \
         asked_at, asked_by, answered_at, due_at, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(row.id).bind(row.kind.clone());
    let insert = insert.bind(row.patient.clone()).bind(row.card.clone()).bind(row.state.clone());
    let insert = insert.bind(row.question.clone()).bind(row.answer.clone()).bind(row.outcome.clone());
    let insert = insert.bind(row.is_provisional).bind(row.tries).bind(row.asked_at).bind(row.asked_by.clone());
    insert.bind(row.answered_at).bind(row.due_at).bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// Keeps what came of a question.
pub async fn update(turn: &mut Turn, row: &Eligibility) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update eligibility set state = $3, answer = $4, outcome = $5, is_provisional = $6, tries = $7, answered_at = $8, \
         due_at = $9 where facility = $1 and id = $2",
    );
    let update = update.bind(turn.facility().to_string()).bind(row.id).bind(row.state.clone());
    let update = update.bind(row.answer.clone()).bind(row.outcome.clone()).bind(row.is_provisional).bind(row.tries);
    let update = update.bind(row.answered_at).bind(row.due_at);
    changed(update.execute(turn.connection()).await?.rows_affected(), "question of eligibility")
}

/// A question by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Eligibility>, StoreError> {
    let query = format!("select {COLUMNS} from eligibility where facility = $1 and id = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(id);
    Ok(query.fetch_optional(connection).await?)
}

/// The last question of the same.
pub async fn last(
    connection: &mut Connection,
    facility: &str,
    kind: &str,
    card: &[u8],
) -> Result<Option<Eligibility>, StoreError> {
    let query = format!(
        "select {COLUMNS} from eligibility where facility = $1 and kind = $2 and card = $3 order by id desc limit 1"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(kind.to_owned());
    Ok(query.bind(card.to_vec()).fetch_optional(connection).await?)
}

/// The questions about a patient, or about all when none is named, the newest first.
pub async fn list(
    connection: &mut Connection,
    facility: &str,
    patient: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Eligibility>, StoreError> {
    let query = format!(
        "select {COLUMNS} from eligibility where facility = $1 and ($2 = '' or patient = $2) and id < $3 \
         order by id desc limit $4"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(patient.to_owned());
    Ok(query.bind(before).bind(limit).fetch_all(connection).await?)
}

/// Facilities and numbers of questions that are to be asked, the longest waiting first.
pub async fn due(connection: &mut Connection, now: i64, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let query = "select facility, id from eligibility where due_at <= $1 order by due_at limit $2";
    Ok(sqlx::query_as(query).bind(now).bind(limit).fetch_all(connection).await?)
}
