//! Claims sent to a portal that is slow, down, busy and loses answers, by a server that is killed every few seconds.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::InsurerPortal;
use simulators::portal::{Down, Faults};

use crate::database::Database;
use crate::hospital::{Answer, Hospital, fresh_key};
use crate::portal::{self, Policies, insured};

/// A campaign.
pub struct Submitting {
    /// Visits, one claim each.
    pub visits: u64,
    /// What the portal's failures begin with.
    pub seed: u64,
    /// Between two kills.
    pub life: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Submitted {
    /// Claims that the portal has.
    pub received: u64,
    /// Kills of the server.
    pub kills: u64,
    /// Calls that the portal saw.
    pub calls: u64,
    /// Answers of sendings that were lost, as the server knows.
    pub lost: u64,
    /// How long it took.
    pub took: Duration,
    /// What does not hold.
    pub findings: Vec<String>,
}

/// Failures of a bad day: every kind, at once.
fn bad_day(seed: u64) -> Faults {
    Faults {
        seed,
        down: Down::Broken,
        down_percent: 5,
        busy_percent: 5,
        busy_seconds: 1,
        most_per_second: 60,
        slow_percent: 10,
        slow_milliseconds: 1_500,
        failed_percent: 3,
        failed_after_percent: 3,
        signed_out_percent: 2,
        odd_percent: 10,
        garbled_percent: 3,
        lost_percent: 10,
        ..Faults::default()
    }
}

/// Nothing ends well after so long.
const PATIENCE: Duration = Duration::from_secs(3600);

impl Submitting {
    /// Sends all of them and looks at what the portal and the database say.
    pub fn on(&self, binary: &Path, database: &Database, progress: impl Fn(u64, u64)) -> Submitted {
        let began = Instant::now();
        let mut portal = portal::portal();
        let policies = Policies { seconds: 1, ..Policies::default() }.at("submitting", &portal.url());
        let path = policies.path().to_str().expect("a path is text").to_owned();
        let mut hospital = Hospital::start(binary, database, &["--policies", &path]);
        portal::set_up(&hospital);
        let mut claims = Vec::new();
        for number in 0..self.visits {
            hospital.put(&insured(&format!("C{number:05}"))).with(201);
        }
        for numbers in (0..self.visits).collect::<Vec<_>>().chunks(500) {
            let ids: Vec<String> = numbers.iter().map(|number| format!("C{number:05}")).collect();
            let made = hospital.post("giang", "/claims", json!({ "encounters": ids })).with(200);
            let items = made["items"].as_array().expect("items").iter();
            claims.extend(items.map(|item| item["id"].as_i64().unwrap_or_else(|| panic!("{item}"))));
        }
        portal.fail(bad_day(self.seed));
        let mut submitted = Submitted::default();
        self.submit(&mut hospital, &claims, &mut submitted);
        let mut born = Instant::now();
        let mut round = 0;
        loop {
            let open = claims.len() as u64 - count(&hospital, "received");
            progress(claims.len() as u64 - open, claims.len() as u64);
            if open == 0 || began.elapsed() > PATIENCE {
                break;
            }
            round += 1;
            if round % 7 == 0 {
                // Now and then nobody is there at all.
                portal.unplug();
                std::thread::sleep(Duration::from_millis(1_500));
                portal.plug_in();
            }
            if born.elapsed() >= self.life && open > claims.len() as u64 / 20 {
                hospital.kill();
                hospital.open();
                submitted.kills += 1;
                born = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        self.compare(&hospital, &portal, &claims, &mut submitted);
        submitted.took = began.elapsed();
        submitted
    }

    /// Has every claim sent; the server is killed after each stretch of them, and what was not answered is asked again by its key.
    fn submit(&self, hospital: &mut Hospital, claims: &[i64], submitted: &mut Submitted) {
        let keys: Vec<String> = claims.iter().map(|_| fresh_key()).collect();
        let mut at = 0;
        while at < claims.len() {
            let ends = (at + 200).min(claims.len());
            for (claim, key) in claims[at..ends].iter().zip(&keys[at..ends]) {
                loop {
                    let answer = asked(hospital, *claim, key);
                    match answer.status {
                        202 => break,
                        0 | 503 => {
                            std::thread::sleep(Duration::from_millis(50));
                        }
                        _ => panic!("{}", String::from_utf8_lossy(&answer.bytes)),
                    }
                }
            }
            at = ends;
            hospital.kill();
            hospital.open();
            submitted.kills += 1;
        }
    }

    fn compare(&self, hospital: &Hospital, portal: &InsurerPortal, claims: &[i64], submitted: &mut Submitted) {
        let kept = portal.claims();
        submitted.calls = portal.calls().values().sum();
        for claim in claims {
            let shown = hospital.get("giang", &format!("/claims/{claim}")).with(200);
            let version = &shown["versions"][0];
            let digest = version["digest"].as_str().unwrap_or_default();
            let visit = shown["encounter"].as_str().unwrap_or_default();
            let accepted = portal.accepted("92114", visit, digest);
            let steps = version["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
            submitted.lost += steps.iter().filter(|step| step["event"] == "lost").count() as u64;
            if shown["state"] == "received" {
                submitted.received += 1;
            } else {
                submitted.findings.push(format!("claim {claim} is {}", shown["state"]));
            }
            if accepted != 1 {
                submitted.findings.push(format!("claim {claim} was accepted {accepted} times: {steps:?}"));
            }
            let transaction = kept.iter().find(|kept| kept.visit == visit).map(|kept| kept.transaction.as_str());
            if shown["transaction_id"].as_str() != transaction {
                submitted.findings.push(format!("claim {claim} has another number than the portal gave it"));
            }
        }
        if kept.len() != claims.len() {
            submitted.findings.push(format!("the portal has {} files of {} claims", kept.len(), claims.len()));
        }
        let output = hospital.runs(&["verify"]);
        if output.status.code() != Some(0) {
            submitted.findings.push(String::from_utf8_lossy(&output.stdout).into_owned());
        }
    }
}

fn asked(hospital: &Hospital, claim: i64, key: &str) -> Answer {
    hospital.post_keyed("giang", &format!("/claims/{claim}/submit"), key, json!({}))
}

/// Claims in a state.
fn count(hospital: &Hospital, state: &str) -> u64 {
    let (mut count, mut after) = (0, String::new());
    loop {
        let answer = hospital.get("giang", &format!("/claims?state={state}{after}"));
        if answer.status != 200 {
            return count;
        }
        count += answer.json["items"].as_array().map_or(0, Vec::len) as u64;
        match &answer.json["next"] {
            Value::String(next) => after = format!("&after={next}"),
            _ => return count,
        }
    }
}
