//! A load over HTTP: as many clients as are asked for, each sending its next command when the last one is answered, or all
//! of them together at a steady rate.

#![allow(clippy::float_arithmetic, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // rates and times, no money

mod collecting;
mod pages;

pub use collecting::Asked;
pub use pages::Open;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::database::Database;
use crate::hospital::{Hospital, request, visit};
use crate::{checkout, measured};

/// A load.
pub struct Load {
    hospital: Hospital,
    facilities: Vec<String>,
    clients: usize,
    seconds: f64,
    next: AtomicU64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Answers a second.
    pub a_second: f64,
    /// Milliseconds: middle, 99th of a hundred, longest.
    pub latency_ms: [f64; 3],
    /// Answers that were not the wanted ones.
    pub failed: u64,
}

impl Load {
    /// A server over a database.
    pub fn over(binary: &Path, database: &Database, facilities: usize, clients: usize, seconds: f64) -> Load {
        Load::over_with(binary, database, facilities, clients, seconds, None)
    }

    /// A server over a database, with a defect.
    pub fn over_with(
        binary: &Path,
        database: &Database,
        facilities: usize,
        clients: usize,
        seconds: f64,
        defect: Option<&str>,
    ) -> Load {
        let codes: Vec<String> = (0..facilities).map(|number| format!("92{:03}", 401 + number)).collect();
        let registry = registry(database, &codes);
        let mut hospital = Hospital::closed(binary, database, &["--facilities", &registry.display().to_string()]);
        for code in &codes {
            hospital.employ(code, "his", "his");
            hospital.employ(code, "an", "cashier");
            hospital.employ(code, "minh", "administrator");
            hospital.employ(code, "dung", "director");
        }
        if let Some(defect) = defect {
            hospital.set("VIENPHI_PLANTED", defect);
        }
        hospital.open();
        Load { hospital, facilities: codes, clients, seconds, next: AtomicU64::new(0) }
    }

    /// Another server on the same database, not serving yet.
    pub fn beside(&self, binary: &Path, database: &Database) -> Hospital {
        let registry = database.at("facilities.csv").display().to_string();
        Hospital::another(binary, database, &["--facilities", &registry])
    }

    /// Where the server listens.
    pub fn address(&self) -> &str {
        &self.hospital.address
    }

    /// What `verify` finds.
    pub fn violations(&self) -> Vec<String> {
        let mut findings = crate::storm::aftermath::Findings::default();
        findings.verify(&self.hospital);
        findings.all()
    }

    /// The server's process.
    pub fn process(&self) -> Option<u32> {
        self.hospital.process()
    }

    /// Kills the server and starts it again; how long it takes until it is ready.
    pub fn crash(&mut self) -> Duration {
        self.hospital.kill();
        self.hospital.open()
    }

    /// Everything must hold together.
    pub fn verify(&self) {
        self.hospital.verify();
    }

    /// Visits of so many lines, sent as fast as they are answered: each new, and then changed.
    pub fn upserts(&self, lines: usize, a_second: Option<f64>) -> Outcome {
        let a_second = a_second.map(|rate| rate / 2.0);
        let text = measured::encounter(lines).to_string();
        let first = self.next.fetch_add(10_000_000, Ordering::Relaxed);
        self.run(a_second, move |load, number| {
            let visit = first + number;
            let code = load.facility(visit);
            let id = format!("U{visit}");
            let mut body = text
                .replace("\"BENCH\"", &format!("\"{id}\""))
                .replace("\"facility\":\"92114\"", &format!("\"facility\":\"{code}\""));
            body = body.replace("\"BN1\"", &format!("\"BN{visit}\""));
            let path = format!("/v1/facilities/{code}/encounters/{id}");
            let token = Some(load.token("his", code));
            let changed = body.replace("\"result\":1", "\"result\":2");
            vec![
                request("PUT", &path, token, None, "", body.as_bytes()),
                request("PUT", &path, token, None, "If-Match: *\r\n", changed.as_bytes()),
            ]
        })
    }

    /// Visits to be paid for, so many, of three lines; their first number.
    pub fn prepare(&self, count: u64) -> u64 {
        self.send_new("S", count, |id| visit(id, &[45_000, 12_500, 3_000]).to_string())
    }

    /// Visits of four to twelve lines, eight on average, of a patient each; their first number.
    pub fn fill(&self, count: u64) -> u64 {
        let texts: Vec<String> = (4..=12).map(|lines| measured::encounter(lines).to_string()).collect();
        self.send_new("F", count, |id| {
            let number: usize = id[1..].parse().expect("a letter and a number");
            let named = texts[number % texts.len()].replace("\"BENCH\"", &format!("\"{id}\""));
            let named = named.replace("Người Mẫu", &vienphi_samples::name(number as u64));
            named.replace("\"BN1\"", &format!("\"BN-{id}\""))
        })
    }

    /// Visits of so many lines each, of a patient each, that ended in one month.
    pub fn stays(&self, count: u64, lines: usize) -> u64 {
        let text = measured::encounter(lines).to_string();
        self.send_new("N", count, |id| {
            text.replace("\"BENCH\"", &format!("\"{id}\"")).replace("\"BN1\"", &format!("\"BN-{id}\""))
        })
    }

    /// The codes of its facilities.
    pub fn facilities(&self) -> &[String] {
        &self.facilities
    }

    /// New visits, called by a letter and a number; the first number.
    fn send_new(&self, letter: &str, count: u64, write: impl Fn(&str) -> String + Sync) -> u64 {
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        // Ids follow each other as a hospital's do.
        let (write, numbers) = (&write, &AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..self.clients {
                scope.spawn(move || {
                    let mut stream = self.connect();
                    loop {
                        let number = numbers.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            break;
                        }
                        let visit_number = first + number;
                        let code = self.facility(visit_number);
                        let id = format!("{letter}{visit_number}");
                        let body = write(&id).replace("\"facility\":\"92114\"", &format!("\"facility\":\"{code}\""));
                        let path = format!("/v1/facilities/{code}/encounters/{id}");
                        let request = request("PUT", &path, Some(self.token("his", code)), None, "", body.as_bytes());
                        assert_eq!(exchange(&mut stream, &request), Some(201), "a new visit was refused");
                    }
                });
            }
        });
        first
    }

    /// Settlements of visits that were prepared, one each.
    pub fn settlements(&self, first: u64, a_second: Option<f64>) -> Outcome {
        let body = json!({"payments": [{"amount": "60500", "method": "cash"}], "use_deposits": true}).to_string();
        self.run(a_second, move |load, number| {
            let visit = first + number;
            let code = load.facility(visit);
            let path = format!("/v1/facilities/{code}/encounters/S{visit}/settlements");
            let key = format!("load-{visit}");
            vec![request("POST", &path, Some(load.token("an", code)), Some(&key), "", body.as_bytes())]
        })
    }

    fn facility(&self, number: u64) -> &str {
        &self.facilities[number as usize % self.facilities.len()]
    }

    fn token(&self, name: &str, code: &str) -> &str {
        self.hospital.token(&format!("{name}@{code}"))
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.hospital.address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        stream
    }

    fn run(&self, a_second: Option<f64>, write: impl Fn(&Load, u64) -> Vec<Vec<u8>> + Sync) -> Outcome {
        let (began, numbers) = (Instant::now(), AtomicU64::new(0));
        let client = || {
            let mut stream = self.connect();
            let (mut latencies, mut failed) = (Vec::new(), 0);
            loop {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                let mut due = Instant::now();
                if let Some(rate) = a_second {
                    due = began + Duration::from_secs_f64(number as f64 / rate);
                }
                // Nobody waits for what would be due after the end: the rate is counted to the end.
                if due.saturating_duration_since(began).as_secs_f64() >= self.seconds {
                    return (latencies, failed);
                }
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                for request in write(self, number) {
                    if a_second.is_none() {
                        due = Instant::now();
                    }
                    match exchange(&mut stream, &request) {
                        Some(200 | 201) => {}
                        // A search that finds one leads there.
                        Some(303) if request.starts_with(b"POST /desk/find ") => {}
                        Some(_) => failed += 1,
                        None => {
                            failed += 1;
                            stream = self.connect();
                        }
                    }
                    latencies.push(due.elapsed().as_secs_f64() * 1e3);
                }
            }
        };
        let mut latencies = Vec::new();
        let mut failed = 0;
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..self.clients).map(|_| scope.spawn(client)).collect();
            for client in clients {
                let (own, own_failed) = client.join().expect("a client's thread");
                latencies.extend(own);
                failed += own_failed;
            }
        });
        let a_second = latencies.len() as f64 / began.elapsed().as_secs_f64();
        latencies.sort_by(f64::total_cmp);
        let at =
            |of_a_thousand: usize| latencies.get(latencies.len() * of_a_thousand / 1000).copied().unwrap_or(f64::NAN);
        let longest = latencies.last().copied().unwrap_or(f64::NAN);
        Outcome { a_second, latency_ms: [at(500), at(990), longest], failed }
    }
}

/// The registry of the tests with further facilities like 92114.
fn registry(database: &Database, codes: &[String]) -> PathBuf {
    let text = std::fs::read_to_string(checkout::facilities()).expect("the registry is there");
    let pattern = text.lines().find(|line| line.starts_with("92114,")).expect("92114 is in the registry").to_owned();
    let further: String = codes.iter().map(|code| format!("{}\n", pattern.replacen("92114", code, 1))).collect();
    let path = database.at("facilities.csv");
    std::fs::write(&path, text + &further).expect("the folder is there");
    path
}

/// Sends a request and reads the whole answer; its status.
fn exchange(stream: &mut TcpStream, request: &[u8]) -> Option<u16> {
    ask(stream, request).map(|(status, _)| status)
}

/// Sends a request and reads the whole answer: its status and body.
fn ask(stream: &mut TcpStream, request: &[u8]) -> Option<(u16, Vec<u8>)> {
    stream.write_all(request).ok()?;
    let (mut buffer, mut filled) = ([0; 16 * 1024], 0);
    let end = loop {
        match stream.read(&mut buffer[filled..]).ok()? {
            0 => return None,
            count => filled += count,
        }
        if let Some(end) = buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
    };
    let head = std::str::from_utf8(&buffer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))?;
    let whole = end + 4 + length.trim().parse::<usize>().ok()?;
    let mut body = buffer[end + 4..filled.min(whole)].to_vec();
    while filled < whole {
        let left = whole - filled;
        let part = left.min(buffer.len());
        let count = stream.read(&mut buffer[..part]).ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&buffer[..count]);
        filled += count;
    }
    Some((status, body))
}
