//! A plugin's package folder: manifest, component, prices and cases, written only where they changed.
//!
//! The server's build watches these folders; a file that keeps its time keeps the server from being built again.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use wit_component::ComponentEncoder;

use crate::step::Failure;

/// What says which plugin a package is.
pub const MANIFEST: &str = "plugin.toml";

/// Writes the package of the plugin in folder `source`, whose core module is `module`, to folder `package`.
pub fn write(source: &Path, module: &Path, package: &Path) -> Result<(), Failure> {
    replace(&package.join("component.wasm"), &component(module)?)?;
    for part in [MANIFEST, "prices.csv", "cases"] {
        mirror(&source.join(part), &package.join(part))?;
    }
    Ok(())
}

/// Removes what is in folder `parent` under no name of `kept`.
pub fn remove_others(parent: &Path, kept: &BTreeSet<OsString>) -> Result<(), Failure> {
    for entry in entries(parent)? {
        let known = entry.file_name().is_some_and(|name| kept.contains(name));
        if !known {
            remove(&entry)?;
        }
    }
    Ok(())
}

fn component(module: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = fs::read(module).map_err(|cause| file_failure("read", module, &cause))?;
    ComponentEncoder::default()
        .validate(true)
        .module(&bytes)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|cause| Failure::new(format!("{} cannot become a component: {cause:#}", module.display())))
}

/// Makes `copy` the same as `source`, a file or a folder or nothing.
fn mirror(source: &Path, copy_path: &Path) -> Result<(), Failure> {
    if source.is_file() {
        return copy(source, copy_path);
    }
    let mut names = BTreeSet::new();
    for entry in entries(source)? {
        if let Some(name) = entry.file_name() {
            mirror(&entry, &copy_path.join(name))?;
            names.insert(name.to_owned());
        }
    }
    remove_others(copy_path, &names)?;
    if names.is_empty() { remove(copy_path) } else { Ok(()) }
}

fn copy(source: &Path, copy_path: &Path) -> Result<(), Failure> {
    let bytes = fs::read(source).map_err(|cause| file_failure("read", source, &cause))?;
    replace(copy_path, &bytes)
}

/// Writes a file whole or not at all, and not when it already says the same.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|cause| file_failure("create", parent, &cause))?;
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes).map_err(|cause| file_failure("write", &unfinished, &cause))?;
    fs::rename(&unfinished, path).map_err(|cause| file_failure("write", path, &cause))
}

fn remove(path: &Path) -> Result<(), Failure> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.map_err(|cause| file_failure("remove", path, &cause))
}

/// What is in a folder, in order; a folder that is not there is empty.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>())
        .map_err(|cause| file_failure("list", folder, &cause))?;
    paths.sort();
    Ok(paths)
}

fn file_failure(verb: &str, path: &Path, cause: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {verb} {}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_follows_its_source_and_keeps_its_time_when_nothing_changed() {
        let place = std::env::temp_dir().join(format!("vienphi-package-{}", std::process::id()));
        let (source, copy) = (place.join("source"), place.join("copy"));
        let write = |name: &str, text: &str| replace(&source.join(name), text.as_bytes());
        let written = |name: &str| fs::metadata(copy.join(name)).and_then(|file| file.modified());

        write("a.toml", "one").expect("a file is written");
        write("inner/b.toml", "two").expect("a folder is made");
        mirror(&source, &copy).expect("a folder is copied");
        let first = written("a.toml").expect("the copy is there");
        assert_eq!(fs::read(copy.join("inner/b.toml")).ok(), Some(b"two".to_vec()));

        write("c.toml", "three").expect("a file is added");
        remove(&source.join("inner")).expect("a folder is removed");
        mirror(&source, &copy).expect("a folder is copied again");
        assert_eq!(written("a.toml").ok(), Some(first), "an unchanged file is not written");
        let names = entries(&copy).expect("the copy is listed");
        assert_eq!(names, [copy.join("a.toml"), copy.join("c.toml")]);

        remove(&source).expect("the source is removed");
        mirror(&source, &copy).expect("nothing is copied");
        assert!(!copy.exists(), "the copy of nothing is nothing");
        remove(&place).expect("the place is cleared");
    }
}
