//! A receiver of webhooks: HTTP/1.1 on this machine, one thread for each connection.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was received.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) path: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
    /// What was answered.
    pub(super) status: u16,
}

impl Heard {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The number of the message.
    pub(super) fn message(&self) -> i64 {
        self.header("webhook-id").rsplit('_').next().unwrap().parse().unwrap()
    }

    /// A field of what the message tells.
    pub(super) fn data(&self, field: &str) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        body["data"][field].as_str().unwrap_or_default().to_owned()
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
    /// Before the status.
    pub(super) wait: Duration,
    /// Between the status and the body.
    pub(super) dawdle: Duration,
}

pub(super) fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

pub(super) struct Receiver {
    port: u16,
    heard: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    heard: Vec<Heard>,
    times: HashMap<String, usize>,
}

type Behaviour = dyn Fn(&Heard, usize) -> Answer + Send + Sync;

impl Receiver {
    /// Answers as it is told, by what it hears and how often it has heard that message before.
    pub(super) fn start(answer: impl Fn(&Heard, usize) -> Answer + Send + Sync + 'static) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Log::default()));
        let (log, answer): (_, Arc<Behaviour>) = (Arc::clone(&heard), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Receiver { port, heard }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().heard.clone()
    }

    pub(super) fn count(&self) -> usize {
        self.heard.lock().unwrap().heard.len()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Log>, answer: &Behaviour) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut heard = request(&mut reader)?;
        let answer = {
            let mut log = log.lock().unwrap();
            let times = log.times.entry(format!("{} {}", heard.path, heard.header("webhook-id"))).or_default();
            let before = *times;
            *times += 1;
            let answer = answer(&heard, before);
            heard.status = answer.status;
            log.heard.push(heard);
            answer
        };
        std::thread::sleep(answer.wait);
        let Answer { status, headers, body, dawdle, .. } = answer;
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        stream.write_all(head.as_bytes()).ok()?;
        std::thread::sleep(dawdle);
        stream.write_all(&body).ok()?;
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.strip_prefix("POST ")?.split(' ').next()?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
            None => break,
        };
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Heard { path, headers, body: String::from_utf8(body).ok()?, status: 0 })
}
