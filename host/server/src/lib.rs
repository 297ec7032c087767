//! The command line and its wiring; a library so that tests and benches reach the same code.

pub mod bill;
pub mod card;
pub mod claims;
pub mod cli;
pub mod database;
pub mod demo;
mod embedded;
mod failures;
pub mod files;
mod follow;
mod insurer;
pub mod lang;
pub mod outgoing;
pub mod output;
pub mod plugin;
pub mod price;
pub mod qr;
pub mod records;
pub mod replay;
pub mod serve;
pub mod stream;
pub mod table;
pub mod telemetry;
pub mod today;
pub mod verify;
pub mod webhooks;
