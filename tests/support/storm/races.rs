//! Many clients on a few visits at once: nothing twice, nothing missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};

use fastrand::Rng;
use serde_json::{Value, json};

use super::aftermath::patiently;
use super::door::Door;
use super::mix::is_in_flight;
use crate::hospital::{Answer, Connection, Hospital, fresh_key, visit};

/// Whole đồng of an answer's field.
fn dong(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no amount in whole đồng"))
}

/// A client that must be answered in the end.
struct Client<'a> {
    door: &'a Door,
    connection: Connection,
}

impl Client<'_> {
    fn of(door: &Door) -> Client<'_> {
        Client { door, connection: door.connect() }
    }

    fn post(&mut self, name: &str, rest: &str, body: &Value) -> Answer {
        self.keyed(name, rest, &fresh_key(), body)
    }

    fn keyed(&mut self, name: &str, rest: &str, key: &str, body: &Value) -> Answer {
        let request = self.door.command(name, rest, key, body);
        patiently(&mut self.connection, &request)
    }
}

/// What went wrong, from any client.
#[derive(Default)]
struct Wrong(Mutex<Vec<String>>);

impl Wrong {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    fn unless(&self, allowed: &[u16], what: &str, answer: &Answer) {
        if !allowed.contains(&answer.status) {
            self.add(format!("{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.bytes)));
        }
    }

    fn all(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// New visits, each with a line of so much.
pub fn visits(hospital: &Hospital, name: &str, count: usize, price: u64) -> Vec<String> {
    let all: Vec<String> = (0..count).map(|number| format!("{name}{number}")).collect();
    for id in &all {
        let answer = hospital.put(&visit(id, &[price]));
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    all
}

/// Many ask for the same deposits, two supervisors approve at once, two desks pay at once; what was found wrong.
pub fn refunds(hospital: &Hospital, name: &str, clients: usize, rounds: usize) -> Vec<String> {
    const DEPOSIT: u64 = 100_000;
    let door = &Door::of(hospital);
    let hot = visits(hospital, name, 3, 10_000);
    let wrong = Wrong::default();
    let paid: Mutex<BTreeMap<i64, Vec<String>>> = Mutex::default();
    let paid_out: Vec<AtomicU64> = hot.iter().map(|_| AtomicU64::new(0)).collect();
    for id in &hot {
        let cash = json!({"amount": DEPOSIT.to_string(), "method": "cash"});
        wrong.unless(&[201], "deposit", &Client::of(door).post("an", &format!("/encounters/{id}/deposits"), &cash));
    }
    std::thread::scope(|scope| {
        for number in 0..clients {
            let (hot, wrong, paid, paid_out) = (&hot, &wrong, &paid, &paid_out);
            scope.spawn(move || {
                let mut client = Client::of(door);
                let mut rng = Rng::with_seed(number as u64);
                for _ in 0..rounds {
                    let place = rng.usize(..hot.len());
                    let amount = rng.u64(1..40) * 1000;
                    let ask = json!({"amount": amount.to_string(), "reason": "thừa"});
                    let asker = if number % 2 == 0 { "an" } else { "binh" };
                    let asked = client.post(asker, &format!("/encounters/{}/refunds", hot[place]), &ask);
                    wrong.unless(&[202, 422], "refund ask", &asked);
                    let Some(id) = asked.json["id"].as_i64().filter(|_| asked.status == 202) else { continue };
                    let path = format!("/approvals/{id}/approve");
                    let approvals = both(door, ["chi", "dung"], &path, &json!({}));
                    if approvals.iter().filter(|answer| answer.status == 200).count() != 1 {
                        wrong.add(format!("approval {id} was given {:?} times", approvals.map(|answer| answer.status)));
                    }
                    let path = format!("/approvals/{id}/pay");
                    let payments = both(door, ["an", "binh"], &path, &json!({"method": "cash"}));
                    let numbers: Vec<String> = payments
                        .iter()
                        .filter(|answer| answer.status == 201)
                        .map(|answer| answer.json["number"].as_str().unwrap_or_default().to_owned())
                        .collect();
                    if numbers.len() != 1 {
                        wrong.add(format!("refund {id} was paid {:?}", payments.map(|answer| answer.status)));
                    }
                    paid_out[place].fetch_add(amount * numbers.len() as u64, Ordering::Relaxed);
                    paid.lock().unwrap_or_else(PoisonError::into_inner).insert(id, numbers);
                }
            });
        }
    });
    for (id, paid_out) in hot.iter().zip(paid_out) {
        let (account, paid_out) = (hospital.account(id), paid_out.into_inner());
        let [deposits, refunded] = [&account["deposits"], &account["refunded"]].map(dong);
        if refunded != paid_out || refunded + deposits != DEPOSIT {
            wrong.add(format!("of {DEPOSIT} for {id} {paid_out} was paid out, says {account}"));
        }
    }
    wrong.all()
}

/// Two people send the same at one moment.
fn both(door: &Door, names: [&str; 2], rest: &str, body: &Value) -> [Answer; 2] {
    let start = &Barrier::new(2);
    std::thread::scope(|scope| {
        let sent = names.map(|name| {
            scope.spawn(move || {
                let mut client = Client::of(door);
                start.wait();
                client.post(name, rest, body)
            })
        });
        sent.map(|sent| sent.join().expect("a client does not panic"))
    })
}

/// Several desks take money in one book: its numbers have no gap and none is given twice.
pub fn books(hospital: &Hospital, name: &str, clients: usize, rounds: usize) -> Vec<String> {
    let door = &Door::of(hospital);
    let hot = visits(hospital, name, 2, 10_000);
    let wrong = Wrong::default();
    let book = format!("{name}-");
    let opened = Client::of(door).post("chi", "/receipt-books", &json!({"prefix": book}));
    wrong.unless(&[201], "receipt book", &opened);
    let numbers: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for number in 0..clients {
            let (hot, wrong, numbers, book) = (&hot, &wrong, &numbers, &book);
            scope.spawn(move || {
                let mut client = Client::of(door);
                let desk = ["an", "binh", "chi"][number % 3];
                for round in 0..rounds {
                    let amount = if round % 5 == 4 { "0" } else { "1000" };
                    let cash = json!({"amount": amount, "method": "cash", "receipt_book": book});
                    let answer = client.post(desk, &format!("/encounters/{}/deposits", hot[round % 2]), &cash);
                    // What is refused takes no number.
                    wrong.unless(if amount == "0" { &[422] } else { &[201] }, "deposit", &answer);
                    if let Some(number) = answer.json["number"].as_str() {
                        numbers.lock().unwrap_or_else(PoisonError::into_inner).push(number.to_owned());
                    }
                }
            });
        }
    });
    let given = numbers.into_inner().unwrap_or_else(PoisonError::into_inner);
    let distinct: BTreeSet<&String> = given.iter().collect();
    let expected: Vec<String> = (1..=given.len()).map(|serial| format!("{book}{serial:07}")).collect();
    if !distinct.iter().copied().eq(expected.iter()) {
        wrong.add(format!("{} receipts have {} numbers up to {:?}", given.len(), distinct.len(), distinct.last()));
    }
    wrong.all()
}

/// Every second client undoes what was undone already, and is refused; the deposits of the others must stay.
pub fn refused_reversals(hospital: &Hospital, name: &str, clients: usize, rounds: usize) -> Vec<String> {
    let door = &Door::of(hospital);
    let hot = &visits(hospital, name, 1, 10_000)[0];
    let wrong = Wrong::default();
    let cash = json!({"amount": "1000", "method": "cash"});
    let path = &format!("/encounters/{hot}/deposits");
    let first = Client::of(door).post("chi", path, &cash);
    let undo = &format!("/receipts/{}/reverse", first.json["number"].as_str().unwrap_or_default());
    let why = json!({"reason": "nhầm"});
    wrong.unless(&[201], "reversal", &Client::of(door).post("chi", undo, &why));
    std::thread::scope(|scope| {
        for number in 0..clients {
            let (wrong, cash, why) = (&wrong, &cash, &why);
            scope.spawn(move || {
                let mut client = Client::of(door);
                for _ in 0..rounds {
                    match number % 2 {
                        0 => wrong.unless(&[201], "deposit", &client.post("an", path, cash)),
                        _ => wrong.unless(&[409], "second reversal", &client.post("chi", undo, why)),
                    }
                }
            });
        }
    });
    let there = Client::of(door).connection.send_raw(&door.get("an", &format!("/encounters/{hot}/receipts")));
    let count = there.json["items"].as_array().map_or(0, Vec::len);
    let expected = 2 + clients.div_ceil(2) * rounds;
    if count != expected {
        wrong.add(format!("{count} receipts are there, and {expected} were handed out"));
    }
    wrong.all()
}

/// Money is taken while the visits are sent again with other prices and are priced anew.
pub fn changing_bills(hospital: &Hospital, name: &str, clients: usize, rounds: usize) -> Vec<String> {
    let door = &Door::of(hospital);
    let hot = visits(hospital, name, 4, 200_000);
    let wrong = Wrong::default();
    let taken: Vec<AtomicU64> = hot.iter().map(|_| AtomicU64::new(0)).collect();
    std::thread::scope(|scope| {
        for number in 0..clients {
            let (hot, wrong, taken) = (&hot, &wrong, &taken);
            scope.spawn(move || {
                let mut client = Client::of(door);
                let mut rng = Rng::with_seed(number as u64);
                for round in 0..rounds {
                    let place = rng.usize(..hot.len());
                    let id = &hot[place];
                    match number % 8 {
                        0 | 1 => {
                            let there = client.connection.send_raw(&door.get("his", &format!("/encounters/{id}")));
                            let tag = there.head.lines().find_map(|line| line.strip_prefix("etag: "));
                            let version = tag.and_then(|tag| tag.trim().trim_matches('"').parse().ok());
                            let prices = [rng.u64(1..400) * 1000, rng.u64(1..100) * 1000];
                            let document = visit(id, &prices).to_string();
                            let answer = patiently(&mut client.connection, &door.put(id, version, &document));
                            wrong.unless(&[200, 412, 409], "changed visit", &answer);
                        }
                        2 if number == 2 && round % 4 == 0 => reprice(&mut client, hot, wrong),
                        _ => {
                            let amount = rng.u64(1..50) * 1000;
                            let body = match rng.u8(..3) {
                                0 => json!({"use_deposits": true}),
                                _ => json!({"payments": [{"amount": amount.to_string(), "method": "cash"}]}),
                            };
                            let desk = ["an", "binh"][number % 2];
                            let answer = client.post(desk, &format!("/encounters/{id}/settlements"), &body);
                            wrong.unless(&[201, 409, 422], "settlement", &answer);
                            if answer.status == 201 {
                                taken[place].fetch_add(dong(&answer.json["amount"]), Ordering::Relaxed);
                            }
                        }
                    }
                }
            });
        }
    });
    for (id, taken) in hot.iter().zip(taken) {
        let (account, taken) = (hospital.account(id), taken.into_inner());
        if dong(&account["paid"]) + dong(&account["deposits"]) != taken {
            wrong.add(format!("{taken} was taken for {id}, which says {account}"));
        }
    }
    wrong.all()
}

fn reprice(client: &mut Client<'_>, hot: &[String], wrong: &Wrong) {
    let scope = json!({"scope": {"encounters": hot}, "reason": "giá mới"});
    let started = client.post("lan", "/repricings", &scope);
    wrong.unless(&[202], "repricing", &started);
    let (id, approval) = (&started.json["id"], &started.json["approval"]);
    wrong.unless(&[200], "approval", &client.post("dung", &format!("/approvals/{approval}/approve"), &json!({})));
    wrong.unless(&[200], "repricing applied", &client.post("lan", &format!("/repricings/{id}/apply"), &json!({})));
}

/// One key from several connections at once: one effect, and one answer but for those told to ask again.
pub fn retries(hospital: &Hospital, name: &str, connections: usize, rounds: usize) -> Vec<String> {
    let door = &Door::of(hospital);
    let hot = &visits(hospital, name, 1, 10_000)[0];
    let wrong = Wrong::default();
    let path = format!("/encounters/{hot}/deposits");
    let start = Barrier::new(connections);
    let answers: Mutex<BTreeMap<usize, BTreeSet<Vec<u8>>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            let (start, wrong, answers, path) = (&start, &wrong, &answers, &path);
            scope.spawn(move || {
                let mut connection = door.connect();
                for round in 0..rounds {
                    let cash = json!({"amount": "1000", "method": "cash"});
                    let request = door.command("an", path, &format!("{name}-{round}"), &cash);
                    start.wait();
                    let at_once = connection.send_raw(&request);
                    let later = patiently(&mut connection, &request);
                    wrong.unless(&[201, 409, 503], "deposit", &at_once);
                    wrong.unless(&[201], "deposit again", &later);
                    if at_once.status == 409 && !is_in_flight(&at_once) {
                        wrong.add(format!("a retry was refused: {}", at_once.json));
                    }
                    let done = [at_once, later].into_iter().filter(|answer| answer.status == 201);
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.entry(round).or_default().extend(done.map(|answer| answer.bytes));
                }
            });
        }
    });
    for (round, different) in answers.into_inner().unwrap_or_else(PoisonError::into_inner) {
        if different.len() != 1 {
            wrong.add(format!("key {name}-{round} has {} answers", different.len()));
        }
    }
    let deposits = dong(&hospital.account(hot)["deposits"]);
    if deposits != rounds as u64 * 1000 {
        wrong.add(format!("{rounds} commands, each sent {} times, made {deposits} of deposits", connections * 2));
    }
    wrong.all()
}
