//! Where policies, plugins, registries and catalogues come from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use vienphi_runtime::{CompiledCache, Compiler};
use vienphi_service::{Files, Offer, Overlay, Pricer, Setup, SetupError, Warning};

use crate::embedded;

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
    /// The folder of tariff packages [default: ./target/plugins, else the embedded copy]
    #[arg(long, value_name = "DIR")]
    pub plugins: Option<PathBuf>,
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
}

impl Sources {
    /// Reads everything and makes a pricer; warnings are for the caller to show.
    pub fn build(&self) -> Result<(Pricer, Vec<Warning>), SourcesError> {
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
        let setup = Setup {
            benefit: below(&policies, "benefit/"),
            facilities,
            sandbox: below(&policies, "sandbox/"),
            packages: self.packages()?,
            overlays,
            cache: self.compiled_cache(),
            witness: None,
        };
        Ok(setup.build()?)
    }

    /// The policies by path, as in `benefit/cards.toml`.
    fn policies(&self) -> Result<Files, SourcesError> {
        let standard = Path::new("policies");
        match &self.policies {
            Some(folder) => read_folder(folder),
            None if standard.join("benefit").is_dir() => read_folder(standard),
            None => Ok(embedded_files(embedded::POLICIES)),
        }
    }

    /// The packages by folder name.
    fn packages(&self) -> Result<Vec<Offer>, SourcesError> {
        let standard = Path::new("target/plugins");
        let files = match &self.plugins {
            Some(folder) => {
                let files = read_folder(folder)?;
                if !files.keys().any(|path| path.ends_with("/plugin.toml")) {
                    return Err(SourcesError::Empty { path: folder.display().to_string(), what: "tariff package" });
                }
                files
            }
            None if standard.is_dir() => read_folder(standard)?,
            None => embedded_files(embedded::PLUGINS),
        };
        let mut packages: BTreeMap<String, Files> = BTreeMap::new();
        for (path, bytes) in files {
            if let Some((package, file)) = path.split_once('/') {
                packages.entry(package.to_owned()).or_default().insert(file.to_owned(), bytes);
            }
        }
        packages.retain(|_, files| files.contains_key("plugin.toml"));
        if packages.is_empty() {
            return Err(SourcesError::NoPlugins);
        }
        Ok(packages.into_iter().map(|(name, files)| Offer::unsigned(name, files)).collect())
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

/// Components are compiled by this program in a process of its own. Whatever else has this library in it, a test or a
/// measurement, compiles in its own process.
fn compiler() -> Compiler {
    match std::env::current_exe() {
        Ok(program) if program.file_stem().is_some_and(|name| name == "vienphi") => Compiler::Process(program),
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

/// Every file below a folder by its path in it; hidden files are left out.
fn read_folder(folder: &Path) -> Result<Files, SourcesError> {
    let mut files = Files::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((path, prefix)) = folders.pop() {
        for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, error))? {
            let entry = entry.map_err(|error| unreadable(&path, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let below = format!("{prefix}{name}");
            if entry.path().is_dir() {
                folders.push((entry.path(), format!("{below}/")));
            } else {
                files.insert(below, read(&entry.path())?);
            }
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
