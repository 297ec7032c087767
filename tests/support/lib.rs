//! What tests, benches and campaigns share: the checkout's files, random encounters, the same rules run
//! natively, and the independent pricer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that cannot go on should say where

pub mod browser;
pub mod campaign;
pub mod cases;
pub mod checkout;
pub mod claims;
pub mod compare;
pub mod database;
pub mod demonstration;
pub mod folder;
pub mod generate;
pub mod guests;
pub mod hospital;
pub mod inside;
pub mod issuer;
pub mod load;
pub mod measured;
pub mod model;
pub mod mutants;
pub mod native;
pub mod oracle;
pub mod orders;
pub mod people;
pub mod portal;
pub mod rails;
pub mod sepay;
pub mod storm;
pub mod submitting;
pub mod surfer;
pub mod town;

/// The recipes that authors of plugins are given: each is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/plugins/cookbook.md")]
mod cookbook {}
