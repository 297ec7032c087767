//! Which package may name which library, read from `cargo metadata`.

use super::purity::PURE;
use super::{Rule, Violation};
use crate::checkout::{Checkout, Dependency};

/// A heavy library with its relatives (`axum-extra`), and the packages that may name it.
const HEAVY: [(&str, &[&str]); 6] = [
    ("wasmtime", &["vienphi-runtime"]),
    ("sqlx", &["vienphi-store"]),
    ("cedar-policy", &["vienphi-access"]),
    ("openidconnect", &["vienphi-oidc"]),
    // The tests hold its signatures against ours.
    ("async-stripe", &["vienphi-stripe", "acceptance"]),
    // A simulated provider is a server of its own, and nothing of ours.
    ("axum", &["vienphi-web", "vienphi-server", "acceptance", "vienphi-simulators"]),
];

/// What would give a pure package a network, a database or a scheduler.
const IMPURE: [&str; 5] = ["tokio", "axum", "sqlx", "wasmtime", "reqwest"];

/// Checks every dependency of every package, those for development included.
pub(super) fn check(checkout: &Checkout) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in &checkout.packages {
        for dependency in &package.dependencies {
            let place = format!("{} -> {}", package.name, dependency.name);
            if is_foreign(&package.name, dependency) {
                violations.push(Violation::new(Rule::HeavyDependency, place.clone()));
            }
            if dependency.req == "*" && dependency.path.is_none() {
                violations.push(Violation::new(Rule::AnyVersion, place.clone()));
            }
            if is_impure(&package.name, &dependency.name) {
                violations.push(Violation::new(Rule::Purity, place));
            }
        }
    }
    violations
}

fn is_foreign(package: &str, dependency: &Dependency) -> bool {
    // The hostile guests of the acceptance tests are looked at with the engine itself.
    let is_exempt = package == "acceptance" && dependency.is_for_development();
    HEAVY.iter().any(|(library, owners)| {
        is_of(&dependency.name, library) && !owners.contains(&package) && !(is_exempt && *library == "wasmtime")
    })
}

fn is_impure(package: &str, dependency: &str) -> bool {
    let short = package.strip_prefix("vienphi-");
    let is_pure = PURE.iter().any(|name| Some(*name) == short);
    is_pure && IMPURE.iter().any(|library| is_of(dependency, library))
}

/// Whether a package is a library or one of its relatives.
fn is_of(name: &str, library: &str) -> bool {
    let rest = name.strip_prefix(library);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::metadata::workspace;

    fn broken(folder: &str, from: &str, to: &str, kind: Option<&str>) -> Vec<Rule> {
        let violations = check(&workspace(folder, from, to, kind));
        violations.into_iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn heavy_libraries_have_one_owner() {
        for (folder, from, to, kind, rules) in [
            ("host/runtime", "vienphi-runtime", "wasmtime", None, &[][..]),
            ("host/web", "vienphi-web", "wasmtime-wasi", None, &[Rule::HeavyDependency]),
            ("tests", "acceptance", "wasmtime", Some("dev"), &[]),
            ("tests", "acceptance", "wasmtime", None, &[Rule::HeavyDependency]),
            ("tests", "acceptance", "sqlx", Some("dev"), &[Rule::HeavyDependency]),
            ("host/service", "vienphi-service", "sqlx", None, &[Rule::HeavyDependency]),
            ("host/service", "vienphi-service", "axum-extra", None, &[Rule::HeavyDependency]),
            ("host/server", "vienphi-server", "axum", None, &[]),
        ] {
            assert_eq!(broken(folder, from, to, kind), rules, "{from} -> {to} {kind:?}");
        }
    }

    #[test]
    fn pure_packages_name_no_runtime() {
        assert_eq!(broken("host/tariff", "vienphi-tariff", "tokio", None), [Rule::Purity]);
        assert_eq!(broken("host/tariff", "vienphi-tariff", "serde", None), []);
        assert_eq!(broken("host/service", "vienphi-service", "tokio", None), []);
    }
}
