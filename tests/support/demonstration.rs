//! `vienphi demo`, running until it is told to end.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::checkout;

/// A demonstration that is ready. It is killed with this, if it was not told to end.
pub struct Demonstration {
    process: Child,
    /// What it has printed until it was ready.
    pub printed: String,
    /// Held to the end: whoever prints into a pipe that nobody holds fails.
    more: Lines<BufReader<ChildStdout>>,
}

/// The command that begins one in a folder, in English.
pub fn command(binary: &Path, folder: &Path) -> Command {
    let mut demo = Command::new(binary);
    demo.args(["demo", "--lang", "en"]).current_dir(folder);
    demo.env("VIENPHI_CACHE", checkout::target().join("compiled"));
    demo.stdout(Stdio::piped());
    demo
}

impl Demonstration {
    /// Begins one in a folder and waits until it is ready.
    pub fn begin(binary: &Path, folder: &Path) -> Demonstration {
        let mut process = command(binary, folder).stderr(Stdio::null()).spawn().expect("the binary is built");
        let more = BufReader::new(process.stdout.take().expect("standard output")).lines();
        let mut demo = Demonstration { process, printed: String::new(), more };
        loop {
            let line = demo.more.next().expect("it becomes ready").expect("it prints text");
            demo.printed += &line;
            demo.printed.push('\n');
            if line.starts_with("Ready after") {
                return demo;
            }
        }
    }

    /// The first line of what it printed that holds these words.
    pub fn line(&self, words: &str) -> &str {
        let line = self.printed.lines().find(|line| line.contains(words));
        line.unwrap_or_else(|| panic!("{words:?} is missing:\n{}", self.printed))
    }

    /// Ends it as Ctrl-C does; its exit code.
    pub fn interrupt(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Demonstration {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
