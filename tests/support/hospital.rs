//! A hospital at work: the real server over a database, people with tokens, and the connections they ask it on.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::checkout;
use crate::database::Database;

/// A server over a database.
pub struct Hospital {
    binary: PathBuf,
    options: Vec<String>,
    environment: Vec<(String, String)>,
    child: Option<Child>,
    /// Where it listens.
    pub address: String,
    /// Tokens by name.
    tokens: BTreeMap<String, String>,
    /// MA_CSKCB.
    pub facility: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP; 0 when the connection broke.
    pub status: u16,
    /// Lower case.
    pub head: String,
    /// JSON; null when it is none.
    pub json: Value,
    /// As received.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Its body, when its status is this one.
    pub fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json
    }
}

/// People of a facility: name and role.
pub const PEOPLE: [(&str, &str); 11] = [
    ("an", "cashier"),
    ("binh", "cashier"),
    ("chi", "cash-supervisor"),
    ("dung", "director"),
    ("his", "his"),
    ("giang", "claims-officer"),
    ("hoa", "verifier"),
    ("khanh", "integrator"),
    ("lan", "price-officer"),
    ("minh", "administrator"),
    ("nga", "auditor"),
];

static KEY: AtomicU64 = AtomicU64::new(0);

/// A key that nobody used before.
pub fn fresh_key() -> String {
    format!("k{}-{}", std::process::id(), KEY.fetch_add(1, Ordering::Relaxed))
}

impl Hospital {
    /// Makes the people's tokens and starts the server.
    pub fn start(binary: &Path, database: &Database, options: &[&str]) -> Hospital {
        let mut hospital = Hospital::closed(binary, database, options);
        hospital.open();
        hospital
    }

    /// Another server over a database that has its people, not serving yet.
    pub fn another(binary: &Path, database: &Database, options: &[&str]) -> Hospital {
        let mut all: Vec<String> = database.options().into();
        all.extend(options.iter().map(|option| (*option).to_owned()));
        Hospital {
            binary: binary.to_owned(),
            options: all,
            environment: Vec::new(),
            child: None,
            address: String::new(),
            tokens: BTreeMap::new(),
            facility: "92114".to_owned(),
        }
    }

    /// With the tokens of another, whose records it has.
    pub fn with_people_of(mut self, other: &Hospital) -> Hospital {
        self.tokens.clone_from(&other.tokens);
        self
    }

    /// With the people's tokens, not serving yet.
    pub fn closed(binary: &Path, database: &Database, options: &[&str]) -> Hospital {
        let mut hospital = Hospital::another(binary, database, options);
        for (name, role) in PEOPLE {
            hospital.employ("92114", name, role);
        }
        hospital
    }

    /// Sets a variable of the server's environment, from its next start on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Makes a token; it is found as the name, or as `name@facility` elsewhere.
    pub fn employ(&mut self, facility: &str, name: &str, role: &str) {
        let output = self.runs(&["token", "create", "--facility", facility, "--role", role, "--name", name]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let known = if facility == self.facility { name.to_owned() } else { format!("{name}@{facility}") };
        self.tokens.insert(known, String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }

    /// Runs a command of the binary on the database.
    pub fn runs(&self, args: &[&str]) -> Output {
        let mut command = Command::new(&self.binary);
        command.args(args).args(&self.options[..4]).current_dir(checkout::root());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.output().expect("the binary is built")
    }

    /// Starts the server and waits until it is ready; how long that took.
    pub fn open(&mut self) -> Duration {
        self.open_at("127.0.0.1:0")
    }

    /// Kills the server and starts it where it was, so that who was talking to it finds it again.
    pub fn reopen_there(&mut self) {
        let address = self.address.clone();
        self.kill();
        self.open_at(&address);
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same, at an address.
    pub fn open_at(&mut self, listen: &str) -> Duration {
        let began = Instant::now();
        let mut child = Command::new(&self.binary)
            .args(["serve", "--listen", listen])
            .args(&self.options)
            .current_dir(checkout::root())
            .env("VIENPHI_CACHE", checkout::target().join("compiled"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary is built");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        self.address = loop {
            let line = lines.next().expect("the server says where it listens").expect("standard output");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().trim_end_matches('/').to_owned();
            }
        };
        self.child = Some(child);
        while began.elapsed() < Duration::from_secs(60) {
            if self.connect().ask("GET", "/readyz", None, None, b"").status == 200 {
                return began.elapsed();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server did not become ready");
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The process, while it serves.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// A connection.
    pub fn connect(&self) -> Connection {
        Connection { address: self.address.clone(), stream: None }
    }

    /// The program.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// A person's token.
    pub fn token(&self, name: &str) -> &str {
        self.tokens.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// The path of something of the facility.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/facilities/{}{rest}", self.facility)
    }

    /// Somebody asks for something.
    pub fn get(&self, name: &str, rest: &str) -> Answer {
        self.connect().ask("GET", &self.path(rest), Some(self.token(name)), None, b"")
    }

    /// Somebody sends a command, with a key of its own.
    pub fn post(&self, name: &str, rest: &str, body: Value) -> Answer {
        self.post_keyed(name, rest, &fresh_key(), body)
    }

    /// Somebody sends a command by a key.
    pub fn post_keyed(&self, name: &str, rest: &str, key: &str, body: Value) -> Answer {
        let body = body.to_string();
        self.connect().ask("POST", &self.path(rest), Some(self.token(name)), Some(key), body.as_bytes())
    }

    /// The hospital's software sends a visit, changing the version that is there.
    pub fn put(&self, encounter: &Value) -> Answer {
        let rest = format!("/encounters/{}", encounter["id"].as_str().expect("an id"));
        let mut connection = self.connect();
        let token = Some(self.token("his"));
        let there = connection.ask("GET", &self.path(&rest), token, None, b"");
        let tag = there
            .head
            .lines()
            .find_map(|line| line.strip_prefix("etag: "))
            .map(|tag| format!("If-Match: {}\r\n", tag.trim()));
        let body = encounter.to_string();
        connection.ask_with("PUT", &self.path(&rest), token, None, &tag.unwrap_or_default(), body.as_bytes())
    }

    /// Somebody follows something: its states, until it ends.
    pub fn follow(&self, name: &str, rest: &str) -> impl Iterator<Item = Value> + use<> {
        self.stream(&self.path(rest), Some(self.token(name)), "Connection: close\r\n")
            .filter_map(|line| line.strip_prefix("data: ").and_then(|data| serde_json::from_str(data).ok()))
    }

    /// A stream of events, line by line, until it ends.
    pub fn stream(&self, path: &str, token: Option<&str>, headers: &str) -> impl Iterator<Item = String> + use<> {
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket option");
        stream.write_all(&request("GET", path, token, None, headers, b"")).expect("the server reads");
        BufReader::new(stream).lines().map_while(Result::ok)
    }

    /// What a patient owes and holds.
    pub fn account(&self, encounter: &str) -> Value {
        let answer = self.get("an", &format!("/encounters/{encounter}/account"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json
    }

    /// Everything must hold together.
    pub fn verify(&self) {
        let output = self.runs(&["verify"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
}

impl Drop for Hospital {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Some bytes; a signal that arrives meanwhile is nothing that happened to the connection.
fn read(stream: &mut TcpStream, part: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match stream.read(part) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// A connection that is kept, and opened again when it broke.
pub struct Connection {
    address: String,
    stream: Option<TcpStream>,
}

impl Connection {
    /// To a server at an address.
    pub fn to(address: &str) -> Connection {
        Connection { address: address.to_owned(), stream: None }
    }

    /// Asks and reads the whole answer.
    pub fn ask(&mut self, method: &str, path: &str, token: Option<&str>, key: Option<&str>, body: &[u8]) -> Answer {
        self.ask_with(method, path, token, key, "", body)
    }

    /// Asks with further headers, each with its end of line.
    pub fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        key: Option<&str>,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        self.send_raw(&request(method, path, token, key, headers, body))
    }

    /// Sends a request that was written before.
    pub fn send_raw(&mut self, request: &[u8]) -> Answer {
        match self.exchange(request) {
            Ok(answer) => {
                // The server says that it will not be heard of on this connection again.
                if answer.head.contains("\r\nconnection: close") {
                    self.stream = None;
                }
                answer
            }
            // What there is instead of a head: why no answer came.
            Err(why) => {
                self.stream = None;
                Answer { status: 0, head: why, json: Value::Null, bytes: Vec::new() }
            }
        }
    }

    /// Sends a request and goes away without its answer.
    pub fn send_and_leave(&mut self, request: &[u8], after: Duration) {
        if let Ok(stream) = self.stream() {
            let _ = stream.write_all(request);
            std::thread::sleep(after);
        }
        self.stream = None;
    }

    fn stream(&mut self) -> Result<&mut TcpStream, String> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).map_err(|error| format!("not connected: {error}"))?;
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(|error| error.to_string())?;
            self.stream = Some(stream);
        }
        self.stream.as_mut().ok_or_else(|| "not connected".to_owned())
    }

    fn exchange(&mut self, request: &[u8]) -> Result<Answer, String> {
        let stream = self.stream()?;
        stream.write_all(request).map_err(|error| format!("not sent: {error}"))?;
        let malformed = || "an answer that is none".to_owned();
        let (mut buffer, mut part) = (Vec::with_capacity(4096), [0; 16 * 1024]);
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            match read(stream, &mut part).map_err(|error| format!("after {} bytes: {error}", buffer.len()))? {
                0 => return Err(format!("the connection ended after {} bytes", buffer.len())),
                count => buffer.extend_from_slice(&part[..count]),
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        if head.contains("\r\ntransfer-encoding: chunked") {
            // A stream, until it ends.
            while !buffer.ends_with(b"0\r\n\r\n") {
                match read(stream, &mut part).map_err(|error| error.to_string())? {
                    0 => return Err("the stream broke off".to_owned()),
                    count => buffer.extend_from_slice(&part[..count]),
                }
            }
            let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(malformed)?;
            return Ok(Answer { status, head, json: Value::Null, bytes: buffer[end + 4..].to_vec() });
        }
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|length| length.trim().parse().ok())
            .ok_or_else(malformed)?;
        while buffer.len() < end + 4 + length {
            match read(stream, &mut part).map_err(|error| format!("after {} bytes: {error}", buffer.len()))? {
                0 => return Err(format!("the connection ended after {} bytes", buffer.len())),
                count => buffer.extend_from_slice(&part[..count]),
            }
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(malformed)?;
        let bytes = buffer[end + 4..].to_vec();
        Ok(Answer { status, head, json: serde_json::from_slice(&bytes).unwrap_or_default(), bytes })
    }
}

/// A request.
pub fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    key: Option<&str>,
    headers: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}");
    if let Some(token) = token {
        request += &format!("Authorization: Bearer {token}\r\n");
    }
    if let Some(key) = key {
        request += &format!("Idempotency-Key: {key}\r\n");
    }
    if !body.is_empty() {
        request += "Content-Type: application/json\r\n";
    }
    request += &format!("Content-Length: {}\r\n\r\n", body.len());
    [request.as_bytes(), body].concat()
}

/// A visit without a card: what its lines cost is the patient's, in whole đồng each.
pub fn visit(id: &str, prices: &[u64]) -> Value {
    let line = |(place, price): (usize, &u64)| {
        json!({
            "id": (place + 1).to_string(), "kind": "drug", "code": format!("D{place}"), "quantity": 1,
            "unit_price": price.to_string(), "department": "K01", "performed_at": "2026-03-02T08:30",
        })
    };
    json!({
        "id": id, "facility": "92114",
        "patient": {"id": format!("BN-{id}"), "name": "Nguyễn Thị Mẫu", "birth_date": "1980-05-01", "sex": "female", "phone": "0912345678"},
        "visit": {"type": "01", "subject": "9", "arrived_at": "2026-03-02T08:00", "discharged_at": "2026-03-02T11:00"},
        "lines": prices.iter().enumerate().map(line).collect::<Vec<_>>(),
    })
}
