//! Ways to pay a request, or to give its money back, that a rail is asked for; and what its plugin was asked and answered.

use vienphi_domain::Digest;

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A way to pay or to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The facility's number of it.
    pub id: i64,
    /// Of which request.
    pub request: i64,
    /// `pay` or `refund`.
    pub kind: String,
    /// By which rail.
    pub rail: String,
    /// Ours: the request's, or the refund's own.
    pub reference: String,
    /// What the rail calls it, once it has told us.
    pub provider_reference: Option<String>,
    /// In 1/100 đồng.
    pub amount: i64,
    /// The approval of a refund.
    pub approval: Option<i64>,
    /// The receipt of a refund that was paid.
    pub receipt: Option<String>,
    /// What became of it.
    pub state: String,
    /// What the rail is asked: `create`, `query`, `refund` or `query-refund`.
    pub operation: String,
    /// How far that is: `begin`, `send`, `sent` (and perhaps never answered) or `ended`.
    pub phase: String,
    /// How often it was looked at since the operation began.
    pub tries: i64,
    /// What is needed to go on, sealed for `payment-attempt/ID`.
    pub body: Vec<u8>,
    /// A person was told that nobody knows what became of it.
    pub work_item: Option<i64>,
    /// When it is looked at next.
    pub due_at: Option<i64>,
    /// Since when.
    pub created_at: i64,
    /// By whom: the one who owns what is unknown of it.
    pub created_by: String,
}

from_row!(Attempt: id, request, kind, rail, reference, provider_reference, amount, approval, receipt, state,
    operation, phase, tries, body, work_item, due_at, created_at, created_by);

/// A call of a plugin and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Of which attempt.
    pub attempt: i64,
    /// Counts the calls of an attempt.
    pub number: i64,
    /// SHA-256 of the component that was asked.
    pub component: Vec<u8>,
    /// Sealed for `payment-exchange/ATTEMPT/NUMBER`.
    pub body: Vec<u8>,
    /// When.
    pub at: i64,
}

from_row!(Exchange: attempt, number, component, body, at);

const COLUMNS: &str = "id, request, kind, rail, reference, provider_reference, amount, approval, receipt, state, operation, \
    phase, tries, body, work_item, due_at, created_at, created_by";

/// Keeps an attempt.
pub async fn insert(turn: &mut Turn, attempt: &Attempt, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into payment_attempt (facility, id, request, kind, rail, reference, provider_reference, amount, approval, \
         receipt, state, operation, phase, tries, body, work_item, due_at, created_at, created_by, changed_at, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $18, $20)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(attempt.id).bind(attempt.request);
    let insert = insert.bind(attempt.kind.clone()).bind(attempt.rail.clone()).bind(attempt.reference.clone());
    let insert = insert.bind(attempt.provider_reference.clone()).bind(attempt.amount).bind(attempt.approval);
    let insert = insert.bind(attempt.receipt.clone()).bind(attempt.state.clone()).bind(attempt.operation.clone());
    let insert = insert.bind(attempt.phase.clone()).bind(attempt.tries).bind(attempt.body.clone());
    let insert = insert.bind(attempt.work_item).bind(attempt.due_at).bind(attempt.created_at);
    insert.bind(attempt.created_by.clone()).bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// Keeps what became of an attempt.
pub async fn update(turn: &mut Turn, attempt: &Attempt) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update payment_attempt set provider_reference = $3, receipt = $4, state = $5, operation = $6, phase = $7, \
         tries = $8, body = $9, work_item = $10, due_at = $11, changed_at = $12 where facility = $1 and id = $2",
    );
    let update = update.bind(turn.facility().to_string()).bind(attempt.id).bind(attempt.provider_reference.clone());
    let update = update.bind(attempt.receipt.clone()).bind(attempt.state.clone()).bind(attempt.operation.clone());
    let update = update.bind(attempt.phase.clone()).bind(attempt.tries).bind(attempt.body.clone());
    let update = update.bind(attempt.work_item).bind(attempt.due_at).bind(turn.now().count());
    changed(update.execute(turn.connection()).await?.rows_affected(), "payment attempt")
}

/// An attempt by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Attempt>, StoreError> {
    let query = format!("select {COLUMNS} from payment_attempt where facility = $1 and id = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(id);
    Ok(query.fetch_optional(connection).await?)
}

/// An attempt by our reference of it.
pub async fn find_by_reference(
    connection: &mut Connection,
    facility: &str,
    rail: &str,
    kind: &str,
    reference: &str,
) -> Result<Option<Attempt>, StoreError> {
    let query = format!(
        "select {COLUMNS} from payment_attempt where facility = $1 and rail = $2 and kind = $3 and reference = $4"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(rail.to_owned());
    Ok(query.bind(kind.to_owned()).bind(reference.to_owned()).fetch_optional(connection).await?)
}

/// The attempts of a request, the first one first.
pub async fn of_request(connection: &mut Connection, facility: &str, request: i64) -> Result<Vec<Attempt>, StoreError> {
    let query = format!("select {COLUMNS} from payment_attempt where facility = $1 and request = $2 order by id");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(request);
    Ok(query.fetch_all(connection).await?)
}

/// Facilities, rails and numbers of attempts that are to be looked at, the longest waiting first.
pub async fn due(connection: &mut Connection, now: i64, limit: i64) -> Result<Vec<(String, String, i64)>, StoreError> {
    let query = "select facility, rail, id from payment_attempt where due_at <= $1 order by due_at limit $2";
    Ok(sqlx::query_as(query).bind(now).bind(limit).fetch_all(connection).await?)
}

/// Keeps a call of a plugin and its answer.
pub async fn keep_exchange(turn: &mut Turn, attempt: i64, component: &Digest, body: &[u8]) -> Result<(), StoreError> {
    let facility = turn.facility().to_string();
    let next = "select coalesce(max(number), 0) + 1 from payment_exchange where facility = $1 and attempt = $2";
    let next = sqlx::query_as::<_, (i64,)>(next).bind(facility.clone()).bind(attempt);
    let (number,) = next.fetch_one(turn.connection()).await?;
    let sealed = turn.key()?.seal(body, &exchange_place(attempt, number))?;
    let insert = sqlx::query(
        "insert into payment_exchange (facility, attempt, number, component, body, at) values ($1, $2, $3, $4, $5, $6)",
    );
    let insert = insert.bind(facility).bind(attempt).bind(number).bind(component.bytes().to_vec()).bind(sealed);
    insert.bind(turn.now().count()).execute(turn.connection()).await?;
    Ok(())
}

/// Calls of all facilities behind one of them, in their order: facility and call.
pub async fn all_exchanges(
    connection: &mut Connection,
    (facility, attempt, number): (&str, i64, i64),
    limit: i64,
) -> Result<Vec<(String, Exchange)>, StoreError> {
    struct Row {
        facility: String,
        exchange: Exchange,
    }

    from_row!(Row: facility; exchange);
    let query = "select facility, attempt, number, component, body, at from payment_exchange \
        where (facility, attempt, number) > ($1, $2, $3) order by facility, attempt, number limit $4";
    let query = sqlx::query_as::<_, Row>(query).bind(facility.to_owned()).bind(attempt).bind(number).bind(limit);
    Ok(query.fetch_all(connection).await?.into_iter().map(|row| (row.facility, row.exchange)).collect())
}

/// What a call is sealed for.
pub fn exchange_place(attempt: i64, number: i64) -> String {
    format!("payment-exchange/{attempt}/{number}")
}
