//! `cargo xtask demo`: from a fresh checkout to a running server.

use std::process::{Command, ExitCode};

use crate::checkout::Checkout;
use crate::plugins;
use vienphi_kit::step::{self, Failure};

/// Builds and runs the demonstration; its exit code is ours.
pub(crate) fn run(checkout: &Checkout, once: bool, further: &[String]) -> Result<ExitCode, Failure> {
    // First the plugins: the server's build puts their packages into the binary.
    plugins::run(checkout)?;
    checkout.build_server()?;
    let mut demo = Command::new(checkout.server());
    demo.arg("demo").current_dir(&checkout.root);
    if once {
        demo.arg("--once");
    }
    step::pass_on(demo.args(further))
}
