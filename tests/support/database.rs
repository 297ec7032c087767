//! Databases of both kinds, each new and of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::folder::Folder;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// Both.
pub const BOTH: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// A database without records, with the folder its key lies in.
pub struct Database {
    folder: Folder,
    url: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A new one.
    pub fn new(kind: Kind, name: &str) -> Database {
        match kind {
            Kind::Sqlite => {
                let folder = Folder::new(&format!("{name}-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
                let url = format!("sqlite://{}", folder.at("vienphi.db"));
                Database { folder, url }
            }
            Kind::Postgres => Database::on(&postgres(), name),
        }
    }

    /// A new one on a PostgreSQL server, given the address of another database of it.
    pub fn on(server: &str, name: &str) -> Database {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = Folder::new(&format!("{name}-{number}"));
        let plain: String =
            name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
        let database = format!("{plain}_{}_{number}", std::process::id());
        psql(server, &format!("create database {database}"));
        let (before, _) = server.rsplit_once('/').expect("an address names a database");
        Database { folder, url: format!("{before}/{database}") }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The options that name it and its key.
    pub fn options(&self) -> [String; 4] {
        ["--database".into(), self.url.clone(), "--key-file".into(), self.folder.at("vienphi.key")]
    }

    /// The same key for another database.
    pub fn options_for(&self, other: &Database) -> [String; 4] {
        ["--database".into(), other.url.clone(), "--key-file".into(), self.folder.at("vienphi.key")]
    }

    /// Moves the records of `from` to `to` by an archive, under the key of this one.
    pub fn moves(&self, binary: &Path, from: &Database, to: &Database) {
        let archive = self.at(&format!("{}.vienphi", NUMBER.fetch_add(1, Ordering::Relaxed))).display().to_string();
        self.runs(binary, &["backup", &archive], from);
        self.runs(binary, &["restore", &archive], to);
    }

    /// Runs a command on a database under the key of this one; it must succeed.
    pub fn runs(&self, binary: &Path, args: &[&str], on: &Database) {
        let output = Command::new(binary).args(args).args(self.options_for(on)).output().expect("the binary is built");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A path in its folder.
    pub fn at(&self, name: &str) -> PathBuf {
        Path::new(&self.folder.at(name)).to_owned()
    }

    /// Does something to it behind the program's back.
    pub fn tamper(&self, statements: &str) -> String {
        match self.url.strip_prefix("sqlite://") {
            Some(file) => {
                // A server may be writing.
                let mut shell = Command::new("sqlite3");
                let output =
                    shell.args(["-cmd", ".timeout 10000", file, statements]).output().expect("sqlite3 is there");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                String::from_utf8_lossy(&output.stdout).into_owned()
            }
            None => psql(&self.url, statements),
        }
    }
}

/// The server that the tests were started with.
pub fn postgres() -> String {
    std::env::var("VIENPHI_POSTGRES")
        .expect("run `cargo xtask test`, or `cargo xtask postgres -- …`, which start PostgreSQL")
}

/// Runs statements on PostgreSQL.
pub fn psql(url: &str, statements: &str) -> String {
    let output = Command::new("psql").args([url, "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statements]).output();
    let output = output.expect("psql is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
