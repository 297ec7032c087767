//! Bearer tokens: who acts, and as what. Of a token only a hash is kept.
//!
//! A token is `vienphi_FACILITY_ID_SECRET`, so that it is found by its facility and id and proven by its secret, 256 random
//! bits; a hash without salt is enough for what nobody could guess.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;
use vienphi_domain::{Action, Actor, Digest, Moment, Role};

use crate::error::{Halt, StoreError};
use crate::facilities;
use crate::keys::random;
use crate::store::Store;
use crate::turn::Turn;
use crate::writer::Command;

/// A token as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its facility.
    pub facility: String,
    /// By which it is revoked.
    pub id: String,
    /// Who holds it.
    pub actor: String,
    /// As what.
    pub role: String,
    /// Since when.
    pub created_at: Moment,
    /// Until when.
    pub expires_at: Option<Moment>,
    /// Not any more since when.
    pub revoked_at: Option<Moment>,
}

const PREFIX: &str = "vienphi_";

/// A token that was found is believed for so long; a revocation counts after it at the latest.
const BELIEVED: Duration = Duration::from_secs(1);

/// Tokens found lately.
#[derive(Default)]
pub struct Known(Mutex<HashMap<Digest, (Arc<Actor>, Instant)>>);

/// More tokens than a facility has people are not remembered.
const KNOWN_AT_MOST: usize = 10_000;

impl Store {
    /// Makes a token for an actor and opens the facility's records when they are not; the token, told once. `by` says who
    /// does so.
    pub async fn create_token(
        &self,
        by: &str,
        actor: &Actor,
        expires_at: Option<Moment>,
    ) -> Result<String, StoreError> {
        self.open_facility(&actor.facility).await?;
        let id = hex(&random::<6>()?);
        let secret = hex(&random::<32>()?);
        let digest = Digest::of(secret.as_bytes());
        let token = format!("{PREFIX}{}_{id}_{secret}", actor.facility);
        let command = Change { id, what: What::Made { actor: actor.clone(), digest, expires_at } };
        self.write(&operator(&actor.facility, by), command).await.map_err(unrefused)?;
        Ok(token)
    }

    /// Opens a facility's records when they are not.
    pub async fn open_facility(&self, facility: &str) -> Result<(), StoreError> {
        let mut connection = self.connector.connect().await?;
        facilities::open(&mut connection, &self.connector.master, facility, self.now()).await
    }

    /// Takes a token back; false when there is no such token that counts.
    pub async fn revoke_token(&self, by: &str, facility: &str, id: &str) -> Result<bool, StoreError> {
        let command = Change { id: id.to_owned(), what: What::TakenBack };
        self.write(&operator(facility, by), command).await.map_err(unrefused)
    }

    /// The tokens of a facility.
    pub async fn tokens(&self, facility: &str) -> Result<Vec<Token>, StoreError> {
        let query = "select id, actor, role, created_at, expires_at, revoked_at from token where facility = $1 order by created_at, id";
        type Row = (String, String, String, i64, Option<i64>, Option<i64>);
        let rows: Vec<Row> =
            sqlx::query_as(query).bind(facility.to_owned()).fetch_all(&mut *self.reader().await?).await?;
        let token = |(id, actor, role, created_at, expires_at, revoked_at): Row| Token {
            facility: facility.to_owned(),
            id,
            actor,
            role,
            created_at: Moment::from_count(created_at),
            expires_at: expires_at.map(Moment::from_count),
            revoked_at: revoked_at.map(Moment::from_count),
        };
        Ok(rows.into_iter().map(token).collect())
    }

    /// Who holds a token that counts now.
    pub async fn actor_of(&self, token: &str, known: &Known) -> Result<Option<Arc<Actor>>, StoreError> {
        let digest = Digest::of(token.as_bytes());
        if let Some(actor) = known.find(&digest) {
            return Ok(Some(actor));
        }
        let Some((facility, id, secret)) = parts(token) else { return Ok(None) };
        let query =
            "select actor, role, digest, expires_at from token where facility = $1 and id = $2 and revoked_at is null";
        let query = sqlx::query_as::<_, (String, String, Vec<u8>, Option<i64>)>(query);
        let found =
            query.bind(facility.to_owned()).bind(id.to_owned()).fetch_optional(&mut *self.reader().await?).await?;
        let Some((name, role, kept, expires_at)) = found else { return Ok(None) };
        let is_proven: bool = Digest::of(secret.as_bytes()).bytes()[..].ct_eq(&kept).into();
        let is_over = expires_at.is_some_and(|end| end <= self.now().count());
        let Some(role) = Role::parse(&role).filter(|_| is_proven && !is_over) else { return Ok(None) };
        let actor = Arc::new(Actor { facility: facility.into(), name: name.into(), role });
        known.remember(digest, &actor);
        Ok(Some(actor))
    }
}

/// A token is made or taken back.
struct Change {
    id: String,
    what: What,
}

enum What {
    Made { actor: Actor, digest: Digest, expires_at: Option<Moment> },
    TakenBack,
}

impl Command for Change {
    type Answer = bool;

    async fn run(self, turn: &mut Turn) -> Result<bool, Halt> {
        let Change { id, what } = self;
        let (facility, now) = (turn.facility().to_string(), turn.now());
        let subject = format!("token/{id}");
        let reason = match &what {
            What::Made { actor, .. } => format!("made for {} as {}", actor.name, actor.role.word()),
            What::TakenBack => "taken back".to_owned(),
        };
        let rows = match what {
            What::Made { actor, digest, expires_at } => {
                let insert = sqlx::query(
                    "insert into token (facility, id, actor, role, digest, created_at, expires_at) \
                     values ($1, $2, $3, $4, $5, $6, $7)",
                );
                let insert =
                    insert.bind(facility).bind(id).bind(actor.name.to_string()).bind(actor.role.word().to_owned());
                let insert = insert.bind(digest.bytes().to_vec()).bind(now.count()).bind(expires_at.map(Moment::count));
                insert.execute(turn.connection()).await?
            }
            What::TakenBack => {
                let update = "update token set revoked_at = $3 where facility = $1 and id = $2 and revoked_at is null";
                sqlx::query(update).bind(facility).bind(id).bind(now.count()).execute(turn.connection()).await?
            }
        };
        let is_changed = rows.rows_affected() == 1;
        if is_changed {
            let change = crate::Change {
                action: Action::TokenWrite,
                subject: &subject,
                reason: &reason,
                before: None,
                after: None,
            };
            turn.audit(&change)?;
        }
        Ok(is_changed)
    }
}

/// Whoever has the key file and the command line may do everything; the audit says that it was done so.
fn operator(facility: &str, by: &str) -> Arc<Actor> {
    Arc::new(Actor { facility: facility.into(), name: by.into(), role: Role::Administrator })
}

/// Nothing about a token is refused but by the database.
fn unrefused(halt: Halt) -> StoreError {
    match halt {
        Halt::Failed(error) => error,
        Halt::Refused(problem) => StoreError::Damaged(problem.detail.clone()),
    }
}

impl Known {
    fn find(&self, digest: &Digest) -> Option<Arc<Actor>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).filter(|(_, since)| since.elapsed() < BELIEVED).map(|(actor, _)| Arc::clone(actor))
    }

    fn remember(&self, digest: Digest, actor: &Arc<Actor>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_AT_MOST {
            known.clear();
        }
        known.insert(digest, (Arc::clone(actor), Instant::now()));
    }
}

/// Facility, id and secret.
fn parts(token: &str) -> Option<(&str, &str, &str)> {
    let mut parts = token.strip_prefix(PREFIX)?.split('_');
    let found = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
