//! The product's calls against the simulated portal, over real HTTP and through every failure of it.

#![allow(clippy::unwrap_used, clippy::panic)] // a test ends at its first surprise

mod cards;
mod claims;
mod control;
mod hospital;
mod storm;
