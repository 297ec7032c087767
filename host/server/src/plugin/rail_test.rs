//! `vienphi plugin test` of a payment plugin: recorded messages and answers, replayed.

use serde_json::json;
use vienphi_service::rail_cases::{self, Difference};

use super::opened::Opened;
use crate::cli::Common;
use crate::output::{Ended, say};
use crate::table::{Align, Table, shorten};

/// Is it a payment plugin, by its own word?
pub(super) fn is_rail(opened: &Opened) -> bool {
    let manifest = opened.files.get("plugin.toml").map(|bytes| String::from_utf8_lossy(bytes));
    let manifest = manifest.and_then(|text| toml_world(&text));
    manifest.as_deref() == Some("payment-provider")
}

fn toml_world(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with("world"))?;
    Some(line.split_once('=')?.1.trim().trim_matches('"').to_owned())
}

/// Replays the cases.
pub(super) fn run(opened: &Opened, common: &Common, as_json: bool) -> Result<Ended, String> {
    let (base, _) = common.sources.base().map_err(|error| error.to_string())?;
    let sandbox = common.sources.sandbox().map_err(|error| error.to_string())?;
    let rail = base.rail_of_package(&opened.files, &sandbox)?;
    let mut tried: Vec<(String, String, Vec<Difference>)> = Vec::new();
    for (path, bytes) in opened.files.iter().filter(|(path, _)| path.starts_with("cases/") && path.ends_with(".json")) {
        let cases = rail_cases::read(bytes).map_err(|why| format!("{path}: {why}"))?;
        tried.extend(cases.iter().map(|case| (path.clone(), case.name.clone(), rail_cases::check(case, &rail))));
    }
    if tried.is_empty() {
        return Err(format!(
            "{} has no cases: cases/*.json hold recorded messages and what becomes of them",
            opened.name()
        ));
    }
    let passed = tried.iter().filter(|(_, _, differences)| differences.is_empty()).count();
    if as_json {
        let rows: Vec<_> = tried
            .iter()
            .map(|(file, case, differences)| {
                let differences: Vec<_> = differences
                    .iter()
                    .map(|found| json!({"what": found.what, "expected": found.expected, "actual": found.actual}))
                    .collect();
                json!({"file": file, "case": case, "passes": differences.is_empty(), "differences": differences})
            })
            .collect();
        say(&format!("{}\n", json!({"package": opened.name(), "digest": opened.digest().to_string(), "cases": rows})));
    } else {
        let mut table = Table::new(&[("case", Align::Left), ("", Align::Left)]);
        for (_, name, differences) in &tried {
            table.row(vec![shorten(name, 72), if differences.is_empty() { "ok" } else { "FAILS" }.to_owned()]);
        }
        let mut text = table.print(0);
        for (file, name, differences) in tried.iter().filter(|(_, _, differences)| !differences.is_empty()) {
            text.push_str(&format!("\n{file}: {name}\n"));
            let mut found = Table::new(&[("what", Align::Left), ("expected", Align::Left), ("actual", Align::Left)]);
            for one in differences {
                found.row(vec![one.what.clone(), shorten(&one.expected, 100), shorten(&one.actual, 100)]);
            }
            text.push_str(&found.print(2));
        }
        text.push_str(&format!("\n{}: {passed} of {} cases come out\n", opened.name(), tried.len()));
        say(&text);
    }
    Ok(if passed == tried.len() { Ended::Done } else { Ended::Differences })
}
