//! What must hold of every answer that was given, after whatever happened meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use super::door::Door;
use super::mix::{Deed, is_in_flight};
use crate::database::Database;
use crate::hospital::{Answer, Connection, Hospital};

/// The server gives up after ten seconds; what takes longer hangs.
const HANGING: Duration = Duration::from_secs(11);

/// Connections that commands are sent again on.
const CONNECTIONS: usize = 8;

/// What was counted and what was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Commands answered for good.
    pub acknowledged: u64,
    /// Of these, those that were decided against.
    pub refused: u64,
    /// Commands without an answer, or told that the database was away.
    pub open: u64,
    /// Of these, those that had had their effect.
    pub open_but_done: u64,
    /// Acknowledged, and not there afterwards.
    pub lost: Vec<String>,
    /// Answered otherwise when sent again.
    pub changed: Vec<String>,
    /// Answers that nobody may get.
    pub wrong: Vec<String>,
    /// What `vienphi verify` found.
    pub violations: Vec<String>,
    /// What `vienphi audit verify` found.
    pub breaks: Vec<String>,
}

impl Findings {
    /// Everything that was found, each a line.
    pub fn all(&self) -> Vec<String> {
        let kinds = [
            ("lost", &self.lost),
            ("changed answer", &self.changed),
            ("wrong answer", &self.wrong),
            ("violation", &self.violations),
            ("chain", &self.breaks),
        ];
        kinds.iter().flat_map(|(kind, found)| found.iter().map(move |what| format!("{kind}: {what}"))).collect()
    }

    /// Nothing may have been found.
    pub fn assert_clean(&self) {
        let all = self.all();
        assert!(all.is_empty(), "{} findings, the first:\n{}", all.len(), all[..all.len().min(10)].join("\n"));
    }

    /// Adds what was counted and found elsewhere.
    pub fn add(&mut self, other: Findings) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.open += other.open;
        self.open_but_done += other.open_but_done;
        self.lost.extend(other.lost);
        self.changed.extend(other.changed);
        self.wrong.extend(other.wrong);
        self.violations.extend(other.violations);
        self.breaks.extend(other.breaks);
    }

    /// Checks the deeds of a storm whose keys begin with `prefix`. The server must be ready.
    pub fn look(&mut self, database: &Database, door: &Door, prefix: &str, deeds: &[Deed]) {
        self.look_at_answers(deeds);
        let kept = kept_keys(database, prefix);
        let keyed = |deed: &&Deed| deed.key.is_some();
        let is_kept = |deed: &Deed| deed.key.as_ref().is_some_and(|key| kept.contains(key));
        for deed in deeds.iter().filter(keyed).filter(|deed| deed.is_acknowledged() && !is_kept(deed)) {
            self.lost.push(deed.told());
        }
        self.look_at_visits(door, deeds);
        let answered: Vec<&Deed> = deeds.iter().filter(keyed).filter(|deed| deed.is_acknowledged()).collect();
        for (deed, again) in send_again(door, &answered) {
            if (again.status, &again.bytes) != (deed.answer.status, &deed.answer.bytes) {
                let bytes = String::from_utf8_lossy(&again.bytes).into_owned();
                self.changed.push(format!("{} became {} {bytes}", deed.told(), again.status));
            }
        }
        let open: Vec<&Deed> = deeds.iter().filter(|deed| deed.is_open()).collect();
        self.open_but_done += u64::try_from(open.iter().filter(|deed| is_kept(deed)).count()).unwrap_or(0);
        let first: Vec<(&Deed, Answer)> = send_again(door, &open);
        for ((deed, first), (_, second)) in first.iter().zip(send_again(door, &open)) {
            let allowed: &[u16] = if deed.key.is_some() { &[403, 404, 409, 422] } else { &[409, 412, 428] };
            let is_decided = (200..300).contains(&first.status) || allowed.contains(&first.status);
            if !is_decided || is_in_flight(first) {
                let bytes = String::from_utf8_lossy(&first.bytes).into_owned();
                self.wrong.push(format!("{}, sent again: {} {bytes}", deed.told(), first.status));
            }
            // A visit is new once.
            let same = if deed.key.is_some() { first.status == second.status } else { true };
            if !same || (deed.key.is_some() && first.bytes != second.bytes) {
                let bytes = String::from_utf8_lossy(&second.bytes).into_owned();
                self.changed.push(format!(
                    "{}, sent twice more: {} and {} {bytes}",
                    deed.told(),
                    first.status,
                    second.status
                ));
            }
        }
    }

    fn look_at_answers(&mut self, deeds: &[Deed]) {
        for deed in deeds {
            let answer = &deed.answer;
            self.acknowledged += u64::from(deed.is_acknowledged());
            self.refused += u64::from(deed.is_acknowledged() && !deed.is_done());
            self.open += u64::from(deed.is_open());
            let is_known = matches!(answer.status, 0 | 200..300 | 403 | 404 | 409 | 412 | 422 | 428 | 429 | 503);
            if !is_known || (answer.status == 503 && !answer.head.contains("retry-after:")) {
                self.wrong.push(deed.told());
            }
            if deed.took > HANGING {
                self.wrong.push(format!("{}, after {} ms", deed.told(), deed.took.as_millis()));
            }
        }
    }

    /// Every visit must be at the version that was answered last, or a later one.
    fn look_at_visits(&mut self, door: &Door, deeds: &[Deed]) {
        let mut newest: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
        for deed in deeds.iter().filter(|deed| deed.is_done()) {
            let (Some((id, document)), Some(version)) = (&deed.visit, deed.answer.json["version"].as_i64()) else {
                continue;
            };
            if newest.get(&**id).is_none_or(|(known, _)| *known < version) {
                newest.insert(id, (version, document));
            }
        }
        let mut connection = door.connect();
        for (id, (version, document)) in newest {
            let there = patiently(&mut connection, &door.get("his", &format!("/encounters/{id}")));
            let tag = there.head.lines().find_map(|line| line.strip_prefix("etag: "));
            let found: i64 = tag.and_then(|tag| tag.trim().trim_matches('"').parse().ok()).unwrap_or(0);
            if found < version || (found == version && there.bytes != document.as_bytes()) {
                self.lost.push(format!("version {version} of {id}, which is at {found} ({})", there.status));
            }
        }
    }

    /// The records must hold together.
    pub fn verify(&mut self, hospital: &Hospital) {
        let output = hospital.runs(&["verify", "--json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        match report["checks"].as_array() {
            Some(checks) => {
                let broken = checks.iter().filter(|check| check["violations"] != 0);
                self.violations.extend(broken.map(|check| {
                    format!(
                        "{} ({}): {}",
                        check["invariant"].as_str().unwrap_or_default(),
                        check["violations"],
                        check["shown"]
                    )
                }));
            }
            None => self.violations.push(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
        let output = hospital.runs(&["audit", "verify"]);
        if output.status.code() != Some(0) {
            let said = [output.stdout, output.stderr].concat();
            self.breaks.push(String::from_utf8_lossy(&said).into_owned());
        }
    }
}

impl Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings { acknowledged, refused, open, open_but_done, lost, changed, wrong, violations, breaks } = self;
        write!(
            f,
            "{acknowledged} acknowledged ({refused} decided against), {open} cut off ({open_but_done} had been done), "
        )?;
        write!(f, "{} lost, {} changed answers, {} wrong answers, ", lost.len(), changed.len(), wrong.len())?;
        write!(f, "{} violations, {} chain breaks", violations.len(), breaks.len())
    }
}

/// The keys that have an answer in the database.
fn kept_keys(database: &Database, prefix: &str) -> BTreeSet<String> {
    let query = format!("select request_key from answered where request_key like '{prefix}-%'");
    database.tamper(&query).lines().map(str::to_owned).collect()
}

/// Sends commands again, several at a time; the answers in their order.
pub fn send_again<'a>(door: &Door, deeds: &[&'a Deed]) -> Vec<(&'a Deed, Answer)> {
    let length = deeds.len().div_ceil(CONNECTIONS).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = deeds
            .chunks(length)
            .map(|part| {
                scope.spawn(move || {
                    let mut connection = door.connect();
                    let send = |deed: &&'a Deed| (*deed, patiently(&mut connection, &deed.request));
                    part.iter().map(send).collect::<Vec<_>>()
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("sending again does not panic")).collect()
    })
}

/// Sends until something is decided, as a client does that is told to come again.
pub fn patiently(connection: &mut Connection, request: &[u8]) -> Answer {
    let began = Instant::now();
    loop {
        let answer = connection.send_raw(request);
        let is_decided = !matches!(answer.status, 0 | 503) && !is_in_flight(&answer);
        if is_decided || began.elapsed() > Duration::from_secs(15) {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
