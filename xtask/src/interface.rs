//! `cargo xtask campaign interface`: schemathesis sends what the description at /openapi.json allows, and what it does not, to a
//! server as it ships, as several people: no answer may be a failure of ours, or one that the description has not.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

use clap::Parser;

use self::records::{Sender, fill};
use crate::checkout::Checkout;
use crate::plugins;
use vienphi_kit::step::{self, Failure, say};

mod records;

/// The version whose options are those below.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// What every answer is held against.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Who asks: together they may do everything.
const ROLES: [&str; 5] = ["his", "cash-supervisor", "claims-officer", "director", "administrator"];

/// In the synthetic registry of facilities.
const FACILITY: &str = "92114";

#[derive(Parser)]
#[command(name = "cargo xtask campaign interface", no_binary_name = true)]
struct Options {
    /// Requests for each route and person, at most
    #[arg(long, default_value_t = 50)]
    examples: u32,
    /// For asking the same again
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// The server, ended with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks as each of them. 1 when an answer was wrong.
pub(crate) fn run(checkout: &Checkout, further: &[String]) -> Result<ExitCode, Failure> {
    let options = Options::try_parse_from(further).unwrap_or_else(|error| error.exit());
    plugins::run(checkout)?;
    checkout.build_server()?;
    let folder = checkout.target.join("interface");
    let program = install(&folder)?;
    let records = folder.join("records.db");
    for old in ["records.db", "records.db-wal", "records.db-shm", "records.db.key"] {
        // Of the run before; there may be none.
        let _ = fs::remove_file(folder.join(old));
    }
    let database = format!("sqlite://{}", records.display());
    let mut tokens = Vec::new();
    for role in ROLES {
        let mut create = Command::new(checkout.server());
        create.current_dir(&checkout.root).args(["token", "create", "--database", &database, "--facility", FACILITY]);
        create.args(["--role", role, "--name", role]);
        let said = step::output(&mut create, "a token cannot be made: see above")?;
        tokens.push((role, said.trim().to_owned()));
    }
    let (_server, address) = serve(checkout, &database)?;
    let sender = |role: &str| {
        let token = tokens.iter().find(|(other, _)| *other == role).map_or("", |(_, token)| token);
        Sender { address: &address, token }
    };
    let samples = checkout.root.join("tests/fixtures/day-2026-03-02");
    let known = fill(&samples, &sender("his"), &sender("cash-supervisor"))?;
    let written = fs::write(folder.join("schemathesis.toml"), known);
    written.map_err(|cause| Failure::new(format!("{}: {cause}", folder.display())))?;
    let mut is_right = true;
    for (role, token) in &tokens {
        say(&format!("\ninterface: as {role}"));
        let mut ask = Command::new(&program);
        ask.current_dir(&folder).args(["run", &format!("{address}/openapi.json"), "--checks", CHECKS]);
        ask.args(["--header", &format!("Authorization: Bearer {token}")]);
        ask.args(["--max-examples", &options.examples.to_string(), "--seed", &options.seed.to_string()]);
        // A stream of events has no end.
        ask.args(["--continue-on-failure", "--exclude-path-regex", "/events$"]);
        let status = ask.status().map_err(|cause| Failure::new(format!("schemathesis does not run: {cause}")))?;
        is_right &= status.success();
    }
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// schemathesis in an environment of its own.
fn install(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    let (environment, program) = (folder.join("python"), folder.join("python/bin/schemathesis"));
    if !step::works(Command::new(&program).arg("--version")) {
        say("interface: installing schemathesis from PyPI into target/interface, because it reads the description");
        fs::create_dir_all(folder).map_err(|cause| Failure::new(format!("{}: {cause}", folder.display())))?;
        step::run(
            Command::new("python3").args(["-m", "venv"]).arg(&environment),
            "Python makes no environment: install python3-venv",
        )?;
        let mut pip = Command::new(environment.join("bin/pip"));
        step::run(pip.args(["install", "--quiet", SCHEMATHESIS]), "schemathesis cannot be installed from PyPI")?;
    }
    Ok(program)
}

/// The server as it ships, and where it listens.
fn serve(checkout: &Checkout, database: &str) -> Result<(Server, String), Failure> {
    let mut serve = Command::new(checkout.server());
    serve.current_dir(&checkout.root).args(["serve", "--database", database, "--listen", "127.0.0.1:0"]);
    let failed = |why: &str| Failure::new(format!("the server does not start: {why}"));
    let child = serve.stdout(Stdio::piped()).spawn().map_err(|cause| failed(&cause.to_string()))?;
    let mut server = Server(child);
    let output = server.0.stdout.take().ok_or_else(|| failed("it says nothing"))?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let said = lines.find_map(|line| line.split_once("listening on ").map(|(_, address)| address.trim().to_owned()));
    let address = said.ok_or_else(|| failed("its words are above"))?;
    Ok((server, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let options = Options::try_parse_from(["--examples", "5"]).unwrap();
        assert_eq!((options.examples, options.seed), (5, 1));
        assert!(Options::try_parse_from(["--examples", "few"]).is_err());
    }
}
