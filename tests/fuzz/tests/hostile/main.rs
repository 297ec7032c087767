//! Hostile and odd claim files by name: what becomes of each when it is read, checked and imported.

#![allow(clippy::unwrap_used, clippy::panic)] // a test that cannot go on should say where

mod encodings;
mod files;
mod odd;
mod refused;

use claims_fuzz::memory::Counting;

#[global_allocator]
static COUNTING: Counting = Counting;
