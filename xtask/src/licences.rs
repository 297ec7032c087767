//! Licences and sources of everything that is built: what a hospital runs is asked for no more than to name its authors.

use std::process::Command;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::checkout::Checkout;
use vienphi_kit::step::{self, Failure, say};

/// Licences that ask for no more than attribution, or for changes to their own files (MPL-2.0).
const ALLOWED: [&str; 12] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages with another licence. libFuzzer is LLVM's, under the licence that LLVM had; it is linked into the fuzz targets alone and
/// never ships.
const EXCEPTIONS: [(&str, &str); 1] = [("libfuzzer-sys", "NCSA")];

/// Where packages come from; those of this workspace come from nowhere.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Where Vienphi runs; libraries of other systems are not shipped.
const PLATFORMS: [&str; 3] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "wasm32-unknown-unknown"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package as `cargo metadata` tells it.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// Checks every package that is built on any platform. Known weaknesses are not looked for: their database may be out of reach.
pub(crate) fn check(checkout: &Checkout) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for platform in PLATFORMS {
        let mut cargo: Command = checkout.cargo();
        cargo.args(["metadata", "--format-version", "1", "--all-features", "--filter-platform", platform]);
        let metadata = step::output(&mut cargo, "cargo cannot read the dependencies: repair the manifest it names")?;
        let metadata: Metadata = serde_json::from_str(&metadata)
            .map_err(|cause| Failure::new(format!("cargo metadata is not as expected: {cause}")))?;
        looked_at = looked_at.max(metadata.packages.len());
        wrong.extend(
            metadata.packages.iter().filter_map(|package| Some(format!("{} {}", package.name, fault(package)?))),
        );
    }
    wrong.sort();
    wrong.dedup();
    if wrong.is_empty() {
        say(&format!("licences: {looked_at} packages are of crates.io and ask for no more than their authors' names"));
        return Ok(());
    }
    wrong.iter().for_each(|fault| say(&format!("  {fault}")));
    let sentence = "a dependency is not allowed: choose another, or extend xtask/src/licences.rs with a reason";
    Err(Failure::new(format!("{sentence} ({} packages)", wrong.len())))
}

/// What is wrong with a package.
fn fault(package: &Package) -> Option<String> {
    let Package { name, version, license, source } = package;
    if source.as_ref().is_some_and(|source| source != SOURCE) {
        return Some(format!("{version}: comes from {}", source.as_deref().unwrap_or_default()));
    }
    let Some(license) = license else { return Some(format!("{version}: says no licence")) };
    // Older packages write `MIT/Apache-2.0`.
    let Ok(expression) = Expression::parse_mode(license, ParseMode::LAX) else {
        return Some(format!("{version}: its licence {license:?} cannot be read"));
    };
    let is_allowed = |wanted: &spdx::LicenseReq| {
        let Some(id) = wanted.license.id() else { return false };
        ALLOWED.contains(&id.name) || EXCEPTIONS.contains(&(name.as_str(), id.name))
    };
    (!expression.evaluate(is_allowed)).then(|| format!("{version}: its licence is {license}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, license: Option<&str>, source: Option<&str>) -> Option<String> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        fault(&Package { name: name.into(), version: "1.0.0".into(), license: text(license), source: text(source) })
    }

    #[test]
    fn licences_that_ask_for_more_are_named() {
        for license in
            ["MIT", "MIT/Apache-2.0", "Apache-2.0 WITH LLVM-exception", "GPL-3.0 OR MIT", "(MIT OR Zlib) AND ISC"]
        {
            assert_eq!(said("a", Some(license), Some(SOURCE)), None, "{license}");
        }
        for license in ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "NCSA", "none of yours"] {
            assert!(said("a", Some(license), Some(SOURCE)).is_some(), "{license}");
        }
        assert!(said("a", None, Some(SOURCE)).is_some());
        assert_eq!(said("libfuzzer-sys", Some("(MIT OR Apache-2.0) AND NCSA"), Some(SOURCE)), None);
    }

    #[test]
    fn packages_of_elsewhere_are_named() {
        assert_eq!(said("a", Some("MIT"), None), None);
        assert!(said("a", Some("MIT"), Some("git+https://example.com/a")).is_some());
    }
}
