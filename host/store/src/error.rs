//! Why something was not read or written.

use vienphi_domain::Problem;
use vienphi_ledger::Unbalanced;

/// The database, or what it holds, could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing answers, or not in time: the same may well succeed in a moment. Whether a command that was under way had
    /// its effect, its key tells.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// More commands wait than are taken.
    #[error("{0} commands wait to be written")]
    Overloaded(usize),
    /// A program newer than this one has migrated it.
    #[error("the database has schema {found}, this program knows schemas up to {known}: use the newer program")]
    NewerSchema {
        /// What the database has.
        found: i64,
        /// What this program has.
        known: i64,
    },
    /// Migrations are missing that this program needs.
    #[error("the database has schema {found}, this program needs {needed}: run `vienphi migrate --database URL`")]
    OlderSchema {
        /// What the database has.
        found: i64,
        /// What this program needs.
        needed: i64,
    },
    /// A migration that was run is not the one this program has.
    #[error("migration {0} was run with another text than this program has")]
    ChangedMigration(i64),
    /// The address of the database is no address.
    #[error("{0}")]
    Address(String),
    /// The key file.
    #[error("{0}")]
    Key(String),
    /// There is no such facility here.
    #[error("facility {0} keeps no records here")]
    NoFacility(String),
    /// Something kept is not as it was written.
    #[error("{0}")]
    Damaged(String),
    /// An archive could not be written, read or restored.
    #[error("{0}")]
    Archive(String),
    /// A journal that does not balance was refused.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> StoreError {
        use sqlx::Error as Cause;
        match &error {
            Cause::Io(_)
            | Cause::Tls(_)
            | Cause::PoolTimedOut
            | Cause::PoolClosed
            | Cause::WorkerCrashed
            | Cause::Protocol(_) => StoreError::Unavailable(error.to_string()),
            Cause::Database(refused) if is_passing(refused.as_ref()) => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Database(error),
        }
    }
}

/// Is it the database's state rather than the statement? Disk full, read-only, shutting down, locked.
fn is_passing(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default().into_owned();
    match code.as_str() {
        // PostgreSQL: connection, resources, operator, system, read-only transaction.
        "25006" => true,
        code if code.len() == 5 => ["08", "53", "57", "58", "XX"].iter().any(|class| code.starts_with(class)),
        // SQLite, extended codes by their lowest byte: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
        code => code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14)),
    }
}

/// Why a command had no effect.
#[derive(Debug)]
pub enum Halt {
    /// It is not allowed as things are: whoever sent it is told why.
    Refused(Box<Problem>),
    /// It could not be done.
    Failed(StoreError),
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Halt {
        Halt::Refused(Box::new(problem))
    }
}

impl<E: Into<StoreError>> From<E> for Halt {
    fn from(error: E) -> Halt {
        Halt::Failed(error.into())
    }
}
