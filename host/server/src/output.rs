//! Writing to the terminal, and what a command ends with.

use std::io::Write;
use std::process::ExitCode;

/// How a command ended (0 done, 1 findings or differences, 2 bad input or use).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Done.
    Done,
    /// Differences or problem lines.
    Differences,
    /// Bad input or use.
    BadInput,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> ExitCode {
        match ended {
            Ended::Done => ExitCode::SUCCESS,
            Ended::Differences => ExitCode::from(1),
            Ended::BadInput => ExitCode::from(2),
        }
    }
}

/// Writes to standard output. A reader that has gone away (`| head`) is not an error.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard error.
pub fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{text}");
}
