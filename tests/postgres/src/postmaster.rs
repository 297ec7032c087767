//! What a server says of itself in its `postmaster.pid`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::processes;

/// The name of the file in the data folder.
pub(crate) const FILE: &str = "postmaster.pid";

/// What the file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) id: u32,
    /// The segment of System V's shared memory by which the server knows whether an earlier one still runs.
    segment: Option<u32>,
    /// Whether it accepts connections.
    pub(crate) is_ready: bool,
}

impl Postmaster {
    /// Reads it; `None` when there is none, or not yet a whole one.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join(FILE)).ok()?)
    }

    /// Lines: process, data folder, start, port, folder of the socket, address, key and segment, status.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let segment = lines.get(6).and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        let is_ready = lines.get(7).is_some_and(|status| status.trim() == "ready");
        Some(Self { id: lines.first()?.trim().parse().ok()?, segment, is_ready })
    }

    /// Whether the process is still the server of `data` and not a later one with its number.
    pub(crate) fn serves(&self, data: &Path) -> bool {
        let line = fs::read(format!("/proc/{}/cmdline", self.id)).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == data.as_os_str().as_encoded_bytes())
    }
}

/// Removes what a killed server has left outside of its files. All its processes must be dead.
pub(crate) fn bury(data: &Path) {
    if let Some(segment) = Postmaster::read(data).and_then(|postmaster| postmaster.segment) {
        let mut command = Command::new("ipcrm");
        command.args(["-m", &segment.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // It is 56 bytes large: losing it would matter only after thousands.
        let _ = command.status();
    }
    // The next server would take a later process with the same number for this one.
    let _ = fs::remove_file(data.join(FILE));
}

/// Ends the server of `data` when one still runs there.
pub(crate) fn end(data: &Path) {
    if let Some(postmaster) = Postmaster::read(data) {
        if postmaster.serves(data) && processes::kill(postmaster.id).is_err() {
            return;
        }
        bury(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_grows_while_the_server_starts() {
        let text = "41\n/data\n1700000000\n20001\n..\n127.0.0.1\n 17   23\nready   \n";
        assert_eq!(Postmaster::parse(text), Some(Postmaster { id: 41, segment: Some(23), is_ready: true }));
        let starting = text.replace("ready", "starting");
        assert_eq!(Postmaster::parse(&starting), Some(Postmaster { id: 41, segment: Some(23), is_ready: false }));
        assert_eq!(Postmaster::parse("41\n/data\n"), Some(Postmaster { id: 41, ..Postmaster::default() }));
        assert_eq!(Postmaster::parse(""), None);
    }
}
