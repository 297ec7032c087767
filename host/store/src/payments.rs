//! Rails as a facility has set them up, requests for payment, and what was told of money.

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A rail as it is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rail {
    /// Its name, as in `sepay`.
    pub name: String,
    /// Counts changes.
    pub version: i64,
    /// Settings and secrets, sealed for `rail/NAME`.
    pub body: Vec<u8>,
    /// When it was changed last.
    pub changed_at: i64,
}

from_row!(Rail: name, version, body, changed_at);

/// A request for payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The facility's number of it.
    pub id: i64,
    /// For which visit.
    pub encounter: String,
    /// `balance`, `deposit` or `lines`.
    pub purpose: String,
    /// Ids of lines with blanks between.
    pub lines: String,
    /// In 1/100 đồng.
    pub amount: i64,
    /// What came for it, placed or waiting.
    pub received: i64,
    /// By which rail.
    pub rail: String,
    /// What the payment carries.
    pub reference: String,
    /// What became of it.
    pub state: String,
    /// What became of the way to pay.
    pub attempt: String,
    /// What the payer is shown, sealed for `payment-request/ID`.
    pub display: Vec<u8>,
    /// SHA-256 of the component that was asked.
    pub digest: Vec<u8>,
    /// The receipt, when it was paid.
    pub receipt: Option<String>,
    /// The service was given before it was paid: when.
    pub released_at: Option<i64>,
    /// By whose word.
    pub released_by: Option<String>,
    /// Until when.
    pub expires_at: Option<i64>,
    /// Since when.
    pub created_at: i64,
    /// By whom.
    pub created_by: String,
}

from_row!(Request: id, encounter, purpose, lines, amount, received, rail, reference, state, attempt, display,
    digest, receipt, released_at, released_by, expires_at, created_at, created_by);

/// Something that was told of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// By which rail.
    pub rail: String,
    /// Equal for the same event.
    pub event_key: String,
    /// What happened, as in `paid`.
    pub kind: String,
    /// The request it is about.
    pub request: Option<i64>,
    /// In 1/100 đồng.
    pub amount: i64,
    /// As told.
    pub currency: String,
    /// As told.
    pub occurred_at: i64,
    /// When it was told first.
    pub received_at: i64,
    /// What became of it.
    pub fate: String,
    /// The receipt that it made.
    pub receipt: Option<String>,
    /// The unapplied credit that it made.
    pub credit: Option<i64>,
    /// As told, sealed for `payment-event/RAIL/KEY`.
    pub body: Vec<u8>,
}

from_row!(Event: rail, event_key, kind, request, amount, currency, occurred_at, received_at, fate, receipt, credit,
    body);

const REQUEST: &str = "id, encounter, purpose, lines, amount, received, rail, reference, state, attempt, display, digest, \
    receipt, released_at, released_by, expires_at, created_at, created_by";

const EVENT: &str =
    "rail, event_key, kind, request, amount, currency, occurred_at, received_at, fate, receipt, credit, body";

/// Sets a rail up, or anew.
pub async fn set_rail(turn: &mut Turn, name: &str, body: Vec<u8>, audit: i64) -> Result<(), StoreError> {
    let set = sqlx::query(
        "insert into rail (facility, name, version, body, changed_at, audit) values ($1, $2, 1, $3, $4, $5) \
         on conflict (facility, name) do update set version = rail.version + 1, body = excluded.body, \
         changed_at = excluded.changed_at, audit = excluded.audit",
    );
    let set = set.bind(turn.facility().to_string()).bind(name.to_owned()).bind(body).bind(turn.now().count());
    set.bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// A rail by its name.
pub async fn rail(connection: &mut Connection, facility: &str, name: &str) -> Result<Option<Rail>, StoreError> {
    let query = "select name, version, body, changed_at from rail where facility = $1 and name = $2";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(name.to_owned()).fetch_optional(connection).await?)
}

/// The rails that are set up.
pub async fn rails(connection: &mut Connection, facility: &str) -> Result<Vec<Rail>, StoreError> {
    let query = "select name, version, body, changed_at from rail where facility = $1 order by name";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).fetch_all(connection).await?)
}

/// Keeps a request.
pub async fn insert(turn: &mut Turn, request: &Request, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into payment_request (facility, id, encounter, purpose, lines, amount, received, rail, reference, state, \
         attempt, display, digest, receipt, expires_at, created_at, created_by, changed_at, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $16, $18)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(request.id).bind(request.encounter.clone());
    let insert = insert.bind(request.purpose.clone()).bind(request.lines.clone()).bind(request.amount);
    let insert = insert.bind(request.received).bind(request.rail.clone()).bind(request.reference.clone());
    let insert = insert.bind(request.state.clone()).bind(request.attempt.clone()).bind(request.display.clone());
    let insert = insert.bind(request.digest.clone()).bind(request.receipt.clone()).bind(request.expires_at);
    let insert = insert.bind(request.created_at).bind(request.created_by.clone()).bind(audit);
    insert.execute(turn.connection()).await?;
    Ok(())
}

/// Keeps what became of a request.
pub async fn update(turn: &mut Turn, request: &Request) -> Result<(), StoreError> {
    let update = sqlx::query(
        "update payment_request set state = $3, attempt = $4, received = $5, receipt = $6, changed_at = $7, released_at = $8, released_by = $9 \
         where facility = $1 and id = $2",
    );
    let update = update.bind(turn.facility().to_string()).bind(request.id).bind(request.state.clone());
    let update = update.bind(request.attempt.clone()).bind(request.received).bind(request.receipt.clone());
    let update = update.bind(turn.now().count()).bind(request.released_at).bind(request.released_by.clone());
    changed(update.execute(turn.connection()).await?.rows_affected(), "payment request")
}

/// Keeps what the payer of a request is shown, sealed for `payment-request/ID`.
pub async fn set_display(turn: &mut Turn, id: i64, display: Vec<u8>) -> Result<(), StoreError> {
    let update = "update payment_request set display = $3, changed_at = $4 where facility = $1 and id = $2";
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(id).bind(display);
    changed(update.bind(turn.now().count()).execute(turn.connection()).await?.rows_affected(), "payment request")
}

/// A request by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Request>, StoreError> {
    let query = format!("select {REQUEST} from payment_request where facility = $1 and id = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(id);
    Ok(query.fetch_optional(connection).await?)
}

/// A request by its reference.
pub async fn find_by_reference(
    connection: &mut Connection,
    facility: &str,
    reference: &str,
) -> Result<Option<Request>, StoreError> {
    let query = format!("select {REQUEST} from payment_request where facility = $1 and reference = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(reference.to_owned());
    Ok(query.fetch_optional(connection).await?)
}

/// The requests of a visit, the newest first.
pub async fn of_encounter(
    connection: &mut Connection,
    facility: &str,
    encounter: &str,
) -> Result<Vec<Request>, StoreError> {
    let query = format!(
        "select {REQUEST} from payment_request where facility = $1 and encounter = $2 order by id desc limit 200"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(encounter.to_owned());
    Ok(query.fetch_all(connection).await?)
}

/// The newest request of a cashier, as far as a screen asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The facility's number of it.
    pub id: i64,
    /// As in `open`.
    pub state: String,
    /// When it was made.
    pub created_at: i64,
    /// When it changed last.
    pub changed_at: i64,
}

from_row!(Newest: id, state, created_at, changed_at);

/// The newest request of a cashier.
pub async fn newest_of(
    connection: &mut Connection,
    facility: &str,
    cashier: &str,
) -> Result<Option<Newest>, StoreError> {
    let query = "select id, state, created_at, changed_at from payment_request \
                 where facility = $1 and created_by = $2 order by id desc limit 1";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(cashier.to_owned());
    Ok(query.fetch_optional(connection).await?)
}

/// An event by its key.
pub async fn event(
    connection: &mut Connection,
    facility: &str,
    rail: &str,
    key: &str,
) -> Result<Option<Event>, StoreError> {
    let query = format!("select {EVENT} from payment_event where facility = $1 and rail = $2 and event_key = $3");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(rail.to_owned());
    Ok(query.bind(key.to_owned()).fetch_optional(connection).await?)
}

/// The events of a request, the first one first.
pub async fn events_of(connection: &mut Connection, facility: &str, request: i64) -> Result<Vec<Event>, StoreError> {
    let query = format!(
        "select {EVENT} from payment_event where facility = $1 and request = $2 order by received_at, event_key limit 200"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(request);
    Ok(query.fetch_all(connection).await?)
}

/// The rail that made an unapplied credit; none when a person did.
pub async fn rail_of_credit(
    connection: &mut Connection,
    facility: &str,
    credit: i64,
) -> Result<Option<String>, StoreError> {
    let query = "select rail from payment_event where facility = $1 and credit = $2 and fate <> 'counted' \
        order by received_at limit 1";
    let query = sqlx::query_as::<_, (String,)>(query).bind(facility.to_owned()).bind(credit);
    Ok(query.fetch_optional(connection).await?.map(|(rail,)| rail))
}

/// Facilities and events whose reference nobody knew, told before a time.
pub async fn unknown(connection: &mut Connection, before: i64) -> Result<Vec<(String, String, String)>, StoreError> {
    let query = "select facility, rail, event_key from payment_event where fate = 'unknown' and received_at < $1 \
        order by facility, received_at limit 100";
    Ok(sqlx::query_as(query).bind(before).fetch_all(connection).await?)
}

/// Keeps an event, or what became of one that was kept before.
pub async fn keep_event(turn: &mut Turn, event: &Event, audit: i64) -> Result<(), StoreError> {
    let keep = sqlx::query(
        "insert into payment_event (facility, rail, event_key, kind, request, amount, currency, occurred_at, received_at, \
         fate, receipt, credit, body, audit) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         on conflict (facility, rail, event_key) do update set request = excluded.request, fate = excluded.fate, \
         receipt = excluded.receipt, credit = excluded.credit, audit = excluded.audit",
    );
    let keep = keep.bind(turn.facility().to_string()).bind(event.rail.clone()).bind(event.event_key.clone());
    let keep = keep.bind(event.kind.clone()).bind(event.request).bind(event.amount).bind(event.currency.clone());
    let keep = keep.bind(event.occurred_at).bind(event.received_at).bind(event.fate.clone());
    let keep = keep.bind(event.receipt.clone()).bind(event.credit).bind(event.body.clone()).bind(audit);
    keep.execute(turn.connection()).await?;
    Ok(())
}
