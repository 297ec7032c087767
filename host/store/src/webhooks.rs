//! Webhooks: who is told what, and how telling went.

use vienphi_domain::Moment;

use crate::Connection;
use crate::error::StoreError;
use crate::store::Store;
use crate::turn::Turn;

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Of which facility.
    pub facility: String,
    /// The facility's number of it.
    pub id: i64,
    /// Where.
    pub url: String,
    /// Topics with blanks between; `*` for all.
    pub topics: String,
    /// Sealed for `webhook/ID`.
    pub secret: Vec<u8>,
    /// Messages up to this number have their delivery.
    pub seen: i64,
    /// Not told any more since when.
    pub revoked_at: Option<i64>,
}

from_row!(Webhook: facility, id, url, topics, secret, seen, revoked_at);

/// A message that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The facility's number of it.
    pub message: i64,
    /// What it is about, as in `receipt.issued`.
    pub topic: String,
    /// The visit it belongs to.
    pub encounter: Option<String>,
    /// JSON.
    pub body: String,
    /// When it happened.
    pub at: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// Not before.
    pub next_at: i64,
}

from_row!(Due: message, topic, encounter, body, at, attempts, next_at);

/// How telling went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: i64,
    /// Its topic.
    pub topic: String,
    /// `pending` or `delivered`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Not before.
    pub next_at: i64,
    /// HTTP, of the last attempt.
    pub status: Option<i64>,
    /// Of the last attempt.
    pub error: Option<String>,
}

from_row!(Delivery: message, topic, state, attempts, next_at, status, error);

/// Keeps a webhook; it is told what happens from now on.
pub async fn insert(turn: &mut Turn, webhook: &Webhook, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into webhook (facility, id, url, topics, secret, actor, created_at, seen, audit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(webhook.id).bind(webhook.url.clone());
    let insert = insert.bind(webhook.topics.clone()).bind(webhook.secret.clone()).bind(turn.actor().name.to_string());
    let insert = insert.bind(turn.now().count()).bind(webhook.seen).bind(audit);
    insert.execute(turn.connection()).await?;
    Ok(())
}

/// A webhook by its number.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<Webhook>, StoreError> {
    let query =
        "select facility, id, url, topics, secret, seen, revoked_at from webhook where facility = $1 and id = $2";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).bind(id).fetch_optional(connection).await?)
}

/// Every webhook of every facility that is told something.
pub async fn active(connection: &mut Connection) -> Result<Vec<Webhook>, StoreError> {
    let query = "select facility, id, url, topics, secret, seen, revoked_at from webhook where revoked_at is null \
        order by facility, id";
    Ok(sqlx::query_as(query).fetch_all(connection).await?)
}

/// How telling went, the newest message first.
pub async fn deliveries(
    connection: &mut Connection,
    facility: &str,
    webhook: i64,
    before: i64,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let query = "select d.message as message, m.topic as topic, d.state as state, d.attempts as attempts, d.next_at as next_at, \
        a.status as status, a.error as error from delivery d \
        join message m on m.facility = d.facility and m.number = d.message \
        left join delivery_attempt a on a.facility = d.facility and a.webhook = d.webhook and a.message = d.message \
        and a.attempt = d.attempts \
        where d.facility = $1 and d.webhook = $2 and d.message < $3 order by d.message desc limit $4";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(webhook).bind(before).bind(limit);
    Ok(query.fetch_all(connection).await?)
}

/// Takes new messages of a webhook's topics into its deliveries; how many messages were looked at.
pub async fn take_new(turn: &mut Turn, webhook: &Webhook, limit: i64) -> Result<usize, StoreError> {
    turn.write_rows().await?;
    let facility = turn.facility().to_string();
    let query =
        "select number, topic, encounter from message where facility = $1 and number > $2 order by number limit $3";
    let rows: Vec<(i64, String, Option<String>)> = sqlx::query_as(query)
        .bind(facility.clone())
        .bind(webhook.seen)
        .bind(limit)
        .fetch_all(turn.connection())
        .await?;
    let Some((newest, _, _)) = rows.last() else { return Ok(0) };
    for (number, topic, encounter) in &rows {
        let is_wanted = webhook.topics.split(' ').any(|wanted| wanted == "*" || wanted == topic);
        if is_wanted {
            let insert = sqlx::query(
                "insert into delivery (facility, webhook, message, encounter, state, attempts, next_at) \
                 values ($1, $2, $3, $4, 'pending', 0, 0) on conflict do nothing",
            );
            let insert = insert.bind(facility.clone()).bind(webhook.id).bind(*number).bind(encounter.clone());
            insert.execute(turn.connection()).await?;
        }
    }
    let update = sqlx::query("update webhook set seen = $3 where facility = $1 and id = $2 and seen < $3");
    update.bind(facility).bind(webhook.id).bind(*newest).execute(turn.connection()).await?;
    Ok(rows.len())
}

/// Messages of a webhook that are due: of each visit only the oldest that is not delivered, so that order is kept.
pub async fn due(
    connection: &mut Connection,
    webhook: &Webhook,
    now: Moment,
    limit: i64,
) -> Result<Vec<Due>, StoreError> {
    let query = "select d.message as message, m.topic as topic, m.encounter as encounter, m.body as body, m.at as at, \
        d.attempts as attempts, d.next_at as next_at from delivery d \
        join message m on m.facility = d.facility and m.number = d.message \
        where d.facility = $1 and d.webhook = $2 and d.state = 'pending' and d.next_at <= $3 \
        and not exists (select 1 from delivery e where e.facility = d.facility and e.webhook = d.webhook \
            and e.state = 'pending' and e.message < d.message and e.encounter = d.encounter) \
        order by d.next_at, d.message limit $4";
    let query = sqlx::query_as(query).bind(webhook.facility.clone()).bind(webhook.id).bind(now.count()).bind(limit);
    Ok(query.fetch_all(connection).await?)
}

/// Keeps how an attempt went; without `next_at` the message is delivered.
pub async fn keep_attempt(
    turn: &mut Turn,
    webhook: i64,
    due: &Due,
    status: Option<i64>,
    error: Option<&str>,
    next_at: Option<Moment>,
) -> Result<(), StoreError> {
    let facility = turn.facility().to_string();
    let insert = sqlx::query(
        "insert into delivery_attempt (facility, webhook, message, attempt, at, status, error) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict do nothing",
    );
    let insert = insert.bind(facility.clone()).bind(webhook).bind(due.message).bind(due.attempts + 1);
    let insert = insert.bind(turn.now().count()).bind(status).bind(error.map(str::to_owned));
    insert.execute(turn.connection()).await?;
    let update = sqlx::query(
        "update delivery set state = $4, attempts = $5, next_at = $6 where facility = $1 and webhook = $2 and message = $3",
    );
    let state = if next_at.is_some() { "pending" } else { "delivered" };
    let update = update.bind(facility).bind(webhook).bind(due.message).bind(state.to_owned()).bind(due.attempts + 1);
    update.bind(next_at.map_or(0, Moment::count)).execute(turn.connection()).await?;
    Ok(())
}

/// Tells a message once more; false when the webhook never had it.
pub async fn replay(turn: &mut Turn, webhook: i64, message: i64) -> Result<bool, StoreError> {
    let update = sqlx::query(
        "update delivery set state = 'pending', next_at = 0 where facility = $1 and webhook = $2 and message = $3",
    );
    let update = update.bind(turn.facility().to_string()).bind(webhook).bind(message);
    Ok(update.execute(turn.connection()).await?.rows_affected() == 1)
}

/// The number of the newest message, for whoever only looks.
pub async fn newest(connection: &mut Connection, facility: &str) -> Result<i64, StoreError> {
    let query = "select message_number from facility where facility = $1";
    let newest: Option<(i64,)> = sqlx::query_as(query).bind(facility.to_owned()).fetch_optional(connection).await?;
    Ok(newest.map_or(0, |(number,)| number))
}

/// The number of the newest message, those of the same transaction included.
pub async fn newest_message(turn: &mut Turn) -> Result<i64, StoreError> {
    turn.write_rows().await?;
    let query = "select coalesce(max(number), 0) from message where facility = $1";
    let newest: (i64,) = sqlx::query_as(query).bind(turn.facility().to_string()).fetch_one(turn.connection()).await?;
    Ok(newest.0)
}

impl Store {
    /// The secret of a webhook.
    pub async fn webhook_secret(&self, webhook: &Webhook) -> Result<Vec<u8>, StoreError> {
        self.key(&webhook.facility).await?.open(&webhook.secret, &secret_place(webhook.id))
    }
}

/// Where a webhook's secret is sealed for.
pub fn secret_place(id: i64) -> String {
    format!("webhook/{id}")
}
