//! Programs the commands need, installed when they are missing.

use std::path::Path;
use std::process::Command;

use crate::checkout::Checkout;
use postgres_for_tests::find_binaries;
use vienphi_kit::debian;
use vienphi_kit::step::{self, Failure, say};

/// A subcommand of cargo that is a package of its own, with the version known to compile on the workspace's Rust.
struct CargoTool {
    subcommand: &'static str,
    package: &'static str,
    version: &'static str,
    options: &'static [&'static str],
    purpose: &'static str,
}

const NEXTEST: CargoTool = CargoTool {
    subcommand: "nextest",
    package: "cargo-nextest",
    version: "0.9.143",
    // It need not renew itself, which would be half of what is compiled.
    options: &["--no-default-features", "--features", "default-no-update"],
    purpose: "it runs the tests",
};

/// Everything `cargo xtask test` calls.
pub(crate) fn need_for_tests(checkout: &Checkout) -> Result<(), Failure> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !step::works(checkout.cargo().args([subcommand, "--version"])) {
            say(&format!("install: {component} with rustup, because this toolchain came without it"));
            step::run(
                Command::new("rustup").args(["component", "add", component]).current_dir(&checkout.root),
                &format!("{component} could not be installed: run `rustup component add {component}`"),
            )?;
        }
    }
    if !step::works(checkout.cargo().args([NEXTEST.subcommand, "--version"])) {
        install(&NEXTEST, checkout)?;
    }
    need_postgres()?;
    // The independent oracle is a Python program; databases and archives are looked into behind the server's back.
    for program in ["python3", "sqlite3", "zstd"] {
        if !step::works(Command::new(program).arg("--version")) {
            debian::need(&[program])?;
        }
    }
    // Signatures and TLS are held against other programs' keys, tokens and verdicts.
    for (program, version, package) in [
        ("openssl", "version", "openssl"),
        ("curl", "--version", "curl"),
        ("xmlsec1", "--version", "xmlsec1"),
        ("softhsm2-util", "--version", "softhsm2"),
    ] {
        if !step::works(Command::new(program).arg(version)) {
            debian::need(&[package])?;
        }
    }
    need_browser(checkout)
}

/// What `vienphi demo` calls: it makes the key that its claims are signed with.
pub(crate) fn need_for_demo() -> Result<(), Failure> {
    if step::works(Command::new("openssl").arg("version")) { Ok(()) } else { debian::need(&["openssl"]) }
}

/// Debian's Chromium, what drives it at the pages, and an issuer of OpenID Connect: by the lock file of `tests/browser`, into `target/browser`.
fn need_browser(checkout: &Checkout) -> Result<(), Failure> {
    if !step::works(Command::new("chromium").arg("--version")) {
        debian::need(&["chromium"])?;
    }
    need_npm_packages(
        &checkout.root.join("tests/browser"),
        &checkout.target.join("browser"),
        "what drives a browser and an account system for it",
    )
}

/// What a folder's lock file names, by npm, into another folder; nothing of it is run meanwhile.
pub(crate) fn need_npm_packages(from: &Path, to: &Path, what: &str) -> Result<(), Failure> {
    for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
        if !step::works(Command::new(program).arg("--version")) {
            debian::need(&[package])?;
        }
    }
    let failed = |cause: std::io::Error| Failure::new(format!("{} cannot be prepared: {cause}", to.display()));
    std::fs::create_dir_all(to).map_err(failed)?;
    let mut is_same = to.join("node_modules/.package-lock.json").is_file();
    for file in ["package.json", "package-lock.json"] {
        let wanted = std::fs::read(from.join(file)).map_err(failed)?;
        if std::fs::read(to.join(file)).ok().as_ref() != Some(&wanted) {
            is_same = false;
            std::fs::write(to.join(file), wanted).map_err(failed)?;
        }
    }
    if is_same {
        return Ok(());
    }
    say(&format!("install: {what}, by {}, into {}", from.join("package-lock.json").display(), to.display()));
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(to);
    step::run(&mut npm, &format!("npm could not install {what}: run `npm ci` in {}", to.display()))
}

/// A PostgreSQL server's programs. Debian's package also starts a server on port 5432, which is left alone.
pub(crate) fn need_postgres() -> Result<(), Failure> {
    let has_client = step::works(Command::new("psql").arg("--version"));
    if find_binaries().is_some() && has_client { Ok(()) } else { debian::need(&["postgresql"]) }
}

fn install(tool: &CargoTool, checkout: &Checkout) -> Result<(), Failure> {
    let CargoTool { package, version, options, purpose, .. } = tool;
    say(&format!("install: {package} {version}, because {purpose}; this takes a few minutes, once"));
    let mut cargo = checkout.cargo();
    // --debug compiles in a quarter of the time, which a tool that mostly waits does not win back.
    cargo.args(["install", "--locked", "--debug", package, "--version", version]).args(*options);
    step::run(&mut cargo, &format!("{package} could not be installed: run `cargo install --locked {package}`"))
}
