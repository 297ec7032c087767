//! Debian packages, installed when they are missing.

use std::process::{Command, Stdio};

use crate::step::{self, Failure, say};

/// Installs packages with Debian's package manager unless they are there.
pub fn need(packages: &[&str]) -> Result<(), Failure> {
    if packages.iter().all(|package| is_installed(package)) {
        return Ok(());
    }
    let names = packages.join(" ");
    say(&format!("install: {names} with apt-get, because this machine lacks it; this takes a minute, once"));
    let by_hand = format!("{names} could not be installed: run `apt-get install {names}` as root");
    step::run(apt_get().arg("update"), &by_hand)?;
    step::run(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages), &by_hand)
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]).stderr(Stdio::null());
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

fn apt_get() -> Command {
    let is_root = step::output(Command::new("id").arg("-u"), "").is_ok_and(|id| id.trim() == "0");
    let mut command = if !is_root && step::works(Command::new("sudo").arg("--version")) {
        let mut sudo = Command::new("sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        Command::new("apt-get")
    };
    // A question would wait for ever where nobody watches.
    command.arg("--quiet").env("DEBIAN_FRONTEND", "noninteractive").stdout(std::io::stderr());
    command
}
