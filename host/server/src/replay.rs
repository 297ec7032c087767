//! `vienphi replay`: prices again and compares with a statement kept before.

use std::path::Path;

use serde_json::Value;
use vienphi_domain::{Day, Digest};
use vienphi_packages::Act;
use vienphi_service::{Offer, Pricer};

use crate::cli::Common;
use crate::output::{Ended, complain, say};
use crate::price::{read_document, refuse};

/// Differences shown; a statement of another tariff differs nearly everywhere.
const SHOWN_AT_MOST: usize = 50;

/// Exits 0 when identical. Fuel is compared only on the same engine: another one may count otherwise.
pub fn replay(common: &Common, statement: &Path, encounter: &Path) -> Ended {
    let lang = common.lang;
    let kept: Value = match read_document(statement).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(kept)) => kept,
        Ok(Err(error)) => {
            complain(&format!("error: {} is not a statement: {error}", statement.display()));
            return Ended::BadInput;
        }
        Err(problem) => return refuse(&problem, false, lang),
    };
    let Some(as_of) = kept["as_of"].as_str().and_then(Day::parse) else {
        complain(&format!("error: {} is not a statement: as_of must be a day", statement.display()));
        return Ended::BadInput;
    };
    let pricer = match kept_package(common, &kept) {
        Ok(Some(pricer)) => pricer,
        Ok(None) => match common.pricer() {
            Some(pricer) => pricer,
            None => return Ended::BadInput,
        },
        Err(error) => {
            complain(&format!("error: {error}"));
            return Ended::BadInput;
        }
    };
    let priced = read_document(encounter).and_then(|document| pricer.price_json(&document, as_of));
    let now: Value = match priced {
        // The statement was just written by this program.
        Ok(priced) => serde_json::from_slice(&priced.json).unwrap_or_default(),
        Err(problem) => return refuse(&problem, false, lang),
    };
    let is_same_engine = kept["digests"]["engine"] == now["digests"]["engine"];
    let mut differences = Vec::new();
    compare("", Some(&kept), Some(&now), &mut differences);
    if !is_same_engine {
        differences.retain(|(path, ..)| path != "fuel" && path != "digests.engine");
    }
    if differences.is_empty() {
        let note = if is_same_engine {
            ""
        } else {
            lang.pick(" (máy khác: không so nhiên liệu)", " (another engine: fuel not compared)")
        };
        say(&format!("{}{note}\n", lang.pick("Giống hệt", "Identical")));
        return Ended::Done;
    }
    let mut text =
        format!("{} {}\n", differences.len(), lang.pick("điểm khác nhau (cũ → nay):", "differences (kept → now):"));
    for (path, kept, now) in differences.iter().take(SHOWN_AT_MOST) {
        text.push_str(&format!("  {path}: {kept} → {now}\n"));
    }
    if differences.len() > SHOWN_AT_MOST {
        text.push_str("  …\n");
    }
    say(&text);
    Ended::Differences
}

/// The package of a store that made the statement, whether it still rates anything or not.
fn kept_package(common: &Common, statement: &Value) -> Result<Option<Pricer>, String> {
    let Some(store) = common.sources.store().map_err(|error| error.to_string())? else { return Ok(None) };
    let digest = statement["digests"]["component"].as_str().and_then(Digest::parse);
    let digest = digest.ok_or("the statement does not name its package: digests.component must be a digest")?;
    let (entries, standing) = store.read().map_err(|error| error.to_string())?;
    let held = standing.get(&digest).ok_or_else(|| format!("package {digest} is not in the package store"))?;
    if let Some(reason) = &held.revoked {
        complain(&format!("warning: {} {} was revoked since: {reason}", held.name, held.version));
    }
    if !entries.iter().any(|entry| entry.package == digest && matches!(entry.act, Act::Activate { .. })) {
        complain(&format!("warning: {} {} was never active: no visit was rated with it here", held.name, held.version));
    }
    let files = store.files(held).map_err(|error| error.to_string())?;
    let offer = Offer { is_signed: true, ..Offer::unsigned(held.name.clone(), files) };
    let (base, _) = common.sources.base().map_err(|error| error.to_string())?;
    let (pricer, _) = base.offering(vec![offer]).map_err(|error| error.to_string())?;
    Ok(Some(pricer))
}

/// Collects the paths at which two documents differ.
fn compare(path: &str, kept: Option<&Value>, now: Option<&Value>, differences: &mut Vec<(String, String, String)>) {
    match (kept, now) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&below, one.get(key), other.get(key), differences);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (place, (kept, now)) in one.iter().zip(other).enumerate() {
                compare(&format!("{path}[{place}]"), Some(kept), Some(now), differences);
            }
        }
        _ if kept == now => {}
        _ => differences.push((path.to_owned(), short(kept), short(now))),
    }
}

fn short(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".to_owned(), |value| crate::table::shorten(&value.to_string(), 60))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn differences_are_named_by_path() {
        let mut found = Vec::new();
        let kept = json!({"a": [1, {"b": "x"}], "c": null});
        let now = json!({"a": [1, {"b": "y"}], "d": 2});
        super::compare("", Some(&kept), Some(&now), &mut found);
        let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
        assert_eq!(paths, ["a[1].b", "c", "d"]);
    }
}
