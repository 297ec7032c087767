//! `cargo xtask tidy`: the house rules as code, each with its reason; every broken one is listed at once.

mod arrows;
mod files;
mod layout;
mod leftovers;
mod libraries;
mod manifests;
#[cfg(test)]
mod metadata;
mod production;
mod purity;

use std::collections::BTreeMap;

use crate::checkout::Checkout;
use vienphi_kit::step::{Failure, say};

/// A house rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    Arrow,
    HeavyDependency,
    AnyVersion,
    Purity,
    Float,
    Header,
    Drawer,
    Length,
    LeftOver,
    MachinePath,
    Manifest,
    Plugin,
}

impl Rule {
    /// What is asked and why, for the person who broke it.
    fn reason(self) -> &'static str {
        match self {
            Self::Arrow => {
                "crates depend downwards only, as xtask/src/tidy/arrows.rs lists them, \
                 so that pure rules never learn of HTTP, SQL or Wasm"
            }
            Self::HeavyDependency => "each heavy library is named by one crate, so that replacing it changes one crate",
            Self::AnyVersion => "a dependency without a version would change under us",
            Self::Purity => {
                "pure crates have no clock, environment, files, network or runtime: \
                 these are arguments, so that every decision can be replayed"
            }
            Self::Float => "money, quantities and rates are whole numbers: a binary fraction cannot hold 0.1",
            Self::Header => "a source file begins with //! and says what it is, so that the folder reads as a map",
            Self::Drawer => "a name says what is inside; a drawer for everything means that a noun is missing",
            Self::Length => "a file has at most 700 lines; a longer one holds two nouns",
            Self::LeftOver => "work is finished or written down as an issue, not left as a mark in the source",
            Self::MachinePath => "a path of one machine is wrong on every other",
            Self::Manifest => "every package inherits the lints and says in one sentence what it is for",
            Self::Plugin => "a plugin is a whole package: plugin.toml, and for a tariff prices.csv and cases/",
        }
    }
}

/// A rule broken at one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    rule: Rule,
    place: String,
}

impl Violation {
    fn new(rule: Rule, place: impl Into<String>) -> Self {
        Self { rule, place: place.into() }
    }
}

/// Checks every rule.
pub(crate) fn run(checkout: &Checkout) -> Result<(), Failure> {
    let files = files::read(&checkout.root)?;
    let mut violations = arrows::check(checkout);
    violations.extend(libraries::check(checkout));
    violations.extend(manifests::check(checkout, &files));
    violations.extend(files.iter().flat_map(purity::check));
    violations.extend(files.iter().flat_map(layout::check));
    violations.extend(files.iter().flat_map(leftovers::check));
    if violations.is_empty() {
        say(&format!("tidy: {} files keep the house rules", files.len()));
        return Ok(());
    }

    let count = violations.len();
    let mut places: BTreeMap<Rule, Vec<String>> = BTreeMap::new();
    for Violation { rule, place } in violations {
        places.entry(rule).or_default().push(place);
    }
    for (rule, places) in places {
        say(&format!("\ntidy: {}", rule.reason()));
        places.iter().for_each(|place| say(&format!("  {place}")));
    }
    say("");
    Err(Failure::new(format!("house rules are broken at {count} places: repair those listed above")))
}
