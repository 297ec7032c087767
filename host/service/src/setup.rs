//! Everything a pricer is made from, as files by name; where they come from is the caller's business.

use std::collections::BTreeMap;
use std::sync::Arc;

use vienphi_benefit::{Policies, PolicyError};
use vienphi_domain::facility::RegistryError;
use vienphi_domain::{Day, Digest, Registry};
use vienphi_runtime::{CompiledCache, LimitError, Sandbox, SandboxError, SandboxPolicy};
use vienphi_tariff::{Note, Package, PackageError, Table, package_digest, read_catalogue};

use crate::pricer::{Loaded, Offered, Pricer, Witness};

/// Files of one folder by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A tariff package that a pricer may use.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What it is called in messages, its folder.
    pub name: String,
    /// Its files by path.
    pub files: Files,
    /// The first and last day of discharge that it may rate, within those of its manifest.
    pub days: (Day, Day),
    /// Its signature and approvals were checked.
    pub is_signed: bool,
}

impl Offer {
    /// A package of a development folder: nobody has signed it, and its manifest alone says its days.
    pub fn unsigned(name: impl Into<String>, files: Files) -> Offer {
        Offer { name: name.into(), files, days: (Day::BEGINNING, Day::END_OF_TIME), is_signed: false }
    }
}

/// What a pricer is made from.
#[derive(Default)]
pub struct Setup {
    /// `policies/benefit`.
    pub benefit: Files,
    /// The registry of facilities: CSV files by name.
    pub facilities: Files,
    /// `policies/sandbox`: the limits of plugins by world; the standard ones without it.
    pub sandbox: Files,
    /// Tariff packages; of signed ones that rate the same days the later counts.
    pub packages: Vec<Offer>,
    /// Catalogues laid over them, in the order named.
    pub overlays: Vec<Overlay>,
    /// Where compiled plugins are kept.
    pub cache: CompiledCache,
    /// Is told what a plugin was asked when it gave no usable answer.
    pub witness: Option<Witness>,
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
    /// Where plugins may send is wrong.
    #[error("{file} cannot be used: {reason}")]
    Endpoints {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
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
    #[error("{file} cannot be used: {error}")]
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
        let limits = read_limits(&self.sandbox, TARIFF_LIMITS, SandboxPolicy::default())?;
        let sandbox = Sandbox::new(limits, self.cache)?;
        let policies_digest =
            Digest::of_pieces([("benefit", &policies.digest().bytes()[..]), ("facilities", &facilities.bytes()[..])]);
        let bare = Pricer {
            policies: Arc::new(policies),
            registry: Arc::new(registry),
            offered: Vec::new(),
            overlays: Arc::new(overlays),
            sandbox: Arc::new(sandbox),
            policies_digest,
            witness: self.witness,
        };
        let (pricer, of_packages) = bare.offering(self.packages)?;
        warnings.extend(of_packages);
        Ok((pricer, warnings))
    }
}

impl Pricer {
    /// This pricer with other packages. Those that it has already are not read or compiled again.
    pub fn offering(&self, packages: Vec<Offer>) -> Result<(Pricer, Vec<Warning>), SetupError> {
        let mut warnings = Vec::new();
        let mut offered: Vec<Offered> = Vec::new();
        for Offer { name, files, days, is_signed } in packages {
            let digest = package_digest(&files);
            // One that could not be loaded is tried again: the machine may have been short of something.
            let known = self.offered.iter().map(|offered| &offered.loaded);
            let known = known.filter(|known| !known.has_failed()).find(|known| known.package.digest == digest);
            let loaded = match known {
                Some(known) => Arc::clone(known),
                None => {
                    let package =
                        Package::read(&files).map_err(|error| SetupError::Package { package: name.clone(), error })?;
                    let warn = |note: &Note| Warning { file: format!("{name}/prices.csv"), message: note.to_string() };
                    warnings.extend(package.report.warnings.iter().map(warn));
                    let mut cases = files;
                    cases.retain(|path, _| path.starts_with("cases/"));
                    Arc::new(Loaded::new(package, cases))
                }
            };
            let offer = Offered::new(loaded, days, is_signed, &self.overlays);
            if let Some(rival) = offered.iter().find(|other| !is_signed && other.is_rival(&offer)) {
                let manifest = &offer.package().manifest;
                return Err(SetupError::Rivals {
                    one: rival.package().manifest.name.clone(),
                    other: manifest.name.clone(),
                    from: offer.from,
                    province: manifest.province.clone(),
                });
            }
            offered.push(offer);
        }
        Ok((Pricer { offered, ..self.shared() }, warnings))
    }

    /// This pricer with other catalogues laid over its tariffs.
    pub fn overlaid(&self, overlays: &[Overlay]) -> Result<(Pricer, Vec<Warning>), SetupError> {
        let mut warnings = Vec::new();
        let overlays = Arc::new(read_overlays(overlays, &mut warnings)?);
        Ok((Pricer { offered: self.offered_with(&overlays), overlays, ..self.shared() }, warnings))
    }

    /// This pricer with the facilities of a CSV file in place of those of equal codes.
    pub fn with_facilities(&self, file: &str, bytes: &[u8]) -> Result<Pricer, SetupError> {
        let registry =
            self.registry.with_csv(bytes).map_err(|errors| SetupError::Registry { file: file.to_owned(), errors })?;
        let policies_digest =
            Digest::of_pieces([("policies", &self.policies_digest.bytes()[..]), ("facilities", bytes)]);
        let offered = self.offered_with(&self.overlays);
        Ok(Pricer { offered, registry: Arc::new(registry), policies_digest, ..self.shared() })
    }

    fn offered_with(&self, overlays: &[Table]) -> Vec<Offered> {
        let again = |old: &Offered| Offered::new(Arc::clone(&old.loaded), (old.from, old.to), old.is_signed, overlays);
        self.offered.iter().map(again).collect()
    }

    /// This pricer with one package alone, and no catalogue over it.
    pub(crate) fn with_only(&self, offered: Offered) -> Pricer {
        Pricer { offered: vec![offered], overlays: Arc::default(), ..self.shared() }
    }

    /// All that pricers share, without packages.
    fn shared(&self) -> Pricer {
        Pricer {
            policies: Arc::clone(&self.policies),
            registry: Arc::clone(&self.registry),
            offered: Vec::new(),
            overlays: Arc::clone(&self.overlays),
            sandbox: Arc::clone(&self.sandbox),
            policies_digest: self.policies_digest,
            witness: self.witness.clone(),
        }
    }
}

/// The limits of tariff plugins.
const TARIFF_LIMITS: &str = "tariff.toml";

/// The limits of a world, or the standard ones where no file says others.
pub(crate) fn read_limits(files: &Files, name: &str, standard: SandboxPolicy) -> Result<SandboxPolicy, SetupError> {
    let limits = |error: LimitError| SetupError::Limits { file: format!("sandbox/{name}"), error };
    match files.get(name) {
        Some(bytes) => SandboxPolicy::read(&String::from_utf8_lossy(bytes)).map_err(limits),
        None => Ok(standard),
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
