//! The worked cases of the tree: those of `tests/fixtures/cases` and those of every package.

use std::path::Path;

use vienphi_service::cases::{self, Case};
use vienphi_service::{Files, Pricer};

use crate::checkout;

/// A case with the file it stands in and the files of its folder.
pub struct Worked {
    /// The file's path from the folder of cases.
    pub file: String,
    /// What is beside it.
    pub files: Files,
    /// The case.
    pub case: Case,
}

/// Every case of the tree.
pub fn all() -> Vec<Worked> {
    let mut folders = vec![checkout::root().join("tests/fixtures")];
    let plugins = std::fs::read_dir(checkout::root().join("plugins")).expect("there are plugins").flatten();
    // Rails price nothing.
    let is_tariff = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("tariff-");
    folders.extend(plugins.filter(|plugin| is_tariff(&plugin.file_name())).map(|plugin| plugin.path()));
    folders.sort();
    folders.iter().flat_map(|folder| of_folder(folder)).collect()
}

fn of_folder(folder: &Path) -> Vec<Worked> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder.join("cases")).expect("there are cases").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(format!("cases/{name}"), std::fs::read(entry.path()).expect("a file"));
    }
    let cases = cases::of_package(&files).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    cases.into_iter().map(|(file, case)| Worked { file, files: files.clone(), case }).collect()
}

impl Worked {
    /// Prices the case and says where it does not come out.
    pub fn check(&self, pricer: &Pricer) -> Vec<String> {
        let outcome = self.case.check(&self.file, &self.files, pricer).unwrap_or_else(|error| panic!("{error}"));
        let differences = outcome.differences.iter();
        differences.map(|found| format!("{}: expected {}, got {}", found.what, found.expected, found.actual)).collect()
    }
}
