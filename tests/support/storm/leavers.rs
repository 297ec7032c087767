//! Clients that go away: before their request is whole, or before it is answered.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use postgres_for_tests::Cluster;
use serde_json::json;

use super::aftermath::{patiently, send_again};
use super::door::Door;
use super::mix::Deed;
use super::races::visits;
use crate::database::{Database, Kind, psql};
use crate::hospital::{Answer, Hospital, fresh_key, visit};

/// One in so many commands is sent again afterwards.
const SENT_AGAIN: usize = 10;

/// What became of requests that were left alone.
#[derive(Debug, Default)]
pub struct Left {
    /// So many were.
    pub requests: usize,
    /// Of those sent again, so many.
    pub sent_again: usize,
    /// Backends of PostgreSQL in the middle of a transaction that nobody works on.
    pub idle_in_transaction: u64,
    /// What was found wrong.
    pub wrong: Vec<String>,
}

/// Sends so many requests and goes away from each.
pub fn leave(
    hospital: &Hospital,
    (database, kind): (&Database, Kind),
    name: &str,
    (clients, requests): (usize, usize),
) -> Left {
    let door = &Door::of(hospital);
    let hot = visits(hospital, name, 4, 500_000);
    let taken = AtomicUsize::new(0);
    let again: Mutex<Vec<Deed>> = Mutex::default();
    std::thread::scope(|scope| {
        for number in 0..clients {
            let (hot, taken, again) = (&hot, &taken, &again);
            scope.spawn(move || {
                let mut rng = Rng::with_seed(number as u64);
                let mut mine = Vec::new();
                loop {
                    if taken.fetch_add(1, Ordering::Relaxed) >= requests {
                        break;
                    }
                    let deed = request_of(door, &hot[rng.usize(..hot.len())], &mut rng);
                    let is_whole = rng.u8(..4) > 0;
                    let end = if is_whole { deed.request.len() } else { rng.usize(1..deed.request.len()) };
                    let after = Duration::from_micros(rng.u64(..3000));
                    door.connect().send_and_leave(&deed.request[..end], after);
                    if deed.key.is_some() && rng.usize(..SENT_AGAIN) == 0 {
                        mine.push(deed);
                    }
                }
                again.lock().expect("nobody panics with it").append(&mut mine);
            });
        }
    });
    let again = again.into_inner().expect("nobody panics with it");
    let mut left = Left { requests, sent_again: again.len(), ..Left::default() };
    // What was begun is over soon: whatever stays then stays for good.
    std::thread::sleep(Duration::from_secs(1));
    if kind == Kind::Postgres {
        let count = "select count(*) from pg_stat_activity \
                     where datname = current_database() and state like 'idle in transaction%'";
        left.idle_in_transaction = psql(database.url(), count).trim().parse().expect("a count");
    }
    let deeds: Vec<&Deed> = again.iter().collect();
    let first = send_again(door, &deeds);
    for ((deed, first), (_, second)) in first.iter().zip(send_again(door, &deeds)) {
        if !matches!(first.status, 201 | 202 | 409 | 422) {
            left.wrong.push(format!("{} became {} {}", deed.told(), first.status, first.json));
        }
        if (first.status, &first.bytes) != (second.status, &second.bytes) {
            left.wrong.push(format!("{} became {} and then {}", deed.told(), first.json, second.json));
        }
    }
    // Every connection that readers and writers have must still do what it should.
    for id in &hot {
        let answer = patiently(&mut door.connect(), &door.get("an", &format!("/encounters/{id}/account")));
        if answer.status != 200 {
            left.wrong.push(format!("the account of {id}: {} {}", answer.status, answer.json));
        }
    }
    left
}

/// How often PostgreSQL was told to begin a transaction within another: whoever had the connection before went away from
/// it. Unlike a backend that stays idle, this is not healed by whoever comes next.
pub fn begun_twice(cluster: &Cluster) -> usize {
    let log = std::fs::read(cluster.log()).expect("PostgreSQL writes a log");
    String::from_utf8_lossy(&log).matches("there is already a transaction in progress").count()
}

fn request_of(door: &Door, id: &str, rng: &mut Rng) -> Deed {
    let key = fresh_key();
    let amount = (rng.u64(1..9) * 1000).to_string();
    let cash = json!({"amount": amount, "method": "cash"});
    let command = |what, rest: &str, body| {
        let path = format!("/encounters/{id}/{rest}");
        let who = ["an", "binh", "chi"][usize::from(key.as_bytes()[key.len() - 1]) % 3];
        (what, Some(key.clone()), door.command(who, &path, &key, body))
    };
    let (what, key, request) = match rng.u8(..10) {
        0 => {
            let document = visit(id, &[rng.u64(1..900) * 1000, 20_000]).to_string();
            ("changed visit", None, door.put(id, Some(rng.i64(1..50)), &document))
        }
        1 | 2 => command("settlement", "settlements", &cash),
        3 => command("refund ask", "refunds", &json!({"amount": amount, "reason": "thừa"})),
        4 => ("account", None, door.get("an", &format!("/encounters/{id}/account"))),
        _ => command("deposit", "deposits", &cash),
    };
    let answer = Answer { status: 0, head: String::new(), json: serde_json::Value::Null, bytes: Vec::new() };
    Deed { what, key, request, answer, visit: None, took: Duration::ZERO }
}
