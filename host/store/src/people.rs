//! People who sign in to the pages, and their sessions.

use vienphi_domain::{Digest, Role};

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// Somebody who signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Unique at a facility, and the name of the actor.
    pub name: String,
    /// The word of a role.
    pub role: String,
    /// argon2id with its salt and costs.
    pub password: String,
    /// 1 when somebody else knows the password: it is changed at the next sign-in.
    pub is_told: i64,
    /// What one-time codes are made of, sealed for `person/NAME`.
    pub code_key: Option<Vec<u8>>,
    /// The step of the last code that was used.
    pub code_step: i64,
    /// Wrong passwords and codes since the last right ones.
    pub failures: i64,
    /// Nobody signs in before.
    pub locked_until: i64,
    /// Not any more since when.
    pub closed_at: Option<i64>,
}

from_row!(Person: name, role, password, is_told, code_key, code_step, failures, locked_until, closed_at);

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person {{ name: {:?}, role: {:?}, .. }}", self.name, self.role)
    }
}

impl Person {
    /// What they are there; none when the word is of a later program.
    pub fn role(&self) -> Option<Role> {
        Role::parse(&self.role)
    }
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Of its cookie.
    pub digest: Vec<u8>,
    /// Whose.
    pub person: String,
    /// What they were when they signed in.
    pub role: String,
    /// When they did.
    pub begun_at: i64,
    /// When it was used last, to the minute.
    pub seen_at: i64,
    /// When a one-time code was given.
    pub coded_at: Option<i64>,
    /// The issuer that said who it is; none when a password did.
    pub issuer: Option<String>,
}

from_row!(Session: digest, person, role, begun_at, seen_at, coded_at, issuer);

/// How a session begins.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry<'e> {
    /// When a one-time code was given.
    pub coded_at: Option<i64>,
    /// The issuer that said who it is; none when a password did.
    pub issuer: Option<&'e str>,
}

const PERSON: &str = "name, role, password, is_told, code_key, code_step, failures, locked_until, closed_at";

/// Somebody by name.
pub async fn find(connection: &mut Connection, facility: &str, name: &str) -> Result<Option<Person>, StoreError> {
    let query = format!("select {PERSON} from person where facility = $1 and name = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).bind(name.to_owned());
    Ok(query.fetch_optional(connection).await?)
}

/// Everybody of a facility, by name.
pub async fn list(connection: &mut Connection, facility: &str) -> Result<Vec<Person>, StoreError> {
    let query = format!("select {PERSON} from person where facility = $1 order by name");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(facility.to_owned()).fetch_all(connection).await?)
}

/// Keeps somebody, new or changed.
pub async fn save(turn: &mut Turn, person: &Person, audit: i64) -> Result<(), StoreError> {
    let upsert = sqlx::query(
        "insert into person (facility, name, role, password, is_told, code_key, code_step, failures, locked_until, closed_at, \
         changed_at, audit) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         on conflict (facility, name) do update set role = excluded.role, password = excluded.password, \
         is_told = excluded.is_told, code_key = excluded.code_key, code_step = excluded.code_step, \
         failures = excluded.failures, locked_until = excluded.locked_until, closed_at = excluded.closed_at, \
         changed_at = excluded.changed_at, audit = excluded.audit",
    );
    let upsert = upsert.bind(turn.facility().to_string()).bind(person.name.clone()).bind(person.role.clone());
    let upsert = upsert.bind(person.password.clone()).bind(person.is_told).bind(person.code_key.clone());
    let upsert = upsert.bind(person.code_step).bind(person.failures).bind(person.locked_until).bind(person.closed_at);
    let upsert = upsert.bind(turn.now().count()).bind(audit);
    changed(upsert.execute(turn.connection()).await?.rows_affected(), "person")
}

/// Keeps what a try to sign in came to, which is no change of the person.
pub async fn tried(turn: &mut Turn, person: &Person) -> Result<(), StoreError> {
    let update = "update person set failures = $3, locked_until = $4, code_step = $5 where facility = $1 and name = $2";
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(person.name.clone());
    let update = update.bind(person.failures).bind(person.locked_until).bind(person.code_step);
    changed(update.execute(turn.connection()).await?.rows_affected(), "person")
}

/// A session that has not ended, by the digest of its cookie.
pub async fn session(
    connection: &mut Connection,
    facility: &str,
    digest: &Digest,
) -> Result<Option<Session>, StoreError> {
    let query = "select digest, person, role, begun_at, seen_at, coded_at, issuer from session \
         where facility = $1 and digest = $2 and ended_at is null";
    let query = sqlx::query_as(query).bind(facility.to_owned()).bind(digest.bytes().to_vec());
    Ok(query.fetch_optional(connection).await?)
}

/// Begins a session.
pub async fn begin(turn: &mut Turn, digest: &Digest, person: &Person, entry: Entry<'_>) -> Result<(), StoreError> {
    let insert = sqlx::query(
        "insert into session (facility, digest, person, role, begun_at, seen_at, coded_at, issuer) \
         values ($1, $2, $3, $4, $5, $5, $6, $7)",
    );
    let insert = insert.bind(turn.facility().to_string()).bind(digest.bytes().to_vec()).bind(person.name.clone());
    let insert = insert.bind(person.role.clone()).bind(turn.now().count()).bind(entry.coded_at);
    let insert = insert.bind(entry.issuer.map(str::to_owned));
    changed(insert.execute(turn.connection()).await?.rows_affected(), "session")
}

/// Notes that a session was used.
pub async fn seen(turn: &mut Turn, digest: &Digest) -> Result<(), StoreError> {
    let update = "update session set seen_at = $3 where facility = $1 and digest = $2 and ended_at is null";
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(digest.bytes().to_vec());
    update.bind(turn.now().count()).execute(turn.connection()).await?;
    Ok(())
}

/// Ends a session; false when it had ended.
pub async fn end(turn: &mut Turn, digest: &Digest) -> Result<bool, StoreError> {
    let update = "update session set ended_at = $3 where facility = $1 and digest = $2 and ended_at is null";
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(digest.bytes().to_vec());
    Ok(update.bind(turn.now().count()).execute(turn.connection()).await?.rows_affected() == 1)
}

/// Ends every session of somebody but one: whoever changes a password signs out everywhere else.
pub async fn end_others(turn: &mut Turn, person: &str, but: Option<&Digest>) -> Result<(), StoreError> {
    let update =
        "update session set ended_at = $4 where facility = $1 and person = $2 and ended_at is null and digest <> $3";
    let but = but.map_or_else(Vec::new, |digest| digest.bytes().to_vec());
    let update = sqlx::query(update).bind(turn.facility().to_string()).bind(person.to_owned()).bind(but);
    update.bind(turn.now().count()).execute(turn.connection()).await?;
    Ok(())
}
