//! Patients: their identity sealed, found by keyed hashes of its words.

use vienphi_domain::{Digest, Identity};

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::keys::FacilityKey;
use crate::turn::Turn;

/// A patient.
#[derive(Debug, Clone)]
pub struct Patient {
    /// The facility's id of it.
    pub id: String,
    /// From 1.
    pub version: i64,
    /// Who it is.
    pub identity: Identity,
    /// The patient it turned out to be.
    pub merged_into: Option<String>,
}

type Row = (String, i64, Vec<u8>, Option<String>);

const FIND: &str = "select id, version, identity, merged_into from patient where facility = $1 and id = $2";

/// How many have a word. Of words that more have, any may lead.
const COUNT: &str =
    "select count(*) from (select 1 from patient_word where facility = $1 and word = $2 limit 2000) as counted";

/// A patient by id.
pub async fn find(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    id: &str,
) -> Result<Option<Patient>, StoreError> {
    let query = sqlx::query_as::<_, Row>(FIND).bind(facility.to_owned()).bind(id.to_owned());
    query.fetch_optional(connection).await?.map(|row| opened(key, row)).transpose()
}

fn opened(key: &FacilityKey, (id, version, sealed, merged_into): Row) -> Result<Patient, StoreError> {
    let plain = key.open(&sealed, &place(&id))?;
    let identity = serde_json::from_slice(&plain);
    let identity = identity.map_err(|_| StoreError::Damaged(format!("the identity of patient {id} cannot be read")))?;
    Ok(Patient { id, version, identity, merged_into })
}

/// Patients that have all these words, of which there is at least one; at most `limit` of them.
pub async fn search(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    words: &[String],
    limit: usize,
) -> Result<Vec<Patient>, StoreError> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut counted = Vec::new();
    for word in words {
        let word = key.word(word);
        // One alone leads anyway.
        let count: (i64,) = match words.len() {
            1 => (0,),
            _ => sqlx::query_as(COUNT).bind(facility.to_owned()).bind(word.clone()).fetch_one(&mut *connection).await?,
        };
        counted.push((count.0, word));
    }
    // Those with the rarest word are gone through until enough have the others too.
    counted.sort_unstable();
    let further = |place: usize| {
        format!(
            " and exists (select 1 from patient_word \
             where facility = $1 and word = ${place} and patient = rarest.patient)"
        )
    };
    let further: String = (3..counted.len() + 2).map(further).collect();
    let query = format!(
        "select id, version, identity, merged_into from (select patient from patient_word as rarest \
         where facility = $1 and word = $2{further} order by patient limit {limit}) as found \
         join patient on patient.facility = $1 and patient.id = found.patient order by id"
    );
    let mut query = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    for (_, word) in counted {
        query = query.bind(word);
    }
    query.fetch_all(connection).await?.into_iter().map(|row| opened(key, row)).collect()
}

/// Patients that turned out to be this one.
pub async fn merged_into(connection: &mut Connection, facility: &str, id: &str) -> Result<Vec<String>, StoreError> {
    let query = "select id from patient where facility = $1 and merged_into = $2 order by id";
    let rows: Vec<(String,)> =
        sqlx::query_as(query).bind(facility.to_owned()).bind(id.to_owned()).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A digest of an identity for the audit, which tells nothing to whoever guesses at it.
pub fn digest(key: &FacilityKey, identity: &Identity) -> Digest {
    key.digest(&serde_json::to_vec(identity).unwrap_or_default())
}

/// Keeps a patient, new or with another identity than before.
pub async fn save(turn: &mut Turn, patient: &Patient, audit: i64) -> Result<(), StoreError> {
    let key = turn.key()?;
    let plain = serde_json::to_vec(&patient.identity);
    let plain = plain.map_err(|error| StoreError::Damaged(format!("an identity cannot be written: {error}")))?;
    let sealed = key.seal(&plain, &place(&patient.id))?;
    let upsert = sqlx::query(
        "insert into patient (facility, id, version, identity, merged_into, changed_at, audit) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (facility, id) do update set version = excluded.version, identity = excluded.identity, \
         merged_into = excluded.merged_into, changed_at = excluded.changed_at, audit = excluded.audit",
    );
    let upsert = upsert.bind(turn.facility().to_string()).bind(patient.id.clone()).bind(patient.version).bind(sealed);
    let upsert = upsert.bind(patient.merged_into.clone()).bind(turn.now().count()).bind(audit);
    changed(upsert.execute(turn.connection()).await?.rows_affected(), &patient.id)?;
    if patient.version > 1 {
        let forget = sqlx::query("delete from patient_word where facility = $1 and patient = $2");
        forget.bind(turn.facility().to_string()).bind(patient.id.clone()).execute(turn.connection()).await?;
    }
    let words = patient.identity.words();
    if words.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = (0..words.len()).map(|place| format!("($1, ${}, $2)", place + 3)).collect();
    let insert = format!("insert into patient_word (facility, word, patient) values {}", places.join(", "));
    let mut insert =
        sqlx::query(sqlx::AssertSqlSafe(insert)).bind(turn.facility().to_string()).bind(patient.id.clone());
    for word in &words {
        insert = insert.bind(key.word(word));
    }
    insert.execute(turn.connection()).await?;
    Ok(())
}

fn place(id: &str) -> String {
    format!("patient/{id}")
}
