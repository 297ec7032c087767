//! Where policies, plugins, registries and catalogues come from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fs, io};

use vienphi_access::{Access, AccessError};
use vienphi_packages::{Approvers, ApproversError, PackageStore, Standing, StoreError};
use vienphi_runtime::{CompiledCache, Compiler};
use vienphi_service::{Files, Offer, Overlay, Pricer, Setup, SetupError, Warning};

use crate::{embedded, failures};

/// The options that every pricing command shares.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Sources {
    /// A facility's approved catalogue laid over the tariff; may be given several times, a later one wins
    #[arg(long = "prices", value_name = "CSV")]
    pub prices: Vec<PathBuf>,
    /// A registry of facilities in place of the one in the policies
    #[arg(long = "facilities", value_name = "CSV")]
    pub facilities: Vec<PathBuf>,
    /// The folder of policies [default: ./policies, else the embedded copy]
    #[arg(long, value_name = "DIR")]
    pub policies: Option<PathBuf>,
    /// A folder of tariff packages in development, shown as unsigned [default: ./target/plugins, else the embedded copy]
    #[arg(long, value_name = "DIR")]
    pub plugins: Option<PathBuf>,
    /// A folder of payment rails [default: ./target/rails, else the embedded copy]
    #[arg(long, value_name = "DIR")]
    pub rails: Option<PathBuf>,
    /// The folder that keeps signed packages: only those that are active there rate anything
    #[arg(long, value_name = "DIR", conflicts_with = "plugins")]
    pub plugin_store: Option<PathBuf>,
    /// Whose keys may approve and activate packages [default: sandbox/approvers.toml of the policies]
    #[arg(long, value_name = "FILE")]
    pub approvers: Option<PathBuf>,
    /// What tariff plugins may use [default: sandbox/tariff.toml of the policies]
    #[arg(long, value_name = "FILE")]
    pub limits: Option<PathBuf>,
    /// Where the numbers that made a plugin fail are kept for its author (nothing of the patient is in them)
    #[arg(long, value_name = "DIR")]
    pub keep_failures: Option<PathBuf>,
    /// Where compiled plugins are kept [default: the user's cache folder]
    #[arg(long, value_name = "DIR", env = "VIENPHI_CACHE")]
    pub cache: Option<PathBuf>,
}

/// Why the files can not be used.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// A file or folder can not be read.
    #[error("{path} cannot be read: {error}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// A folder that was named has nothing of the wanted kind.
    #[error("{path} holds no {what}")]
    Empty {
        /// Which.
        path: String,
        /// What was looked for.
        what: &'static str,
    },
    /// Nothing was named, found or embedded.
    #[error("no tariff packages: run `cargo xtask plugins` in the repository, or name a folder with --plugins")]
    NoPlugins,
    /// The files themselves are wrong.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The list of approvers is wrong.
    #[error("{path} cannot be used: {error}")]
    Approvers {
        /// Which file.
        path: String,
        /// What is wrong.
        error: ApproversError,
    },
    /// The package store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The policies of access are wrong.
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl Sources {
    /// Reads everything and makes a pricer; warnings are for the caller to show.
    pub fn build(&self) -> Result<(Pricer, Vec<Warning>), SourcesError> {
        let (base, mut warnings) = self.base()?;
        let (offers, of_store) = self.offers()?;
        warnings.extend(of_store);
        if let (Some(folder), true) = (&self.plugin_store, offers.is_empty()) {
            let file = folder.display().to_string();
            warnings.push(Warning { file, message: "no package is active: nothing can be priced".into() });
        }
        let (pricer, of_packages) = base.offering(offers)?;
        warnings.extend(of_packages);
        Ok((pricer, warnings))
    }

    /// A pricer with everything but packages.
    pub fn base(&self) -> Result<(Pricer, Vec<Warning>), SourcesError> {
        let policies = self.policies()?;
        let mut overlays = Vec::new();
        for path in &self.prices {
            overlays.push(Overlay { name: path.display().to_string(), bytes: read(path)? });
        }
        let mut facilities = below(&policies, "facilities/");
        if !self.facilities.is_empty() {
            facilities.clear();
            for path in &self.facilities {
                facilities.insert(path.display().to_string(), read(path)?);
            }
        }
        facilities.retain(|name, _| name.ends_with(".csv") || !self.facilities.is_empty());
        let mut sandbox = below(&policies, "sandbox/");
        if let Some(path) = &self.limits {
            sandbox.insert("tariff.toml".to_owned(), read(path)?);
        }
        let setup = Setup {
            benefit: below(&policies, "benefit/"),
            facilities,
            sandbox,
            packages: Vec::new(),
            overlays,
            cache: self.compiled_cache(),
            witness: self.keep_failures.clone().map(failures::kept_in),
        };
        setup.build().map_err(|error| match (error, &self.limits) {
            (SetupError::Limits { error, .. }, Some(path)) => {
                SetupError::Limits { file: path.display().to_string(), error }.into()
            }
            (error, _) => error.into(),
        })
    }

    /// The packages to price with: the active ones of the store, or those of the development folder.
    pub fn offers(&self) -> Result<(Vec<Offer>, Vec<Warning>), SourcesError> {
        match self.store()? {
            Some(store) => {
                let (_, standing) = store.read()?;
                Ok(active(&store, &standing))
            }
            None => Ok((self.packages()?, Vec::new())),
        }
    }

    /// The package store, when one is named.
    pub fn store(&self) -> Result<Option<PackageStore>, SourcesError> {
        let Some(folder) = &self.plugin_store else { return Ok(None) };
        Ok(Some(PackageStore::new(folder, self.approvers()?)))
    }

    /// Whose keys may approve and activate.
    pub fn approvers(&self) -> Result<Approvers, SourcesError> {
        const IN_POLICIES: &str = "sandbox/approvers.toml";
        let (path, bytes) = match &self.approvers {
            Some(file) => (file.display().to_string(), read(file)?),
            None => (IN_POLICIES.to_owned(), self.policies()?.remove(IN_POLICIES).unwrap_or_default()),
        };
        Approvers::read(&String::from_utf8_lossy(&bytes)).map_err(|error| SourcesError::Approvers { path, error })
    }

    /// Who may do what; the embedded policies when the folder has none of its own.
    pub fn access(&self) -> Result<Access, SourcesError> {
        let mut files = below(&self.policies()?, "access/");
        if files.is_empty() {
            files = below(&embedded_files(embedded::POLICIES), "access/");
        }
        Ok(Access::read(&files)?)
    }

    /// The limits of payment plugins.
    pub fn sandbox(&self) -> Result<Files, SourcesError> {
        Ok(below(&self.policies()?, "sandbox/"))
    }

    /// The policies of claim files; the embedded ones when the folder has none of its own.
    pub fn claims(&self) -> Result<Files, SourcesError> {
        let files = below(&self.policies()?, "claims/");
        Ok(if files.is_empty() { below(&embedded_files(embedded::POLICIES), "claims/") } else { files })
    }

    /// What is known of the insurer's portal; the embedded policies when the folder has none of its own.
    pub fn portal(&self) -> Result<Files, SourcesError> {
        let files = below(&self.policies()?, "portal/");
        Ok(if files.is_empty() { below(&embedded_files(embedded::POLICIES), "portal/") } else { files })
    }

    /// The policies by path, as in `benefit/cards.toml`.
    fn policies(&self) -> Result<Files, SourcesError> {
        let standard = Path::new("policies");
        match &self.policies {
            Some(folder) => read_folder(folder, Links::Followed),
            None if standard.join("benefit").is_dir() => read_folder(standard, Links::Followed),
            None => Ok(embedded_files(embedded::POLICIES)),
        }
    }

    /// The packages by folder name.
    fn packages(&self) -> Result<Vec<Offer>, SourcesError> {
        let standard = Path::new("target/plugins");
        let files = match &self.plugins {
            Some(folder) => {
                let files = read_folder(folder, Links::Followed)?;
                if !files.keys().any(|path| path.ends_with("/plugin.toml")) {
                    return Err(SourcesError::Empty { path: folder.display().to_string(), what: "tariff package" });
                }
                files
            }
            None if standard.is_dir() => read_folder(standard, Links::Followed)?,
            None => embedded_files(embedded::PLUGINS),
        };
        let packages = by_folder(files);
        if packages.is_empty() {
            return Err(SourcesError::NoPlugins);
        }
        Ok(packages.into_iter().map(|(name, files)| Offer::unsigned(name, files)).collect())
    }

    /// The packages of payment rails by folder name: those built in this checkout, else the embedded copy.
    pub fn rails(&self) -> Result<BTreeMap<String, Files>, SourcesError> {
        let standard = Path::new("target/rails");
        let files = match &self.rails {
            Some(folder) => read_folder(folder, Links::Followed)?,
            None if standard.is_dir() => read_folder(standard, Links::Followed)?,
            None => embedded_files(embedded::RAILS),
        };
        Ok(by_folder(files))
    }

    fn compiled_cache(&self) -> CompiledCache {
        let user = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
        let kept = match self.cache.clone().or_else(|| user.map(|cache| cache.join("vienphi/compiled"))) {
            Some(folder) => CompiledCache::in_folder(&folder),
            None => CompiledCache::none(),
        };
        kept.compiled_by(compiler())
    }
}

/// Packages by folder: those that say what they are.
fn by_folder(files: Files) -> BTreeMap<String, Files> {
    let mut packages: BTreeMap<String, Files> = BTreeMap::new();
    for (path, bytes) in files {
        if let Some((package, file)) = path.split_once('/') {
            packages.entry(package.to_owned()).or_default().insert(file.to_owned(), bytes);
        }
    }
    packages.retain(|_, files| files.contains_key("plugin.toml"));
    packages
}

/// The packages of a store that rate anything. A package that cannot be read takes its province with it, for another
/// package of the province is not what was activated; other provinces are rated, and revocations hold.
pub(crate) fn active(store: &PackageStore, standing: &Standing) -> (Vec<Offer>, Vec<Warning>) {
    let (mut offers, mut warnings, mut lost) = (Vec::new(), Vec::new(), BTreeSet::new());
    // Whatever is active is held.
    let held = standing.active().iter().filter_map(|active| standing.get(&active.package).map(|held| (active, held)));
    for (active, held) in held {
        match store.files(held) {
            Ok(files) => {
                let days = (active.from, active.to);
                offers.push((held, Offer { name: held.name.clone(), files, days, is_signed: true }));
            }
            Err(error) => {
                lost.insert(held.province.as_str());
                let message = format!("{error}: province {} is not rated", held.province);
                warnings.push(Warning { file: format!("{} {}", held.name, held.version), message });
            }
        }
    }
    offers.retain(|(held, _)| !lost.contains(held.province.as_str()));
    (offers.into_iter().map(|(_, offer)| offer).collect(), warnings)
}

/// This program has the subcommand that compiles.
static COMPILES: AtomicBool = AtomicBool::new(false);

/// To be called by the program whose subcommands these are, whatever its file is called.
pub(crate) fn this_program_compiles() {
    COMPILES.store(true, Ordering::Relaxed);
}

/// Components are compiled by this program in a process of its own. Whatever else has this library in it, a test or a
/// measurement, compiles in its own process.
fn compiler() -> Compiler {
    match std::env::current_exe() {
        Ok(program) if COMPILES.load(Ordering::Relaxed) => Compiler::Process(program),
        _ => Compiler::Here,
    }
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SourcesError> {
    fs::read(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: io::Error) -> SourcesError {
    SourcesError::Unreadable { path: path.display().to_string(), error }
}

/// More than any package or folder of policies has.
const FILES: usize = 10_000;
const BYTES: u64 = 1 << 30;

/// What becomes of links in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// They are followed: the folder is the operator's own.
    Followed,
    /// They are refused: the folder is somebody else's, and a link may lead anywhere.
    Refused,
}

/// Every file below a folder by its path in it; hidden files are left out. Nothing but files and folders is read: a pipe
/// has no end.
pub(crate) fn read_folder(folder: &Path, links: Links) -> Result<Files, SourcesError> {
    let (mut files, mut bytes) = (Files::new(), 0);
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = folders.pop() {
        for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, error))? {
            let entry = entry.map_err(|error| unreadable(&path, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let below = format!("{prefix}{name}");
            let kind = match links {
                Links::Followed => fs::metadata(entry.path()),
                Links::Refused => fs::symlink_metadata(entry.path()),
            };
            let kind = kind.map_err(|error| unreadable(&entry.path(), error))?;
            if kind.is_dir() {
                folders.push((entry.path(), format!("{below}/")));
                continue;
            }
            bytes += kind.len();
            let refused = if !kind.is_file() {
                Some("is neither a file nor a folder")
            } else if files.len() >= FILES || bytes > BYTES {
                Some("is one too many: the folder has more than 10000 files or 1 GiB")
            } else {
                None
            };
            if let Some(reason) = refused {
                return Err(unreadable(&entry.path(), io::Error::other(reason)));
            }
            files.insert(below, read(&entry.path())?);
        }
    }
    Ok(files)
}

fn embedded_files(files: &[(&str, &[u8])]) -> Files {
    files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect()
}

/// The files below a folder, by their path in it.
fn below(files: &Files, folder: &str) -> Files {
    let named = files.iter().filter_map(|(path, bytes)| path.strip_prefix(folder).map(|name| (name, bytes)));
    named.map(|(name, bytes)| (name.to_owned(), bytes.clone())).collect()
}
