//! `cargo xtask demo`: from a fresh checkout to a running server.

use std::process::{Command, ExitCode};

use crate::checkout::Checkout;
use crate::{plugins, tools};
use vienphi_kit::step::{self, Failure, say};

/// Builds and runs the demonstration; its exit code is ours.
pub(crate) fn run(checkout: &Checkout, once: bool, further: &[String]) -> Result<ExitCode, Failure> {
    if let Err(failure) = tools::need_for_demo() {
        say(&format!("{failure}; without it the demonstration has no key, and sends no claims"));
    }
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
