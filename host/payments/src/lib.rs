//! Collecting without cash: what is pure of it.
//!
//! [`vietqr`] writes and reads the codes that a patient's bank app scans.

pub mod vietqr;
