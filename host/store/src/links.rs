//! Who people are to issuers of OpenID Connect.

use vienphi_domain::Digest;

use crate::Connection;
use crate::encounters::changed;
use crate::error::StoreError;
use crate::turn::Turn;

/// A person of a facility, as an issuer knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where.
    pub facility: String,
    /// Who.
    pub person: String,
    /// By whose word.
    pub issuer: String,
}

from_row!(Link: facility, person, issuer);

/// What an issuer's name for somebody is found by.
pub fn digest(issuer: &str, subject: &str) -> Digest {
    Digest::of_pieces([("issuer", issuer.as_bytes()), ("subject", subject.as_bytes())])
}

/// Whose name it is, of whatever facility.
pub async fn find(connection: &mut Connection, digest: &Digest) -> Result<Option<Link>, StoreError> {
    let query = "select facility, person, issuer from person_link where digest = $1";
    Ok(sqlx::query_as(query).bind(digest.bytes().to_vec()).fetch_optional(connection).await?)
}

/// The links of a facility, by person.
pub async fn list(connection: &mut Connection, facility: &str) -> Result<Vec<Link>, StoreError> {
    let query = "select facility, person, issuer from person_link where facility = $1 order by person, issuer";
    Ok(sqlx::query_as(query).bind(facility.to_owned()).fetch_all(connection).await?)
}

/// Keeps a link; false when the issuer's name is somebody's already, or the person has another at this issuer.
pub async fn add(turn: &mut Turn, digest: &Digest, person: &str, issuer: &str, audit: i64) -> Result<bool, StoreError> {
    let insert = "insert into person_link (facility, digest, person, issuer, audit) values ($1, $2, $3, $4, $5) \
         on conflict do nothing";
    let insert = sqlx::query(insert).bind(turn.facility().to_string()).bind(digest.bytes().to_vec());
    let insert = insert.bind(person.to_owned()).bind(issuer.to_owned()).bind(audit);
    Ok(insert.execute(turn.connection()).await?.rows_affected() == 1)
}

/// Takes a person's link to an issuer away; false when there is none.
pub async fn remove(turn: &mut Turn, person: &str, issuer: &str) -> Result<bool, StoreError> {
    let delete = "delete from person_link where facility = $1 and person = $2 and issuer = $3";
    let delete = sqlx::query(delete).bind(turn.facility().to_string()).bind(person.to_owned()).bind(issuer.to_owned());
    let removed = delete.execute(turn.connection()).await?.rows_affected();
    // The index lets a person have one at most.
    if removed == 0 { Ok(false) } else { changed(removed, "person_link").map(|()| true) }
}
