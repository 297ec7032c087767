//! `vienphi claims`: the files that an insurer is sent.

use clap::Subcommand;

use crate::output::Ended;

mod check;
mod export;
mod files;
pub(crate) mod generate;
pub(crate) mod key;
mod output;
mod people;
mod shadow;
mod sign;
mod submit;

/// What is done with claim files.
#[derive(Debug, Subcommand)]
pub enum ClaimsCommand {
    /// Write the claim files of visits that have ended, from a database or from encounters as JSON
    Export(Box<export::ExportArgs>),
    /// Find what is wrong in claim files, whoever wrote them: exit code 1 when something is, 2 when a file cannot be read
    Check(Box<check::CheckArgs>),
    /// Turn claim files into encounters: exit code 1 when a visit cannot be turned
    Import(shadow::ImportArgs),
    /// Price claim files and show where they differ from our statement: exit code 1 when some do
    Shadow(Box<shadow::ShadowArgs>),
    /// Write synthetic claim files: nobody in them is real
    Generate(Box<generate::GenerateArgs>),
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
        ClaimsCommand::Check(args) => check::run(args),
        ClaimsCommand::Import(args) => shadow::import_files(args),
        ClaimsCommand::Shadow(args) => shadow::run(args),
        ClaimsCommand::Generate(args) => generate::run(args),
        ClaimsCommand::Sign(args) => sign::sign_files(args),
        ClaimsCommand::VerifySignature(args) => sign::verify_files(args),
    }
}
