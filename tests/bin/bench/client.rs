//! The server and those who ask it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::checkout;

/// A server of the binary, until it is dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts one on a free port and waits until it is ready.
    pub(crate) fn start(binary: &Path, options: &[String]) -> Server {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .current_dir(checkout::root())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary is built");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let address = loop {
            let line = lines.next().expect("the server says where it listens").expect("standard output");
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().trim_end_matches('/').to_owned();
            }
        };
        let server = Server { child, address };
        while !is_ready(&server.address) {
            std::thread::sleep(Duration::from_millis(2));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let _ = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.starts_with("HTTP/1.1 200")
}

/// A request for a quote.
pub(crate) fn request(body: &str) -> Vec<u8> {
    let length = body.len();
    let head = "POST /v1/quotes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length";
    format!("{head}: {length}\r\n\r\n{body}").into_bytes()
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        Connection { stream, buffer: vec![0; 1 << 20] }
    }

    /// Asks and reads the whole answer; answers whether its status is 200.
    pub(crate) fn ask(&mut self, request: &[u8]) -> bool {
        self.stream.write_all(request).expect("the request is sent");
        let mut filled = 0;
        let (is_right, whole) = loop {
            filled += self.stream.read(&mut self.buffer[filled..]).expect("the answer is read");
            if let Some(end) = self.buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
                break (head.starts_with("http/1.1 200"), end + 4 + length.trim().parse::<usize>().expect("a number"));
            }
        };
        if self.buffer.len() < whole {
            self.buffer.resize(whole, 0);
        }
        while filled < whole {
            filled += self.stream.read(&mut self.buffer[filled..]).expect("the answer is read");
        }
        is_right
    }
}

const CONNECTIONS: usize = 8;

/// Kept-alive connections that each ask again when answered, for some seconds.
pub(crate) fn quotes_a_second(address: &str, body: &str) -> f64 {
    const SECONDS: f64 = 5.0;
    let request = request(body);
    let began = Instant::now();
    let ask_again = || {
        let mut connection = Connection::open(address);
        let mut answered = 0_u64;
        while began.elapsed().as_secs_f64() < SECONDS {
            assert!(connection.ask(&request), "a quote of the bench was refused");
            answered += 1;
        }
        answered
    };
    let answered: u64 = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(ask_again)).collect();
        asking.into_iter().map(|asking| asking.join().expect("the connection thread")).sum()
    });
    answered as f64 / began.elapsed().as_secs_f64()
}

/// What came of a steady load.
pub(crate) struct Load {
    /// Milliseconds from when a request was due to its whole answer, in order.
    latencies: Vec<f64>,
    /// Answers that were not 200.
    pub(crate) failed: u64,
}

impl Load {
    /// The latency that so many of a thousand stay below, in milliseconds.
    pub(crate) fn below(&self, of_a_thousand: usize) -> f64 {
        self.latencies.get(self.latencies.len() * of_a_thousand / 1000).copied().unwrap_or(f64::NAN)
    }
}

/// So many quotes a second for some seconds, each at its time whether those before it are answered or not; `beside` is
/// done meanwhile, on another thread.
pub(crate) fn steady(address: &str, body: &str, a_second: f64, seconds: f64, beside: impl FnOnce() + Send) -> Load {
    let request = request(body);
    let began = Instant::now();
    let ask_on_time = |first: usize| {
        let mut connection = Connection::open(address);
        let (mut latencies, mut failed) = (Vec::new(), 0);
        for number in (first..).step_by(CONNECTIONS) {
            let due = number as f64 / a_second;
            if due > seconds {
                break;
            }
            let due = began + Duration::from_secs_f64(due);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if !connection.ask(&request) {
                failed += 1;
            }
            latencies.push(due.elapsed().as_secs_f64() * 1e3);
        }
        (latencies, failed)
    };
    let mut load = Load { latencies: Vec::new(), failed: 0 };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..CONNECTIONS).map(|first| scope.spawn(move || ask_on_time(first))).collect();
        scope.spawn(beside);
        for asking in asking {
            let (latencies, failed) = asking.join().expect("the connection thread");
            load.latencies.extend(latencies);
            load.failed += failed;
        }
    });
    load.latencies.sort_by(f64::total_cmp);
    load
}
