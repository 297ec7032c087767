//! A package to work on: a source folder is built first, a package folder is taken as it is.

use std::path::{Path, PathBuf};

use vienphi_domain::Digest;
use vienphi_kit::Project;
use vienphi_service::{Files, Offer, Pricer};
use vienphi_tariff::package_digest;

use crate::cli::Common;
use crate::files::{Links, read_folder};
use crate::output::{Ended, complain, say};

/// A package with where it came from.
pub(super) struct Opened {
    /// The source folder, when it was built from one.
    pub(super) project: Option<Project>,
    /// The package folder.
    pub(super) folder: PathBuf,
    /// Its files by path.
    pub(super) files: Files,
}

/// Opens a folder of one's own: a source folder is built, a package is taken as it is.
pub(super) fn open(folder: &Path) -> Result<Opened, String> {
    if !folder.is_dir() {
        return Err(format!("{} is no folder", folder.display()));
    }
    let project = match is_package(folder) {
        true => None,
        false => Project::find(folder).map_err(|failure| failure.to_string())?,
    };
    let package = match &project {
        Some(project) => project.build().map_err(|failure| failure.to_string())?,
        None => folder.to_owned(),
    };
    opened(project, folder, package)
}

/// Opens a package that may be anybody's. Nothing is built: building runs what the folder says.
pub(super) fn open_built(folder: &Path) -> Result<Opened, String> {
    if !folder.is_dir() {
        return Err(format!("{} is no folder", folder.display()));
    }
    let beside_source = folder.join("package");
    let package = if is_package(folder) || !is_package(&beside_source) { folder.to_owned() } else { beside_source };
    if !is_package(&package) && folder.join("Cargo.toml").is_file() {
        return Err(format!(
            "{} is a plugin's source: build it (`vienphi plugin build`) and name the package's folder",
            folder.display()
        ));
    }
    opened(None, folder, package)
}

fn is_package(folder: &Path) -> bool {
    folder.join("plugin.toml").is_file() && folder.join("component.wasm").is_file()
}

fn opened(project: Option<Project>, folder: &Path, package: PathBuf) -> Result<Opened, String> {
    let files = read_folder(&package, Links::Refused).map_err(|error| error.to_string())?;
    if !files.contains_key("plugin.toml") {
        return Err(format!(
            "{} is neither a plugin's source (it has no Cargo.toml) nor a package (it has no plugin.toml)",
            folder.display()
        ));
    }
    Ok(Opened { project, folder: package, files })
}

/// `vienphi plugin build`.
pub(super) fn build(folder: &Path) -> Result<Ended, String> {
    let opened = open(folder)?;
    if opened.project.is_none() {
        return Err(format!("{} is a package already; a source folder has a Cargo.toml", folder.display()));
    }
    let bytes = opened.files.get("component.wasm").map_or(0, Vec::len);
    say(&format!("{} ({bytes} bytes), digest {}\n", opened.folder.display(), opened.digest()));
    Ok(Ended::Done)
}

impl Opened {
    pub(super) fn digest(&self) -> Digest {
        package_digest(&self.files)
    }

    /// What the package is called.
    pub(super) fn name(&self) -> String {
        self.folder_name().unwrap_or_else(|| self.folder.display().to_string())
    }

    fn folder_name(&self) -> Option<String> {
        if let Some(project) = &self.project {
            return Some(project.name.clone());
        }
        self.folder.canonicalize().ok()?.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    pub(super) fn offer(&self) -> Offer {
        Offer::unsigned(self.name(), self.files.clone())
    }

    /// A pricer with this package alone.
    pub(super) fn pricer(&self, common: &Common) -> Result<Pricer, String> {
        let (base, warnings) = common.sources.base().map_err(|error| error.to_string())?;
        let (pricer, of_package) = base.offering(vec![self.offer()]).map_err(|error| error.to_string())?;
        for warning in warnings.into_iter().chain(of_package) {
            complain(&format!("warning: {}: {}", warning.file, warning.message));
        }
        Ok(pricer)
    }
}
