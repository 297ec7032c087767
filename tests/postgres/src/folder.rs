//! The folder of a cluster: new, locked while it is used, removed afterwards.

use std::fs::{self, DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::{env, io};

use crate::binaries::Binaries;
use crate::error::PostgresError;
use crate::postmaster;

/// What the folders are called, before their number.
const NAME: &str = "cluster-";

/// The lock of one who makes or removes folders.
const TURN: &str = "turn.lock";

/// The lock of one who uses a folder. The system gives it up when the process ends, however it ends.
const OWNER: &str = "owner.lock";

/// A cluster's folder, removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Kept for its lock.
    _owner: File,
}

impl Folder {
    /// Makes a folder below `parent`, and removes those that killed processes have left there.
    pub(crate) fn new(parent: &Path, binaries: &Binaries) -> Result<Self, PostgresError> {
        let failed = |cause: io::Error| {
            PostgresError::new(format!("no folder below {}: {cause}: choose another", parent.display()))
        };
        let parent = reachable(parent, binaries).map_err(failed)?;
        make(&parent, binaries).map_err(failed)
    }

    /// Where the data is.
    pub(crate) fn data(&self) -> PathBuf {
        data(&self.path)
    }

    /// A file of the folder.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is removed with the next cluster.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// `parent` as an absolute path, or a folder for temporary files when the cluster's user may not enter it.
fn reachable(parent: &Path, binaries: &Binaries) -> io::Result<PathBuf> {
    fs::create_dir_all(parent)?;
    let parent = parent.canonicalize()?;
    if binaries.may_enter(&parent) {
        return Ok(parent);
    }
    let parent = env::temp_dir().join("vienphi-postgres");
    fs::create_dir_all(&parent)?;
    fs::set_permissions(&parent, Permissions::from_mode(0o755))?;
    parent.canonicalize()
}

fn make(parent: &Path, binaries: &Binaries) -> io::Result<Folder> {
    let turn = File::create(parent.join(TURN))?;
    turn.lock()?;
    let folders = fs::read_dir(parent)?.flatten();
    for folder in folders.filter(|folder| folder.file_name().as_encoded_bytes().starts_with(NAME.as_bytes())) {
        remove_left_over(&folder.path());
    }
    let paths = (0u32..).map(|number| parent.join(format!("{NAME}{number}")));
    for path in paths {
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cause),
            Ok(()) => {
                let owner = File::create(path.join(OWNER))?;
                owner.lock()?;
                if let Some(user) = binaries.user {
                    chown(&path, Some(user.id), Some(user.group))?;
                }
                return Ok(Folder { path, _owner: owner });
            }
        }
    }
    Err(io::Error::from(io::ErrorKind::StorageFull))
}

/// Removes a folder whose owner is gone, and ends its server.
fn remove_left_over(folder: &Path) {
    let owner = File::open(folder.join(OWNER));
    let is_used = owner.as_ref().is_ok_and(|owner| owner.try_lock().is_err());
    if !is_used {
        postmaster::end(&data(folder));
        // Another user's is not ours to remove.
        let _ = fs::remove_dir_all(folder);
    }
}
