//! `vienphi claims`: the files that an insurer is sent.

use clap::Subcommand;

use crate::output::Ended;

mod export;

/// What is done with claim files.
#[derive(Debug, Subcommand)]
pub enum ClaimsCommand {
    /// Write the claim files of visits that have ended, from a database or from encounters as JSON
    Export(export::ExportArgs),
}

/// Runs the command.
pub fn run(command: &ClaimsCommand) -> Ended {
    match command {
        ClaimsCommand::Export(args) => export::run(args),
    }
}
