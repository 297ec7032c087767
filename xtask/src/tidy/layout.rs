//! How a file is named, how it begins and how long it is.

use super::files::File;
use super::production::lines;
use super::{Rule, Violation};

/// Names of drawers.
const DRAWERS: [&str; 9] = ["util", "utils", "helper", "helpers", "common", "misc", "shared", "stuff", "manager"];

const LONGEST: usize = 700;

/// What is written by hand and read as a text; tables and texts of the law are as long as they are.
const SOURCES: [&str; 7] = [".rs", ".wit", ".sql", ".py", ".html", ".css", ".js"];

/// Checks one file.
pub(super) fn check(file: &File) -> Vec<Violation> {
    let mut violations = Vec::new();
    for part in file.path.split('/') {
        let stem = part.split('.').next().unwrap_or(part);
        if DRAWERS.contains(&stem) {
            violations.push(Violation::new(Rule::Drawer, format!("{} is called {stem}", file.path)));
        }
    }
    let length = file.text.lines().count();
    if length > LONGEST && !file.is_test() && SOURCES.iter().any(|ending| file.path.ends_with(ending)) {
        violations.push(Violation::new(Rule::Length, format!("{} has {length}", file.path)));
    }
    if file.is_rust() {
        if !file.text.starts_with("//!") {
            violations.push(Violation::new(Rule::Header, file.path.clone()));
        }
        for (number, code) in lines(&file.text) {
            if let Some(name) = module(code).filter(|name| DRAWERS.contains(name)) {
                violations.push(Violation::new(Rule::Drawer, format!("{}:{number} has mod {name}", file.path)));
            }
        }
    }
    violations
}

/// The module that a line declares.
fn module(code: &str) -> Option<&str> {
    let mut words = code.split_whitespace().skip_while(|word| word.starts_with("pub"));
    let declares = words.next() == Some("mod");
    words.next().filter(|_| declares).map(|name| name.trim_end_matches([';', '{']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<Rule> {
        check(&File::sample(path, text)).into_iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn a_source_begins_with_its_header() {
        assert_eq!(broken("host/web/src/pages.rs", "//! Pages.\n"), []);
        assert_eq!(broken("host/web/src/pages.rs", "use a;\n"), [Rule::Header]);
        assert_eq!(broken("docs/MONEY.md", "# Money\n"), []);
    }

    #[test]
    fn nothing_is_called_a_drawer() {
        for path in ["host/web/src/utils.rs", "host/common/src/lib.rs", "tests/helpers/price.rs"] {
            assert_eq!(broken(path, "//! Header.\n"), [Rule::Drawer], "{path}");
        }
        assert_eq!(broken("host/web/src/misc/a.css", ""), [Rule::Drawer]);
        assert_eq!(broken("host/tariff/src/shared_cap.rs", "//! A cap shared by parts.\n"), []);
        for code in ["mod helper;", "pub(crate) mod helper {"] {
            assert_eq!(broken("host/web/src/lib.rs", &format!("//! Header.\n{code}\n")), [Rule::Drawer], "{code}");
        }
        assert_eq!(broken("host/web/src/lib.rs", "//! Header.\nmod common_cold;\n"), []);
    }

    #[test]
    fn a_source_is_not_too_long() {
        let long = format!("//! Header.\n{}", "\n".repeat(LONGEST));
        assert_eq!(broken("host/web/src/lib.rs", &long), [Rule::Length]);
        assert_eq!(broken("tests/it/price.rs", &long), []);
        assert_eq!(broken("plugins/tariff-hue/prices.csv", &long), []);
    }
}
