//! Where a demonstration keeps what it makes.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A folder that nobody else looks into, and that ends with the demonstration.
pub(super) struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Whoever keeps a file of it open keeps it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    pub(super) fn new() -> Result<Folder, String> {
        let now = jiff::Timestamp::now().as_nanosecond();
        let path = std::env::temp_dir().join(format!("vienphi-demo-{}-{now}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Folder(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}
