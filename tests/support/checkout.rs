//! Where the checkout keeps what tests need.

use std::path::{Path, PathBuf};

use vienphi_domain::Day;
use vienphi_server::files::Sources;
use vienphi_service::Pricer;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The packages that `cargo xtask plugins` built.
pub fn plugins() -> PathBuf {
    target().join("plugins")
}

/// The registry of synthetic facilities.
pub fn facilities() -> PathBuf {
    root().join("policies/facilities/synthetic.csv")
}

/// The policies, packages and registry of the checkout.
pub fn sources() -> Sources {
    Sources {
        policies: Some(root().join("policies")),
        plugins: Some(plugins()),
        cache: Some(target().join("compiled")),
        ..Sources::default()
    }
}

/// A pricer over the checkout, with catalogues laid over it.
pub fn pricer(prices: &[PathBuf]) -> Pricer {
    let sources = Sources { prices: prices.to_vec(), ..sources() };
    match sources.build() {
        Ok((pricer, _)) => pricer,
        Err(error) => panic!("{error}\n(cargo xtask plugins builds the packages)"),
    }
}

/// The folder of real catalogues, when the environment names one.
pub fn catalogues() -> Option<PathBuf> {
    std::env::var_os("VIENPHI_CATALOGUES").map(PathBuf::from)
}

/// A day of the tests.
pub fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}
