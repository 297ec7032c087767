//! Spreadsheets of what the ledger holds. Pure.
