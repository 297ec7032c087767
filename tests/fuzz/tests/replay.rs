//! Every target over its seeds and over seeded mutations of them: the short form of `cargo xtask campaign fuzz`.

#![allow(clippy::unwrap_used, clippy::panic)] // a test that cannot go on should say where

use std::time::{Duration, Instant};

use claims_fuzz::memory::{Counting, peak_of};
use claims_fuzz::mutation::blind;
use claims_fuzz::{Target, dictionary};
use fastrand::Rng;

#[global_allocator]
static COUNTING: Counting = Counting;

/// Mutations of each target.
const TRIES: u64 = 4_000;

/// Mutations one upon the other before a seed is taken again.
const DEEP: u64 = 8;

/// Inputs are cut to this, as the campaign's are.
const LONGEST: usize = 65_536;

/// What an input may need: some bytes for each of its own, as a table is kept beside its file and written again by the target.
const BYTES_FOR_EACH: usize = 200;

/// And what the smallest needs.
const BYTES_AT_LEAST: usize = 1 << 20;

fn replay(target: Target) {
    let seeds = target.seeds();
    for seed in &seeds {
        assert!(target.run(&seed.bytes), "{} is not accepted", seed.name);
    }
    let mut accepted = 0;
    let mut input = Vec::new();
    for number in 0..TRIES {
        let mut rng = Rng::with_seed(number);
        if number % DEEP == 0 {
            input.clone_from(&seeds[rng.usize(..seeds.len())].bytes);
        }
        let mut changed = target.mutate(&input, &mut rng, &mut blind);
        changed.truncate(LONGEST);
        let started = Instant::now();
        let (is_accepted, peak) = peak_of(|| target.run(&changed));
        let allowed = BYTES_AT_LEAST + changed.len() * BYTES_FOR_EACH;
        assert!(peak <= allowed, "try {number}: {} bytes needed {peak}", changed.len());
        assert!(started.elapsed() < Duration::from_secs(5), "try {number}: {:?}", started.elapsed());
        if is_accepted {
            accepted += 1;
            input = changed;
        }
    }
    // Mutations that are all refused at the door would try nothing behind it. Of signed files few are accepted, as it must be.
    assert!(accepted > TRIES / 20, "{accepted} of {TRIES} were accepted");
}

#[test]
fn tables() {
    replay(Target::Reader);
}

#[test]
fn envelopes() {
    replay(Target::Envelope);
}

#[test]
fn signatures() {
    replay(Target::Signature);
}

#[test]
fn checks() {
    replay(Target::Check);
}

#[test]
fn words_are_written_as_a_dictionary_is() {
    let text = dictionary::text();
    assert!(text.lines().count() > 300);
    for line in text.lines() {
        let word = line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
        assert!(word.is_ascii() && !word.is_empty(), "{line}");
    }
    assert!(text.contains("\"MA_LK\"\n") && text.contains("\"\\\"") == text.contains("\\\""));
}
