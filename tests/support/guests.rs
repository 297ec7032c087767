//! Hostile guests: components that do what no plugin may, one folder of `tests/guests` each.
//!
//! `guest.wat` is what it is. A core module names the pieces (`tests/guests/pieces`) it is made with in a line
//! `;; with …`; what it changes it writes itself. `;; contract X` builds it for another version of the contract than
//! 0.1.0. `(; repeat N ;) … (; end ;)` stands for N copies. `guest.toml` is what must become of it.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use vienphi_domain::Encounter;
use vienphi_runtime::Told;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::checkout;

/// A guest and what must become of it.
#[derive(Debug)]
pub struct Guest {
    /// Its folder.
    pub name: String,
    /// The component.
    pub component: Vec<u8>,
    /// `guest.toml`.
    pub expected: Expected,
}

/// `guest.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What the guest does, in words.
    pub what: String,
    /// How far it gets.
    pub stage: Stage,
    /// The name of the error it ends in.
    #[serde(default)]
    pub error: String,
    /// What the error says, among other things.
    #[serde(default)]
    pub says: String,
}

/// How far a guest gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It is refused before it is asked anything.
    Admission,
    /// It is admitted and fails when it is asked.
    Call,
    /// It is admitted and fails when it is asked about several visits at once.
    Batch,
    /// It answers right, every time.
    Answers,
}

/// Every guest of the tree. Panics on a folder that lacks either file: a guest without a test is no guest.
pub fn all() -> Vec<Guest> {
    let root = checkout::root().join("tests/guests");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&root)
        .expect("there are guests")
        .map(|entry| entry.expect("a folder").path())
        .filter(|path| path.is_dir() && !path.join("Cargo.toml").exists() && !path.ends_with("pieces"))
        .collect();
    folders.sort();
    folders.iter().map(|folder| read(folder)).collect()
}

/// What guests are asked about: one line, a drug at its own price, on 2026-03-02.
pub fn visit() -> Told {
    let document = r#"{"id":"H","facility":"92114","patient":{"birth_date":"1980-01-01","sex":"male"},
        "visit":{"type":"01","subject":"9","arrived_at":"2026-03-02T08:00","discharged_at":"2026-03-02T10:00"},
        "lines":[{"id":"1","kind":"drug","code":"D","quantity":1,"unit_price":"1000","performed_at":"2026-03-02T09:00"}]}"#;
    let encounter = Encounter::read(document.as_bytes()).encounter.expect("it is right");
    checkout::pricer(&[]).question(&encounter, checkout::day("2026-03-02")).unwrap_or_else(|_| panic!("it prices")).told
}

fn read(folder: &Path) -> Guest {
    let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
    let file = |file: &str| {
        std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("guest {name}: {file}: {error}"))
    };
    let expected = toml::from_str(&file("guest.toml")).unwrap_or_else(|error| panic!("guest {name}: {error}"));
    Guest { component: component(&name, &file("guest.wat")), name, expected }
}

fn component(name: &str, source: &str) -> Vec<u8> {
    let source = repeated(source);
    if source.lines().any(|line| line.starts_with("(component") || line.starts_with("(module")) {
        return wat::parse_str(&source).unwrap_or_else(|error| panic!("guest {name}: {error}"));
    }
    let pieces = source.lines().find_map(|line| line.strip_prefix(";; with ")).unwrap_or_default();
    let pieces: String = pieces
        .split_whitespace()
        .map(|piece| {
            let path = checkout::root().join("tests/guests/pieces").join(format!("{piece}.wat"));
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("guest {name}: {}: {error}", path.display()))
        })
        .collect();
    let module =
        wat::parse_str(format!("(module\n{pieces}\n{source})")).unwrap_or_else(|error| panic!("guest {name}: {error}"));
    let version = source.lines().find_map(|line| line.strip_prefix(";; contract ")).unwrap_or("0.1.0");
    encoded(name, module, version).unwrap_or_else(|error| panic!("guest {name}: {error}"))
}

/// The component that a core module is for a version of the contract.
pub fn encoded(name: &str, mut module: Vec<u8>, version: &str) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("tariff.wit", &contract(version)).expect("the contract");
    let world = resolve.select_world(&[package], Some("tariff")).expect("its world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| format!("guest {name}: {error:#}"))?;
    // Not validated: some are wrong on purpose, and finding that out is the host's work.
    ComponentEncoder::default()
        .validate(false)
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("guest {name}: {error:#}"))
}

/// The contract of a version; of one that is not written yet, the newest under its number.
fn contract(version: &str) -> String {
    let read = |version: &str| std::fs::read_to_string(checkout::root().join(format!("sdk/wit/{version}/tariff.wit")));
    read(version).unwrap_or_else(|_| {
        read("0.2.0").expect("the draft").replace("vienphi:tariff@0.2.0", &format!("vienphi:tariff@{version}"))
    })
}

/// Writes out `(; repeat N ;) … (; end ;)`.
fn repeated(source: &str) -> String {
    let Some((before, rest)) = source.split_once("(; repeat ") else { return source.to_owned() };
    let (count, rest) = rest.split_once(" ;)").expect("a count");
    let (body, after) = rest.split_once("(; end ;)").expect("an end");
    let count: usize = count.parse().expect("a number");
    format!("{before}{}{}", body.repeat(count), repeated(after))
}
