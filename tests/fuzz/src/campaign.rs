//! What stands between libFuzzer and a target: its seeds and words in files, its mutations in its memory.

use std::path::PathBuf;
use std::{env, fs};

use fastrand::Rng;

use crate::{Target, dictionary};

/// Begins a run. `FUZZ_SEEDS` names a folder, which is filled with the target's seeds, and `FUZZ_WORDS` the file of words.
///
/// # Panics
///
/// The folder or a file cannot be written.
pub fn begin(target: Target) {
    if let Some(words) = env::var_os("FUZZ_WORDS") {
        fs::write(words, dictionary::text()).expect("the file of words can be written");
    }
    if let Some(folder) = env::var_os("FUZZ_SEEDS").map(PathBuf::from) {
        fs::create_dir_all(&folder).expect("the folder of seeds can be made");
        for seed in target.seeds() {
            fs::write(folder.join(seed.name), seed.bytes).expect("a seed can be written");
        }
    }
}

/// Changes an input in its place and gives its new size, as libFuzzer asks for it. `own` is libFuzzer's own mutation, which
/// knows what the target compares bytes with.
pub fn mutate(
    target: Target,
    input: &mut [u8],
    size: usize,
    most: usize,
    seed: u32,
    own: fn(&mut [u8], usize, usize) -> usize,
) -> usize {
    let mut rng = Rng::with_seed(u64::from(seed));
    let mut bytes = |bytes: &mut Vec<u8>, _: &mut Rng| {
        let size = bytes.len();
        // Room to grow, as far as the whole may.
        let most = size.max(64) + 256;
        bytes.resize(most, 0);
        let size = own(bytes, size, most);
        bytes.truncate(size);
    };
    let changed = target.mutate(&input[..size], &mut rng, &mut bytes);
    // What would not fit is not cut: half an element tells less than another try.
    if changed.len() > most {
        return own(input, size, most);
    }
    input[..changed.len()].copy_from_slice(&changed);
    changed.len()
}
