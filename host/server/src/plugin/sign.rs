//! `vienphi plugin key`, `sign` and `verify`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use vienphi_packages::{Key, Signed};
use vienphi_tariff::SIGNATURE_FILE;

use super::opened::{open, open_built};
use crate::files::Sources;
use crate::output::{Ended, say};

/// Options of `plugin key`.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// Where the key is written, for its owner's eyes only
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Options of `plugin sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The author's key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The plugin's folder: of its source, or a package
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// Options of `plugin verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    sources: Sources,
    /// The package's folder
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// Makes a key. A file that is there already is never written over.
pub(super) fn make_key(args: &KeyArgs) -> Result<Ended, String> {
    let key = Key::generate().map_err(|error| error.to_string())?;
    let pem = key.pem().map_err(|error| error.to_string())?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let path = &args.file;
    let written = options.open(path).and_then(|mut file| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    say(&format!("{}\n", key.public()));
    Ok(Ended::Done)
}

/// Reads somebody's key.
pub(super) fn read_key(path: &Path) -> Result<Key, String> {
    let pem = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Key::read(&pem).map_err(|error| format!("{}: {error}", path.display()))
}

/// Signs a package as its author.
pub(super) fn sign(args: &SignArgs) -> Result<Ended, String> {
    let key = read_key(&args.key)?;
    let opened = open(&args.folder)?;
    let digest = opened.digest();
    let path = opened.folder.join(SIGNATURE_FILE);
    std::fs::write(&path, key.sign_package(&digest).text())
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    say(&format!("{} signed by {}: {digest}\n", opened.folder.display(), key.public()));
    Ok(Ended::Done)
}

/// Checks a package's signature; exits 1 when it does not hold.
pub(super) fn verify(args: &VerifyArgs) -> Result<Ended, String> {
    let opened = open_built(&args.folder)?;
    let digest = opened.digest();
    let signed = Signed::read(opened.files.get(SIGNATURE_FILE).map(Vec::as_slice));
    match signed.and_then(|signed| signed.check(&digest).map(|()| signed)) {
        Ok(signed) => say(&format!("{digest}\nsigned by {}\n", signed.key)),
        Err(error) => {
            say(&format!("{digest}\n{error}\n"));
            return Ok(Ended::Differences);
        }
    }
    if let Some(store) = args.sources.store().map_err(|error| error.to_string())? {
        let (_, standing) = store.read().map_err(|error| error.to_string())?;
        match standing.get(&digest) {
            None => say("not installed in this store\n"),
            Some(held) => {
                for key in &held.approvals {
                    say(&format!("approved by {} {key}\n", store.approvers().name(key).unwrap_or("?")));
                }
                if let Some(reason) = &held.revoked {
                    say(&format!("REVOKED: {reason}\n"));
                    return Ok(Ended::Differences);
                }
            }
        }
    }
    Ok(Ended::Done)
}
