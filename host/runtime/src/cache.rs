//! Compiled components, kept by digest, engine and the limits that admitted them, so that starting neither looks at
//! them again nor compiles.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use vienphi_domain::Digest;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::admission::Admission;
use crate::compile::Compiler;
use crate::limits::Limits;

/// Where components are compiled, and where what became of them is kept, if anywhere.
///
/// Loading one runs the machine code in it, so the folder must belong to this service alone: it is made with access
/// for its owner only, and one that others may write to is not used.
#[derive(Debug, Clone, Default)]
pub struct CompiledCache {
    folder: Option<PathBuf>,
    compiler: Compiler,
}

impl CompiledCache {
    /// Keeps nothing.
    pub fn none() -> CompiledCache {
        CompiledCache::default()
    }

    /// Keeps compiled components in a folder, which is made when missing. A folder that can not be made or that
    /// others may write to is not used, and a warning says so.
    pub fn in_folder(folder: &Path) -> CompiledCache {
        match own_folder(folder) {
            Ok(()) => CompiledCache { folder: Some(folder.to_owned()), ..CompiledCache::default() },
            Err(reason) => {
                tracing::warn!(folder = %folder.display(), %reason, "compiled plugins are not kept");
                CompiledCache::none()
            }
        }
    }

    /// Compiles by this program, in a process of its own.
    #[must_use]
    pub fn compiled_by(self, compiler: Compiler) -> CompiledCache {
        CompiledCache { compiler, ..self }
    }

    /// The component, when it was admitted by the same limits and compiled before.
    pub(crate) fn kept(&self, engine: &Engine, digest: &Digest, admission: &Admission) -> Option<Component> {
        let file = self.file(engine, digest, admission)?;
        if !file.exists() {
            return None;
        }
        load_compiled(engine, &file)
            .map_err(
                |error| tracing::warn!(%error, "a compiled plugin could not be loaded and is looked at and compiled again"),
            )
            .ok()
    }

    /// Has a component looked at and compiled, and keeps it.
    pub(crate) fn compile(
        &self,
        engine: &Engine,
        digest: &Digest,
        component: &[u8],
        limits: &Limits,
    ) -> Result<Component, String> {
        let code = self.compiler.compile(engine, component, limits)?;
        if let (Some(folder), Some(file)) = (&self.folder, self.file(engine, digest, &limits.admission))
            && let Err(error) = keep(folder, &file, &code)
        {
            tracing::warn!(%error, "a compiled plugin could not be kept");
        }
        load_code(engine, &code).map_err(|error| format!("{error:#}"))
    }

    /// Named by what is in it, what it is for and what let it pass: whatever differs is another file.
    fn file(&self, engine: &Engine, digest: &Digest, admission: &Admission) -> Option<PathBuf> {
        let key = Digest::of(format!("{} {admission:?}", engine_key(engine)).as_bytes()).to_string();
        self.folder.as_ref().map(|folder| folder.join(format!("{digest}-{}.cwasm", &key[..16])))
    }
}

/// Loads what this service, or its own program in another process, has just compiled.
#[allow(unsafe_code)]
fn load_code(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are what `Compiler::compile` has just made; wasmtime itself refuses another version or
    // configuration.
    unsafe { Component::deserialize(engine, code) }
}

/// Loads what this service compiled itself.
#[allow(unsafe_code)]
fn load_compiled(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the folder belongs to this service alone (checked in `in_folder`), so the file is one that `keep` wrote
    // from `Component::serialize`; wasmtime itself refuses another version or configuration.
    unsafe { Component::deserialize_file(engine, file) }
}

/// Writes beside, then renames: a reader never sees half a file.
fn keep(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = folder.join(format!(".{}-{:?}", std::process::id(), std::thread::current().id()));
    let mut written = std::fs::File::create(&beside)?;
    written.write_all(bytes)?;
    written.sync_all()?;
    std::fs::rename(&beside, file)
}

#[cfg(unix)]
fn own_folder(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| error.to_string())?;
    let metadata = std::fs::metadata(folder).map_err(|error| error.to_string())?;
    if metadata.mode() & 0o022 != 0 {
        return Err("others may write to the folder".into());
    }
    // A file made here belongs to this service's user: so must the folder.
    let probe = folder.join(format!(".owner-{}", std::process::id()));
    let owner = std::fs::File::create(&probe).and_then(|file| file.metadata()).map(|file| file.uid());
    let _ = std::fs::remove_file(&probe);
    match owner {
        Ok(owner) if owner == metadata.uid() => Ok(()),
        Ok(_) => Err("the folder belongs to another user".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(not(unix))]
fn own_folder(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())
}

/// Names the engine: its version, settings and the processor it compiles for.
fn engine_key(engine: &Engine) -> String {
    #[derive(Default)]
    struct Bytes(Vec<u8>);
    impl Hasher for Bytes {
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }

        fn finish(&self) -> u64 {
            0
        }
    }
    let mut bytes = Bytes::default();
    engine.precompile_compatibility_hash().hash(&mut bytes);
    Digest::of(&bytes.0).to_string()
}
