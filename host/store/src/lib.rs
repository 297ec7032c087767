//! What is kept, on SQLite or PostgreSQL with one SQL text. The only crate that names sqlx.
//!
//! * [`Store`]: opens a database, migrates it, reads from it; [`Store::write`] is the only way to change it
//! * [`Command`] and [`Turn`]: a change, and what it works with; commands of a facility are done one after another, up to
//!   64 of them in one transaction
//! * one module for each aggregate ([`encounters`], [`receipts`], …): its row, and the SQL beside it
//! * [`keys`]: what is sealed by the key file; [`archive`]: copies that either database reads; [`verify`]: what must hold

#[macro_use]
mod row;

pub mod answers;
pub mod approvals;
pub mod archive;
pub mod attempts;
pub mod audit;
pub mod claim_checks;
pub mod claims;
pub mod day_totals;
mod deferred;
mod dialect;
pub mod documents;
pub mod eligibility;
pub mod encounters;
mod error;
pub mod facilities;
pub mod journals;
pub mod keys;
pub mod links;
mod migrate;
pub mod patients;
pub mod payments;
pub mod people;
#[cfg(feature = "planted")]
pub mod planted;
pub mod receipts;
pub mod repricings;
pub mod shifts;
pub mod standing_codes;
mod store;
pub mod tokens;
mod turn;
pub mod verify;
pub mod webhooks;
pub mod work_items;
mod writer;

pub use error::{Halt, StoreError};
pub use migrate::Migrated;
pub use store::{Clock, Store};
pub use turn::{Change, Turn};
pub use writer::{Command, Key};

/// A connection to either database, for the functions of the aggregates.
pub type Connection = sqlx::AnyConnection;
