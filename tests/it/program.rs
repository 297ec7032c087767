//! The real binary: run to its end, or serving.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use acceptance::checkout;
use acceptance::folder::Folder;

/// The binary of the profile under test, or the one that `VIENPHI_TESTED` names: what a browser waits for is measured on what ships.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    // target/<profile>/deps/it-…: the binary lies beside `deps`.
    let beside = || own.parent().unwrap().parent().unwrap().join("vienphi");
    let path = std::env::var_os("VIENPHI_TESTED").map_or_else(beside, |named| checkout::root().join(named));
    assert!(path.exists(), "{} is not built (cargo build -p vienphi-server)", path.display());
    path
}

/// Runs the binary in the checkout.
pub(crate) fn vienphi(args: &[&str], input: &[u8]) -> Output {
    let mut child = command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// The binary, to be run in the checkout.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(args).current_dir(checkout::root()).env("VIENPHI_CACHE", checkout::target().join("compiled"));
    command
}

static SERVED: AtomicU32 = AtomicU32::new(0);

/// A server of the binary, until it is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// Its records, as long as it serves.
    _folder: Folder,
}

impl Server {
    /// Starts one on a free port and waits until it is ready.
    pub(crate) fn start(options: &[&str]) -> Server {
        let folder = Folder::new(&format!("served-{}", SERVED.fetch_add(1, Ordering::Relaxed)));
        let database = format!("sqlite://{}", folder.at("vienphi.db"));
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &database])
            .args(options)
            .current_dir(checkout::root())
            .env("VIENPHI_CACHE", checkout::target().join("compiled"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().trim_end_matches('/').to_owned();
            }
        };
        let server = Server { child, address, _folder: folder };
        for _ in 0..600 {
            if server.get("/readyz").0 == 200 {
                return server;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server did not become ready");
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String, String) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> (u16, String, String) {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.send(&request)
    }

    /// Status, head and body of the answer.
    fn send(&self, request: &[u8]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, head.to_ascii_lowercase(), body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
