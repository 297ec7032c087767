//! The audit: one entry for each change, chained by digests.

use sqlx::Row as _;
use vienphi_domain::{Digest, Moment};

use crate::Connection;
use crate::error::StoreError;
use crate::turn::digest;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without a gap.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// As what.
    pub role: String,
    /// What was done.
    pub action: String,
    /// To what, as in `encounter/L1`.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// Digest of what was.
    pub before: Option<Digest>,
    /// Digest of what is.
    pub after: Option<Digest>,
    /// Digest of the entry before it.
    pub previous: Digest,
}

/// What the first entry of a facility follows.
pub const BEGINNING: Digest = Digest::from_bytes([0; 32]);

impl Entry {
    /// The digest over everything in it, the facility and the entry before it.
    pub fn digest(&self, facility: &str) -> Digest {
        let (number, at) = (self.number.to_be_bytes(), self.at.count().to_be_bytes());
        let bytes = |digest: &'_ Option<Digest>| digest.map_or_else(Vec::new, |digest| digest.bytes().to_vec());
        let (before, after) = (bytes(&self.before), bytes(&self.after));
        Digest::of_pieces([
            ("facility", facility.as_bytes()),
            ("number", &number[..]),
            ("at", &at[..]),
            ("actor", self.actor.as_bytes()),
            ("role", self.role.as_bytes()),
            ("action", self.action.as_bytes()),
            ("subject", self.subject.as_bytes()),
            ("reason", self.reason.as_bytes()),
            ("before", &before),
            ("after", &after),
            ("previous", &self.previous.bytes()[..]),
        ])
    }
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The first entry that is not as it was written, or is not there.
    pub number: i64,
    /// What is wrong with it.
    pub why: String,
}

/// How a facility's chain is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Whose.
    pub facility: String,
    /// How many entries were read.
    pub entries: i64,
    /// Where it is broken, if it is.
    pub broken: Option<Break>,
}

/// What entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Before this number; the newest when missing.
    pub before: Option<i64>,
    /// Of this actor.
    pub actor: Option<String>,
    /// Of this subject.
    pub subject: Option<String>,
    /// At most so many.
    pub limit: i64,
}

const COLUMNS: &str = "select number, at, actor, role, action, subject, reason, before, after, previous, digest from audit where facility = $1";

/// Entries, the newest first.
pub async fn list(connection: &mut Connection, facility: &str, wanted: &Wanted) -> Result<Vec<Entry>, StoreError> {
    let query = format!(
        "{COLUMNS} and number < $2 and ($3 = '' or actor = $3) and ($4 = '' or subject = $4) order by number desc limit $5"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(facility.to_owned());
    let query = query.bind(wanted.before.unwrap_or(i64::MAX)).bind(wanted.actor.clone().unwrap_or_default());
    let rows = query.bind(wanted.subject.clone().unwrap_or_default()).bind(wanted.limit).fetch_all(connection).await?;
    rows.iter().map(|row| entry(row).map(|(entry, _)| entry)).collect()
}

fn entry(row: &sqlx::any::AnyRow) -> Result<(Entry, Digest), StoreError> {
    let optional = |column: &str| -> Result<Option<Digest>, StoreError> {
        row.try_get::<Option<Vec<u8>>, _>(column)?.map(digest).transpose()
    };
    let entry = Entry {
        number: row.try_get("number")?,
        at: Moment::from_count(row.try_get("at")?),
        actor: row.try_get("actor")?,
        role: row.try_get("role")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        reason: row.try_get("reason")?,
        before: optional("before")?,
        after: optional("after")?,
        previous: digest(row.try_get("previous")?)?,
    };
    Ok((entry, digest(row.try_get("digest")?)?))
}

/// Entries read at once.
const PAGE: i64 = 2_000;

/// Walks each facility's chain from its beginning to the head that the facility's counters name.
pub async fn walk(connection: &mut Connection) -> Result<Vec<Chain>, StoreError> {
    let heads = "select facility, audit_number, audit_digest from facility order by facility";
    let heads: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(heads).fetch_all(&mut *connection).await?;
    let mut chains = Vec::with_capacity(heads.len());
    for (facility, newest, head) in heads {
        let (mut expected, mut previous, mut broken) = (1, BEGINNING, None);
        // From the very first row: one before number 1 was put there by somebody else.
        let mut from = i64::MIN;
        let query = format!("{COLUMNS} and number >= $2 order by number limit {PAGE}");
        'pages: loop {
            let page = sqlx::query(sqlx::AssertSqlSafe(query.clone())).bind(facility.clone()).bind(from);
            let rows = page.fetch_all(&mut *connection).await?;
            let is_last = i64::try_from(rows.len()).unwrap_or(0) < PAGE;
            for row in &rows {
                let why = match entry(row) {
                    Err(error) => Some(error.to_string()),
                    Ok((entry, _)) if entry.number < expected => {
                        expected = entry.number;
                        Some("it was never written".to_owned())
                    }
                    Ok((entry, _)) if entry.number != expected => Some("it is not there".to_owned()),
                    Ok((entry, _)) if entry.previous != previous => {
                        Some("it does not follow the entry before it".to_owned())
                    }
                    Ok((entry, kept)) if entry.digest(&facility) != kept => Some("it was changed".to_owned()),
                    Ok((_, kept)) => {
                        previous = kept;
                        None
                    }
                };
                if let Some(why) = why {
                    broken = Some(Break { number: expected, why });
                    break 'pages;
                }
                expected += 1;
            }
            if is_last {
                break;
            }
            from = expected;
        }
        let entries = expected - 1;
        if broken.is_none() && (entries != newest || previous.bytes()[..] != head[..]) {
            let why = match entries < newest {
                true => "it is not there: the newest entries were cut off".to_owned(),
                false => "it is not the one the facility's head names".to_owned(),
            };
            broken = Some(Break { number: if entries < newest { entries + 1 } else { entries }, why });
        }
        chains.push(Chain { facility, entries, broken });
    }
    Ok(chains)
}
