//! Spreadsheets of what the ledger holds. Pure: rows in, bytes out.
//!
//! * [`LedgerBook`]: accounts and entries of a period as XLSX, written row by row
//! * [`Mapping`]: a hospital's own account codes, laid over the chart of accounts

mod book;
mod cells;
mod mapping;
#[cfg(test)]
mod tests;

pub use book::{LedgerAccount, LedgerBook, LedgerEntry, ReportError};
pub use mapping::{Mapping, MappingError};
