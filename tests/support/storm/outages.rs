//! The database away for a while: stopped, killed, paused, read-only, locked, its disk full; and too many clients at once.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use postgres_for_tests::Cluster;
use serde_json::json;

use super::aftermath::Findings;
use super::door::Door;
use super::kills::until_it_works;
use super::mix::{Deed, World, storm};
use crate::checkout;
use crate::database::{Database, Kind};
use crate::hospital::{Hospital, visit};

/// How the database goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// PostgreSQL is shut down.
    Stopped,
    /// PostgreSQL is killed.
    Killed,
    /// PostgreSQL's processes stand still.
    Paused,
    /// PostgreSQL refuses to write.
    ReadOnly,
    /// Another process holds SQLite's lock.
    Locked,
    /// Nothing more fits on the disk that SQLite writes to.
    Full,
}

/// Those of PostgreSQL.
pub const OF_POSTGRES: [Outage; 4] = [Outage::Stopped, Outage::Killed, Outage::Paused, Outage::ReadOnly];

/// Those of SQLite.
pub const OF_SQLITE: [Outage; 2] = [Outage::Locked, Outage::Full];

/// After the return of the database commands succeed again within this time.
const RECOVERY: Duration = Duration::from_secs(5);

/// The server gives a transaction up after eight seconds.
const STANDSTILL: Duration = Duration::from_millis(8500);

/// The disk for a database that is to be filled.
const DISK: &str = "size=24m";

/// A hospital whose database goes away again and again.
pub struct Outages {
    // In the order in which they go.
    hospital: Hospital,
    /// What SQLite writes to.
    disk: Option<Disk>,
    database: Database,
    cluster: Option<Cluster>,
    world: World,
    count: u64,
    /// What was counted and found.
    pub findings: Findings,
    /// From the return of the database until a command succeeds.
    pub recovered: Vec<Duration>,
    /// Commands that were told to come again.
    pub told_to_wait: u64,
}

impl Outages {
    /// Of a binary over a kind of database.
    pub fn new(binary: &Path, kind: Kind) -> Outages {
        let cluster = (kind == Kind::Postgres)
            .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
        let database = match &cluster {
            Some(cluster) => Database::on(&cluster.url("postgres"), "outage"),
            None => Database::new(kind, "outage"),
        };
        let disk = (kind == Kind::Sqlite).then(|| Disk::mount(database.at(""))).flatten();
        let hospital = Hospital::start(binary, &database, &[]);
        Outages {
            hospital,
            disk,
            database,
            cluster,
            world: World::new(),
            count: 0,
            findings: Findings::default(),
            recovered: Vec::new(),
            told_to_wait: 0,
        }
    }

    /// Whether this machine lets it be tried.
    pub fn can(&self, outage: Outage) -> bool {
        outage != Outage::Full || self.disk.is_some()
    }

    /// The database goes away under load for a time, comes back, and everything answered still holds.
    pub fn pass(&mut self, outage: Outage, time: Duration) {
        self.count += 1;
        let prefix = format!("o{}", self.count);
        let (door, world) = (Door::of(&self.hospital), &self.world);
        let (cluster, database, disk) = (&mut self.cluster, &self.database, &self.disk);
        let mut recovered = None;
        let stop = AtomicBool::new(false);
        let deeds = storm(world, &door, &prefix, self.count, &stop, || {
            std::thread::sleep(Duration::from_millis(300));
            match (outage, cluster.as_mut(), disk) {
                (Outage::Stopped, Some(cluster), _) => {
                    cluster.stop().expect("PostgreSQL stops");
                    std::thread::sleep(time);
                    cluster.restart().expect("PostgreSQL comes back");
                }
                (Outage::Killed, Some(cluster), _) => {
                    cluster.kill().expect("PostgreSQL is killed");
                    std::thread::sleep(time);
                    cluster.restart().expect("PostgreSQL comes back");
                }
                (Outage::Paused, Some(cluster), _) => {
                    cluster.pause().expect("PostgreSQL stands still");
                    std::thread::sleep(time);
                    cluster.resume();
                }
                (Outage::ReadOnly, Some(cluster), _) => {
                    cluster.set_read_only(true).expect("PostgreSQL refuses to write");
                    std::thread::sleep(time);
                    cluster.set_read_only(false).expect("PostgreSQL writes again");
                }
                (Outage::Locked, None, _) => lock(database, time),
                (Outage::Full, None, Some(disk)) => fill(&disk.0, time),
                _ => panic!("{outage:?} is not of this database"),
            }
            recovered = Some(until_it_works(&door, &format!("P{prefix}")));
            // The load goes on over the recovered database.
            std::thread::sleep(Duration::from_millis(200));
        });
        let recovered = recovered.expect("it was measured");
        if recovered > RECOVERY {
            self.findings
                .wrong
                .push(format!("{outage:?}: a command succeeded {} ms after the return", recovered.as_millis()));
        }
        self.recovered.push(recovered);
        let broken = deeds.iter().filter(|deed| deed.answer.status == 0);
        self.findings.wrong.extend(broken.map(|deed| format!("{outage:?}: no answer: {}", deed.told())));
        let waits = deeds.iter().filter(|deed| deed.answer.status == 503).count();
        // A command waits for a database that stands still, and is done when it goes on soon.
        if waits == 0 && (outage != Outage::Paused || time > STANDSTILL) {
            self.findings.wrong.push(format!("{outage:?}: nobody was told that the database was away"));
        }
        self.told_to_wait += waits as u64;
        self.findings.look(&self.database, &door, &prefix, &deeds);
    }

    /// So many clients send a command at one moment.
    pub fn overload(&mut self, clients: usize) {
        self.count += 1;
        let prefix = format!("o{}", self.count);
        let door = &Door::of(&self.hospital);
        let id = &format!("X{prefix}");
        let answer = self.hospital.put(&visit(id, &[10_000]));
        assert_eq!(answer.status, 201, "{answer:?}");
        let start = &Barrier::new(clients);
        let deeds: Vec<Deed> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..clients)
                .map(|number| {
                    let key = format!("{prefix}-{number}");
                    let cash = json!({"amount": "1000", "method": "cash"});
                    // Nobody counts this drawer meanwhile.
                    let request = door.command("his", &format!("/encounters/{id}/deposits"), &key, &cash);
                    let client = move || {
                        let mut connection = door.connect();
                        start.wait();
                        let began = std::time::Instant::now();
                        let answer = connection.send_raw(&request);
                        Deed { what: "deposit", key: Some(key), request, answer, visit: None, took: began.elapsed() }
                    };
                    std::thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, client).expect("a thread")
                })
                .collect();
            sent.into_iter().map(|sent| sent.join().expect("a client does not panic")).collect()
        });
        for deed in deeds.iter().filter(|deed| !matches!(deed.answer.status, 200..300 | 409 | 429 | 503)) {
            self.findings.wrong.push(format!("under {clients} clients: {}", deed.told()));
        }
        self.told_to_wait += deeds.iter().filter(|deed| matches!(deed.answer.status, 429 | 503)).count() as u64;
        self.findings.look(&self.database, door, &prefix, &deeds);
        let account = self.hospital.account(id);
        // Those that were told to wait have been sent again since.
        if account["deposits"].as_str() != Some(&*(clients * 1000).to_string()) {
            self.findings.wrong.push(format!("{clients} deposits of 1000 made {account}"));
        }
    }

    /// Checks everything that was kept.
    pub fn verify(&mut self) {
        self.findings.verify(&self.hospital);
    }
}

/// A small disk in a folder, until this is dropped.
struct Disk(PathBuf);

impl Disk {
    /// None when this machine lets nobody mount one.
    fn mount(folder: PathBuf) -> Option<Disk> {
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(&folder).output();
        output.is_ok_and(|output| output.status.success()).then_some(Disk(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Another process begins to write and does not end.
fn lock(database: &Database, time: Duration) {
    let file = database.url().trim_start_matches("sqlite://").to_owned();
    let mut sqlite = Command::new("sqlite3")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sqlite3 is there");
    let stdin = sqlite.stdin.as_mut().expect("it was asked for");
    stdin.write_all(b".timeout 5000\nbegin exclusive;\n").and_then(|()| stdin.flush()).expect("sqlite3 listens");
    std::thread::sleep(time);
    drop(sqlite.stdin.take());
    sqlite.wait().expect("sqlite3 ends");
}

/// Fills a disk to the last byte, and frees it.
fn fill(disk: &Path, time: Duration) {
    let path = disk.join("ballast");
    let mut ballast = std::fs::File::create(&path).expect("the disk takes a file");
    let block = [0_u8; 4096];
    let full_until = std::time::Instant::now() + time;
    while std::time::Instant::now() < full_until {
        // Whatever the database frees meanwhile is filled too.
        if ballast.write_all(&block).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    drop(ballast);
    std::fs::remove_file(path).expect("the disk is freed");
}
