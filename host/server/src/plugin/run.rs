//! `vienphi plugin run`: one kept question once more.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use vienphi_runtime::Told;

use super::opened::open;
use crate::cli::Common;
use crate::failures::Failure;
use crate::output::{Ended, say};

/// Options of `plugin run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    common: Common,
    /// A file that --keep-failures left, or a visit as JSON
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The plugin's folder: of its source, or a package
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// Decides it and prints the decision; exits 1 when the plugin gives no usable answer.
pub(super) fn run(args: &RunArgs) -> Result<Ended, String> {
    let told = read(&args.input)?;
    let opened = open(&args.folder)?;
    let pricer = opened.pricer(&args.common)?;
    match pricer.only_plugin()?.price(&told) {
        Ok(answer) => {
            say(&format!("{}\n", json!({"fuel": answer.fuel, "decision": answer.decision})));
            Ok(Ended::Done)
        }
        Err(error) => {
            say(&format!("{}\n", json!({"error": error.why.name(), "message": error.to_string(), "fuel": error.fuel})));
            Ok(Ended::Differences)
        }
    }
}

fn read(path: &Path) -> Result<Told, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let wrong = |error: serde_json::Error| format!("{} is no kept question: {error}", path.display());
    let value: Value = serde_json::from_slice(&bytes).map_err(wrong)?;
    let told = match value.get("told") {
        Some(_) => serde_json::from_value::<Failure>(value).map(|failure| failure.told),
        None => serde_json::from_value::<Told>(value),
    };
    let told = told.map_err(wrong)?;
    told.visit.check().map_err(|reason| format!("{} is no kept question: {reason}", path.display()))?;
    Ok(told)
}
