//! The packages of a pricer as they are loaded, for those who watch it.

use vienphi_domain::Day;

use crate::pricer::Pricer;

/// A package as it is loaded.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PluginStatus {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its province, or `central`.
    pub province: String,
    /// `approved` or `sample`.
    pub status: &'static str,
    /// The first day it rates.
    pub effective_from: String,
    /// The last day, if any.
    pub effective_to: Option<String>,
    /// The resolution behind it.
    pub resolution: String,
    /// `episode_start` or `service_date`.
    pub transition: &'static str,
    /// SHA-256 over the package.
    pub digest: String,
    /// Rows of its price table.
    pub prices: usize,
    /// Not signed: a development folder or the embedded copy.
    pub signed: bool,
    /// What is worth knowing.
    pub note: Option<String>,
    /// The rules its plugin describes; none when it was not admitted.
    pub rules: usize,
    /// Why the plugin was not admitted.
    pub error: Option<String>,
}

impl Pricer {
    /// The packages as loaded.
    pub fn plugins(&self) -> Vec<PluginStatus> {
        self.offered
            .iter()
            .map(|offered| {
                let manifest = &offered.package().manifest;
                let plugin = offered.loaded.plugin(&self.sandbox);
                PluginStatus {
                    name: manifest.name.clone(),
                    version: manifest.version.clone(),
                    province: manifest.province.clone(),
                    status: manifest.status.word(),
                    effective_from: offered.from.to_string(),
                    effective_to: (offered.to != Day::END_OF_TIME).then(|| offered.to.to_string()),
                    resolution: manifest.resolution.clone(),
                    transition: match manifest.transition {
                        vienphi_tariff::Transition::EpisodeStart => "episode_start",
                        vienphi_tariff::Transition::ServiceDate => "service_date",
                    },
                    digest: offered.package().digest.to_string(),
                    prices: offered.package().table.rows().len(),
                    signed: offered.is_signed,
                    note: manifest.note.clone(),
                    rules: plugin.as_ref().map_or(0, |plugin| plugin.description().rules.len()),
                    error: plugin.err().map(|error| error.to_string()),
                }
            })
            .collect()
    }
}
