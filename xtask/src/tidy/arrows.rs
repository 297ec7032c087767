//! Which package may depend on which: the arrows of ARCHITECTURE.md, read from `cargo metadata`.

use std::path::Path;

use super::{Rule, Violation};
use crate::checkout::{Checkout, Package};

/// What each package may name, development aside; all are `vienphi-…`. A new package gets its line here.
const ARROWS: [(&str, &str); 25] = [
    ("money", ""),
    ("text", ""),
    ("vietqr", "text"),
    ("rail", "vietqr text money"),
    ("guest", "money"),
    ("kit", ""),
    ("domain", "text money"),
    ("tariff", "domain money"),
    ("benefit", "domain money"),
    ("ledger", "domain money"),
    ("claims", "domain money"),
    ("samples", "claims domain money"),
    ("payments", "vietqr domain money"),
    ("oidc", "domain"),
    ("portal", "domain money"),
    ("runtime", "domain money"),
    ("stripe", "runtime domain"),
    ("packages", "tariff domain money"),
    ("access", "domain"),
    ("store", "ledger claims payments domain money"),
    ("signing", "claims domain money"),
    ("reports", "ledger claims domain money"),
    (
        "service",
        "store access runtime signing reports tariff benefit ledger claims payments oidc portal vietqr domain money",
    ),
    ("web", "service domain money"),
    (
        "server",
        "web service kit stripe store access runtime packages signing reports samples tariff benefit ledger claims payments oidc portal vietqr domain money simulators",
    ),
];

/// What a plugin may name.
const PLUGIN: &str = "guest rail vietqr text money";

/// Storage and sandbox never meet, not even in each other's tests.
const APART: [(&str, &str); 2] = [("vienphi-store", "vienphi-runtime"), ("vienphi-runtime", "vienphi-store")];

/// Checks every dependency of one package of the workspace on another.
pub(super) fn check(checkout: &Checkout) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in &checkout.packages {
        let allowed = allowed(&package.name, folder(checkout, package));
        if allowed == Allowed::Unknown {
            let place = format!("{} is in no line of the table: add it", package.name);
            violations.push(Violation::new(Rule::Arrow, place));
            continue;
        }
        for dependency in &package.dependencies {
            let named = |other: &&Package| other.name == dependency.name;
            let Some(other) = checkout.packages.iter().find(named) else {
                continue;
            };
            let is_allowed = dependency.is_for_development() || allowed.has(&other.name);
            if !is_allowed || are_apart(checkout, package, other) {
                let place = format!("{} -> {}", package.name, other.name);
                violations.push(Violation::new(Rule::Arrow, place));
            }
        }
    }
    violations
}

/// The packages of the workspace that one of them may name.
#[derive(PartialEq, Eq)]
enum Allowed {
    /// Tests and this program.
    Everything,
    /// These, separated by spaces.
    Only(&'static str),
    Unknown,
}

impl Allowed {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(names) => {
                let short = name.strip_prefix("vienphi-");
                names.split(' ').any(|name| Some(name) == short)
            }
            Self::Unknown => false,
        }
    }
}

fn allowed(name: &str, folder: &Path) -> Allowed {
    if folder.starts_with("tests") || folder.starts_with("xtask") {
        return Allowed::Everything;
    }
    let is_template = [Path::new("sdk/template"), Path::new("sdk/template-rail")].contains(&folder);
    if folder.starts_with("plugins") || is_template {
        return Allowed::Only(PLUGIN);
    }
    let short = name.strip_prefix("vienphi-");
    let line = ARROWS.iter().find(|(from, _)| Some(*from) == short);
    line.map_or(Allowed::Unknown, |(_, to)| Allowed::Only(to))
}

/// Whether one may not name the other for any purpose.
fn are_apart(checkout: &Checkout, package: &Package, other: &Package) -> bool {
    // What a plugin's author receives is the sdk alone.
    let sdk_names_host = folder(checkout, package).starts_with("sdk") && folder(checkout, other).starts_with("host");
    sdk_names_host || APART.contains(&(package.name.as_str(), other.name.as_str()))
}

/// The folder of a package, from the root.
fn folder<'a>(checkout: &Checkout, package: &'a Package) -> &'a Path {
    let folder = package.folder();
    folder.strip_prefix(&checkout.root).unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::metadata::workspace;

    fn broken(folder: &str, from: &str, to: &str, kind: Option<&str>) -> bool {
        let violations = check(&workspace(folder, from, to, kind));
        assert!(violations.iter().all(|violation| violation.rule == Rule::Arrow));
        !violations.is_empty()
    }

    #[test]
    fn arrows_point_down() {
        for (folder, from, to, kind, is_broken) in [
            ("host/domain", "vienphi-domain", "vienphi-money", None, false),
            ("host/domain", "vienphi-domain", "vienphi-runtime", None, true),
            ("host/domain", "vienphi-domain", "vienphi-runtime", Some("build"), true),
            ("host/domain", "vienphi-domain", "vienphi-runtime", Some("dev"), false),
            ("host/web", "vienphi-web", "vienphi-runtime", None, true),
            ("host/web", "vienphi-web", "vienphi-service", None, false),
            ("host/server", "vienphi-server", "vienphi-runtime", None, false),
            ("host/store", "vienphi-store", "vienphi-runtime", Some("dev"), true),
            ("host/runtime", "vienphi-runtime", "vienphi-store", None, true),
            ("plugins/tariff-hue", "tariff-hue", "vienphi-guest", None, false),
            ("plugins/tariff-hue", "tariff-hue", "vienphi-domain", None, true),
            ("sdk/template", "tariff-template", "vienphi-domain", Some("dev"), true),
            ("tests", "acceptance", "vienphi-service", None, false),
            ("host/surprise", "vienphi-surprise", "vienphi-money", None, true),
        ] {
            assert_eq!(broken(folder, from, to, kind), is_broken, "{from} -> {to} {kind:?}");
        }
    }
}
