//! Which compiler builds plugins: the Rust toolchain in use when it has the Wasm target, or else Debian's.
//!
//! Debian packages a compiler and the standard library's source; the library is then built with the plugins. It is
//! the way out where rustup cannot be reached. `VIENPHI_WASM_TOOLCHAIN` = `rustup` or `debian` forces one of them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::debian;
use crate::step::{self, Failure, say};

/// The target of every plugin.
const WASM: &str = "wasm32-unknown-unknown";

const CHOICE: &str = "VIENPHI_WASM_TOOLCHAIN";

/// A machine without a network must not wait long for rustup before Debian is tried.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// A workspace whose plugins are built: where it is and where cargo leaves what it builds.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder of its root manifest.
    pub root: PathBuf,
    /// Its target folder.
    pub target: PathBuf,
}

/// A compiler that can build for Wasm.
#[derive(Debug)]
pub enum Toolchain {
    /// The Rust toolchain in use, with its own standard library for Wasm.
    InUse,
    /// Debian's compiler with a linker borrowed from the toolchain in use, for Debian's has none for Wasm.
    Debian {
        /// That linker.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// The one asked for, or the first that is there or can be had.
    pub fn choose(place: &Place) -> Result<Self, Failure> {
        let choice = env::var(CHOICE).unwrap_or_default();
        let (rustup, debian) = match choice.as_str() {
            "" | "auto" => (true, true),
            "rustup" => (true, false),
            "debian" => (false, true),
            other => {
                return Err(Failure::new(format!("{CHOICE} is {other:?}: set it to auto, rustup or debian")));
            }
        };
        let sysroot = sysroot(&place.root)?;
        if rustup && (has_wasm(&sysroot) || add_wasm(&place.root, &sysroot)) {
            Ok(Self::InUse)
        } else if debian {
            Self::debian(&sysroot)
        } else {
            Err(Failure::new(format!("rustup could not add {WASM}: add it by hand or set {CHOICE}=debian")))
        }
    }

    /// The `cargo build` of plugins, and the folder where it leaves their modules.
    pub fn build(&self, place: &Place) -> (Command, PathBuf) {
        let (mut command, target) = match self {
            Self::InUse => (cargo(place), place.target.clone()),
            Self::Debian { linker } => {
                // A target folder of its own: two compilers in one would build everything anew at every change.
                let target = place.target.join("debian");
                let mut command = Command::new(DEBIAN_CARGO);
                command
                    .current_dir(&place.root)
                    .env("RUSTC", DEBIAN_RUSTC)
                    // -Zbuild-std asks for it on a stable compiler.
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                    .env("CARGO_TARGET_DIR", &target)
                    // `cargo run` put the other toolchain's libraries here.
                    .env_remove("LD_LIBRARY_PATH");
                (command, target)
            }
        };
        command.args(["build", "--profile", "plugin", "--target", WASM, "--lib"]);
        if matches!(self, Self::Debian { .. }) {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        // Flags of the caller would replace the workspace's own: a plugin's bytes depend on its sources alone.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        (command, target.join(WASM).join("plugin"))
    }

    fn debian(sysroot: &Path) -> Result<Self, Failure> {
        say("wasm: using Debian's rustc-web, because the Rust toolchain in use has no Wasm target or is not wanted");
        let linker = sysroot.join(format!("lib/rustlib/{}-unknown-linux-gnu/bin/rust-lld", env::consts::ARCH));
        if !linker.exists() {
            return Err(Failure::new("the Rust toolchain in use has no rust-lld: install a toolchain with rustup"));
        }
        debian::need(&DEBIAN_PACKAGES)?;
        Ok(Self::Debian { linker })
    }
}

/// The place's cargo, in its root: the one that started this program, or else the one on the path.
pub fn cargo(place: &Place) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&place.root);
    if env::var_os("CARGO_TARGET_DIR").is_some() {
        // It may be relative to where the caller stands, which is not where this cargo runs.
        command.env("CARGO_TARGET_DIR", &place.target);
    }
    command
}

fn sysroot(root: &Path) -> Result<PathBuf, Failure> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = step::output(
        Command::new(rustc).args(["--print", "sysroot"]).current_dir(root),
        "rustc cannot say where it is installed: install Rust with rustup",
    )?;
    Ok(PathBuf::from(sysroot.trim()))
}

fn has_wasm(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(WASM).exists()
}

fn add_wasm(root: &Path, sysroot: &Path) -> bool {
    say("wasm: adding the target with rustup, because the Rust toolchain in use does not have it");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM]).current_dir(root);
    step::works_within(&mut rustup, RUSTUP_LIMIT) && has_wasm(sysroot)
}
