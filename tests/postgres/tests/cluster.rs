//! Real clusters: what survives a crash, what hangs, what is left behind.

#![allow(clippy::unwrap_used, missing_docs)]

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres_for_tests::{Cluster, find_binaries};

/// A folder of a test's own, removed with it.
struct Parent(PathBuf);

impl Parent {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("postgres-for-tests-{name}-{}", std::process::id())))
    }

    fn clusters(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How many living processes have a folder in their command line, or a parent that does.
fn processes(folder: &Path) -> usize {
    let mut servers = Vec::new();
    let mut families = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let id = entry.file_name().into_string().unwrap();
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The dead stay listed until whoever has adopted them asks for them.
        let Some(["S" | "R" | "D" | "T", parent]) = stat.rsplit_once(") ").map(|(_, rest)| first_two(rest)) else {
            continue;
        };
        if line.split(|byte| *byte == 0).any(|word| word.starts_with(folder.as_os_str().as_encoded_bytes())) {
            servers.push(id.clone());
        }
        families.push([id, parent.to_owned()]);
    }
    families.iter().filter(|family| family.iter().any(|id| servers.contains(id))).count()
}

fn first_two(fields: &str) -> [&str; 2] {
    let mut fields = fields.split(' ');
    [fields.next().unwrap(), fields.next().unwrap()]
}

/// psql from outside, with nothing but the address.
fn psql(cluster: &Cluster, database: &str, statement: &str) -> Child {
    let mut psql = Command::new(find_binaries().unwrap().join("psql"));
    psql.args([&cluster.url(database), "-XqtAc", statement]);
    psql.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn answer(mut psql: Child) -> String {
    let mut answer = String::new();
    psql.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
    assert!(psql.wait().unwrap().success());
    answer.trim().to_owned()
}

#[test]
fn what_was_committed_survives_a_crash() {
    let parent = Parent::new("crash");
    let mut cluster = Cluster::start(&parent.0).unwrap();
    cluster.create_database("ledger").unwrap();
    answer(psql(&cluster, "ledger", "CREATE TABLE entry AS SELECT generate_series(1, 1000) AS number"));
    let url = cluster.url("ledger");
    for round in 1..=3 {
        let mut unfinished = psql(&cluster, "ledger", "BEGIN; INSERT INTO entry VALUES (0); SELECT pg_sleep(60)");
        let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while cluster.psql("ledger", asleep).unwrap() == "0" {
            sleep(Duration::from_millis(5));
        }
        cluster.kill().unwrap();
        assert_eq!(processes(&parent.0), 0);
        assert!(!unfinished.wait().unwrap().success());
        assert!(cluster.psql("ledger", "SELECT 1").is_err());
        cluster.restart().unwrap();
        assert_eq!(cluster.url("ledger"), url);
        assert_eq!(cluster.psql("ledger", "SELECT count(*), max(number) FROM entry").unwrap(), "1000|1000", "{round}");
    }
    assert!(fs::read_to_string(cluster.log()).unwrap().contains("automatic recovery in progress"));
    cluster.kill().unwrap();
    drop(cluster);
    assert_eq!(parent.clusters(), [] as [PathBuf; 0]);
}

#[test]
fn a_paused_server_hangs_until_it_goes_on() {
    let parent = Parent::new("pause");
    let mut cluster = Cluster::start(&parent.0).unwrap();
    let mut working = psql(&cluster, "postgres", "SELECT sum(number % 7) FROM generate_series(1, 10000000) AS number");
    let at_work = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate%' AND pid <> pg_backend_pid()";
    while cluster.psql("postgres", at_work).unwrap() == "0" {
        assert!(working.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(5));
    }
    cluster.pause().unwrap();
    let mut calling = psql(&cluster, "postgres", "SELECT 42");
    sleep(Duration::from_secs(2));
    assert!(calling.try_wait().unwrap().is_none());
    assert!(working.try_wait().unwrap().is_none());
    cluster.resume();
    assert_eq!(answer(calling), "42");
    assert_eq!(answer(working), "29999997");

    // Neither stopping nor killing waits for who cannot answer.
    cluster.pause().unwrap();
    cluster.kill().unwrap();
    cluster.restart().unwrap();
    cluster.pause().unwrap();
    let started = Instant::now();
    cluster.stop().unwrap();
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(processes(&parent.0), 0);
}

#[test]
fn two_clusters_stand_side_by_side_and_leave_nothing() {
    let parent = Parent::new("two");
    let mut one = Cluster::start(&parent.0).unwrap();
    let other = Cluster::start(&parent.0).unwrap();
    one.create_database("claims").unwrap();
    assert!(other.psql("claims", "SELECT 1").unwrap_err().to_string().contains("does not exist"));
    assert_eq!(parent.clusters().len(), 2);
    one.kill().unwrap();
    assert_eq!(answer(psql(&other, "postgres", "SHOW data_checksums")), "on");
    drop(one);
    assert_eq!(parent.clusters().len(), 1);
    assert!(processes(&parent.0) > 1);
    drop(other);
    assert_eq!(parent.clusters(), [] as [PathBuf; 0]);
    assert_eq!(processes(&parent.0), 0);
}

#[test]
fn a_server_refuses_to_write_for_a_while() {
    let parent = Parent::new("read-only");
    let mut cluster = Cluster::start(&parent.0).unwrap();
    cluster.psql("postgres", "CREATE TABLE entry (number int)").unwrap();
    cluster.set_read_only(true).unwrap();
    let refusal = cluster.psql("postgres", "INSERT INTO entry VALUES (1)").unwrap_err().to_string();
    assert!(refusal.contains("read-only transaction"), "{refusal}");
    cluster.restart().unwrap();
    assert!(cluster.create_database("claims").is_err());
    cluster.set_read_only(false).unwrap();
    cluster.psql("postgres", "INSERT INTO entry VALUES (1)").unwrap();
}

#[test]
fn what_tests_rely_on_is_set() {
    let parent = Parent::new("settings");
    let cluster = Cluster::start(&parent.0).unwrap();
    let names = "'fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'TimeZone', 'max_connections', \
        'server_encoding', 'lc_ctype', 'listen_addresses'";
    let statement = format!("SELECT name, setting FROM pg_settings WHERE name IN ({names}) ORDER BY lower(name)");
    let expected = "data_checksums|on\nfsync|on\nfull_page_writes|on\nlc_ctype|C.UTF-8\nlisten_addresses|127.0.0.1\n\
        max_connections|200\nserver_encoding|UTF8\nsynchronous_commit|on\nTimeZone|UTC";
    assert_eq!(cluster.psql("postgres", &statement).unwrap(), expected);
    assert_eq!(cluster.psql("postgres", "SELECT upper('viện phí')").unwrap(), "VIỆN PHÍ");
    let folder = &parent.clusters()[0];
    assert!(
        fs::read_dir(folder).unwrap().any(|entry| entry
            .unwrap()
            .file_name()
            .as_encoded_bytes()
            .starts_with(b".s.PGSQL."))
    );
    assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn what_a_killed_process_left_is_removed_by_the_next() {
    let parent = Parent::new("left-over");
    let cluster = Cluster::start(&parent.0).unwrap();
    // As if this process were killed here: nothing is dropped, and its locks are given up.
    let folder = parent.clusters().remove(0);
    std::mem::forget(cluster);
    fs::remove_file(folder.join("owner.lock")).unwrap();
    assert!(processes(&folder) > 1);
    let next = Cluster::start(&parent.0).unwrap();
    // The new one has taken the place of the old one.
    assert_eq!(parent.clusters(), [folder]);
    assert_eq!(next.psql("postgres", "SELECT 1").unwrap(), "1");
    drop(next);
    assert_eq!(processes(&parent.0), 0);
}

#[test]
fn a_long_or_closed_parent_is_no_hindrance() {
    let parent = Parent::new("parent");
    let long = parent.0.join("a".repeat(120));
    assert_eq!(Cluster::start(&long).unwrap().psql("postgres", "SELECT 1").unwrap(), "1");

    let closed = parent.0.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(Cluster::start(&closed.join("below")).unwrap().psql("postgres", "SELECT 1").unwrap(), "1");
}
