//! `cargo xtask plugins`: every plugin from source to its package folder.

use std::collections::BTreeSet;
use std::path::Path;

use crate::checkout::{Checkout, Package};
use vienphi_kit::Toolchain;
use vienphi_kit::package;
use vienphi_kit::step::{self, Failure, say};

/// Builds the plugins, the template and the hostile guests of the tests, and writes their packages.
pub(crate) fn run(checkout: &Checkout) -> Result<(), Failure> {
    let plugins = checkout.packages_in("plugins");
    let mut template = checkout.packages_in("sdk");
    template.retain(|package| package.folder().ends_with("template"));
    let guests = checkout.packages_in("tests/guests");

    let place = checkout.place();
    let toolchain = Toolchain::choose(&place)?;
    let count = plugins.len() + template.len() + guests.len();
    say(&format!("plugins: building {count} for Wasm, because the server loads components"));
    let (mut build, modules) = toolchain.build(&place);
    for plugin in plugins.iter().chain(&template).chain(&guests) {
        build.args(["--package", &plugin.name]);
    }
    step::run(&mut build, "the plugins do not build: repair what the compiler names")?;

    // Template and guests lie apart, so that nobody loads them as a province.
    for (plugins, folder) in [(&plugins, "plugins"), (&template, "plugins-template"), (&guests, "guests")] {
        write(plugins, &modules, &checkout.target.join(folder))?;
    }

    let lacks_manifest = |plugin: &&&Package| !plugin.folder().join(package::MANIFEST).is_file();
    let nameless = plugins.iter().chain(&template).filter(lacks_manifest);
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

fn write(plugins: &[&Package], modules: &Path, packages: &Path) -> Result<(), Failure> {
    let mut names = BTreeSet::new();
    for plugin in plugins {
        let module = format!("{}.wasm", plugin.name.replace('-', "_"));
        package::write(plugin.folder(), &modules.join(module), &packages.join(&plugin.name))?;
        names.insert(plugin.name.clone().into());
    }
    package::remove_others(packages, &names)
}
