//! `vienphi plugin …`: everything between an empty folder and an active package.

mod bench;
mod catalogue;
mod diff;
mod inspect;
mod native;
mod new;
mod opened;
mod rail_test;
mod replay;
mod run;
mod sign;
mod store;
mod test;

use std::path::PathBuf;

use clap::Subcommand;

use crate::output::{Ended, complain};

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Write a new plugin's folder: it builds and passes its cases at once
    New(new::NewArgs),
    /// Build a plugin's component and its package folder
    Build(FolderArgs),
    /// Price a package's cases, compare the component with the same rules run natively, show which rules cases name
    Test(test::TestArgs),
    /// Measure a package on its cases: fuel and time, in a fresh instance, a warm one and natively
    Bench(bench::BenchArgs),
    /// Say what a package is: contract, imports, exports, digest, signature, rules in words
    Inspect(inspect::InspectArgs),
    /// Compare two packages: rules, prices and, over a file of encounters, what visits come to
    Diff(diff::DiffArgs),
    /// Ask payment plugins again what they were asked, as a database has it, and compare their answers
    Replay(replay::ReplayArgs),
    /// Decide one kept question, as a failed call left it (--keep-failures)
    Run(run::RunArgs),
    /// Make a key to sign with
    Key(sign::KeyArgs),
    /// Sign a package as its author
    Sign(sign::SignArgs),
    /// Check a package's signature
    Verify(sign::VerifyArgs),
    /// Try a signed package (admission) and keep it in a package store
    Install(store::InstallArgs),
    /// Approve an installed package
    Approve(store::ApproveArgs),
    /// Let an approved package rate discharges from a day on
    Activate(store::ActivateArgs),
    /// Let a package no longer rate discharges from a day on
    Retire(store::RetireArgs),
    /// Undo the last activation of a province
    Rollback(store::RollbackArgs),
    /// Never let a package price anything again
    Revoke(store::RevokeArgs),
    /// List the packages of a store, with who approved them, or its whole log
    List(store::ListArgs),
}

/// A plugin's folder.
#[derive(Debug, clap::Args)]
pub struct FolderArgs {
    /// The plugin's folder: of its source, or a package
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// Runs a command.
pub fn run(command: &PluginCommand) -> Ended {
    let done = match command {
        PluginCommand::New(args) => new::run(args),
        PluginCommand::Build(args) => opened::build(&args.folder),
        PluginCommand::Test(args) => test::run(args),
        PluginCommand::Bench(args) => bench::run(args),
        PluginCommand::Inspect(args) => inspect::run(args),
        PluginCommand::Diff(args) => diff::run(args),
        PluginCommand::Replay(args) => replay::run(args),
        PluginCommand::Run(args) => run::run(args),
        PluginCommand::Key(args) => sign::make_key(args),
        PluginCommand::Sign(args) => sign::sign(args),
        PluginCommand::Verify(args) => sign::verify(args),
        PluginCommand::Install(args) => store::install(args),
        PluginCommand::Approve(args) => store::approve(args),
        PluginCommand::Activate(args) => store::activate(args),
        PluginCommand::Retire(args) => store::retire(args),
        PluginCommand::Rollback(args) => store::roll_back(args),
        PluginCommand::Revoke(args) => store::revoke(args),
        PluginCommand::List(args) => store::list(args),
    };
    done.unwrap_or_else(|sentence| {
        complain(&format!("error: {sentence}"));
        Ended::BadInput
    })
}
