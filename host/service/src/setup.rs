//! Everything a pricer is made from, as files by name; where they come from is the caller's business.

use std::collections::BTreeMap;

use vienphi_benefit::{Policies, PolicyError};
use vienphi_domain::facility::RegistryError;
use vienphi_domain::{Digest, Registry};
use vienphi_runtime::{CompiledCache, LimitError, Sandbox, SandboxError, SandboxPolicy};
use vienphi_tariff::{Note, Package, PackageError, Table, read_catalogue};

use crate::pricer::{Loaded, Pricer};

/// Files of one folder by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a pricer is made from.
#[derive(Debug, Default)]
pub struct Setup {
    /// `policies/benefit`.
    pub benefit: Files,
    /// The registry of facilities: CSV files by name.
    pub facilities: Files,
    /// `policies/sandbox`: the limits of plugins by world; the standard ones without it.
    pub sandbox: Files,
    /// Tariff packages by folder name.
    pub packages: BTreeMap<String, Files>,
    /// Catalogues laid over them, in the order named.
    pub overlays: Vec<Overlay>,
    /// Where compiled plugins are kept.
    pub cache: CompiledCache,
}

/// A facility's approved catalogue.
#[derive(Debug)]
pub struct Overlay {
    /// Its file name, for messages.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why a pricer can not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Policy files are wrong.
    #[error("policies cannot be used:\n{}", lines(.0))]
    Policies(Vec<PolicyError>),
    /// The registry is wrong.
    #[error("the registry of facilities {file} cannot be used:\n{}", lines(.errors))]
    Registry {
        /// Which file.
        file: String,
        /// What is wrong.
        errors: Vec<RegistryError>,
    },
    /// A package is wrong.
    #[error("tariff package {package} cannot be used: {error}")]
    Package {
        /// Which.
        package: String,
        /// What is wrong.
        error: PackageError,
    },
    /// Two packages rate the same days of one province.
    #[error("tariff packages {one} and {other} both begin on {from} for province {province}")]
    Rivals {
        /// Which.
        one: String,
        /// And which.
        other: String,
        /// The day.
        from: vienphi_domain::Day,
        /// The province.
        province: String,
    },
    /// A catalogue has rows that can not be used.
    #[error("catalogue {file} cannot be used:\n{}", lines(.errors))]
    Catalogue {
        /// Which file.
        file: String,
        /// What is wrong.
        errors: Vec<Note>,
    },
    /// The limits of plugins are wrong.
    #[error("sandbox/{file} cannot be used: {error}")]
    Limits {
        /// Which file.
        file: String,
        /// What is wrong.
        error: LimitError,
    },
    /// The engine did not start.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

fn lines(errors: &[impl std::fmt::Display]) -> String {
    errors.iter().map(|error| format!("  {error}")).collect::<Vec<_>>().join("\n")
}

/// Something about the files that a person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Which file.
    pub file: String,
    /// What.
    pub message: String,
}

impl Setup {
    /// Reads everything. Components are compiled when first asked for, or by [`Pricer::load_all`].
    pub fn build(self) -> Result<(Pricer, Vec<Warning>), SetupError> {
        let mut warnings = Vec::new();
        let policies = Policies::read(&self.benefit).map_err(SetupError::Policies)?;
        let mut registry = Registry::default();
        for (file, bytes) in &self.facilities {
            registry.add_csv(bytes).map_err(|errors| SetupError::Registry { file: file.clone(), errors })?;
        }
        let facilities =
            Digest::of_pieces(self.facilities.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let overlays = read_overlays(&self.overlays, &mut warnings)?;
        let mut packages: Vec<Loaded> = Vec::new();
        for (name, files) in &self.packages {
            let package = Package::read(files).map_err(|error| SetupError::Package { package: name.clone(), error })?;
            warnings.extend(
                package
                    .report
                    .warnings
                    .iter()
                    .map(|note| Warning { file: format!("{name}/prices.csv"), message: note.to_string() }),
            );
            if let Some(rival) = packages.iter().find(|other| other.is_rival(&package)) {
                return Err(SetupError::Rivals {
                    one: rival.package.manifest.name.clone(),
                    other: package.manifest.name,
                    from: package.manifest.effective_from,
                    province: package.manifest.province,
                });
            }
            packages.push(Loaded::new(package, &overlays));
        }
        let sandbox = Sandbox::new(read_limits(&self.sandbox)?, self.cache)?;
        let policies_digest =
            Digest::of_pieces([("benefit", &policies.digest().bytes()[..]), ("facilities", &facilities.bytes()[..])]);
        Ok((Pricer::new(policies, registry, packages, overlays, sandbox, policies_digest), warnings))
    }
}

/// The limits of tariff plugins.
const TARIFF_LIMITS: &str = "tariff.toml";

fn read_limits(files: &Files) -> Result<SandboxPolicy, SetupError> {
    let limits = |error: LimitError| SetupError::Limits { file: TARIFF_LIMITS.into(), error };
    match files.get(TARIFF_LIMITS) {
        Some(bytes) => SandboxPolicy::read(&String::from_utf8_lossy(bytes)).map_err(limits),
        None => Ok(SandboxPolicy::default()),
    }
}

/// Reads the catalogues; a code that a later one names again wins, with a warning.
fn read_overlays(overlays: &[Overlay], warnings: &mut Vec<Warning>) -> Result<Vec<Table>, SetupError> {
    let mut tables: Vec<Table> = Vec::new();
    for overlay in overlays {
        let (table, report) = read_catalogue(&overlay.bytes);
        if !report.errors.is_empty() {
            return Err(SetupError::Catalogue { file: overlay.name.clone(), errors: report.errors });
        }
        let warn = |message: String| Warning { file: overlay.name.clone(), message };
        warnings.extend(report.warnings.iter().map(|note| warn(note.to_string())));
        let again = table.rows().iter().filter(|row| tables.iter().any(|earlier| earlier.lists(&row.code))).count();
        if again > 0 {
            warnings
                .push(warn(format!("{again} rows are of codes that an earlier catalogue lists too: this one wins")));
        }
        tables.push(table);
    }
    Ok(tables)
}
