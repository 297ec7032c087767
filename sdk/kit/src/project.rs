//! A plugin's own folder: source, manifest, prices and cases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::package;
use crate::sdk;
use crate::step::{self, Failure};
use crate::toolchain::{Place, Toolchain, cargo};

/// A folder that a plugin is built from.
#[derive(Debug)]
pub struct Project {
    /// The folder with `Cargo.toml` and `plugin.toml`.
    pub folder: PathBuf,
    /// Its package's name.
    pub name: String,
    place: Place,
}

/// What a new plugin begins with.
#[derive(Debug)]
pub struct Beginning {
    /// Its name: lower case, with hyphens.
    pub name: String,
    /// The code of the 34-province list, or `central`.
    pub province: String,
    /// In place of the template's own, when they come from a catalogue.
    pub tables: Option<Tables>,
}

/// What a new payment plugin begins with.
#[derive(Debug)]
pub struct RailBeginning {
    /// Its name: lower case, with hyphens, such as pay-bank.
    pub name: String,
}

/// Prices, and cases that come out with them.
#[derive(Debug)]
pub struct Tables {
    /// `prices.csv`.
    pub prices: String,
    /// `cases/visits.toml`.
    pub cases: String,
    /// `status` of `plugin.toml`: `approved` or `sample`.
    pub status: &'static str,
    /// `resolution` of `plugin.toml`.
    pub resolution: String,
    /// `effective_from` of `plugin.toml`.
    pub effective_from: String,
}

/// What `cargo metadata --no-deps` says.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    manifest_path: PathBuf,
}

impl Project {
    /// The project in a folder; none when the folder has no `Cargo.toml`, as a package folder has not.
    pub fn find(folder: &Path) -> Result<Option<Project>, Failure> {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Ok(None);
        }
        let folder = absolute(folder)?;
        let here = Place { root: folder.clone(), target: PathBuf::new() };
        let mut metadata = cargo(&here);
        metadata.env_remove("CARGO_TARGET_DIR").args(["metadata", "--format-version", "1", "--no-deps"]);
        if let Some(target) = std::env::var_os("CARGO_TARGET_DIR") {
            // It is relative to where the caller stands.
            metadata.env("CARGO_TARGET_DIR", std::path::absolute(PathBuf::from(target)).unwrap_or_default());
        }
        let text = step::output(&mut metadata, "cargo cannot read the plugin's Cargo.toml: repair what it names")?;
        let metadata: Metadata = serde_json::from_str(&text)
            .map_err(|cause| Failure::new(format!("cargo metadata is not as expected: {cause}")))?;
        let own = folder.join("Cargo.toml");
        let Some(member) = metadata.packages.into_iter().find(|member| member.manifest_path == own) else {
            return Err(Failure::new(format!("{} is no package: it needs a [package] section", own.display())));
        };
        let place = Place { root: metadata.workspace_root, target: metadata.target_directory };
        Ok(Some(Project { folder, name: member.name, place }))
    }

    /// Where its package folder is: beside the source, or with the others of the tree it belongs to.
    pub fn package(&self) -> PathBuf {
        if self.place.root == self.folder {
            self.folder.join("package")
        } else {
            // Rails lie apart: nobody loads them as a province.
            let manifest = fs::read_to_string(self.folder.join(package::MANIFEST)).unwrap_or_default();
            let folder = if manifest.contains("\"payment-provider\"") { "rails" } else { "plugins" };
            self.place.target.join(folder).join(&self.name)
        }
    }

    /// Builds the component and writes the package folder.
    pub fn build(&self) -> Result<PathBuf, Failure> {
        let toolchain = Toolchain::choose(&self.place)?;
        let (mut build, modules) = toolchain.build(&self.place);
        build.args(["--quiet", "--package", &self.name]);
        step::run(&mut build, "the plugin does not build: repair what the compiler names above")?;
        let module = modules.join(format!("{}.wasm", self.name.replace('-', "_")));
        let package = self.package();
        package::write(&self.folder, &module, &package)?;
        Ok(package)
    }

    /// Builds the same rules for this machine and says how they are started; none when the plugin has no
    /// `examples/native.rs`.
    pub fn native(&self) -> Result<Option<Command>, Failure> {
        if !self.folder.join("examples/native.rs").is_file() {
            return Ok(None);
        }
        let mut build = cargo(&self.place);
        // Examples of one workspace lie in one folder: each has the name of its plugin.
        let example = format!("{}-native", self.name);
        build.args(["build", "--quiet", "--release", "--package", &self.name, "--example", &example]);
        step::run(&mut build, "the plugin does not build for this machine: repair what the compiler names above")?;
        let program = self.place.target.join("release/examples").join(example);
        Ok(Some(Command::new(program.with_extension(std::env::consts::EXE_EXTENSION))))
    }
}

impl RailBeginning {
    /// Writes the folder, which must not be there yet.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        check_name(&self.name)?;
        // `pay-bank` is the rail `bank`.
        let rail = self.name.strip_prefix("pay-").unwrap_or(&self.name);
        let words: String = self.name.split('-').map(capital).collect();
        let own = |text: &str| {
            text.replace("pay-template", &self.name)
                .replace("rail = \"template\"", &format!("rail = \"{rail}\""))
                .replace("Template", &words)
        };
        let files = [
            ("Cargo.toml", RAIL_CARGO_MANIFEST.replace("NAME", &self.name)),
            (".cargo/config.toml", CARGO_CONFIG.to_owned()),
            (".gitignore", "/target\n/package\n".to_owned()),
            ("README.md", RAIL_README.replace("NAME", &self.name)),
            ("plugin.toml", own(RAIL_TEMPLATE_MANIFEST)),
            ("src/lib.rs", own(RAIL_TEMPLATE_SOURCE)),
            ("cases/notifications.json", RAIL_TEMPLATE_CASES.to_owned()),
        ];
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes()));
        let sdk = sdk::rail_files().into_iter().map(|(path, bytes)| (Path::new("sdk").join(path), bytes));
        put_all(folder, files.chain(sdk))
    }
}

/// Writes a new folder's files.
fn put_all<'f>(folder: &Path, files: impl Iterator<Item = (PathBuf, &'f [u8])>) -> Result<(), Failure> {
    if folder.exists() {
        return Err(Failure::new(format!("{} is there already: choose another name", folder.display())));
    }
    for (path, bytes) in files {
        put(&folder.join(path), bytes)?;
    }
    Ok(())
}

impl Beginning {
    /// Writes the folder, which must not be there yet.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        check_name(&self.name)?;
        let files = self.files();
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes()));
        let sdk = sdk::files().into_iter().map(|(path, bytes)| (Path::new("sdk").join(path), bytes));
        put_all(folder, files.chain(sdk))
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        let tables = self.tables.as_ref();
        let prices = tables.map_or_else(|| TEMPLATE_PRICES.to_owned(), |tables| tables.prices.clone());
        let cases = tables.map_or_else(|| self.own(TEMPLATE_CASES), |tables| self.own(&tables.cases));
        let mut manifest = self.own(TEMPLATE_MANIFEST);
        if let Some(tables) = tables {
            for (key, value) in [
                ("status", tables.status),
                ("resolution", &tables.resolution),
                ("effective_from", &tables.effective_from),
            ] {
                manifest = with_value(&manifest, key, value);
            }
        }
        vec![
            ("Cargo.toml", CARGO_MANIFEST.replace("NAME", &self.name)),
            (".cargo/config.toml", CARGO_CONFIG.to_owned()),
            (".gitignore", "/target\n/package\n".to_owned()),
            ("README.md", README.replace("NAME", &self.name)),
            ("plugin.toml", manifest),
            ("prices.csv", prices),
            ("src/lib.rs", self.own(TEMPLATE_SOURCE)),
            ("examples/native.rs", self.own(TEMPLATE_NATIVE)),
            ("cases/visits.toml", cases),
            ("cases/facilities.csv", self.own(TEMPLATE_FACILITIES)),
        ]
    }

    /// The template's text with this plugin's names in place of the template's.
    fn own(&self, text: &str) -> String {
        let (digits, former, formerly) = match self.province.as_str() {
            "central" => ("01", "", "central"),
            digits => (digits, "", "provincial"),
        };
        let words: String = self.name.split('-').map(capital).collect();
        text.replace("tariff-template", &self.name)
            .replace("tariff_template", &self.name.replace('-', "_"))
            .replace("Template", &words)
            .replace("province = \"99\"", &format!("province = \"{}\"", self.province))
            .replace("DN499", &format!("DN4{digits}"))
            .replace("99001", &format!("{digits}001"))
            .replace(",99,,II,basic,provincial,", &format!(",{digits},{former},II,basic,{formerly},"))
    }
}

const TEMPLATE_MANIFEST: &str = include_str!("../../template/plugin.toml");
const TEMPLATE_PRICES: &str = include_str!("../../template/prices.csv");
const TEMPLATE_CASES: &str = include_str!("../../template/cases/visits.toml");
const TEMPLATE_FACILITIES: &str = include_str!("../../template/cases/facilities.csv");
const TEMPLATE_SOURCE: &str = include_str!("../../template/src/lib.rs");
const TEMPLATE_NATIVE: &str = include_str!("../../template/examples/native.rs");

const RAIL_TEMPLATE_MANIFEST: &str = include_str!("../../template-rail/plugin.toml");
const RAIL_TEMPLATE_SOURCE: &str = include_str!("../../template-rail/src/lib.rs");
const RAIL_TEMPLATE_CASES: &str = include_str!("../../template-rail/cases/notifications.json");

const RAIL_CARGO_MANIFEST: &str = "\
[package]
name = \"NAME\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[lib]
crate-type = [\"cdylib\", \"rlib\"]

[dependencies]
serde = { version = \"1\", features = [\"derive\"] }
serde_json = \"1\"
vienphi-rail = { path = \"sdk/rail\" }

[workspace]

# What `vienphi plugin build` builds for WebAssembly.
[profile.plugin]
inherits = \"release\"
panic = \"abort\"
lto = \"fat\"
codegen-units = 1
strip = \"debuginfo\"
";

const RAIL_README: &str = "\
# NAME

A payment plugin of Vienphi. `plugin.toml` names it and its rail, `src/lib.rs` reads what the provider sends, `cases/` holds
messages that were recorded and what becomes of them.

    vienphi plugin test       builds it and replays the cases, with the host's own signatures and checks
    vienphi plugin build      the same without the cases
    vienphi serve --rails DIR with the folder `package/` in DIR

`package/` is what is handed on; `sdk/` is the SDK it builds with.
";

const CARGO_MANIFEST: &str = "\
[package]
name = \"NAME\"
version = \"0.1.0\"
edition = \"2024\"
publish = false

[lib]
crate-type = [\"cdylib\", \"rlib\"]

[[example]]
name = \"NAME-native\"
path = \"examples/native.rs\"

[dependencies]
vienphi-guest = { path = \"sdk/guest\" }

# The same rules on this machine, for `vienphi plugin test` and `bench`.
[dev-dependencies]
vienphi-guest = { path = \"sdk/guest\", features = [\"native\"] }

[workspace]

# What `vienphi plugin build` builds for WebAssembly.
[profile.plugin]
inherits = \"release\"
panic = \"abort\"
lto = \"fat\"
codegen-units = 1
strip = \"debuginfo\"
";

const CARGO_CONFIG: &str = "\
# A guest's stack is small: the first touch of memory costs more than the instance itself.
[target.wasm32-unknown-unknown]
rustflags = [\"-Clink-arg=-zstack-size=32768\"]
";

const README: &str = "\
# NAME

A tariff plugin of Vienphi. `plugin.toml` says which province it rates and from when, `prices.csv` what a code costs,
`src/lib.rs` where its rules differ from the national ones, `cases/` which visits come to which amounts.

    vienphi plugin test       builds it, prices the cases, and compares the component with the same rules run natively
    vienphi plugin inspect    what it exports, its rules in words, its digest
    vienphi plugin key FILE   makes a key to sign with, once
    vienphi plugin sign --key FILE

`package/` is what is handed on; `sdk/` is the SDK it builds with.
";

/// A name becomes a folder, a crate and a word in error messages.
pub fn check_name(name: &str) -> Result<(), Failure> {
    let is_right = name.len() <= 60
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if is_right {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "the name {name:?} must be lower-case letters, digits and hyphens, such as tariff-thanh-hoa"
        )))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// A TOML text with another value for a key that stands at the beginning of a line.
fn with_value(text: &str, key: &str, value: &str) -> String {
    let begins = format!("{key} = ");
    let value = toml::Value::from(value);
    let line = |line: &str| if line.starts_with(&begins) { format!("{begins}{value}") } else { line.to_owned() };
    text.lines().map(line).fold(String::new(), |text, line| text + &line + "\n")
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failure = |cause: std::io::Error| Failure::new(format!("cannot write {}: {cause}", path.display()));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failure)?;
    }
    fs::write(path, bytes).map_err(failure)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|cause| Failure::new(format!("{} cannot be read: {cause}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_folder_and_a_crate() {
        for name in ["tariff-thanh-hoa", "a", "t1"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "Tariff", "a_b", "../a", "a-", "a/b", &"a".repeat(61)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_new_plugin_has_its_own_names_everywhere() {
        let beginning = Beginning { name: "tariff-x".into(), province: "38".into(), tables: None };
        for (path, text) in beginning.files() {
            for word in ["template", "Template", "99001", "\"99\""] {
                assert!(!text.contains(word), "{path} still says {word}");
            }
        }
    }
}
