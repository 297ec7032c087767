//! A tariff package: a folder with `plugin.toml`, the component, the table and worked cases.

use std::collections::BTreeMap;

use serde::Deserialize;
use vienphi_domain::{Day, Digest};

use crate::table::{Report, Table, read_table};

/// What a package says of itself.
pub const MANIFEST_FILE: &str = "plugin.toml";

/// The file that holds the author's signature. It is over the package's digest, and so no part of it.
pub const SIGNATURE_FILE: &str = "signature.toml";

/// SHA-256 over all of a package by file name, its signature aside: what it is known by.
pub fn package_digest(files: &BTreeMap<String, Vec<u8>>) -> Digest {
    let signed = files.iter().filter(|(name, _)| *name != SIGNATURE_FILE);
    Digest::of_pieces(signed.map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
}

/// `plugin.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The package's name, as its folder.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The world it implements; `tariff` here.
    pub world: String,
    /// The province of the 34-province list, or `central` for the ministry's hospitals.
    pub province: String,
    /// Approved, or only a sample.
    pub status: Status,
    /// The first day it rates discharges of.
    #[serde(deserialize_with = "day")]
    pub effective_from: Day,
    /// The last such day.
    #[serde(default = "end_of_time", deserialize_with = "day")]
    pub effective_to: Day,
    /// The resolution behind it, in words.
    pub resolution: String,
    /// Which day prices a stay (R1).
    pub transition: Transition,
    /// What it may use beyond its input; tariff packages use nothing.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// What a reader of the prices should know.
    #[serde(default)]
    pub note: Option<String>,
}

/// Is there a resolution behind it?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Yes.
    Approved,
    /// No resolution was found: the shared base stands in.
    Sample,
}

impl Status {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Approved => "approved",
            Status::Sample => "sample",
        }
    }
}

/// Which day prices a stay (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// The price in force at arrival stays until discharge.
    EpisodeStart,
    /// Each service by the day it is performed.
    ServiceDate,
}

fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
    let text = String::deserialize(deserializer)?;
    Day::parse(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("must be a day such as \"2026-01-01\", not {text:?}")))
}

fn end_of_time() -> Day {
    Day::END_OF_TIME
}

/// A package as it was found.
#[derive(Debug)]
pub struct Package {
    /// `plugin.toml`.
    pub manifest: Manifest,
    /// The Wasm component.
    pub component: Vec<u8>,
    /// `prices.csv`.
    pub table: Table,
    /// What reading the table found; it has no errors.
    pub report: Report,
    /// What it is known by: [`package_digest`].
    pub digest: Digest,
}

/// Why a package cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file is missing.
    #[error("{file} is missing")]
    Missing {
        /// Which.
        file: &'static str,
    },
    /// `plugin.toml` can not be read.
    #[error("plugin.toml: {0}")]
    Manifest(String),
    /// `prices.csv` has rows that can not be used.
    #[error("prices.csv: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Prices(Vec<crate::Note>),
}

/// Lower-case words and numbers with hyphens between them, as packages and rules are named.
pub fn is_plain_name(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(is_word)
}

impl Manifest {
    /// Reads `plugin.toml`.
    pub fn read(bytes: &[u8]) -> Result<Manifest, PackageError> {
        let text = std::str::from_utf8(bytes).map_err(|error| PackageError::Manifest(error.to_string()))?;
        let manifest: Manifest = toml::from_str(text).map_err(|error| PackageError::Manifest(error.to_string()))?;
        manifest.check().map_err(PackageError::Manifest)?;
        Ok(manifest)
    }

    /// What a package rates must be possible at all: one that rates nothing by a slip would only be missed. Its texts
    /// are shown to people who decide by them, and its name is part of file names.
    fn check(&self) -> Result<(), String> {
        if self.world != "tariff" {
            return Err(format!("world must be \"tariff\" here, not {:?}", self.world));
        }
        if let Some(asked) = self.capabilities.first() {
            return Err(format!("a tariff package has no capabilities, but asks for {asked:?}"));
        }
        if self.name.len() > 60 || !is_plain_name(&self.name) {
            return Err(format!(
                "name must be at most 60 lower-case letters, digits and hyphens, such as \"tariff-thanh-hoa\", not {:?}",
                self.name
            ));
        }
        for (key, text) in [
            ("version", &self.version),
            ("resolution", &self.resolution),
            ("note", self.note.as_ref().unwrap_or(&self.name)),
        ] {
            if text.chars().any(char::is_control) {
                return Err(format!("{key} must be one line of printable text, not {text:?}"));
            }
        }
        let is_code = self.province.len() == 2 && self.province.bytes().all(|byte| byte.is_ascii_digit());
        if !is_code && self.province != "central" {
            return Err(format!(
                "province must be two digits of the list of 34 provinces, such as \"38\", or \"central\", not {:?}",
                self.province
            ));
        }
        if self.effective_to < self.effective_from {
            return Err(format!("effective_to {} is before effective_from {}", self.effective_to, self.effective_from));
        }
        Ok(())
    }
}

impl Package {
    /// Reads a package from its files, by name.
    pub fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Package, PackageError> {
        let file = |name: &'static str| files.get(name).ok_or(PackageError::Missing { file: name });
        let manifest = Manifest::read(file(MANIFEST_FILE)?)?;
        let (table, report) = read_table(file("prices.csv")?);
        if !report.errors.is_empty() {
            return Err(PackageError::Prices(report.errors));
        }
        Ok(Package {
            manifest,
            component: file("component.wasm")?.clone(),
            table,
            report,
            digest: package_digest(files),
        })
    }
}
