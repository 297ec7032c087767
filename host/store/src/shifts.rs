//! Shifts: a cashier's time at a desk.

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The facility's number of it.
    pub id: i64,
    /// Where.
    pub desk: String,
    /// Whose.
    pub actor: String,
    /// `open`, `counted`, `closing` or `closed`.
    pub state: String,
    /// What was in the drawer at first, in 1/100 đồng.
    pub float_amount: i64,
    /// What was counted: JSON, amount by method.
    pub counted: Option<String>,
    /// What should have been there at the count: JSON, amount by method.
    pub expected: Option<String>,
    /// Who took over.
    pub handed_to: Option<String>,
    /// When it was opened.
    pub opened_at: i64,
    /// When it was closed.
    pub closed_at: Option<i64>,
}

from_row!(Shift: id, desk, actor, state, float_amount, counted, expected, handed_to, opened_at, closed_at);

/// A shift by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Shift>, StoreError> {
    let query = "select id, desk, actor, state, float_amount, counted, expected, handed_to, opened_at, closed_at \
        from shift where facility = $1 and id = $2";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_optional(connection).await?)
}

/// The shift of an actor that is not closed.
pub async fn of_actor(connection: &mut Connection, facility: &str, actor: &str) -> Result<Option<Shift>, StoreError> {
    let query = "select id, desk, actor, state, float_amount, counted, expected, handed_to, opened_at, closed_at \
        from shift where facility = $1 and actor = $2 and state <> 'closed'";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(actor.to_owned()).fetch_optional(connection).await?)
}

/// The shift at a desk that is not closed; of several the newest.
pub async fn at_desk(connection: &mut Connection, facility: &str, desk: &str) -> Result<Option<Shift>, StoreError> {
    let query = "select id, desk, actor, state, float_amount, counted, expected, handed_to, opened_at, closed_at \
        from shift where facility = $1 and desk = $2 and state <> 'closed' order by id desc limit 1";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(desk.to_owned()).fetch_optional(connection).await?)
}

/// Keeps a new shift.
pub async fn insert(turn: &mut Turn, shift: &Shift, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into shift (facility, id, desk, actor, state, float_amount, opened_at, audit) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    let insert =
        insert.bind(turn.facility().to_string()).bind(shift.id).bind(shift.desk.clone()).bind(shift.actor.clone());
    let insert = insert.bind(shift.state.clone()).bind(shift.float_amount).bind(shift.opened_at).bind(audit);
    insert.execute(turn.connection()).await?;
    Ok(())
}

/// Keeps what has become of a shift; a closed one stays as it is.
pub async fn update(turn: &mut Turn, shift: &Shift) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update shift set state = $3, counted = $4, expected = $5, handed_to = $6, closed_at = $7 \
         where facility = $1 and id = $2 and state <> 'closed'",
    );
    let update = update.bind(turn.facility().to_string()).bind(shift.id).bind(shift.state.clone());
    let update = update.bind(shift.counted.clone()).bind(shift.expected.clone()).bind(shift.handed_to.clone());
    changed(update.bind(shift.closed_at).execute(turn.connection()).await?.rows_affected(), "shift")
}

/// What a shift's postings say is there, by method, in 1/100 đồng: notes in the drawer, slips and transfers taken.
pub async fn totals(connection: &mut Connection, facility: &str, id: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let query = "select method, cast(sum(amount) as bigint) from posting \
        where facility = $1 and shift = $2 and account in ('cash', 'in-transit', 'bank') and method is not null \
        group by method order by method";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_all(connection).await?)
}
