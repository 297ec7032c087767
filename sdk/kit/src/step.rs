//! One step of a command: a line that says what happens and why, then an external program run to its end.

use std::fmt;
use std::io::Write;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Why a command stopped: one sentence that says what to do.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with its sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Prints one line for the person watching. Standard output stays free for what the called programs answer
/// (`cargo xtask bench --json` is read by machines).
pub fn say(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs a program to its end with its output shown; anything but success becomes `sentence`.
pub fn run(command: &mut Command, sentence: &str) -> Result<(), Failure> {
    if status(command)?.success() { Ok(()) } else { Err(Failure::new(sentence)) }
}

/// Runs a program to its end with its output shown, and passes its exit code on.
pub fn pass_on(command: &mut Command) -> Result<ExitCode, Failure> {
    // No code means that a signal ended it.
    let code = status(command)?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// What a program prints on standard output; its errors are shown as they come.
pub fn output(command: &mut Command, sentence: &str) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|cause| not_started(command, &cause))?;
    if !output.status.success() {
        return Err(Failure::new(sentence));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure::new(format!("{sentence} (its output is not UTF-8)")))
}

/// Whether a program starts and succeeds; its output is not shown.
pub fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether a program succeeds within a time; it is ended when the time is up.
pub fn works_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).stdout(std::io::stderr()).spawn() else {
        return false;
    };
    let started = Instant::now();
    while started.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => sleep(Duration::from_millis(200)),
            Err(_) => break,
        }
    }
    // Either may fail only because the program has ended meanwhile.
    let _ = child.kill();
    let _ = child.wait();
    false
}

fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command.status().map_err(|cause| not_started(command, &cause))
}

fn not_started(command: &Command, cause: &std::io::Error) -> Failure {
    Failure::new(format!("{} does not start: {cause}", command.get_program().to_string_lossy()))
}
