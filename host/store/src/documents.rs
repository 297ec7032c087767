//! Documents: encounters as sent and statements as issued, once by digest, compressed and sealed.

use std::cell::RefCell;

use vienphi_domain::Digest;

use crate::Connection;
use crate::deferred::Table;
use crate::encounters::Scope;
use crate::error::StoreError;
use crate::keys::FacilityKey;
use crate::turn::{Turn, digest};

/// A document ready to be kept.
#[derive(Debug, Clone)]
pub struct Packed {
    /// By which it is found.
    pub digest: Digest,
    body: Vec<u8>,
    length: i64,
}

static DOCUMENT: Table = Table::or_keep("document", &["facility", "encounter", "digest", "body", "length"]);

/// Level 3 is where statements stop getting much smaller for the time it takes.
const LEVEL: i32 = 3;

/// No document is longer when it is unpacked: an encounter of 8 MiB has a statement below this.
const LONGEST_BYTES: i64 = 256 * 1024 * 1024;

thread_local! {
    /// Its tables are a megabyte, which is not asked for anew for each document.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    /// The same, of a tenth of that.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Makes a text smaller.
pub(crate) fn compress(document: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(document),
        None => kept.insert(zstd::bulk::Compressor::new(LEVEL)?).compress(document),
    })
}

/// The text that was made smaller; it has at most this length.
pub(crate) fn decompress(body: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(body, length),
        None => kept.insert(zstd::bulk::Decompressor::new()?).decompress(body, length),
    })
}

/// Packs a document. Slow enough (tenths of a millisecond) to be done before its turn.
pub fn pack(key: &FacilityKey, digest: Digest, document: &[u8]) -> Result<Packed, StoreError> {
    let compressed = compress(document);
    let compressed =
        compressed.map_err(|error| StoreError::Damaged(format!("a document cannot be packed: {error}")))?;
    let length = i64::try_from(document.len()).unwrap_or(i64::MAX);
    Ok(Packed { digest, body: key.seal(&compressed, &place(&digest))?, length })
}

/// Keeps a document of a visit, unless it is kept.
pub fn keep(turn: &mut Turn, encounter: &str, packed: Packed) {
    let facility = turn.facility();
    let digest = packed.digest.bytes().to_vec();
    let row = vec![(&facility).into(), encounter.into(), digest.into(), packed.body.into(), packed.length.into()];
    turn.put(&DOCUMENT, row);
}

/// Reads a document of a visit.
pub async fn find(
    connection: &mut Connection,
    key: &FacilityKey,
    facility: &str,
    encounter: &str,
    digest: &Digest,
) -> Result<Vec<u8>, StoreError> {
    let query = "select body, length from document where facility = $1 and encounter = $2 and digest = $3";
    let query = sqlx::query_as::<_, (Vec<u8>, i64)>(query).bind(facility.to_owned()).bind(encounter.to_owned());
    let found = query.bind(digest.bytes().to_vec()).fetch_optional(connection).await?;
    let (body, length) = found.ok_or_else(|| StoreError::Damaged(format!("document {digest} is not there")))?;
    unpack(key, digest, &body, length)
}

/// A document as it is kept.
#[derive(Debug, Clone)]
pub struct Sealed {
    digest: Vec<u8>,
    /// None where it is not there.
    body: Option<Vec<u8>>,
    length: i64,
}

impl Sealed {
    /// The document itself.
    ///
    /// # Errors
    ///
    /// One that is not there, or not what was kept.
    pub fn open(self, key: &FacilityKey) -> Result<Vec<u8>, StoreError> {
        let digest = digest(self.digest)?;
        let body = self.body.ok_or_else(|| StoreError::Damaged(format!("document {digest} is not there")))?;
        unpack(key, &digest, &body, self.length)
    }
}

/// A visit with what it came to: what was sent last, and the statement issued of it.
#[derive(Debug, Clone)]
pub struct OfVisit {
    /// The visit.
    pub encounter: String,
    /// What was sent last.
    pub snapshot: Sealed,
    /// What was issued last.
    pub statement: Sealed,
}

impl<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> for OfVisit {
    fn from_row(row: &'r sqlx::any::AnyRow) -> Result<OfVisit, sqlx::Error> {
        use sqlx::Row as _;
        let sealed = |digest: &str, body: &str, length: &str| {
            let length = row.try_get::<Option<i64>, _>(length)?.unwrap_or(0);
            Ok::<_, sqlx::Error>(Sealed { digest: row.try_get(digest)?, body: row.try_get(body)?, length })
        };
        Ok(OfVisit {
            encounter: row.try_get("id")?,
            snapshot: sealed("snapshot", "sent", "sent_length")?,
            statement: sealed("statement", "issued", "issued_length")?,
        })
    }
}

const OF_VISITS: &str = "select e.id, e.snapshot, e.statement, s.body as sent, s.length as sent_length, \
    i.body as issued, i.length as issued_length from encounter e \
    left join document s on s.facility = e.facility and s.encounter = e.id and s.digest = e.snapshot \
    left join document i on i.facility = e.facility and i.encounter = e.id and i.digest = e.statement where e.facility = $1";

/// The visits of a scope after an id, in the order of their ids.
pub async fn in_scope(
    connection: &mut Connection,
    facility: &str,
    scope: &Scope,
    after: &str,
    limit: i64,
) -> Result<Vec<OfVisit>, StoreError> {
    if !scope.ids.is_empty() {
        let query = format!("{OF_VISITS} and e.id = $2");
        let mut found = Vec::new();
        for id in scope.ids_after(after, limit) {
            let query = sqlx::query_as::<_, OfVisit>(sqlx::AssertSqlSafe(query.clone()));
            found.extend(query.bind(facility.to_owned()).bind(id.to_owned()).fetch_optional(&mut *connection).await?);
        }
        return Ok(found);
    }
    let query = format!(
        "{OF_VISITS} and e.id > $2 and e.arrived_on >= $3 and e.arrived_on <= $4 and ($5 = '' or e.state = $5) \
         order by e.id limit $6"
    );
    let query = sqlx::query_as::<_, OfVisit>(sqlx::AssertSqlSafe(query));
    let query = query.bind(facility.to_owned()).bind(after.to_owned());
    let query = query.bind(scope.arrived_from.clone()).bind(scope.arrived_to.clone());
    Ok(query.bind(scope.state.clone().unwrap_or_default()).bind(limit).fetch_all(connection).await?)
}

pub(crate) fn unpack(key: &FacilityKey, digest: &Digest, body: &[u8], length: i64) -> Result<Vec<u8>, StoreError> {
    let damaged = |why: &str| StoreError::Damaged(format!("document {digest} {why}"));
    let length = usize::try_from(length.clamp(0, LONGEST_BYTES)).unwrap_or(0);
    let compressed = key.open(body, &place(digest))?;
    let document = decompress(&compressed, length).map_err(|_| damaged("cannot be unpacked"))?;
    if document.len() == length { Ok(document) } else { Err(damaged("has another length than was kept")) }
}

fn place(digest: &Digest) -> String {
    format!("document/{digest}")
}
