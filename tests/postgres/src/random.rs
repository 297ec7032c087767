//! What must differ from cluster to cluster: the password and the port.

use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::net::TcpListener;

/// Systems hand out ports from 32768 upwards to outgoing connections. A client that keeps calling a killed server
/// there would sooner or later be given the server's own port, call itself and keep the port from the server.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// A new password of 32 hexadecimal digits.
pub(crate) fn password() -> io::Result<String> {
    let mut password = String::new();
    for byte in bytes::<16>()? {
        // Writing to a string does not fail.
        let _ = write!(password, "{byte:02x}");
    }
    Ok(password)
}

/// A port of 127.0.0.1 on which nobody listens.
pub(crate) fn port() -> io::Result<u16> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..100 {
        let port = PORTS.start + u16::from_le_bytes(bytes()?) % (PORTS.end - PORTS.start);
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(cause) => last = cause,
        }
    }
    Err(last)
}

fn bytes<const COUNT: usize>() -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_ports_differ() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
        assert!(PORTS.contains(&port().unwrap()));
    }
}
