//! Hostile claim files: what must hold of any bytes that are read, verified or checked ([`Target`]), the files that a search
//! begins with ([`visits`]), and changes that keep a file well enough for its inner parts to be reached ([`mutation`]).
//!
//! The same targets run under libFuzzer for hours (`cargo xtask campaign fuzz`) and over seeded mutations in the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a property that does not hold ends the target

use fastrand::Rng;

pub mod campaign;
mod check;
pub mod dictionary;
mod envelope;
mod markup;
pub mod memory;
pub mod mutation;
mod packed;
mod reader;
mod seeds;
mod signature;
pub mod visits;

pub use seeds::Seed;

/// What is searched for faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One table: a byte that chooses how it is read ([`reader`]), then its document.
    Reader,
    /// A claim file: read, described, written again.
    Envelope,
    /// A signed claim file; keys and signatures may be written as marks ([`signature`]).
    Signature,
    /// A claim file: checked, compared within a batch, imported.
    Check,
}

impl Target {
    /// All of them.
    pub const ALL: [Target; 4] = [Target::Reader, Target::Envelope, Target::Signature, Target::Check];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Target::Reader => "reader",
            Target::Envelope => "envelope",
            Target::Signature => "signature",
            Target::Check => "check",
        }
    }

    /// Tries one input. A property that does not hold panics; whether the input was accepted is told.
    pub fn run(self, input: &[u8]) -> bool {
        match self {
            Target::Reader => reader::run(input),
            Target::Envelope => envelope::run(input),
            Target::Signature => signature::run(input),
            Target::Check => check::run(input),
        }
    }

    /// The files that a search begins with. Each is accepted.
    pub fn seeds(self) -> Vec<Seed> {
        match self {
            Target::Reader => seeds::tables(),
            Target::Envelope | Target::Check => seeds::envelopes(),
            Target::Signature => seeds::signed(),
        }
    }

    /// A changed input. `bytes` changes bytes of which nothing is known.
    pub fn mutate(self, input: &[u8], rng: &mut Rng, bytes: &mut dyn FnMut(&mut Vec<u8>, &mut Rng)) -> Vec<u8> {
        match self {
            Target::Reader => mutation::table(input, rng, bytes),
            Target::Envelope | Target::Check => mutation::envelope(input, rng, bytes),
            Target::Signature => mutation::signed(input, signature::certificate(), rng, bytes),
        }
    }
}
