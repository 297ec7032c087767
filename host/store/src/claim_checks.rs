//! Checks of claim files: what was found, in parts, and what somebody chose of it.

use crate::Connection;
use crate::documents::{compress, decompress};
use crate::encounters::changed;
use crate::error::StoreError;
use crate::keys::FacilityKey;
use crate::turn::Turn;

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimCheck {
    /// The facility's number of it.
    pub id: i64,
    /// By whom.
    pub made_by: String,
    /// When.
    pub made_at: i64,
    /// Files that were looked at.
    pub files: i64,
    /// Visits in them.
    pub visits: i64,
    /// What was found.
    pub findings: i64,
    /// How many parts it has.
    pub parts: i64,
    /// Its name and what it came to, sealed for `claim-check/ID`.
    pub body: Vec<u8>,
}

from_row!(ClaimCheck: id, made_by, made_at, files, visits, findings, parts, body);

/// A part of a check, ready to be kept.
#[derive(Debug, Clone)]
pub struct Part {
    body: Vec<u8>,
    length: i64,
}

/// A part is no longer when it is unpacked.
const LONGEST_BYTES: i64 = 256 * 1024 * 1024;

fn place(id: i64, part: i64) -> String {
    format!("claim-check/{id}/{part}")
}

/// Packs a part.
pub fn pack(key: &FacilityKey, id: i64, part: i64, plain: &[u8]) -> Result<Part, StoreError> {
    let compressed =
        compress(plain).map_err(|error| StoreError::Damaged(format!("a part cannot be packed: {error}")))?;
    let length = i64::try_from(plain.len()).unwrap_or(i64::MAX);
    Ok(Part { body: key.seal(&compressed, &place(id, part))?, length })
}

/// Begins a check, which nobody is shown before it is whole.
pub async fn begin(turn: &mut Turn, row: &ClaimCheck, audit: i64) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into claim_check (facility, id, made_by, made_at, is_whole, files, visits, findings, parts, body, audit) \
         values ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(row.id).bind(row.made_by.clone()).bind(row.made_at);
    let insert = insert.bind(row.files).bind(row.visits).bind(row.findings).bind(row.parts).bind(row.body.clone());
    insert.bind(audit).execute(turn.connection()).await?;
    Ok(())
}

/// Keeps a part of a check.
pub async fn insert_part(turn: &mut Turn, id: i64, place: i64, part: &Part) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into claim_check_part (facility, claim_check, place, length, body) values ($1, $2, $3, $4, $5)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(id).bind(place).bind(part.length);
    insert.bind(part.body.clone()).execute(turn.connection()).await?;
    Ok(())
}

/// A check has all its parts: what it came to.
pub async fn finish(turn: &mut Turn, row: &ClaimCheck) -> Result<(), StoreError> {
    let update = "update claim_check set is_whole = 1, files = $3, visits = $4, findings = $5, parts = $6, body = $7 \
                  where facility = $1 and id = $2 and is_whole = 0 and $6 = \
                  (select count(*) from claim_check_part p where p.facility = $1 and p.claim_check = $2)";
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(row.id).bind(row.files).bind(row.visits);
    let update = update.bind(row.findings).bind(row.parts).bind(row.body.clone());
    changed(update.execute(turn.connection()).await?.rows_affected(), "check of claims")
}

/// Checks that broke off before they were whole, begun before a moment.
pub async fn broken_off(turn: &mut Turn, before: i64) -> Result<Vec<i64>, StoreError> {
    let query = "select id from claim_check where facility = $1 and is_whole = 0 and made_at < $2";
    let query = sqlx::query_as::<_, (i64,)>(query).bind(turn.facility().to_string()).bind(before);
    Ok(query.fetch_all(turn.connection()).await?.into_iter().map(|(id,)| id).collect())
}

/// Removes a check with all that belongs to it.
pub async fn remove(turn: &mut Turn, id: i64) -> Result<(), StoreError> {
    for delete in [
        "delete from claim_check_choice where facility = $1 and claim_check = $2",
        "delete from claim_check_part where facility = $1 and claim_check = $2",
        "delete from claim_check where facility = $1 and id = $2",
    ] {
        let delete = sqlx::query(delete).bind(turn.facility().to_string()).bind(id);
        delete.execute(turn.connection()).await?;
    }
    Ok(())
}

const COLUMNS: &str = "id, made_by, made_at, files, visits, findings, parts, body";

/// A check that is whole.
pub async fn find(connection: &mut Connection, facility: &str, id: i64) -> Result<Option<ClaimCheck>, StoreError> {
    let query = format!("select {COLUMNS} from claim_check where facility = $1 and id = $2 and is_whole = 1");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(id);
    Ok(query.fetch_optional(connection).await?)
}

/// Checks that are whole, the newest first.
pub async fn list(connection: &mut Connection, facility: &str, limit: i64) -> Result<Vec<ClaimCheck>, StoreError> {
    let query =
        format!("select {COLUMNS} from claim_check where facility = $1 and is_whole = 1 order by id desc limit $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(limit);
    Ok(query.fetch_all(connection).await?)
}

/// A part of a check.
pub async fn part(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    id: i64,
    part: i64,
) -> Result<Vec<u8>, StoreError> {
    let query = "select length, body from claim_check_part where facility = $1 and claim_check = $2 and place = $3";
    let query = sqlx::query_as::<_, (i64, Vec<u8>)>(query).bind(facility.to_owned()).bind(id).bind(part);
    let damaged = |why: String| StoreError::Damaged(format!("part {part} of check {id} of claims: {why}"));
    let (length, body) = query.fetch_optional(connection).await?.ok_or_else(|| damaged("is not there".into()))?;
    let length = usize::try_from(length.min(LONGEST_BYTES)).map_err(|_| damaged("has no length".into()))?;
    let plain = decompress(&key.open(&body, &place(id, part))?, length);
    plain.map_err(|error| damaged(error.to_string()))
}

/// What somebody chose of the findings, in order.
pub async fn choice(
    connection: &mut Connection,
    facility: &str,
    id: i64,
    person: &str,
) -> Result<Vec<i64>, StoreError> {
    let query = "select finding from claim_check_choice where facility = $1 and claim_check = $2 and person = $3 order by finding";
    let query = sqlx::query_as::<_, (i64,)>(query).bind(facility.to_owned()).bind(id).bind(person.to_owned());
    Ok(query.fetch_all(connection).await?.into_iter().map(|(finding,)| finding).collect())
}

/// Somebody chooses findings, and takes others back.
pub async fn choose(turn: &mut Turn, id: i64, person: &str, chosen: &[i64], dropped: &[i64]) -> Result<(), StoreError> {
    let facility = turn.facility().to_string();
    for finding in dropped {
        let delete =
            "delete from claim_check_choice where facility = $1 and claim_check = $2 and person = $3 and finding = $4";
        let delete = sqlx::query(delete).bind(facility.clone()).bind(id).bind(person.to_owned()).bind(*finding);
        delete.execute(turn.connection()).await?;
    }
    for finding in chosen {
        let insert = "insert into claim_check_choice (facility, claim_check, person, finding) values ($1, $2, $3, $4) \
                      on conflict (facility, claim_check, person, finding) do nothing";
        let insert = sqlx::query(insert).bind(facility.clone()).bind(id).bind(person.to_owned()).bind(*finding);
        insert.execute(turn.connection()).await?;
    }
    Ok(())
}
