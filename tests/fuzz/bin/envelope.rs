//! The target `envelope` under libFuzzer.

#![no_main]
#![allow(unsafe_code, missing_docs)] // libFuzzer calls functions of C, which the macros make

use claims_fuzz::{Target, campaign};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

fuzz_target!(init: campaign::begin(Target::Envelope), |bytes: &[u8]| {
    Target::Envelope.run(bytes);
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, most: usize, seed: u32| {
    campaign::mutate(Target::Envelope, bytes, size, most, seed, fuzzer_mutate)
});
