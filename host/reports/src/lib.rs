//! Spreadsheets of what the ledger holds and of what is found in claims. Pure: rows in, bytes out.
//!
//! * [`LedgerBook`]: accounts and entries of a period as XLSX, written row by row
//! * [`FindingBook`]: what was found in claim files, with the money that hangs on it
//! * [`Mapping`]: a hospital's own account codes, laid over the chart of accounts

mod book;
mod cells;
mod findings;
mod mapping;
mod sheets;
#[cfg(test)]
mod tests;

pub use book::{LedgerAccount, LedgerBook, LedgerEntry, ReportError};
pub use findings::{FindingBook, FindingRow};
pub use mapping::{Mapping, MappingError};
