//! What sources may not name: the outside world in pure packages, binary floats where money is counted.

use super::files::File;
use super::production::{lines, names};
use super::{Rule, Violation};

/// Packages of `host/` that compute and do nothing else.
pub(super) const PURE: [&str; 9] =
    ["domain", "tariff", "benefit", "ledger", "claims", "payments", "oidc", "portal", "review"];

const OUTSIDE_WORLD: [&str; 4] = ["std::env", "SystemTime", "Instant::now", "std::fs"];

/// Sources where every number is money, a quantity, a rate or a count.
const EXACT: [&str; 7] =
    ["sdk/", "host/domain/", "host/tariff/", "host/benefit/", "host/ledger/", "host/store/", "host/service/"];

/// Files that may name a float, and why.
const FLOAT_ALLOWED: [(&str, &str); 2] = [
    ("host/domain/src/json.rs", "a JSON number that is not whole arrives as a binary float"),
    ("host/domain/src/reader.rs", "such a number is read by its shortest decimal, and never computed with"),
];

/// Checks one file.
pub(super) fn check(file: &File) -> Vec<Violation> {
    if !file.is_rust() || file.is_test() {
        return Vec::new();
    }
    let is_pure = PURE.iter().any(|name| file.path.starts_with(&format!("host/{name}/src/")));
    let is_exact = EXACT.iter().any(|folder| file.path.starts_with(folder))
        && !FLOAT_ALLOWED.iter().any(|(path, _)| file.path == *path);

    let mut violations = Vec::new();
    for (number, code) in lines(&file.text) {
        let mut look_for = |rule, words: &[&str]| {
            for word in words.iter().filter(|word| names(code, word)) {
                violations.push(Violation::new(rule, format!("{}:{number} names {word}", file.path)));
            }
        };
        if is_pure {
            look_for(Rule::Purity, &OUTSIDE_WORLD);
        }
        if is_exact {
            look_for(Rule::Float, &["f32", "f64"]);
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> Vec<Rule> {
        check(&File::sample(path, text)).into_iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn pure_sources_do_not_name_the_outside_world() {
        for text in [
            "use std::env;\n",
            "let now = SystemTime::now();\n",
            "let now = std::time::Instant::now();\n",
            "std::fs::read(path)\n",
        ] {
            assert_eq!(broken("host/tariff/src/table.rs", text), [Rule::Purity], "{text}");
            assert_eq!(broken("host/runtime/src/engine.rs", text), [], "{text}");
            assert_eq!(broken("host/tariff/src/table.rs", &format!("#[cfg(test)]\n{text}")), [], "{text}");
            assert_eq!(broken("host/tariff/src/table.rs", &format!("// {text}")), [], "{text}");
        }
    }

    #[test]
    fn exact_sources_do_not_name_floats() {
        for path in ["sdk/money/src/lib.rs", "host/domain/src/line.rs", "host/service/src/price.rs"] {
            assert_eq!(broken(path, "fn half(x: f64) -> f32 {}\n"), [Rule::Float, Rule::Float], "{path}");
        }
        for path in ["host/domain/src/json.rs", "host/web/src/lib.rs", "sdk/money/tests/oracle.rs"] {
            assert_eq!(broken(path, "fn half(x: f64) -> f32 {}\n"), [], "{path}");
        }
    }
}
