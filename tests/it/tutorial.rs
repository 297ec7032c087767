//! The tutorial for authors of plugins is run as it is written: its commands, its files, and what it says they print.
//!
//! In `docs/plugins/tutorial.md` a block `console` is commands (`$ …`) and, below each, lines of its output in order,
//! with `…` for anything; a block `LANGUAGE PATH` is a file; a block `diff PATH` replaces a line of one.

use std::path::PathBuf;
use std::process::Command;

use acceptance::checkout;

use crate::program::binary;
use acceptance::folder::Folder;

/// A fenced block: what stands behind its fence, and its lines.
struct Block {
    kind: String,
    path: Option<String>,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(fence), None) => {
                let mut words = fence.split(' ').map(str::to_owned);
                let kind = words.next().unwrap_or_default();
                open = Some(Block { kind, path: words.next(), lines: Vec::new() });
            }
            (None, Some(block)) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block without an end");
    blocks
}

/// Where the reader of the tutorial stands.
struct Reader {
    folder: PathBuf,
    /// What the shell was told to remember, as `NAME=value` lines.
    variables: String,
}

impl Reader {
    fn write(&self, path: &str, lines: &[String]) {
        std::fs::write(self.folder.join(path), lines.join("\n") + "\n").unwrap();
    }

    fn change(&self, path: &str, lines: &[String]) {
        let old = std::fs::read_to_string(self.folder.join(path)).unwrap();
        let [without, with] = ['-', '+'].map(|sign| lines.iter().find_map(|line| line.strip_prefix(sign)).unwrap());
        assert!(old.contains(without), "{path} has no line {without:?}");
        std::fs::write(self.folder.join(path), old.replacen(without, with, 1)).unwrap();
    }

    /// Runs one command and compares what it prints.
    fn run(&mut self, command: &str, expected: &[String]) {
        let end = "-- where it ended --";
        // Variables and the folder are those of a shell that goes on.
        // `! command` is one that ends with exit code 1.
        let (command, code) = command.strip_prefix("! ").map_or((command, 0), |command| (command, 1));
        let command = format!("code=0; {command} || code=$?; [ $code = {code} ]");
        let script = format!(
            "set -e\n{}\n{command}\necho '{end}'\npwd\nset | grep -E '^(an|binh|digest|facilities)='",
            self.variables
        );
        let path = format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-o", "pipefail", "-c", &script])
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("VIENPHI_CACHE", checkout::target().join("compiled"))
            // Kept from one run to the next: only the first builds everything.
            .env("CARGO_TARGET_DIR", checkout::target().join("tutorial"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let Some((printed, after)) = said.split_once(&format!("{end}\n")) else {
            panic!("$ {command}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        };
        let (folder, variables) = after.split_once('\n').unwrap();
        (self.folder, self.variables) = (folder.into(), variables.to_owned());
        let mut lines = printed.lines();
        for wanted in expected.iter().filter(|line| !line.trim().is_empty()) {
            assert!(
                lines.any(|line| matches(wanted, line)),
                "$ {command}\ndoes not print (here or below):\n{wanted}\n\n{printed}"
            );
        }
    }
}

/// Does a line say what the tutorial says, with anything in place of `…`? How much room lies between words is no matter.
fn matches(wanted: &str, line: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = words(line);
    let wanted = words(wanted);
    let pieces: Vec<&str> = wanted.split('…').map(str::trim).collect();
    let mut rest = line.as_str();
    for (number, piece) in pieces.iter().enumerate() {
        let Some(found) = rest.find(piece) else { return false };
        if number == 0 && found != 0 {
            return false;
        }
        rest = &rest[found + piece.len()..];
    }
    pieces.last().is_some_and(|last| last.is_empty()) || rest.is_empty()
}

#[test]
fn every_command_of_the_tutorial_does_what_it_says() {
    let folder = Folder::new("tutorial");
    let text = std::fs::read_to_string(checkout::root().join("docs/plugins/tutorial.md")).unwrap();
    let mut reader = Reader { folder: folder.path().to_owned(), variables: String::new() };
    let mut commands = 0;
    for block in blocks(&text) {
        match (block.kind.as_str(), &block.path) {
            ("console", None) => {
                let starts: Vec<usize> =
                    (0..block.lines.len()).filter(|at| block.lines[*at].starts_with("$ ")).collect();
                for (number, start) in starts.iter().enumerate() {
                    let next = starts.get(number + 1).copied().unwrap_or(block.lines.len());
                    reader.run(&block.lines[*start][2..], &block.lines[start + 1..next]);
                    commands += 1;
                }
            }
            ("diff", Some(path)) => reader.change(path, &block.lines),
            (_, Some(path)) => reader.write(path, &block.lines),
            (kind, None) => panic!("a block {kind:?} that is neither commands nor a file"),
        }
    }
    assert!(commands > 15, "only {commands} commands");
}

#[test]
fn what_is_printed_is_compared_word_for_word() {
    assert!(matches("ok … cases: 4 come out", "ok       cases: 4 come out"));
    assert!(matches("… nothing does", "abc no longer rates province 68; nothing does"));
    assert!(!matches("ok … 4 come out", "ok 5 come out"));
    assert!(!matches("installed", "installed abc"));
    assert!(matches("installed …", "installed abc"));
}
