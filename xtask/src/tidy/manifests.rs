//! What every package and every plugin brings along.

use super::files::File;
use super::{Rule, Violation};
use crate::checkout::Checkout;

/// Checks every package of the workspace and every folder of `plugins/`.
pub(super) fn check(checkout: &Checkout, files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for package in &checkout.packages {
        let manifest = package.manifest_path.strip_prefix(&checkout.root).unwrap_or(&package.manifest_path);
        let text = files.iter().find(|file| *manifest == *file.path).map_or("", |file| &file.text);
        let description = package.description.as_deref();
        violations.extend(package_faults(&package.name, description, text));
    }
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    violations.extend(plugin_faults(&paths));
    violations
}

fn package_faults(name: &str, description: Option<&str>, manifest: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !manifest.contains("[lints]\nworkspace = true") {
        violations.push(Violation::new(Rule::Manifest, format!("{name} lacks [lints] workspace = true")));
    }
    if description.is_none_or(str::is_empty) {
        violations.push(Violation::new(Rule::Manifest, format!("{name} lacks a description")));
    }
    violations
}

fn plugin_faults(paths: &[&str]) -> Vec<Violation> {
    let mut folders: Vec<&str> =
        paths.iter().filter_map(|path| path.strip_prefix("plugins/")?.split_once('/')).map(|(name, _)| name).collect();
    folders.sort_unstable();
    folders.dedup();

    let mut violations = Vec::new();
    for folder in folders {
        let needed =
            if folder.starts_with("tariff-") { &["plugin.toml", "prices.csv", "cases/"][..] } else { &["plugin.toml"] };
        for name in needed {
            let needle = format!("plugins/{folder}/{name}");
            let found =
                paths.iter().any(|path| if name.ends_with('/') { path.starts_with(&needle) } else { *path == needle });
            if !found {
                violations.push(Violation::new(Rule::Plugin, format!("{needle} is missing or empty")));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_inherits_lints_and_is_described() {
        let manifest = "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n";
        assert_eq!(package_faults("a", Some("What it is."), manifest), []);
        assert_eq!(package_faults("a", None, "[package]\n").len(), 2);
    }

    #[test]
    fn a_plugin_is_a_whole_package() {
        let whole = ["plugins/tariff-a/plugin.toml", "plugins/tariff-a/prices.csv", "plugins/tariff-a/cases/one.toml"];
        assert_eq!(plugin_faults(&whole), []);
        for missing in 0..whole.len() {
            let rest: Vec<&str> = whole.into_iter().filter(|path| *path != whole[missing]).collect();
            let faults = plugin_faults(&rest);
            assert_eq!(faults.len(), 1, "{}", whole[missing]);
        }
        assert_eq!(plugin_faults(&["plugins/pay-a/plugin.toml", "plugins/pay-a/src/lib.rs"]), []);
        assert_eq!(plugin_faults(&["plugins/pay-a/src/lib.rs"]).len(), 1);
    }
}
