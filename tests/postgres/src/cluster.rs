//! One cluster and its server.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::binaries::{Binaries, output};
use crate::error::PostgresError;
use crate::folder::Folder;
use crate::postmaster::{self, Postmaster};
use crate::{processes, random};

/// The user in the database.
const USER: &str = "vienphi";

/// How long a server may take to start, recovery included, or to stop.
const LIMIT: Duration = Duration::from_secs(120);

/// Appended to what initdb writes; what is durable is exactly what a hospital's server makes durable.
const SETTINGS: &str = "
fsync = on
full_page_writes = on
synchronous_commit = on
recovery_init_sync_method = syncfs
shared_buffers = 128MB
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
listen_addresses = '127.0.0.1'
# Relative to the data folder: the whole path may be longer than a socket's 107 bytes.
unix_socket_directories = '..'
# In files of the data folder: a killed server leaves nothing in the machine's memory.
dynamic_shared_memory_type = mmap
";

/// A cluster of its own with its server. It is stopped and its folder removed when it is dropped.
///
/// The server is in the process group of this program: what ends the group from the terminal ends the server too.
#[derive(Debug)]
pub struct Cluster {
    binaries: Binaries,
    port: u16,
    password: String,
    /// `None` after it was stopped or killed.
    server: Option<Child>,
    /// The last to be dropped.
    folder: Folder,
}

impl Cluster {
    /// Makes a cluster in a new folder below `parent`, starts its server and waits until it accepts connections.
    ///
    /// Folders that killed processes have left below `parent` are removed, and their servers ended. When the user to
    /// whom root's clusters belong may not enter `parent`, the system's folder for temporary files is taken instead.
    pub fn start(parent: &Path) -> Result<Self, PostgresError> {
        let binaries = Binaries::find()?;
        let folder = Folder::new(parent, &binaries)?;
        let password = random::password().map_err(|cause| PostgresError::new(format!("no random bytes: {cause}")))?;
        let mut cluster = Self { binaries, port: 0, password, server: None, folder };
        cluster.initialise()?;
        let mut attempts = 0..5;
        loop {
            cluster.port = random::port()
                .map_err(|cause| PostgresError::new(format!("no free port: {cause}: end some programs")))?;
            match cluster.launch() {
                // Another was faster to take the port.
                Err(_) if attempts.next().is_some() && cluster.last_words().contains("Address already in use") => {}
                result => return result.map(|()| cluster),
            }
        }
    }

    /// The address of one of its databases. `postgres` is always there.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Where the server writes its log, until the cluster is dropped.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Makes an empty database.
    pub fn create_database(&self, name: &str) -> Result<(), PostgresError> {
        output(self.client("createdb").args(["--", name])).map(drop)
    }

    /// Runs one statement with psql; what it prints has a line for each row, with `|` between the columns.
    pub fn psql(&self, database: &str, statement: &str) -> Result<String, PostgresError> {
        let mut psql = self.client("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
        output(psql.args(["--dbname", database, "--command", statement]))
    }

    /// Kills all processes of the server at one moment, as a crash does.
    pub fn kill(&mut self) -> Result<(), PostgresError> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        let result = processes::kill(server.id());
        // Without this a dead process would stay that the next server takes for a living one.
        wait(&mut server)?;
        result?;
        postmaster::bury(&self.folder.data());
        Ok(())
    }

    /// Shuts the server down without waiting for its clients; a server that does not obey is killed.
    pub fn stop(&mut self) -> Result<(), PostgresError> {
        let Some(server) = &mut self.server else {
            return Ok(());
        };
        let id = server.id();
        // A stopped process would not hear it.
        processes::thaw(id);
        processes::signal("INT", &[id]);
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            if has_ended(server)? {
                self.server = None;
                return Ok(());
            }
            sleep(Duration::from_millis(5));
        }
        self.kill()?;
        Err(self.failure("did not stop in time and was killed"))
    }

    /// Starts the server again on the same port, after it was killed, stopped or has ended by itself; one that runs is
    /// stopped before. It returns when recovery is done.
    pub fn restart(&mut self) -> Result<(), PostgresError> {
        self.stop()?;
        self.launch()
    }

    /// Stops all processes of the server where they are: its clients wait.
    pub fn pause(&self) -> Result<(), PostgresError> {
        self.server.as_ref().map_or(Ok(()), |server| processes::freeze(server.id()).map(drop))
    }

    /// Lets a paused server go on.
    pub fn resume(&self) {
        if let Some(server) = &self.server {
            processes::thaw(server.id());
        }
    }

    /// Makes transactions refuse to write, or lets them write again, unless they choose for themselves.
    ///
    /// New sessions see it when this returns, older ones with their next transaction.
    pub fn set_read_only(&self, read_only: bool) -> Result<(), PostgresError> {
        let value = if read_only { "on" } else { "off" };
        self.psql("postgres", &format!("ALTER SYSTEM SET default_transaction_read_only = {value}"))?;
        self.psql("postgres", "SELECT pg_reload_conf()")?;
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            if self.psql("postgres", "SHOW default_transaction_read_only")? == value {
                return Ok(());
            }
            sleep(Duration::from_millis(5));
        }
        Err(self.failure("does not read its settings again"))
    }

    fn client(&self, name: &str) -> Command {
        let mut command = self.binaries.client(name);
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string());
        command.env("PGUSER", USER).env("PGPASSWORD", &self.password);
        command
    }

    fn initialise(&self) -> Result<(), PostgresError> {
        let password = self.folder.join("password");
        self.write_password(&password)
            .map_err(|cause| PostgresError::new(format!("{} cannot be written: {cause}", password.display())))?;
        let mut initdb = self.binaries.server("initdb");
        initdb.args(["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"]);
        // A crash of the server is what is tried, not one of the machine: what initdb wrote is safe without waiting.
        initdb.args(["--data-checksums", "--no-sync"]);
        output(initdb.arg("--pgdata").arg(self.folder.data()).arg("--pwfile").arg(&password))?;
        let settings = self.folder.data().join("postgresql.conf");
        File::options()
            .append(true)
            .open(&settings)
            .and_then(|mut file| file.write_all(SETTINGS.as_bytes()))
            .map_err(|cause| PostgresError::new(format!("{} cannot be written: {cause}", settings.display())))
    }

    fn write_password(&self, path: &Path) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(self.password.as_bytes())?;
        self.binaries.user.map_or(Ok(()), |user| chown(path, Some(user.id), Some(user.group)))
    }

    /// Starts the server as a direct child and waits until it accepts connections.
    fn launch(&mut self) -> Result<(), PostgresError> {
        let unusable = |cause| PostgresError::new(format!("the log cannot be written: {cause}"));
        let log = File::options().append(true).create(true).open(self.log()).map_err(unusable)?;
        let mut command = self.binaries.server("postgres");
        command.arg("-D").arg(self.folder.data()).args(["-p", &self.port.to_string()]);
        command.stdout(log.try_clone().map_err(unusable)?).stderr(log);
        let server =
            command.spawn().map_err(|cause| PostgresError::new(format!("PostgreSQL does not start: {cause}")))?;
        let id = server.id();
        let server = self.server.insert(server);
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            if has_ended(server)? {
                self.server = None;
                return Err(self.failure("does not start"));
            }
            if Postmaster::read(&self.folder.data()).is_some_and(|it| it.id == id && it.is_ready) {
                return Ok(());
            }
            sleep(Duration::from_millis(5));
        }
        self.kill()?;
        Err(self.failure("did not accept connections in time and was killed"))
    }

    fn failure(&self, what: &str) -> PostgresError {
        PostgresError::new(format!("PostgreSQL {what}. The end of its log:\n{}", self.last_words()))
    }

    /// The end of the log.
    fn last_words(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nobody is left to tell; a server that does not obey is killed.
        let _ = self.stop();
    }
}

/// Whether it has; its number may belong to another process afterwards.
fn has_ended(server: &mut Child) -> Result<bool, PostgresError> {
    server.try_wait().map(|status| status.is_some()).map_err(|cause| lost(&cause))
}

fn wait(server: &mut Child) -> Result<(), PostgresError> {
    server.wait().map(drop).map_err(|cause| lost(&cause))
}

fn lost(cause: &io::Error) -> PostgresError {
    PostgresError::new(format!("the server's process cannot be waited for: {cause}"))
}
