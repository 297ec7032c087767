//! Records to be asked about: visits of the sample day, money paid for some of them, and a word list of their ids, so that not
//! every request is about something that is not there.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use vienphi_kit::step::Failure;

use super::FACILITY;

/// Of each visit of the day so many are sent.
const COPIES: usize = 6;

/// A tenth of a second each: loading and compiling plugins takes seconds.
const WAITS: u32 = 600;

/// Ids of shifts, requests, approvals and claims are numbers of one row.
const NUMBERS: u32 = 80;

/// A server and somebody who may.
pub(super) struct Sender<'s> {
    pub(super) address: &'s str,
    pub(super) token: &'s str,
}

impl Sender<'_> {
    /// Waits until the server's plugins are loaded.
    pub(super) fn wait(&self) -> Result<(), Failure> {
        for _ in 0..WAITS {
            if self.ask("GET", "/readyz", "").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err(Failure::new("the server does not get ready".to_owned()))
    }

    /// Sends a document; what is answered to it, which must be a success.
    fn send(&self, method: &str, path: &str, document: &Value) -> Result<Value, Failure> {
        let failed = |why: String| Failure::new(format!("{method} {path}: {why}"));
        let answer = self.ask(method, &format!("/v1/facilities/{FACILITY}{path}"), &document.to_string());
        let answer = answer.map_err(|cause| failed(cause.to_string()))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        if !head.starts_with("HTTP/1.1 20") {
            return Err(failed(answer));
        }
        serde_json::from_str(body).map_err(|cause| failed(format!("{cause}: {body}")))
    }

    /// A request and its answer, as they stand on the wire.
    fn ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<String> {
        let host = self.address.trim_start_matches("http://").trim_end_matches('/');
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        // Nothing is sent twice, so that the path is key enough.
        let key = path.replace('/', "-");
        let _ = write!(request, "Authorization: Bearer {}\r\nIdempotency-Key: {key}\r\n", self.token);
        let _ = write!(request, "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(host)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// Fills the records: `his` sends visits, `supervisor` takes money. The configuration of schemathesis that knows their ids.
pub(super) fn fill(samples: &Path, his: &Sender<'_>, supervisor: &Sender<'_>) -> Result<String, Failure> {
    his.wait()?;
    let mut visits = Vec::new();
    let failed = |cause: std::io::Error| Failure::new(format!("{}: {cause}", samples.display()));
    let entries: Result<Vec<_>, _> = fs::read_dir(samples).map_err(failed)?.collect();
    let mut paths: Vec<PathBuf> = entries.map_err(failed)?.into_iter().map(|entry| entry.path()).collect();
    // In the same order each time, as the seed of what is asked wants it.
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(path).map_err(failed)?;
        let document: Value = serde_json::from_str(&text).map_err(|cause| failed(cause.into()))?;
        if document["facility"] != FACILITY {
            continue;
        }
        for copy in 0..COPIES {
            let id = format!("{}-{copy}", document["id"].as_str().unwrap_or_default());
            let mut sent = document.clone();
            sent["id"] = id.clone().into();
            his.send("PUT", &format!("/encounters/{id}"), &sent)?;
            visits.push(id);
        }
    }
    supervisor.send("POST", "/shifts", &json!({ "desk": "Quầy 1", "float": "200000" }))?;
    let mut receipts = Vec::new();
    for visit in visits.iter().step_by(2) {
        let deposit = json!({ "amount": "20000", "method": "cash" });
        let receipt = supervisor.send("POST", &format!("/encounters/{visit}/deposits"), &deposit)?;
        receipts.extend(receipt["number"].as_str().map(str::to_owned));
    }
    let numbers = (1..=NUMBERS).map(|number| number.to_string());
    let ids: Vec<String> = visits.into_iter().chain(numbers).collect();
    // A list of texts in JSON is one in TOML.
    Ok(format!(
        "[dictionaries]\nfacilities.values = {}\nids.values = {}\nreceipts.values = {}\n\n[parameters]\n\
         \"path.facility\" = {{ dictionary = \"facilities\", probability = 0.9 }}\n\
         \"path.id\" = {{ dictionary = \"ids\", probability = 0.8 }}\n\
         \"path.number\" = {{ dictionary = \"receipts\", probability = 0.8 }}\n",
        json!([FACILITY]),
        json!(ids),
        json!(receipts),
    ))
}
