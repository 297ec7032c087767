//! The project's own commands: `cargo xtask <command>`.
//!
//! One file per command ([`plugins`], [`assets`], [`demo`], [`test`], [`tidy`], [`bench`], [`campaign`], [`fuzz`], [`interface`],
//! [`languages`], [`postgres`]), and a check of the tests ([`licences`]). The nouns they share: [`checkout`] (where things are),
//! [`tools`] (what is installed when missing), [`catalogues`] (real price lists), [`postgres`] (a database server). How plugins are
//! built is `sdk/kit`'s, as it is for their authors.

mod assets;
mod bench;
mod campaign;
mod catalogues;
mod checkout;
mod demo;
mod fuzz;
mod interface;
mod languages;
mod licences;
mod plugins;
mod postgres;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::campaign::Campaign;
use crate::checkout::Checkout;
use vienphi_kit::step::{Failure, say};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build every plugin into its package folder, target/plugins/<name>/.
    ///
    /// VIENPHI_WASM_TOOLCHAIN = auto | rustup | debian chooses who compiles to Wasm. auto (the default) takes the
    /// Rust toolchain in use, adds its Wasm target when missing, and falls back on Debian's rustc-web.
    Plugins {
        /// Also build, try and measure the prototypes in JavaScript and Python (needs Node.js and Python).
        #[arg(long)]
        all_languages: bool,
    },
    /// Fetch script of others that the pages load, by the lock file in host/web/assets, and put it there (needs npm).
    Assets {
        /// Change nothing, and fail when a file is not what the lock file names.
        #[arg(long)]
        check: bool,
    },
    /// Build everything and run the demonstration.
    Demo {
        /// Walk through the demonstration once and end.
        #[arg(long)]
        once: bool,
        /// Further arguments for `vienphi demo`.
        #[arg(last = true)]
        further: Vec<String>,
    },
    /// Run every check: formatting, lints, house rules, licences, tests.
    ///
    /// Programs that are missing are installed. VIENPHI_CATALOGUES names the folder of real price lists; without it
    /// ../shared/data/tariff is taken when it is there. The tests have a PostgreSQL server of their own, whose address
    /// they find in VIENPHI_POSTGRES.
    Test {
        /// Further arguments for `cargo nextest run`.
        #[arg(last = true)]
        further: Vec<String>,
    },
    /// Check the house rules: arrows between crates, names, headers, left-overs.
    Tidy,
    /// Measure the release build.
    Bench {
        /// Answer for machines.
        #[arg(long)]
        json: bool,
    },
    /// Run a long randomised campaign.
    Campaign {
        name: Campaign,
        /// Arguments of the campaign, such as --count N --seed S.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        further: Vec<String>,
    },
    /// Run a command beside a new PostgreSQL server, which is stopped and removed when the command ends.
    ///
    /// The command finds the server's address in VIENPHI_POSTGRES:
    /// cargo xtask postgres -- cargo nextest run --package acceptance
    Postgres {
        /// The command and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments.command) {
        Ok(code) => code,
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode, Failure> {
    let checkout = Checkout::find()?;
    match command {
        Command::Plugins { all_languages } => {
            plugins::run(&checkout)?;
            if *all_languages {
                languages::run(&checkout)?;
            }
        }
        Command::Assets { check } => assets::run(&checkout, *check)?,
        Command::Demo { once, further } => return demo::run(&checkout, *once, further),
        Command::Test { further } => test::run(&checkout, further)?,
        Command::Tidy => tidy::run(&checkout)?,
        Command::Bench { json } => bench::run(&checkout, *json)?,
        Command::Campaign { name, further } => return campaign::run(&checkout, *name, further),
        Command::Postgres { command } => return postgres::run(&checkout, command),
    }
    Ok(ExitCode::SUCCESS)
}
