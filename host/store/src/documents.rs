//! Documents: encounters as sent and statements as issued, once by digest, compressed and sealed.

use std::cell::RefCell;

use vienphi_domain::Digest;

use crate::Connection;
use crate::deferred::Table;
use crate::error::StoreError;
use crate::keys::FacilityKey;
use crate::turn::Turn;

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
