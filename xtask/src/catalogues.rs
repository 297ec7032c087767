//! Where the real price lists are, which are too large and not ours to keep in the checkout.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::checkout::Checkout;
use vienphi_kit::step::say;

const VARIABLE: &str = "VIENPHI_CATALOGUES";

/// Tells a program that tests or measures where the real price lists are, when they are known.
pub(crate) fn pass_to(command: &mut Command, checkout: &Checkout) {
    if env::var_os(VARIABLE).is_some() {
        return;
    }
    match beside(checkout) {
        Some(folder) => {
            command.env(VARIABLE, folder);
        }
        None => say(&format!("catalogues: only the generated one runs, because {VARIABLE} is not set")),
    }
}

fn beside(checkout: &Checkout) -> Option<PathBuf> {
    let folder = checkout.root.parent()?.join("shared/data/tariff");
    folder.is_dir().then_some(folder)
}
