//! A hospital's own account system: the npm package oidc-provider, as `tests/browser/issuer.cjs` starts it, and hospitals whose pages
//! ask it.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::checkout;
use crate::database::Database;
use crate::hospital::Hospital;

/// What both sides know.
pub const SECRET: &str = "ten-dung-bi-mat";

/// The account system.
pub struct Issuer {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    /// Its address.
    pub address: String,
}

impl Issuer {
    /// Starts it at a port, or at any, for pages at an address.
    pub fn start(public: &str, port: u16) -> Issuer {
        let modules = checkout::target().join("browser/node_modules");
        assert!(modules.is_dir(), "{} is missing: `cargo xtask test` installs it", modules.display());
        let mut child = Command::new("node")
            .arg(checkout::root().join("tests/browser/issuer.cjs"))
            .env("NODE_PATH", modules)
            .env("CALLBACK", format!("{public}/sign-in/oidc/callback"))
            .envs([("SECRET", SECRET), ("PORT", &port.to_string())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is there: `cargo xtask test` installs it");
        let mut said = BufReader::new(child.stdout.take().expect("standard output")).lines();
        let line = said.next().expect("it says where it listens").expect("standard output");
        let address = line.strip_prefix("listening on ").expect("an address").to_owned();
        Issuer { child, said, address }
    }

    /// Signs with a key that nobody has seen from now on.
    pub fn take_new_key(&mut self) {
        let input = self.child.stdin.as_mut().expect("standard input");
        writeln!(input, "new key").expect("it reads");
        assert_eq!(self.said.next().expect("it answers").expect("standard output"), "done");
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A hospital at a port whose pages take the word of an issuer.
pub fn hospital_with(binary: &Path, database: &Database, port: u16, issuer: &str) -> Hospital {
    let secret = database.at("client-secret");
    std::fs::write(&secret, format!("{SECRET}\n")).expect("a folder of the test's own");
    let (public, secret) = (format!("http://127.0.0.1:{port}"), secret.display().to_string());
    let options = ["--oidc-issuer", issuer, "--oidc-client-id", "vienphi", "--public-url", &public];
    let options = [&options[..], &["--oidc-client-secret-file", &secret]].concat();
    let mut hospital = Hospital::closed(binary, database, &options);
    hospital.open_at(&format!("127.0.0.1:{port}"));
    hospital
}
