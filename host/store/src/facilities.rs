//! Facilities that keep their records here.

use sqlx::Row as _;
use vienphi_domain::Moment;

use crate::Connection;
use crate::audit::BEGINNING;
use crate::error::StoreError;
use crate::keys::MasterKey;

/// Opens a facility's records unless they are open.
pub(crate) async fn open(
    connection: &mut Connection,
    master: &MasterKey,
    facility: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let (_, sealed) = master.new_facility(facility)?;
    let insert = sqlx::query(
        "insert into facility (facility, opened_at, data_key, turn, record_number, audit_number, audit_digest, \
         journal_number, message_number) values ($1, $2, $3, 0, 0, 0, $4, 0, 0) on conflict do nothing",
    );
    let insert = insert.bind(facility.to_owned()).bind(now.count()).bind(sealed).bind(BEGINNING.bytes().to_vec());
    insert.execute(connection).await?;
    Ok(())
}

/// A facility's sealed key.
pub(crate) async fn key(connection: &mut Connection, facility: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let query = sqlx::query("select data_key from facility where facility = $1").bind(facility.to_owned());
    Ok(query.fetch_optional(connection).await?.map(|row| row.try_get(0)).transpose()?)
}

/// Every facility with its sealed key.
pub(crate) async fn keys(connection: &mut Connection) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let query = "select facility, data_key from facility order by facility";
    Ok(sqlx::query_as(query).fetch_all(connection).await?)
}

/// The facilities there are.
pub async fn list(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    Ok(keys(connection).await?.into_iter().map(|(facility, _)| facility).collect())
}

/// How many messages each facility has told: it changes with everything that others may want to know.
pub async fn messages(connection: &mut Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let query = "select facility, message_number from facility order by facility";
    Ok(sqlx::query_as(query).fetch_all(connection).await?)
}

/// What was told of requests for payment behind a message, each as JSON that names its `request`.
pub async fn told_of_payments(
    connection: &mut Connection,
    facility: &str,
    after: i64,
) -> Result<Vec<String>, StoreError> {
    let query = "select body from message where facility = $1 and number > $2 and topic in \
                 ('payment-request.created', 'payment.received', 'payment.failed', 'service.released') order by number limit 1000";
    let query = sqlx::query_as::<_, (String,)>(query).bind(facility.to_owned()).bind(after);
    Ok(query.fetch_all(connection).await?.into_iter().map(|(body,)| body).collect())
}
