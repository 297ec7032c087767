//! Claim files on the disk.

use std::io::{Error, ErrorKind, IsTerminal, Read, Result};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use vienphi_claims::Limits;

use crate::output::complain;

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

/// Files that were named, and those in folders that were.
pub(super) struct Listed {
    /// In the order named; those of a folder by name.
    pub(super) files: Vec<PathBuf>,
    /// Nothing that was named could not be looked at.
    pub(super) is_whole: bool,
}

/// The claim files that are named: files as they are, of folders what ends with `.xml` at any depth. Links are not followed: they
/// may go round. What cannot be looked at is complained about; `None` when there is nothing at all.
pub(super) fn list(named: &[PathBuf]) -> Option<Listed> {
    let mut listed = Listed { files: Vec::new(), is_whole: true };
    for path in named {
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                let before = listed.files.len();
                walk(path, &mut listed);
                if let Some(of_folder) = listed.files.get_mut(before..) {
                    of_folder.sort();
                }
            }
            Ok(_) => listed.files.push(path.clone()),
            Err(error) => lost(path, &error, &mut listed),
        }
    }
    if listed.files.is_empty() {
        complain("error: there is no claim file (*.xml) in what was named");
        return None;
    }
    Some(listed)
}

fn walk(folder: &Path, listed: &mut Listed) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                lost(&folder, &error, listed);
                continue;
            }
        };
        for entry in entries {
            let entry = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)));
            match entry {
                Ok((path, kind)) if kind.is_dir() => folders.push(path),
                Ok((path, kind)) if kind.is_file() => {
                    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
                        listed.files.push(path);
                    }
                }
                Ok(_) => {}
                Err(error) => lost(&folder, &error, listed),
            }
        }
    }
}

fn lost(path: &Path, error: &Error, listed: &mut Listed) {
    complain(&format!("error: {} cannot be read: {error}", path.display()));
    listed.is_whole = false;
}

/// A bar on a terminal, nothing elsewhere.
pub(super) fn bar(count: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} eta {eta}");
    ProgressBar::new(count as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
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
