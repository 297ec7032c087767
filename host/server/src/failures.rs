//! What a plugin was asked when it failed, kept so that its author can see it fail: `vienphi plugin run`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vienphi_domain::Digest;
use vienphi_runtime::{PluginError, Told};
use vienphi_service::Witness;

/// More files than this are not kept: a plugin that fails always has shown how by then.
const MOST: usize = 200;

/// A failure with its question.
#[derive(Serialize, Deserialize)]
pub(crate) struct Failure {
    /// The plugin.
    pub(crate) plugin: String,
    /// The component.
    pub(crate) component: String,
    /// What it did, by its stable name.
    pub(crate) error: String,
    /// The same in words, with the limit and the fuel.
    pub(crate) message: String,
    /// What it was told: numbers only.
    pub(crate) told: Told,
}

/// Keeps failures in a folder. Equal questions are kept once.
pub(crate) fn kept_in(folder: PathBuf) -> Witness {
    Arc::new(move |error, told| {
        if let Err(reason) = keep(&folder, error, told) {
            tracing::warn!(%reason, folder = %folder.display(), "a plugin's failure could not be kept");
        }
    })
}

fn keep(folder: &Path, error: &PluginError, told: &Told) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.count() >= MOST {
        return Ok(());
    }
    let failure = Failure {
        plugin: error.plugin.clone(),
        component: error.digest.to_string(),
        error: error.why.name().to_owned(),
        message: error.to_string(),
        told: told.clone(),
    };
    let text = serde_json::to_vec(&failure)?;
    let question = Digest::of(&serde_json::to_vec(told)?).to_string();
    // Whatever a package is called, the file lies in the folder.
    let plugin: String =
        error.plugin.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let file = format!("{plugin}-{}-{}.json", error.why.name(), &question[..12]);
    std::fs::write(folder.join(file), text)
}
