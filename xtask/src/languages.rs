//! `cargo xtask plugins --all-languages`: the prototypes in JavaScript and Python, built, tried and measured beside Rust.
//!
//! Not in the default path: they need Node.js and Python, and hundreds of megabytes of tools.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use vienphi_kit::package;
use vienphi_kit::step::{self, Failure, say};

/// What the prototypes are allowed, and what Rust is measured with too.
const LIMITS: &str = "sdk/examples/limits.toml";

/// A language with its folder in `sdk/examples`.
struct Language {
    name: &'static str,
    build: fn(&Path, &Path) -> Result<(), Failure>,
}

const LANGUAGES: [Language; 2] =
    [Language { name: "javascript", build: javascript }, Language { name: "python", build: python }];

/// Builds each from a copy of its folder, prices its cases, and measures the same cases with Rust's template.
pub(crate) fn run(checkout: &Checkout) -> Result<(), Failure> {
    checkout.build_server()?;
    let packages = checkout.target.join("examples");
    let mut made = Vec::new();
    for language in LANGUAGES {
        let source = checkout.root.join("sdk/examples").join(language.name);
        let package = packages.join(format!("tariff-{}", language.name));
        say(&format!("{}: building {}", language.name, package.display()));
        // Tools and caches lie in the target folder, not beside the sources.
        let work = checkout.target.join("examples-work").join(language.name);
        copy(&source, &work)?;
        fs::create_dir_all(&package).map_err(|cause| failure(&package, &cause))?;
        (language.build)(&work, &package.join("component.wasm"))?;
        tables(&source, &package)?;
        made.push(package);
    }
    let rust = packages.join("tariff-template");
    tables(&checkout.root.join("sdk/examples/javascript"), &rust)?;
    let of_template = checkout.target.join("plugins-template/tariff-template");
    for file in ["component.wasm", package::MANIFEST] {
        fs::copy(of_template.join(file), rust.join(file)).map_err(|cause| failure(&rust, &cause))?;
    }
    for package in &made {
        vienphi(checkout, &["plugin", "test"], package)?;
    }
    for package in std::iter::once(&rust).chain(&made) {
        say(&format!("measuring {}", package.display()));
        vienphi(checkout, &["plugin", "bench", "--times", "200"], package)?;
    }
    Ok(())
}

fn javascript(work: &Path, component: &Path) -> Result<(), Failure> {
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund"]).current_dir(work);
    step::run(&mut install, "npm cannot install the tools: Node.js 20.19 or newer is needed, with npm")?;
    let mut build = Command::new("node");
    build.arg("build.mjs").arg(component).arg(contract(work)).current_dir(work);
    step::run(&mut build, "the plugin in JavaScript does not build")
}

fn python(work: &Path, component: &Path) -> Result<(), Failure> {
    let venv = work.join(".venv");
    if !venv.is_dir() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&venv);
        step::run(&mut make, "Python 3.9 or newer is needed, with venv")?;
    }
    let mut install = Command::new(venv.join("bin/pip"));
    install.args(["install", "--quiet", "--require-hashes", "-r", "requirements.txt"]).current_dir(work);
    step::run(&mut install, "pip cannot install the tools")?;
    let mut build = Command::new(venv.join("bin/python"));
    build.arg("build.py").arg(component).arg(contract(work)).current_dir(work);
    step::run(&mut build, "the plugin in Python does not build")
}

/// The contract, copied beside the sources.
fn contract(work: &Path) -> PathBuf {
    work.join("wit")
}

/// Manifest, prices and cases of a package.
fn tables(source: &Path, package: &Path) -> Result<(), Failure> {
    fs::create_dir_all(package.join("cases")).map_err(|cause| failure(package, &cause))?;
    for file in [package::MANIFEST, "prices.csv", "cases/visits.toml", "cases/facilities.csv"] {
        fs::copy(source.join(file), package.join(file)).map_err(|cause| failure(&source.join(file), &cause))?;
    }
    Ok(())
}

/// Copies the files of a folder, and the contract beside them.
fn copy(source: &Path, work: &Path) -> Result<(), Failure> {
    let contract = work.join("wit");
    fs::create_dir_all(&contract).map_err(|cause| failure(&contract, &cause))?;
    for entry in fs::read_dir(source).map_err(|cause| failure(source, &cause))? {
        let entry = entry.map_err(|cause| failure(source, &cause))?.path();
        if let Some(name) = entry.file_name().filter(|_| entry.is_file()) {
            fs::copy(&entry, work.join(name)).map_err(|cause| failure(&entry, &cause))?;
        }
    }
    let wit = source.join("../../wit/0.1.0/tariff.wit");
    fs::copy(&wit, contract.join("tariff.wit")).map(|_| ()).map_err(|cause| failure(&wit, &cause))
}

fn vienphi(checkout: &Checkout, args: &[&str], package: &Path) -> Result<(), Failure> {
    let mut command = Command::new(checkout.server());
    command.args(args).args(["--limits", LIMITS]).arg(package).current_dir(&checkout.root);
    command.env("VIENPHI_CACHE", env::var_os("VIENPHI_CACHE").unwrap_or(checkout.target.join("compiled").into()));
    step::run(&mut command, "the package does not do what its cases say")
}

fn failure(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {cause}", path.display()))
}
