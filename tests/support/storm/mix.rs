//! A mixed load: people of the hospital do what they do, at random, and keep every answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use super::door::Door;
use crate::hospital::{Answer, Connection, visit};

/// Who sends, a client each.
pub const CLIENTS: [&str; 8] = ["his", "an", "chi", "binh", "his", "an", "dung", "binh"];

/// So many of each are remembered, the newest.
const REMEMBERED: usize = 40;

/// A command that was sent, and what came of it.
#[derive(Debug, Clone)]
pub struct Deed {
    /// What it was, as in `deposit`.
    pub what: &'static str,
    /// Its key; none for a visit, which has a version instead.
    pub key: Option<String>,
    /// As sent.
    pub request: Vec<u8>,
    /// Status 0 when none came.
    pub answer: Answer,
    /// The visit that was sent: id and document.
    pub visit: Option<(String, String)>,
    /// How long the answer took.
    pub took: Duration,
}

impl Deed {
    /// It was answered for good: done, or decided against.
    pub fn is_acknowledged(&self) -> bool {
        self.is_done() || (matches!(self.answer.status, 409 | 422) && !is_in_flight(&self.answer))
    }

    /// It was done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.answer.status)
    }

    /// Whether it had an effect is not known: nothing was answered, or that the database is away.
    pub fn is_open(&self) -> bool {
        matches!(self.answer.status, 0 | 503) || is_in_flight(&self.answer)
    }

    /// What it was and what was answered, for a report.
    pub fn told(&self) -> String {
        let key = self.key.as_deref().or(self.visit.as_ref().map(|(id, _)| &**id)).unwrap_or_default();
        let said = match self.answer.status {
            0 => self.answer.head.as_str().into(),
            _ => String::from_utf8_lossy(&self.answer.bytes),
        };
        format!("{} {key}: {} {said}", self.what, self.answer.status)
    }
}

/// The same command is being done at this moment.
pub fn is_in_flight(answer: &Answer) -> bool {
    answer.status == 409 && answer.json["type"] == "urn:vienphi:problem:request-in-flight"
}

/// What people know of a database's records, from the answers they got.
#[derive(Debug, Default)]
pub struct World {
    known: Mutex<Known>,
    number: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    visits: VecDeque<(String, i64)>,
    receipts: VecDeque<String>,
    pending: VecDeque<i64>,
    approved: VecDeque<i64>,
    credits: VecDeque<i64>,
    shifts: BTreeMap<&'static str, Shift>,
}

/// How far a person's shift is.
#[derive(Debug, Clone)]
enum Shift {
    Open(i64),
    Counted(i64, String),
    Ready(i64),
}

/// What is sent next.
struct Next {
    what: &'static str,
    rest: String,
    body: Value,
}

fn next(what: &'static str, rest: String, body: Value) -> Next {
    Next { what, rest, body }
}

impl World {
    /// Nothing is known yet.
    pub fn new() -> World {
        World::default()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client does something again and again until it is told to stop or its connection breaks.
    pub fn client(&self, door: &Door, name: &'static str, prefix: &str, seed: u64, stop: &AtomicBool) -> Vec<Deed> {
        let mut rng = Rng::with_seed(seed);
        let mut connection = door.connect();
        let mut deeds = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let deed = match name {
                "his" => self.send_visit(door, &mut connection, &mut rng),
                _ => self.send_command(door, &mut connection, name, prefix, &mut rng),
            };
            let Some(deed) = deed else {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            };
            let status = deed.answer.status;
            deeds.push(deed);
            match status {
                0 => break,
                503 => std::thread::sleep(Duration::from_millis(3)),
                _ => {}
            }
        }
        deeds
    }

    fn send_visit(&self, door: &Door, connection: &mut Connection, rng: &mut Rng) -> Option<Deed> {
        let known: Option<(String, i64)> = {
            let known = self.known();
            let is_new = known.visits.len() < 4 || rng.u8(..10) < 3;
            if is_new { None } else { known.visits.get(rng.usize(..known.visits.len())).cloned() }
        };
        let id = match &known {
            Some((id, _)) => id.clone(),
            None => format!("E{}", self.number.fetch_add(1, Ordering::Relaxed)),
        };
        let prices: Vec<u64> = (0..rng.usize(1..8)).map(|_| rng.u64(1..500) * 100 + rng.u64(..3)).collect();
        let document = visit(&id, &prices).to_string();
        let request = door.put(&id, known.as_ref().map(|(_, version)| *version), &document);
        let what = if known.is_some() { "changed visit" } else { "new visit" };
        let deed = send(connection, what, None, request, Some((id.clone(), document)));
        let version = match deed.answer.status {
            200 | 201 => deed.answer.json["version"].as_i64(),
            // It was changed meanwhile, and says to which version.
            412 => digits_behind(deed.answer.json["detail"].as_str().unwrap_or_default(), ""),
            _ => None,
        };
        if let Some(version) = version {
            let mut known = self.known();
            match known.visits.iter_mut().find(|(there, _)| *there == id) {
                Some((_, there)) => *there = version.max(*there),
                None => remember(&mut known.visits, (id, version)),
            }
        }
        Some(deed)
    }

    fn send_command(
        &self,
        door: &Door,
        connection: &mut Connection,
        name: &'static str,
        prefix: &str,
        rng: &mut Rng,
    ) -> Option<Deed> {
        let Next { what, rest, body } = self.choose(name, rng)?;
        let key = format!("{prefix}-{}", self.number.fetch_add(1, Ordering::Relaxed));
        let request = door.command(name, &rest, &key, &body);
        let deed = send(connection, what, Some(key), request, None);
        self.learn(name, &deed, &rest, &body);
        Some(deed)
    }

    fn choose(&self, name: &'static str, rng: &mut Rng) -> Option<Next> {
        let mut known = self.known();
        let of = |rest: &str, rng: &mut Rng| {
            let (id, _) = known.visits.get(rng.usize(..known.visits.len().max(1)))?;
            Some(format!("/encounters/{id}/{rest}"))
        };
        let amount = |rng: &mut Rng| (rng.u64(1..60) * 1000).to_string();
        let is_deciding = match name {
            "dung" => true,
            "chi" => rng.bool(),
            _ => false,
        };
        if is_deciding {
            let id = known.pending.pop_front()?;
            return Some(match rng.u8(..10) {
                0 => next("rejection", format!("/approvals/{id}/reject"), json!({"reason": "không"})),
                _ => next("approval", format!("/approvals/{id}/approve"), json!({})),
            });
        }
        let counted = matches!(known.shifts.get(name), Some(Shift::Counted(..) | Shift::Ready(_)));
        if rng.u8(..100) < if counted { 50 } else { 4 } {
            return Some(shift_step(known.shifts.get(name), rng));
        }
        let amount_of = amount(rng);
        Some(match rng.u8(..100) {
            0..30 => next("deposit", of("deposits", rng)?, paid(amount_of, rng, self)),
            30..55 => {
                let body = match rng.u8(..3) {
                    0 => json!({"use_deposits": true}),
                    1 => json!({"payments": [{"amount": amount_of, "method": "cash"}]}),
                    _ => paid(amount_of, rng, self),
                };
                next("settlement", of("settlements", rng)?, body)
            }
            55..67 => next("refund ask", of("refunds", rng)?, json!({"amount": amount_of, "reason": "thừa"})),
            67..73 => next("write-off ask", of("write-offs", rng)?, json!({"amount": amount_of, "reason": "nghèo"})),
            73..84 => {
                let id = known.approved.pop_front()?;
                next("pay-out", format!("/approvals/{id}/pay"), json!({"method": "cash"}))
            }
            84..90 => next("credit", "/unapplied".to_owned(), {
                let reference = format!("CR{}", self.number.fetch_add(1, Ordering::Relaxed));
                json!({"amount": amount_of, "method": "transfer", "reference": reference, "memo": "vien phi"})
            }),
            90..94 => {
                let path = of("", rng)?;
                let encounter = path.trim_matches('/').rsplit('/').next().unwrap_or_default();
                let encounter = json!({ "encounter": encounter });
                let id = known.credits.pop_front()?;
                next("credit applied", format!("/unapplied/{id}/apply"), encounter)
            }
            // A cashier's right to undo ends with the shift, a supervisor's does not.
            _ if name == "chi" => {
                let place = rng.usize(..known.receipts.len().max(1));
                let number = known.receipts.remove(place)?;
                next("reversal", format!("/receipts/{number}/reverse"), json!({"reason": "nhầm"}))
            }
            _ => return None,
        })
    }

    fn learn(&self, name: &'static str, deed: &Deed, rest: &str, body: &Value) {
        let answer = &deed.answer;
        let id = answer.json["id"].as_i64();
        let mut known = self.known();
        if let (true, Some(id)) = (deed.is_open(), digits_behind(rest, "/")) {
            // Somebody sees to it later: what nobody decides would keep a shift from being closed.
            match deed.what {
                "approval" | "rejection" => remember(&mut known.pending, id),
                "pay-out" => remember(&mut known.approved, id),
                "credit applied" => remember(&mut known.credits, id),
                _ => {}
            }
        }
        match (deed.what, answer.status, id) {
            ("deposit" | "settlement" | "credit applied", 201, _) => {
                let number = answer.json["number"].as_str().unwrap_or_default().to_owned();
                remember(&mut known.receipts, number);
            }
            ("refund ask" | "write-off ask", 202, Some(id)) => remember(&mut known.pending, id),
            ("approval", 200, Some(id)) if answer.json["kind"] == "refund" => remember(&mut known.approved, id),
            ("credit", 201, Some(id)) => remember(&mut known.credits, id),
            ("shift opened", 201, Some(id)) => drop(known.shifts.insert(name, Shift::Open(id))),
            ("shift opened", 409, _) => {
                let detail = answer.json["detail"].as_str().unwrap_or_default();
                if let Some(id) = digits_behind(detail, "shift ") {
                    let shift = if detail.contains("is open") { Shift::Open(id) } else { Shift::Ready(id) };
                    known.shifts.insert(name, shift);
                }
            }
            ("shift counted", 200, Some(id)) => {
                let expected = answer.json["expected"]["cash"].as_str().unwrap_or("0").to_owned();
                let is_right = body["counted"]["cash"] == *expected;
                // A wrong count is mostly counted again.
                let shift = if is_right || id % 4 == 0 { Shift::Ready(id) } else { Shift::Counted(id, expected) };
                known.shifts.insert(name, shift);
            }
            ("shift closed", 202, Some(approval)) => {
                remember(&mut known.pending, approval);
                known.shifts.remove(name);
            }
            ("shift counted" | "shift closed", 200..500, _) => drop(known.shifts.remove(name)),
            _ => {}
        }
    }
}

fn shift_step(shift: Option<&Shift>, rng: &mut Rng) -> Next {
    match shift {
        None => next("shift opened", "/shifts".to_owned(), {
            json!({"desk": "Quầy 1", "float": (rng.u64(1..5) * 100_000).to_string()})
        }),
        Some(Shift::Open(id)) => {
            next("shift counted", format!("/shifts/{id}/count"), json!({"counted": {"cash": "1000"}}))
        }
        Some(Shift::Counted(id, expected)) => {
            // What was paid out and not put in would make it negative: then nothing is there.
            let cash = if expected.starts_with('-') { "0" } else { expected };
            next("shift counted", format!("/shifts/{id}/count"), json!({"counted": {"cash": cash}}))
        }
        Some(Shift::Ready(id)) => next("shift closed", format!("/shifts/{id}/close"), json!({})),
    }
}

fn paid(amount: String, rng: &mut Rng, world: &World) -> Value {
    match rng.u8(..4) {
        0 => {
            let reference = format!("FT{}", world.number.fetch_add(1, Ordering::Relaxed));
            json!({"amount": amount, "method": "transfer", "reference": reference, "payer": "Trần Văn Con"})
        }
        _ => json!({"amount": amount, "method": "cash"}),
    }
}

fn send(
    connection: &mut Connection,
    what: &'static str,
    key: Option<String>,
    request: Vec<u8>,
    visit: Option<(String, String)>,
) -> Deed {
    let began = Instant::now();
    let answer = connection.send_raw(&request);
    Deed { what, key, request, answer, visit, took: began.elapsed() }
}

fn remember<T>(all: &mut VecDeque<T>, one: T) {
    if all.len() == REMEMBERED {
        all.pop_front();
    }
    all.push_back(one);
}

/// The first number behind some words.
fn digits_behind(text: &str, words: &str) -> Option<i64> {
    let (_, rest) = text.split_once(words)?;
    let rest = rest.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The clients of a storm, and the deeds of all of them in the order of each.
pub fn storm(
    world: &World,
    door: &Door,
    prefix: &str,
    seed: u64,
    stop: &AtomicBool,
    meanwhile: impl FnOnce(),
) -> Vec<Deed> {
    std::thread::scope(|scope| {
        let clients: Vec<_> = (1..)
            .zip(CLIENTS)
            .map(|(place, name)| {
                let seed = seed.wrapping_mul(1000).wrapping_add(place);
                scope.spawn(move || world.client(door, name, prefix, seed, stop))
            })
            .collect();
        meanwhile();
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("a client does not panic")).collect()
    })
}
