//! `cargo xtask plugins`: every plugin from source to its package folder.

use std::collections::BTreeSet;
use std::path::Path;

use crate::checkout::{Checkout, Package};
use vienphi_kit::Toolchain;
use vienphi_kit::package;
use vienphi_kit::step::{self, Failure, say};

/// Builds the plugins, the template and the hostile guests of the tests, and writes their packages.
pub(crate) fn run(checkout: &Checkout) -> Result<(), Failure> {
    let (rails, tariffs) = checkout.packages_in("plugins").into_iter().partition::<Vec<_>, _>(|plugin| is_rail(plugin));
    let mut template = checkout.packages_in("sdk");
    template.retain(|package| package.folder().ends_with("template"));
    let guests = checkout.packages_in("tests/guests");

    let place = checkout.place();
    let toolchain = Toolchain::choose(&place)?;
    let count = tariffs.len() + rails.len() + template.len() + guests.len();
    say(&format!("plugins: building {count} for Wasm, because the server loads components"));
    let (mut build, modules) = toolchain.build(&place);
    for plugin in tariffs.iter().chain(&rails).chain(&template).chain(&guests) {
        build.args(["--package", &plugin.name]);
    }
    step::run(&mut build, "the plugins do not build: repair what the compiler names")?;

    // Template and guests lie apart, so that nobody loads them as a province.
    let folders = [(&tariffs, "plugins"), (&rails, "rails"), (&template, "plugins-template"), (&guests, "guests")];
    for (plugins, folder) in folders {
        write(plugins, &modules, &checkout.target.join(folder))?;
    }

    let lacks_manifest = |plugin: &&&Package| !plugin.folder().join(package::MANIFEST).is_file();
    let nameless = tariffs.iter().chain(&rails).chain(&template).filter(lacks_manifest);
    let nameless: Vec<&str> = nameless.map(|plugin| plugin.name.as_str()).collect();
    if nameless.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "no host loads a package without {}: write it for {}",
        package::MANIFEST,
        nameless.join(", ")
    )))
}

/// Is it a payment rail? Those are packages `pay-…`, as tariffs are packages `tariff-…`.
fn is_rail(plugin: &Package) -> bool {
    plugin.name.starts_with("pay-")
}

fn write(plugins: &[&Package], modules: &Path, packages: &Path) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    for plugin in plugins {
        let module = format!("{}.wasm", plugin.name.replace('-', "_"));
        package::write(plugin.folder(), &modules.join(module), &packages.join(&plugin.name))?;
        names.insert(plugin.name.clone().into());
    }
    package::remove_others(packages, &names)
}
