//! `vienphi plugin test`.

use std::collections::BTreeSet;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use vienphi_runtime::{Plugin, Told};
use vienphi_service::cases::{self, Case, Outcome};

use super::native::Native;
use super::opened::{Opened, open};
use super::rail_test;
use crate::cli::Common;
use crate::output::{Ended, say};
use crate::table::{Align, Table, grouped, shorten};

/// Options of `plugin test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    common: Common,
    /// Answer for machines
    #[arg(long)]
    json: bool,
    /// Only the component, not the same rules run natively
    #[arg(long)]
    no_native: bool,
    /// The plugin's folder: of its source, or a package
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: std::path::PathBuf,
}

/// A case with what came of it.
struct Tried {
    file: String,
    case: Case,
    outcome: Outcome,
    micros: Option<f64>,
    /// The component and the native program decide alike; none when one of them was not asked.
    is_alike: Option<bool>,
}

impl Tried {
    fn passes(&self) -> bool {
        self.outcome.differences.is_empty() && self.is_alike != Some(false)
    }
}

/// Runs the cases.
pub(super) fn run(args: &TestArgs) -> Result<Ended, String> {
    let opened = open(&args.folder)?;
    if rail_test::is_rail(&opened) {
        return rail_test::run(&opened, &args.common, args.json);
    }
    let own = opened.pricer(&args.common)?;
    let plugin = own.only_plugin()?;
    let with_facilities = cases::pricer_for(&opened.files, &own).map_err(|error| error.to_string())?;
    let pricer = with_facilities.as_ref().unwrap_or(&own);
    let mut native = if args.no_native { None } else { Native::start(opened.project.as_ref())? };
    let mut tried = Vec::new();
    for (file, case) in cases::of_package(&opened.files).map_err(|error| error.to_string())? {
        let outcome = case.check(&file, &opened.files, pricer).map_err(|error| error.to_string())?;
        let micros = outcome.told.as_ref().map(|told| fresh_micros(plugin, told));
        let is_alike = match (&mut native, &outcome.told) {
            (Some(native), Some(told)) => {
                let decided = plugin.price(told).map_err(|error| error.to_string())?;
                Some(native.decide(told, 0)?.decision == decided.decision)
            }
            _ => None,
        };
        tried.push(Tried { file, case, outcome, micros, is_alike });
    }
    if tried.is_empty() {
        return Err(format!("{} has no cases: a package shows in cases/*.toml what its rules come to", opened.name()));
    }
    let named: BTreeSet<&str> = tried.iter().flat_map(|tried| &tried.outcome.rules).map(String::as_str).collect();
    let declared: Vec<&str> = plugin.description().rules.iter().map(|rule| rule.name.as_str()).collect();
    let unnamed: Vec<&str> = declared.iter().filter(|rule| !named.contains(*rule)).copied().collect();
    if args.json {
        print_json(&opened, &tried, declared.len(), &unnamed);
    } else {
        print_people(&opened, &tried, declared.len(), &unnamed, native.is_some());
    }
    Ok(if tried.iter().all(Tried::passes) { Ended::Done } else { Ended::Differences })
}

/// The quickest of some calls: what the machine does beside does not count.
#[allow(clippy::float_arithmetic)] // time, not money
fn fresh_micros(plugin: &Plugin, told: &Told) -> f64 {
    let call = || {
        let began = Instant::now();
        let _ = plugin.price(told);
        began.elapsed().as_secs_f64() * 1e6
    };
    (0..20).map(|_| call()).fold(f64::INFINITY, f64::min)
}

fn print_people(opened: &Opened, tried: &[Tried], declared: usize, unnamed: &[&str], has_native: bool) {
    let mut table = Table::new(&[
        ("case", Align::Left),
        ("", Align::Left),
        ("fuel", Align::Right),
        ("µs", Align::Right),
        ("native", Align::Left),
    ]);
    for one in tried {
        table.row(vec![
            shorten(&one.case.name, 72),
            if one.passes() { "ok" } else { "FAILS" }.to_owned(),
            one.outcome.fuel.map_or_else(String::new, |fuel| grouped(&fuel.to_string())),
            one.micros.map_or_else(String::new, |micros| format!("{micros:.1}")),
            one.is_alike.map_or("", |is_alike| if is_alike { "same" } else { "DIFFERS" }).to_owned(),
        ]);
    }
    let mut text = table.print(0);
    for one in tried.iter().filter(|one| !one.passes()) {
        text.push_str(&format!("\n{}: {}\n", one.file, one.case.name));
        if one.is_alike == Some(false) {
            text.push_str("  the component decides otherwise than the same rules run natively\n");
        }
        if !one.outcome.differences.is_empty() {
            let mut differences =
                Table::new(&[("what", Align::Left), ("expected", Align::Right), ("actual", Align::Right)]);
            for found in &one.outcome.differences {
                differences.row(vec![found.what.clone(), found.expected.clone(), shorten(&found.actual, 100)]);
            }
            text.push_str(&differences.print(2));
        }
    }
    let passed = tried.iter().filter(|one| one.passes()).count();
    text.push_str(&format!("\n{}: {passed} of {} cases come out", opened.name(), tried.len()));
    text.push_str(if has_native { ", component and native rules compared\n" } else { ", native rules not compared\n" });
    text.push_str(&format!("rules named by a case: {} of {declared}\n", declared - unnamed.len()));
    if !unnamed.is_empty() {
        text.push_str(&format!("no case names: {}\n", unnamed.join(" ")));
    }
    say(&text);
}

fn print_json(opened: &Opened, tried: &[Tried], declared: usize, unnamed: &[&str]) {
    let rows: Vec<_> = tried
        .iter()
        .map(|one| {
            let differences: Vec<_> = one
                .outcome
                .differences
                .iter()
                .map(|found| json!({"what": found.what, "expected": found.expected, "actual": found.actual}))
                .collect();
            json!({
                "file": one.file, "case": one.case.name, "passes": one.passes(), "fuel": one.outcome.fuel,
                "microseconds": one.micros, "native_is_same": one.is_alike, "differences": differences,
            })
        })
        .collect();
    let answer = json!({
        "package": opened.name(), "digest": opened.digest().to_string(), "cases": rows,
        "rules": {"declared": declared, "not_named": unnamed},
    });
    say(&format!("{answer}\n"));
}
