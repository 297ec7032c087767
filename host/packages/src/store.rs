//! The folder that keeps packages, each under its digest, and the log beside them.
//!
//! ```text
//! packages/<digest>/…   the files of a package
//! log.jsonl             one signed line for each act
//! head                  how many lines there are, and the digest of the last
//! lock                  held while the log is written
//! ```
//!
//! A package is written beside and renamed; a line is written whole or not at all. A process that is killed leaves at
//! most a half line, which the next act replaces, or a folder that no line names.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use vienphi_domain::Digest;
use vienphi_tariff::{MANIFEST_FILE, Manifest, PackageError, SIGNATURE_FILE, package_digest};

use crate::approvers::Approvers;
use crate::key::{Key, SignatureError, Signed};
use crate::log::{self, Act, Entry, Instant, LogError};
use crate::standing::{Held, Standing, StandingError};

/// The files of a package by their path in it.
type Files = BTreeMap<String, Vec<u8>>;

/// A folder that keeps packages.
#[derive(Debug, Clone)]
pub struct PackageStore {
    folder: PathBuf,
    approvers: Approvers,
}

/// Why the folder cannot be used, or an act not done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file cannot be read or written.
    #[error("{} {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The log was tampered with, or its lines are not allowed.
    #[error("the package store cannot be believed: {0}")]
    Log(#[from] LogError),
    /// The act is not allowed.
    #[error(transparent)]
    NotAllowed(#[from] StandingError),
    /// The package's signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The files of a package are not those that were installed.
    #[error("the files of package {0} were changed after it was installed")]
    Changed(Digest),
    /// The manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] PackageError),
    /// The line of the log says something else of the package than its manifest.
    #[error("the log gives package {0} another name, version or province than its plugin.toml")]
    Names(Digest),
    /// Lines that were written are no longer there.
    #[error("the log has {there} lines and had {written}: lines were taken out at its end")]
    CutOff {
        /// How many were written.
        written: u64,
        /// How many there are.
        there: u64,
    },
    /// The log names another author than the package's signature.
    #[error("the log names another author of package {0} than its signature does")]
    Author(Digest),
}

impl PackageStore {
    /// A folder, which is made by the first installation.
    pub fn new(folder: &Path, approvers: Approvers) -> PackageStore {
        PackageStore { folder: folder.to_owned(), approvers }
    }

    /// Whose keys may act.
    pub fn approvers(&self) -> &Approvers {
        &self.approvers
    }

    /// The log and what it comes to.
    pub fn read(&self) -> Result<(Vec<Entry>, Standing), StoreError> {
        let (entries, standing, _) = self.read_log()?;
        Ok((entries, standing))
    }

    /// Changes whenever the log does, and costs no more than asking the file system.
    pub fn version(&self) -> u64 {
        fs::metadata(self.log()).map_or(0, |metadata| metadata.len())
    }

    /// The files of a package, found to be those that its author signed.
    pub fn files(&self, held: &Held) -> Result<Files, StoreError> {
        let mut files = Files::new();
        read_below(&self.package(&held.digest), "", &mut files)?;
        if package_digest(&files) != held.digest {
            return Err(StoreError::Changed(held.digest));
        }
        let signed = Signed::read(files.get(SIGNATURE_FILE).map(Vec::as_slice))?;
        signed.check(&held.digest)?;
        // The line of an installation is nobody's: whom it names as author must be who signed, or an author could
        // approve their own package under another's name; and what it says of the package must be so, for that is
        // what approvers are shown.
        if signed.key != held.author {
            return Err(StoreError::Author(held.digest));
        }
        let manifest = Manifest::read(files.get(MANIFEST_FILE).map_or(&[], Vec::as_slice))?;
        let is_said = (&held.name, &held.version, &held.province);
        if is_said != (&manifest.name, &manifest.version, &manifest.province) {
            return Err(StoreError::Names(held.digest));
        }
        Ok(files)
    }

    /// Keeps a package that passed admission. Its signature is checked once more.
    pub fn install(
        &self,
        files: &Files,
        (name, version, province): (&str, &str, &str),
        at: Instant,
    ) -> Result<Digest, StoreError> {
        let digest = package_digest(files);
        let signed = Signed::read(files.get(SIGNATURE_FILE).map(Vec::as_slice))?;
        signed.check(&digest)?;
        let act = Act::Install {
            name: name.to_owned(),
            version: version.to_owned(),
            province: province.to_owned(),
            author: signed.key,
        };
        self.record(&digest, act, None, at, || self.keep(&digest, files))?;
        Ok(digest)
    }

    /// Does something to a package with somebody's key.
    pub fn act(&self, package: &Digest, act: Act, key: &Key, at: Instant) -> Result<(), StoreError> {
        self.record(package, act, Some(key), at, || Ok(()))
    }

    /// Undoes the last activation of a province. Names the package that no longer rates it.
    pub fn roll_back(&self, province: &str, key: &Key, at: Instant) -> Result<Digest, StoreError> {
        let (_, standing) = self.read()?;
        let last = standing.last_activation(province).ok_or(StandingError::NotActive)?;
        self.act(&last.package, Act::RollBack { activation: last.line }, key, at)?;
        Ok(last.package)
    }

    fn record(
        &self,
        package: &Digest,
        act: Act,
        key: Option<&Key>,
        at: Instant,
        first: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        fs::create_dir_all(&self.folder).map_err(|error| file(&self.folder, error))?;
        let path = self.folder.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.and_then(|lock| lock.lock().map(|()| lock)).map_err(|error| file(&path, error))?;
        let (entries, standing, finished) = self.read_log()?;
        let public = key.map(Key::public);
        let last = entries.last();
        // A clock that was set back does not make lines go back.
        let at = last.map_or(at, |last| last.at.max(at));
        standing.check(package, &act, public.as_ref(), at, &self.approvers)?;
        if let (Act::Approve { .. } | Act::Activate { .. }, Some(held)) = (&act, standing.get(package)) {
            // What is approved is what lies there.
            self.files(held)?;
        }
        first()?;
        let entry = Entry {
            line: last.map_or(1, |last| last.line + 1),
            at,
            package: *package,
            act,
            key: None,
            before: last.map_or_else(|| Digest::of(&[]), |last| Digest::of(last.text().as_bytes())),
            signature: None,
        };
        let entry = match key {
            Some(key) => entry.signed_by(key),
            None => entry,
        };
        self.append(finished, &entry)?;
        self.write_head(&entry)?;
        drop(lock);
        Ok(())
    }

    /// Notes how far the log goes, so that a log whose end was cut off is seen to be one. A process that is killed
    /// before this leaves a log that goes further.
    fn write_head(&self, entry: &Entry) -> Result<(), StoreError> {
        let (path, beside) = (self.folder.join("head"), self.folder.join(".head"));
        let text = format!("{} {}\n", entry.line, Digest::of(entry.text().as_bytes()));
        let write = || {
            let mut written = File::create(&beside)?;
            written.write_all(text.as_bytes())?;
            written.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(|error| file(&path, error))
    }

    fn check_head(&self, entries: &[Entry]) -> Result<(), StoreError> {
        let path = self.folder.join("head");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(file(&path, error)),
        };
        let (line, digest) = text.trim_end().split_once(' ').unwrap_or_default();
        let written: u64 = line.parse().unwrap_or(u64::MAX);
        let noted = entries.iter().find(|entry| entry.line == written);
        match noted {
            None => Err(StoreError::CutOff { written, there: entries.last().map_or(0, |last| last.line) }),
            Some(entry) if Digest::of(entry.text().as_bytes()).to_string() != digest => {
                Err(LogError { line: written, what: "is not the line that was written: it was changed".into() }.into())
            }
            Some(_) => Ok(()),
        }
    }

    fn append(&self, finished: usize, entry: &Entry) -> Result<(), StoreError> {
        let path = self.log();
        let write = || {
            let mut log = OpenOptions::new().create(true).append(true).open(&path)?;
            // What a killed process left of a line goes.
            log.set_len(u64::try_from(finished).unwrap_or(u64::MAX))?;
            log.write_all(format!("{}\n", entry.text()).as_bytes())?;
            log.sync_all()?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| file(&path, error))
    }

    fn read_log(&self) -> Result<(Vec<Entry>, Standing, usize), StoreError> {
        let path = self.log();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(file(&path, error)),
        };
        let (entries, finished) = log::read(&bytes)?;
        self.check_head(&entries)?;
        let standing = Standing::of(&entries, &self.approvers)?;
        Ok((entries, standing, finished))
    }

    fn keep(&self, digest: &Digest, files: &Files) -> Result<(), StoreError> {
        let (folder, beside) = (self.package(digest), self.folder.join(format!("packages/.{digest}")));
        let write = || {
            // A process that was killed may have left either; no line of the log names them.
            for left in [&folder, &beside] {
                match fs::remove_dir_all(left) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            for (name, bytes) in files {
                let path = beside.join(name);
                fs::create_dir_all(path.parent().unwrap_or(&beside))?;
                let mut written = File::create(&path)?;
                written.write_all(bytes)?;
                written.sync_all()?;
            }
            fs::rename(&beside, &folder)?;
            File::open(self.folder.join("packages"))?.sync_all()
        };
        write().map_err(|error| file(&folder, error))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log.jsonl")
    }

    fn package(&self, digest: &Digest) -> PathBuf {
        self.folder.join("packages").join(digest.to_string())
    }
}

fn file(path: &Path, error: io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), error }
}

fn read_below(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(|error| file(folder, error))? {
        let entry = entry.map_err(|error| file(folder, error))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // No package has hidden files: one here is none of ours.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = fs::symlink_metadata(entry.path()).map_err(|error| file(&entry.path(), error))?;
        if kind.is_dir() {
            read_below(&entry.path(), &format!("{name}/"), files)?;
        } else if !kind.is_file() {
            return Err(file(&entry.path(), io::Error::other("is neither a file nor a folder")));
        } else {
            files.insert(name, fs::read(entry.path()).map_err(|error| file(&entry.path(), error))?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use vienphi_domain::Day;

    use super::*;

    const NOW: Instant = Instant(1_774_000_000);

    struct Bench {
        folder: PathBuf,
        store: PackageStore,
        author: Key,
        approvers: [Key; 2],
    }

    impl Bench {
        fn new(name: &str) -> Bench {
            let folder = std::env::temp_dir().join(format!("vienphi-store-{name}-{}", std::process::id()));
            let approvers = [Key::generate().unwrap(), Key::generate().unwrap()];
            let row = |name: &str, key: &Key| format!("[[approver]]\nname = \"{name}\"\nkey = \"{}\"\n", key.public());
            let list = row("An", &approvers[0]) + &row("Bình", &approvers[1]);
            let store = PackageStore::new(&folder, Approvers::read(&list).unwrap());
            Bench { folder, store, author: Key::generate().unwrap(), approvers }
        }

        fn install(&self, version: &str) -> Digest {
            let manifest = format!(
                "name = \"tariff-x\"\nversion = \"{version}\"\nworld = \"tariff\"\nprovince = \"38\"\nstatus = \"sample\"\n\
                 effective_from = \"2025-01-01\"\nresolution = \"none\"\ntransition = \"episode_start\"\n"
            );
            let mut files = Files::from([(MANIFEST_FILE.to_owned(), manifest.into_bytes())]);
            let signed = self.author.sign_package(&package_digest(&files));
            files.insert(SIGNATURE_FILE.to_owned(), signed.text().into_bytes());
            self.store.install(&files, ("tariff-x", version, "38"), NOW).unwrap()
        }

        fn approve(&self, package: &Digest) {
            for key in &self.approvers {
                self.store.act(package, Act::Approve { reason: String::new() }, key, NOW).unwrap();
            }
        }

        fn activate(&self, package: &Digest) -> Result<(), StoreError> {
            let from = Day::parse("2026-01-01").unwrap();
            self.store.act(package, Act::Activate { from }, &self.approvers[0], NOW)
        }

        fn held(&self, package: &Digest) -> Held {
            self.store.read().unwrap().1.get(package).unwrap().clone()
        }

        fn rating(&self) -> Option<Digest> {
            self.store.read().unwrap().1.last_activation("38").map(|active| active.package)
        }
    }

    impl Drop for Bench {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn a_package_is_approved_by_two_activated_rolled_back_and_revoked() {
        let bench = Bench::new("life");
        let (one, other) = (bench.install("1"), bench.install("2"));
        assert!(matches!(bench.activate(&one), Err(StoreError::NotAllowed(StandingError::NotApproved(0)))));
        let by_author = bench.store.act(&one, Act::Approve { reason: String::new() }, &bench.author, NOW);
        assert!(matches!(by_author, Err(StoreError::NotAllowed(StandingError::NotApprover(_)))));
        bench.approve(&one);
        let again = bench.store.act(&one, Act::Approve { reason: String::new() }, &bench.approvers[0], NOW);
        assert!(matches!(again, Err(StoreError::NotAllowed(StandingError::ApprovedAlready))));
        bench.activate(&one).unwrap();
        bench.approve(&other);
        bench.activate(&other).unwrap();
        assert_eq!(bench.rating(), Some(other));
        assert_eq!(bench.store.roll_back("38", &bench.approvers[1], NOW).unwrap(), other);
        assert_eq!(bench.rating(), Some(one));
        let last = |bench: &Bench| bench.store.read().unwrap().1.active()[0].to;
        let retired = Day::parse("2026-07-01").unwrap();
        bench.store.act(&one, Act::Retire { from: retired }, &bench.approvers[1], NOW).unwrap();
        assert_eq!(last(&bench).to_string(), "2026-06-30");
        bench.store.act(&one, Act::Revoke { reason: "wrong prices".into() }, &bench.approvers[0], NOW).unwrap();
        assert_eq!(bench.rating(), None);
        assert!(matches!(bench.activate(&one), Err(StoreError::NotAllowed(StandingError::Revoked(_)))));
    }

    #[test]
    fn what_was_changed_is_not_believed_and_what_was_cut_short_never_was() {
        let bench = Bench::new("changed");
        let package = bench.install("1");
        bench.approve(&package);
        bench.activate(&package).unwrap();
        let log = bench.folder.join("log.jsonl");
        let text = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (what, changed) in [
            ("another day", text.replace("2026-01-01", "2025-01-01")),
            ("a line left out", [lines[0], lines[1], lines[3]].join("\n") + "\n"),
            ("lines that changed places", [lines[0], lines[2], lines[1], lines[3]].join("\n") + "\n"),
        ] {
            fs::write(&log, changed).unwrap();
            assert!(matches!(bench.store.read(), Err(StoreError::Log(_))), "{what}");
        }
        // The end of the log is cut off: a line that was written is gone, and that is seen.
        let shorter = lines[..3].join("\n") + "\n";
        fs::write(&log, &shorter).unwrap();
        assert!(matches!(bench.store.read(), Err(StoreError::CutOff { written: 4, there: 3 })));
        // A process that was killed had not noted its line yet: half of it was never written.
        fs::write(&log, &text[..text.len() - 20]).unwrap();
        fs::write(bench.folder.join("head"), format!("3 {}\n", Digest::of(lines[2].as_bytes()))).unwrap();
        assert_eq!(bench.rating(), None, "a half line was never written");
        bench.activate(&package).unwrap();
        assert_eq!(bench.rating(), Some(package));
        let held = bench.held(&package);
        assert!(bench.store.files(&held).is_ok());
        let misnamed = Held { province: "96".into(), ..held.clone() };
        assert!(matches!(bench.store.files(&misnamed), Err(StoreError::Names(_))));
        let of_another = Held { author: bench.approvers[0].public(), ..held.clone() };
        assert!(matches!(bench.store.files(&of_another), Err(StoreError::Author(_))));
        fs::write(bench.folder.join(format!("packages/{package}/plugin.toml")), "3").unwrap();
        assert!(matches!(bench.store.files(&held), Err(StoreError::Changed(_))));
    }
}
