//! `cargo xtask campaign`: long randomised runs against the release build.

use std::process::ExitCode;

use clap::ValueEnum;

use crate::catalogues;
use crate::checkout::Checkout;
use crate::plugins;
use vienphi_kit::step::{self, Failure, say};

/// The campaigns there are.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Campaign {
    /// Random encounters, priced and compared with the independent oracle.
    Pricing,
    /// Random and mutated components through the sandbox.
    Admission,
}

impl Campaign {
    /// Its name on the command line of the acceptance package.
    fn name(self) -> &'static str {
        match self {
            Self::Pricing => "pricing",
            Self::Admission => "admission",
        }
    }
}

/// Runs a campaign with the arguments given; its exit code is ours, for 1 means that it found something.
pub(crate) fn run(checkout: &Checkout, campaign: Campaign, further: &[String]) -> Result<ExitCode, Failure> {
    plugins::run(checkout)?;
    say(&format!("campaign: running {} in the release build, because it is long", campaign.name()));
    let mut command = checkout.cargo();
    command.args(["run", "--release", "--package", "acceptance", "--bin", "campaign", "--", campaign.name()]);
    catalogues::pass_to(&mut command, checkout);
    step::pass_on(command.args(further))
}
