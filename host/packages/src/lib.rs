//! Who made, approved and activated which tariff package.
//!
//! A package is signed by its author ([`Signature`]), checked and installed into a folder that keeps every package by
//! its digest ([`PackageStore`]), approved by two other people, and only then activated. Every step is a signed line of
//! an append-only log ([`Entry`]), each line naming the one before, so that what was done by which key can be proven
//! years later. What a log comes to is [`Standing`].

mod approvers;
mod key;
mod log;
mod standing;
mod store;

pub use approvers::{Approvers, ApproversError};
pub use key::{Key, KeyError, PublicKey, Signature, SignatureError, Signed};
pub use log::{Act, Entry, Instant, LogError, printable};
pub use standing::{Active, Held, Standing, StandingError};
pub use store::{PackageStore, StoreError};
