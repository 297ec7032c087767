//! Embeds the policies and the built packages of tariffs and rails, so that the binary works on its own.
//!
//! Packages are what `cargo xtask plugins` left in the target folder; without them the binary has none embedded and
//! says so when it needs one.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    println!("cargo:rerun-if-env-changed=CARGO_TARGET_DIR");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut source = String::new();
    embed(&mut source, "POLICIES", &root.join("policies"))?;
    embed(&mut source, "PLUGINS", &target.join("plugins"))?;
    embed(&mut source, "RAILS", &target.join("rails"))?;
    embed(&mut source, "SAMPLE_DAY", &root.join("tests/fixtures/day-2026-03-02"))?;
    fs::write(PathBuf::from(variable("OUT_DIR")?).join("embedded.rs"), source)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}

/// Writes `pub(crate) static NAME: &[(&str, &[u8])]`, the files below a folder by their path in it.
fn embed(source: &mut String, name: &str, folder: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let _ = writeln!(source, "pub(crate) static {name}: &[(&str, &[u8])] = &[");
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let path = file.strip_prefix(folder).map_err(io::Error::other)?;
        let path = path.to_string_lossy().replace('\\', "/");
        let _ = writeln!(source, "    ({path:?}, include_bytes!({:?})),", file.display().to_string());
    }
    source.push_str("];\n");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
