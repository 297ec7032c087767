//! `cargo xtask campaign`: long randomised runs against the release build.

use std::process::ExitCode;

use clap::ValueEnum;

use crate::catalogues;
use crate::checkout::Checkout;
use crate::{fuzz, interface, plugins, tools};
use vienphi_kit::step::{self, Failure, say};

/// The campaigns there are.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Campaign {
    /// Random encounters, priced and compared with the independent oracle.
    Pricing,
    /// Synthetic visits exported, and checked: nothing above a note.
    Claims,
    /// Random and mutated components through the sandbox.
    Admission,
    /// `kill -9` of our server, and of PostgreSQL's, under load.
    Kill,
    /// 64 clients on a few visits: refund races, one book, changing bills, retries, clients that go away.
    Hot,
    /// The database stopped, killed, paused, read-only, locked, full; and too many clients.
    Outage,
    /// Random commands against a page of arithmetic.
    Model,
    /// How much a second, how fast, with one facility and with several.
    Load,
    /// Hostile claim files under libFuzzer: reading, signatures, checks.
    Fuzz,
    /// Claims sent to a portal on a bad day, by a server that is killed.
    Submissions,
    /// Every order of what rails tell of a bill, with crashes between.
    Orders,
    /// Transfers told ten times each, shuffled, forged and stale ones among them, while a server is killed.
    Storm,
    /// Whatever /openapi.json allows, and what it does not, by schemathesis.
    Interface,
}

impl Campaign {
    /// Its name on the command line of the acceptance package.
    fn name(self) -> &'static str {
        match self {
            Self::Pricing => "pricing",
            Self::Claims => "claims",
            Self::Admission => "admission",
            Self::Kill => "kill",
            Self::Hot => "hot",
            Self::Outage => "outage",
            Self::Load => "load",
            Self::Model => "model",
            Self::Fuzz => "fuzz",
            Self::Submissions => "submissions",
            Self::Orders => "orders",
            Self::Storm => "storm",
            Self::Interface => "interface",
        }
    }

    /// Whether it starts the server as it ships, beside a database server of its own.
    fn starts_servers(self) -> bool {
        match self {
            Self::Pricing | Self::Claims | Self::Admission | Self::Fuzz | Self::Interface => false,
            Self::Kill
            | Self::Hot
            | Self::Outage
            | Self::Load
            | Self::Model
            | Self::Orders
            | Self::Storm
            | Self::Submissions => true,
        }
    }
}

/// Runs a campaign with the arguments given; its exit code is ours, for 1 means that it found something.
pub(crate) fn run(checkout: &Checkout, campaign: Campaign, further: &[String]) -> Result<ExitCode, Failure> {
    if matches!(campaign, Campaign::Fuzz) {
        // It has programs of its own, and needs neither plugins nor a server.
        return fuzz::run(checkout, further);
    }
    if matches!(campaign, Campaign::Interface) {
        return interface::run(checkout, further);
    }
    if campaign.starts_servers() {
        tools::need_postgres()?;
    }
    plugins::run(checkout)?;
    if campaign.starts_servers() {
        checkout.build_server()?;
    }
    say(&format!("campaign: running {} in the release build, because it is long", campaign.name()));
    let mut command = checkout.cargo();
    command.args(["run", "--release", "--package", "acceptance", "--bin", "campaign", "--", campaign.name()]);
    if campaign.starts_servers() {
        command.env("VIENPHI_BIN", checkout.server());
    }
    catalogues::pass_to(&mut command, checkout);
    step::pass_on(command.args(further))
}
