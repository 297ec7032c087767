//! `cargo xtask test`: every check, cheapest first, each with the sentence that says what to do when it fails.

use std::time::{Duration, Instant};

use crate::catalogues;
use crate::checkout::Checkout;
use crate::postgres::Postgres;
use crate::{assets, licences, plugins, tidy, tools};
use vienphi_kit::step::{self, Failure, say};

/// One check: its name, why it is made, and how.
struct Check<'a> {
    name: &'static str,
    reason: &'static str,
    run: &'a dyn Fn() -> Result<(), Failure>,
}

/// Runs every check and stops at the first that fails.
pub(crate) fn run(checkout: &Checkout, further: &[String]) -> Result<(), Failure> {
    let cargo = |arguments: &[&str], sentence: &str| step::run(checkout.cargo().args(arguments), sentence);
    // Stopped when this function returns, whichever way.
    let postgres = Postgres::new(checkout);
    let checks = [
        Check {
            name: "tools",
            reason: "what is missing is better found now than after half an hour",
            run: &|| tools::need_for_tests(checkout),
        },
        Check {
            name: "formatting",
            reason: "a difference should show a change, not a habit",
            run: &|| cargo(&["fmt", "--all", "--check"], "formatting differs: run `cargo fmt --all`"),
        },
        Check {
            name: "assets",
            reason: "script of others is what its lock file names, byte by byte",
            run: &|| assets::run(checkout, true),
        },
        Check { name: "plugins", reason: "the tests price with the real components", run: &|| plugins::run(checkout) },
        Check {
            name: "lints",
            reason: "a warning that stays is read by nobody",
            run: &|| {
                cargo(
                    &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
                    "clippy has findings: repair them, or allow one where it stands with a reason",
                )
            },
        },
        Check {
            name: "house rules",
            reason: "arrows and names are kept by a check, not by memory",
            run: &|| tidy::run(checkout),
        },
        Check {
            name: "dependencies",
            reason: "licences and sources are checked, advisories not: their database may be out of reach",
            run: &|| licences::check(checkout),
        },
        Check {
            name: "tests",
            reason: "every behaviour has one",
            run: &|| {
                // The acceptance tests start the server's own binary, which nextest does not build.
                cargo(
                    &["build", "--workspace", "--bins", "--tests"],
                    "the tests do not build: repair what the compiler names",
                )?;
                let mut tests = checkout.cargo();
                tests.args(["nextest", "run", "--workspace"]).args(further);
                catalogues::pass_to(&mut tests, checkout);
                postgres.pass_to(&mut tests)?;
                step::run(&mut tests, "tests fail: repeat one with `cargo xtask postgres -- cargo nextest run <name>`")
            },
        },
        Check {
            name: "examples",
            reason: "an example in the documentation must run",
            run: &|| {
                let mut examples = checkout.cargo();
                examples.args(["test", "--doc", "--workspace"]);
                postgres.pass_to(&mut examples)?;
                step::run(&mut examples, "an example in the documentation fails: repair it")
            },
        },
    ];

    let mut times = Vec::new();
    for Check { name, reason, run } in &checks {
        say(&format!("\n{name}: {reason}"));
        let started = Instant::now();
        run()?;
        times.push((*name, started.elapsed()));
    }
    say("");
    for (name, time) in &times {
        say(&row(name, *time));
    }
    say(&row("together", times.iter().map(|(_, time)| *time).sum()));
    say("all checks passed");
    Ok(())
}

/// A line of the closing table.
fn row(name: &str, time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{name:<14}{:>3} min {:>2} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_minutes_and_seconds() {
        assert_eq!(row("tests", Duration::from_secs(125)), "tests           2 min  5 s");
    }
}
