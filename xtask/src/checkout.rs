//! The checkout: where its root and target folders are, which packages it has, and how its cargo is called.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use vienphi_kit::step::{self, Failure, say};
use vienphi_kit::toolchain::{self, Place};

/// What `cargo metadata --no-deps` says of this workspace.
#[derive(Deserialize)]
pub(crate) struct Checkout {
    /// The folder of the root manifest.
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    /// Where cargo builds: `target`, or CARGO_TARGET_DIR when set.
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    /// The workspace's packages.
    pub(crate) packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One dependency line of a package.
#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` is a normal dependency; others are `dev` and `build`.
    pub(crate) kind: Option<String>,
    /// Which versions.
    #[serde(default)]
    pub(crate) req: String,
    /// Where it is, when it is of this workspace.
    pub(crate) path: Option<PathBuf>,
}

impl Checkout {
    /// The workspace around the current folder.
    pub(crate) fn find() -> Result<Self, Failure> {
        let metadata = step::output(
            cargo().args(["metadata", "--format-version", "1", "--no-deps"]),
            "cargo cannot read the workspace: repair the manifest it names",
        )?;
        serde_json::from_str(&metadata)
            .map_err(|cause| Failure::new(format!("cargo metadata is not as expected: {cause}")))
    }

    /// Where it is and where it builds.
    pub(crate) fn place(&self) -> Place {
        Place { root: self.root.clone(), target: self.target.clone() }
    }

    /// The workspace's cargo, in its root.
    pub(crate) fn cargo(&self) -> Command {
        toolchain::cargo(&self.place())
    }

    /// Builds the server as it ships.
    pub(crate) fn build_server(&self) -> Result<(), Failure> {
        say("server: building it for release, because that is what ships; the first time takes minutes");
        step::run(
            self.cargo().args(["build", "--release", "--package", "vienphi-server"]),
            "the server does not build: repair what the compiler names",
        )
    }

    /// Where [`Self::build_server`] leaves the server.
    pub(crate) fn server(&self) -> PathBuf {
        self.target.join("release").join("vienphi").with_extension(env::consts::EXE_EXTENSION)
    }

    /// The packages whose folder is directly in a folder of the root.
    pub(crate) fn packages_in(&self, folder: &str) -> Vec<&Package> {
        let parent = self.root.join(folder);
        self.packages.iter().filter(|package| package.folder().parent() == Some(&parent)).collect()
    }
}

impl Package {
    /// The folder of its manifest.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }
}

impl Dependency {
    /// Whether only tests, examples and measurements see it.
    pub(crate) fn is_for_development(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// The cargo that started this program, or else the one on the path.
fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
