//! `kill -9` at random moments: of our server, of the database's, of both; and what is left after each.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use fastrand::Rng;
use postgres_for_tests::Cluster;

use super::aftermath::Findings;
use super::door::Door;
use super::mix::{World, storm};
use crate::checkout;
use crate::database::{Database, Kind};
use crate::hospital::{Hospital, visit};

/// Cycles over one database, before everything of it is verified and the next one is made.
pub const TOGETHER: u64 = 100;

/// A server that is killed again and again.
pub struct Kills {
    kind: Kind,
    binary: PathBuf,
    planted: Option<String>,
    /// The database's server, when that is killed too.
    cluster: Option<Cluster>,
    rng: Rng,
    cycle: u64,
    there: Option<There>,
    /// What was counted and found.
    pub findings: Findings,
    /// How often our server was killed, and the database's.
    pub kills: (u64, u64),
    /// From the start of our server until it is ready.
    pub ready: Vec<Duration>,
    /// From the return of the database until a command succeeds on the server that had stayed.
    pub recovered: Vec<Duration>,
}

struct There {
    hospital: Hospital,
    database: Database,
    world: World,
    cycles: u64,
}

impl Kills {
    /// Of a binary over a kind of database, with a planted defect or none.
    pub fn new(binary: &Path, kind: Kind, seed: u64, planted: Option<&str>) -> Kills {
        let cluster = (kind == Kind::Postgres)
            .then(|| Cluster::start(&checkout::target().join("postgres")).expect("PostgreSQL starts"));
        Kills {
            kind,
            binary: binary.to_owned(),
            planted: planted.map(str::to_owned),
            cluster,
            rng: Rng::with_seed(seed),
            cycle: 0,
            there: None,
            findings: Findings::default(),
            kills: (0, 0),
            ready: Vec::new(),
            recovered: Vec::new(),
        }
    }

    /// A load, a kill, and a look at what is left.
    pub fn cycle(&mut self) {
        let mut there = self.there.take().unwrap_or_else(|| self.found());
        self.cycle += 1;
        // Of three kills one takes the database's server; every third of these takes ours too.
        let takes_database = self.cluster.is_some() && self.cycle.is_multiple_of(3);
        let takes_ours = !takes_database || self.cycle.is_multiple_of(9);
        let prefix = format!("c{}", self.cycle);
        let calm = Duration::from_millis(self.rng.u64(30..150));
        let door = Door::of(&there.hospital);
        let (seed, cluster) = (self.rng.u64(..), &mut self.cluster);
        let (hospital, mut recovered) = (&mut there.hospital, None);
        let stop = AtomicBool::new(false);
        let deeds = storm(&there.world, &door, &prefix, seed, &stop, || {
            std::thread::sleep(calm);
            if let Some(cluster) = cluster.as_mut().filter(|_| takes_database) {
                cluster.kill().expect("PostgreSQL is killed");
                if takes_ours {
                    hospital.kill();
                }
                cluster.restart().expect("PostgreSQL comes back");
                if !takes_ours {
                    recovered = Some(until_it_works(&door, &format!("P{prefix}")));
                }
            } else {
                hospital.kill();
            }
        });
        self.kills.0 += u64::from(takes_ours);
        self.kills.1 += u64::from(takes_database);
        self.recovered.extend(recovered);
        if takes_ours {
            self.ready.push(there.hospital.open());
        }
        self.findings.look(&there.database, &Door::of(&there.hospital), &prefix, &deeds);
        there.cycles += 1;
        self.there = Some(there);
        if self.there.as_ref().is_some_and(|there| there.cycles == TOGETHER) {
            self.verify();
        }
    }

    /// Checks everything that was kept; the next cycle has a new database.
    pub fn verify(&mut self) {
        if let Some(there) = self.there.take() {
            self.findings.verify(&there.hospital);
        }
    }

    fn found(&mut self) -> There {
        let database = match &self.cluster {
            Some(cluster) => Database::on(&cluster.url("postgres"), "kill"),
            None => Database::new(self.kind, "kill"),
        };
        let mut hospital = Hospital::closed(&self.binary, &database, &[]);
        if let Some(defect) = &self.planted {
            hospital.set("VIENPHI_PLANTED", defect);
        }
        hospital.open();
        There { hospital, database, world: World::new(), cycles: 0 }
    }
}

/// Sends a visit until it is kept; how long that took.
pub fn until_it_works(door: &Door, id: &str) -> Duration {
    let began = Instant::now();
    let request = door.put(id, None, &visit(id, &[1000]).to_string());
    let mut connection = door.connect();
    while began.elapsed() < Duration::from_secs(30) {
        if matches!(connection.send_raw(&request).status, 200 | 201) {
            return began.elapsed();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("thirty seconds after the database's return nothing is kept yet");
}
