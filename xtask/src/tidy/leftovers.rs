//! What should have gone before a commit: marks of unfinished work, debugging, paths of one machine.
//!
//! What is looked for is written in two halves, so that this file does not find itself.

use super::files::File;
use super::production::names;
use super::{Rule, Violation};

const MARKS: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

const CALLS: [&str; 4] =
    [concat!("dbg", "!("), concat!("to", "do!("), concat!("unimple", "mented!("), concat!("#[", "ignore")];

const MACHINE_FOLDERS: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/fa", "rm/")];

/// Keys, certificates with keys, and records are nobody's but their owner's.
const SECRETS: [&str; 5] = [".key", ".pem", ".p12", ".pfx", ".db"];

/// Checks one file.
pub(super) fn check(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    if SECRETS.iter().any(|ending| file.path.ends_with(ending)) {
        violations.push(Violation::new(Rule::LeftOver, format!("{} is a key or records", file.path)));
    }
    for (number, line) in (1..).zip(file.text.lines()) {
        let mut found = |rule, what: &str| {
            violations.push(Violation::new(rule, format!("{}:{number} has {what}", file.path)));
        };
        if file.is_rust() {
            MARKS.iter().filter(|mark| names(line, mark)).for_each(|mark| found(Rule::LeftOver, mark));
            CALLS.iter().filter(|call| line.contains(**call)).for_each(|call| found(Rule::LeftOver, call));
        }
        if file.path != "Cargo.lock" {
            let folders = MACHINE_FOLDERS.iter().filter(|folder| begins_a_path(line, folder));
            folders.for_each(|folder| found(Rule::MachinePath, folder));
        }
    }
    violations
}

/// Whether `folder` stands in `line` as the beginning of a path, not in the middle of one.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let continues_one = |before: char| before.is_alphanumeric() || "._-~}*".contains(before);
    line.match_indices(folder).any(|(start, _)| !line[..start].chars().next_back().is_some_and(continues_one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<Rule> {
        check(&File::sample(path, text)).into_iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn unfinished_work_is_found() {
        for mark in MARKS {
            assert_eq!(broken("host/web/src/lib.rs", &format!("// {mark}: later\n")), [Rule::LeftOver], "{mark}");
            assert_eq!(broken("host/web/src/lib.rs", &format!("// A{mark}\n")), [], "{mark}");
        }
        for call in CALLS {
            assert_eq!(broken("host/web/src/lib.rs", &format!("    {call}x)]\n")), [Rule::LeftOver], "{call}");
        }
    }

    #[test]
    fn keys_and_records_are_found() {
        for path in ["vienphi.db.key", "vienphi.db", "tests/fixtures/unit.p12"] {
            assert_eq!(broken(path, "00ff\n"), [Rule::LeftOver], "{path}");
        }
        assert_eq!(broken("host/store/src/keys.rs", "\n"), []);
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for folder in MACHINE_FOLDERS {
            for text in [format!("open(\"{folder}a\")\n"), format!("{folder}a\n"), format!("file://{folder}a\n")] {
                assert_eq!(broken("docs/MONEY.md", &text), [Rule::MachinePath], "{text}");
                assert_eq!(broken("Cargo.lock", &text), [], "{text}");
            }
            assert_eq!(broken("docs/MONEY.md", &format!("host{folder}a\n")), [], "{folder}");
        }
    }
}
