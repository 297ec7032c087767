//! The plugin's rules as a program of this machine, asked the same questions as the component.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde::Deserialize;
use serde_json::json;
use vienphi_kit::Project;
use vienphi_runtime::Told;
use vienphi_runtime::contract::{Decision, Refusal};

/// The running program.
pub(super) struct Native {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What it answers.
#[derive(Deserialize)]
pub(super) struct Answer {
    /// The decision.
    pub(super) decision: Result<Decision, Refusal>,
    /// Nanoseconds that all the times took.
    pub(super) nanos: u64,
}

impl Native {
    /// Builds and starts it; none when the plugin has none.
    pub(super) fn start(project: Option<&Project>) -> Result<Option<Native>, String> {
        let Some(project) = project else { return Ok(None) };
        let Some(mut command) = project.native().map_err(|failure| failure.to_string())? else { return Ok(None) };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the plugin's native program does not start: {error}"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(questions), Some(answers)) => Ok(Some(Native { child, questions, answers: BufReader::new(answers) })),
            _ => Err("the plugin's native program has no standard input and output".into()),
        }
    }

    /// Asks it about a visit, so many times over.
    pub(super) fn decide(&mut self, told: &Told, times: u32) -> Result<Answer, String> {
        let stopped = |error: std::io::Error| format!("the plugin's native program stopped: {error}");
        writeln!(self.questions, "{}", json!({"visit": told.visit, "times": times})).map_err(stopped)?;
        self.questions.flush().map_err(stopped)?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(stopped)?;
        if line.is_empty() {
            return Err("the plugin's native program stopped: it panicked, most likely".into());
        }
        serde_json::from_str(&line)
            .map_err(|error| format!("the plugin's native program does not speak this contract: {error}"))
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
