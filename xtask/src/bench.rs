//! `cargo xtask bench`: measures the release build.

use crate::catalogues;
use crate::checkout::Checkout;
use crate::plugins;
use vienphi_kit::step::{self, Failure, say};

/// Builds the server as it ships and lets the acceptance package measure it.
pub(crate) fn run(checkout: &Checkout, json: bool) -> Result<(), Failure> {
    plugins::run(checkout)?;
    checkout.build_server()?;
    say("bench: measuring the server just built");
    let mut bench = checkout.cargo();
    bench.args(["run", "--release", "--package", "acceptance", "--bin", "bench", "--"]);
    bench.env("VIENPHI_BIN", checkout.server());
    if json {
        bench.arg("--json");
    }
    catalogues::pass_to(&mut bench, checkout);
    step::run(&mut bench, "the measurement did not finish: see what it printed last")
}
