//! Where PostgreSQL's programs are, and as whom they run.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use crate::error::PostgresError;

/// Where Debian keeps one folder per version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Where PostgreSQL's server programs are: the newest version of Debian's packages, else on the path.
pub fn find_binaries() -> Option<PathBuf> {
    newest(Path::new(DEBIAN)).or_else(|| {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).find(|folder| has_server(folder))
    })
}

fn newest(versions: &Path) -> Option<PathBuf> {
    let versions = fs::read_dir(versions).ok()?.flatten();
    let numbered = versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())));
    let folders = numbered.map(|(version, folder)| (version, folder.join("bin")));
    folders.filter(|(_, folder)| has_server(folder)).max().map(|(_, folder)| folder)
}

/// The clients' package makes such a folder too, without these.
fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

/// The ordinary user who has root's clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

/// PostgreSQL's programs and who runs them.
#[derive(Debug)]
pub(crate) struct Binaries {
    folder: PathBuf,
    /// Nobody else than the current user when it is not root.
    pub(crate) user: Option<User>,
}

impl Binaries {
    pub(crate) fn find() -> Result<Self, PostgresError> {
        let folder = find_binaries()
            .ok_or_else(|| PostgresError::new("PostgreSQL is missing: run `apt-get install postgresql` as root"))?;
        Ok(Self { folder, user: ordinary_user()? })
    }

    /// One of its programs, run as the current user and free of what the environment says about other servers.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null());
        command
    }

    /// One of its programs, run as the user who has the cluster.
    pub(crate) fn server(&self, name: &str) -> Command {
        let mut command = self.client(name);
        self.as_user(&mut command);
        command
    }

    /// Whether the user who has the cluster may enter a folder; those above it may be closed.
    pub(crate) fn may_enter(&self, folder: &Path) -> bool {
        let mut command = Command::new("sh");
        command.args(["-c", "cd -- \"$0\""]).arg(folder);
        self.as_user(&mut command);
        output(&mut command).is_ok()
    }

    fn as_user(&self, command: &mut Command) {
        // Nobody's programs start where the current user is but they may not be.
        command.current_dir("/");
        if let Some(user) = self.user {
            // Root's further groups are dropped too.
            command.uid(user.id).gid(user.group);
        }
    }
}

/// What a program prints on standard output, once it has succeeded; else what it complained of.
pub(crate) fn output(command: &mut Command) -> Result<String, PostgresError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.output().map_err(|cause| PostgresError::new(format!("{name} does not start: {cause}")))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned())
    } else {
        let complaint = String::from_utf8_lossy(&stderr);
        Err(PostgresError::new(format!("{name} failed, {status}: {}", complaint.trim())))
    }
}

fn ordinary_user() -> Result<Option<User>, PostgresError> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if !is_root {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    // Debian's package makes the first; every system has the second.
    let user = ["postgres", "nobody"].iter().find_map(|name| user(&users, name));
    user.map(Some).ok_or_else(|| {
        PostgresError::new("PostgreSQL does not run as root: make a user `postgres`, or run this as an ordinary user")
    })
}

/// A user by name, from the text of /etc/passwd.
fn user(users: &str, name: &str) -> Option<User> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (first, _password) = (fields.next()?, fields.next()?);
        let (id, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        (first == name && id != 0).then_some(User { id, group })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_name() {
        let users = "root:x:0:0:root:/:/bin/sh\nbroken\npostgres2:x:7:8::/:\npostgres:x:101:104::/var:/bin/bash\n";
        assert_eq!(user(users, "postgres"), Some(User { id: 101, group: 104 }));
        assert_eq!(user(users, "nobody"), None);
        assert_eq!(user(users, "root"), None);
    }

    #[test]
    fn the_newest_version_with_a_server_is_taken() {
        let versions = env::temp_dir().join(format!("postgres-for-tests-{}", std::process::id()));
        for (version, program) in [("9", "initdb"), ("15", "initdb"), ("16", "psql"), ("common", "initdb")] {
            let folder = versions.join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(program), "").unwrap();
            fs::write(folder.join("postgres"), "").unwrap();
        }
        let found = newest(&versions);
        fs::remove_dir_all(&versions).unwrap();
        assert_eq!(found, Some(versions.join("15/bin")));
        assert_eq!(newest(&versions), None);
    }
}
