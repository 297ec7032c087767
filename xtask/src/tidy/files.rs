//! The text files of the checkout.

use std::fs;
use std::path::Path;
use std::process::Command;

use vienphi_kit::Failure;

/// A text file, by its path from the root with `/` between the parts.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it is compiled for tests and measurements only.
    pub(crate) fn is_test(&self) -> bool {
        let mut folders = self.path.split('/');
        let name = folders.next_back();
        name == Some("tests.rs") || folders.any(|folder| folder == "tests" || folder == "benches")
    }
}

/// Reads every text file that git knows or would add. What is not UTF-8 is not text.
pub(crate) fn read(root: &Path) -> Result<Vec<File>, Failure> {
    let paths = match listed_by_git(root) {
        Some(paths) => paths,
        // An exported checkout has no git.
        None => {
            let mut paths = Vec::new();
            walk(root, "", &mut paths).map_err(|cause| Failure::new(format!("cannot list the checkout: {cause}")))?;
            paths
        }
    };
    let read = |path: String| fs::read_to_string(root.join(&path)).ok().map(|text| File { path, text });
    Ok(paths.into_iter().filter_map(read).collect())
}

fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()
        .filter(|listing| listing.status.success())?;
    let listing = String::from_utf8(listing.stdout).ok()?;
    Some(listing.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{prefix}{name}");
        if !entry.file_type()?.is_dir() {
            paths.push(path);
        } else if !["target", ".git", "node_modules", "__pycache__"].contains(&name.as_str()) {
            walk(&entry.path(), &format!("{path}/"), paths)?;
        }
    }
    Ok(())
}

#[cfg(test)]
impl File {
    /// A sample that a check is shown.
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}
