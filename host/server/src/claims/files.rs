//! Claim files on the disk.

use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use vienphi_claims::Limits;

/// A file, when it is no longer than a claim file may be.
pub(super) fn longest(path: &Path) -> Result<Vec<u8>> {
    let most = Limits::default().file;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(Error::other(format!("is longer than {most} bytes")));
    }
    Ok(bytes)
}

/// Whole or not at all, and never over something else.
pub(super) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    match std::fs::read(path) {
        Ok(there) if there == bytes => return Ok(()),
        Ok(_) => return Err(Error::other("is there with another content: it is not replaced")),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let beside = path.with_extension("part");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

/// A visit's id as a part of a file's name: what is no letter, digit or dash becomes its number.
pub(super) fn name_of(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for letter in id.chars() {
        if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.') {
            name.push(letter);
        } else {
            name.push_str(&format!("_{:x}_", u32::from(letter)));
        }
    }
    name
}
