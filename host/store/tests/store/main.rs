//! The store on both databases, from outside: what it writes, what becomes of it when somebody tampers with it, and what
//! a copy of it holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod archive;
mod chain;
mod hospital;
mod tampering;
mod tampering_documents;
mod verify;
