//! `vienphi claims`: the files that an insurer is sent.

use clap::Subcommand;

use crate::output::Ended;

mod export;
mod files;
pub(crate) mod key;
mod sign;
mod submit;

/// What is done with claim files.
#[derive(Debug, Subcommand)]
pub enum ClaimsCommand {
    /// Write the claim files of visits that have ended, from a database or from encounters as JSON
    Export(Box<export::ExportArgs>),
    /// Send the claims of visits to the insurer's portal: exit code 1 when one is not received
    Submit(Box<submit::SubmitArgs>),
    /// Sign claim files with the hospital's certificate
    Sign(sign::SignArgs),
    /// Say whose signature claim files have: exit code 1 when one is not valid
    VerifySignature(sign::VerifyArgs),
}

/// Runs the command.
pub fn run(command: &ClaimsCommand) -> Ended {
    match command {
        ClaimsCommand::Submit(args) => submit::run(args),
        ClaimsCommand::Export(args) => export::run(args),
        ClaimsCommand::Sign(args) => sign::sign_files(args),
        ClaimsCommand::VerifySignature(args) => sign::verify_files(args),
    }
}
