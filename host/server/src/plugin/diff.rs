//! `vienphi plugin diff`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vienphi_domain::{Day, Digest};
use vienphi_money::{Amount, Price};
use vienphi_runtime::Anatomy;
use vienphi_service::{Changed, Pricer, compare};
use vienphi_tariff::{Package, Row, percent};

use super::opened::open;
use crate::cli::Common;
use crate::output::{Ended, say};
use crate::stream::documents;
use crate::table::{Align, Table, grouped, shorten};

/// Options of `plugin diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    #[command(flatten)]
    common: Common,
    /// Encounters to price by both, one JSON document a line
    #[arg(long, value_name = "FILE")]
    encounters: Option<PathBuf>,
    /// Answer for machines
    #[arg(long)]
    json: bool,
    /// The one before
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The one after
    #[arg(value_name = "B")]
    after: PathBuf,
}

/// What identifies a price: code, class, former province, first day.
type PriceKey = (String, Option<&'static str>, Option<String>, Day);

/// A price that is not the same in both.
struct PriceChange {
    key: PriceKey,
    name: String,
    before: Option<Price>,
    after: Option<Price>,
}

/// Compares two packages; exits 1 when anything differs.
pub(super) fn run(args: &DiffArgs) -> Result<Ended, String> {
    let (before, after) = (open(&args.before)?, open(&args.after)?);
    let packages = [&before, &after].map(|opened| Package::read(&opened.files).map_err(|error| error.to_string()));
    let [before_package, after_package] = packages;
    let (before_package, after_package) = (before_package?, after_package?);
    let manifest = manifest_changes(&before_package, &after_package);
    let prices = price_changes(&before_package, &after_package);
    let (one, other) = (before.pricer(&args.common)?, after.pricer(&args.common)?);
    let rules = rule_changes(&one, &other)?;
    let visits = match &args.encounters {
        Some(file) => Some(visit_changes(file, &one, &other, args.common.today())?),
        None => None,
    };
    let is_same = manifest.is_empty()
        && rules.is_empty()
        && prices.is_empty()
        && visits.as_ref().is_none_or(|visits| visits.changed.is_empty());
    say(&if args.json {
        format!("{}\n", machines(&manifest, &rules, &prices, visits.as_ref()))
    } else {
        people(&manifest, &rules, &prices, visits.as_ref())
    });
    Ok(if is_same { Ended::Done } else { Ended::Differences })
}

/// A field that is not the same in both: its name, before, after.
type FieldChange = (&'static str, String, String);

/// What the manifests say otherwise, and whether the component is another.
fn manifest_changes(before: &Package, after: &Package) -> Vec<FieldChange> {
    let fields = |package: &Package| {
        let manifest = &package.manifest;
        let contract = Anatomy::of(&package.component).ok().and_then(|anatomy| anatomy.contract);
        [
            ("name", manifest.name.clone()),
            ("version", manifest.version.clone()),
            ("province", manifest.province.clone()),
            ("status", manifest.status.word().to_owned()),
            ("effective_from", manifest.effective_from.to_string()),
            ("effective_to", manifest.effective_to.to_string()),
            ("resolution", manifest.resolution.clone()),
            ("transition", format!("{:?}", manifest.transition)),
            ("note", manifest.note.clone().unwrap_or_default()),
            ("contract", contract.unwrap_or_default().to_owned()),
            ("component", Digest::of(&package.component).to_string()[..12].to_owned()),
        ]
    };
    let both = fields(before).into_iter().zip(fields(after));
    both.filter(|(old, new)| old != new).map(|((name, old), (_, new))| (name, old, new)).collect()
}

fn price_changes(before: &Package, after: &Package) -> Vec<PriceChange> {
    fn by_key(package: &Package) -> BTreeMap<PriceKey, &Row> {
        let key = |row: &Row| {
            let class = row.class.map(vienphi_domain::facility::Class::word);
            (row.code.to_string(), class, row.former_province.as_deref().map(str::to_owned), row.from)
        };
        package.table.rows().iter().map(|row| (key(row), row)).collect()
    }
    let (old, new) = (by_key(before), by_key(after));
    let mut keys: Vec<&PriceKey> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter_map(|key| {
            let (old, new) = (old.get(key), new.get(key));
            let price = |row: Option<&&Row>| row.map(|row| row.insured_price);
            (price(old) != price(new)).then(|| PriceChange {
                key: key.clone(),
                name: new.or(old).map_or_else(String::new, |row| row.name.to_string()),
                before: price(old),
                after: price(new),
            })
        })
        .collect()
}

/// The rules that are not the same in both, each with what became of it.
fn rule_changes(before: &Pricer, after: &Pricer) -> Result<Vec<(String, &'static str)>, String> {
    let (old, new) = (before.only_plugin()?.description(), after.only_plugin()?.description());
    let find =
        |rules: &[vienphi_runtime::contract::Rule], name: &str| rules.iter().find(|rule| rule.name == name).cloned();
    let mut names: Vec<&str> = old.rules.iter().chain(&new.rules).map(|rule| rule.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let what = |name: &str| match (find(&old.rules, name), find(&new.rules, name)) {
        (Some(_), None) => Some("removed"),
        (None, Some(_)) => Some("added"),
        (Some(old), Some(new)) if old != new => Some("other words, ground or number"),
        _ => None,
    };
    Ok(names.into_iter().filter_map(|name| what(name).map(|what| (name.to_owned(), what))).collect())
}

struct Visits {
    priced: usize,
    not_rated: usize,
    changed: Vec<Changed>,
}

fn visit_changes(file: &std::path::Path, before: &Pricer, after: &Pricer, today: Day) -> Result<Visits, String> {
    let mut visits = Visits { priced: 0, not_rated: 0, changed: Vec::new() };
    for document in documents(file)? {
        match compare(&document, before, after, today) {
            Ok(changed) => {
                visits.priced += 1;
                visits.changed.extend(changed);
            }
            Err(_) => visits.not_rated += 1,
        }
    }
    Ok(visits)
}

/// How many đồng more; nothing where one of them has none.
fn more((before, after): (Option<Amount>, Option<Amount>)) -> Option<Amount> {
    after?.checked_sub(before?)
}

/// Rows of each table that people are shown.
const SHOWN: usize = 40;

fn people(
    manifest: &[FieldChange],
    rules: &[(String, &str)],
    prices: &[PriceChange],
    visits: Option<&Visits>,
) -> String {
    let mut text = format!("package: {} differ\n", manifest.len());
    for (field, before, after) in manifest {
        text.push_str(&format!("  {field}: {before} → {after}\n"));
    }
    text.push_str(&format!("rules: {} differ\n", rules.len()));
    for (name, what) in rules {
        text.push_str(&format!("  {name}: {what}\n"));
    }
    text.push_str(&format!("prices: {} differ\n", prices.len()));
    let mut table = Table::new(&[
        ("code", Align::Left),
        ("class", Align::Left),
        ("from", Align::Left),
        ("before", Align::Right),
        ("after", Align::Right),
        ("change", Align::Right),
        ("name", Align::Left),
    ]);
    for change in prices.iter().take(SHOWN) {
        let (code, class, _, from) = &change.key;
        let money = |price: Option<Price>| price.map_or_else(|| "-".to_owned(), |price| grouped(&price.to_string()));
        let words = match (change.before, change.after) {
            (None, _) => "added".to_owned(),
            (_, None) => "removed".to_owned(),
            (Some(before), Some(after)) => percent(before, after).unwrap_or_else(|| "from zero".to_owned()),
        };
        table.row(vec![
            code.clone(),
            class.unwrap_or("all").to_owned(),
            from.to_string(),
            money(change.before),
            money(change.after),
            words,
            shorten(&change.name, 40),
        ]);
    }
    if !prices.is_empty() {
        text.push_str(&table.print(2));
    }
    text.push_str(&further(prices.len()));
    if let Some(visits) = visits {
        text.push_str(&visits_in_words(visits));
    }
    text
}

fn further(count: usize) -> String {
    if count > SHOWN { format!("  and {} more (--json has all)\n", count - SHOWN) } else { String::new() }
}

fn visits_in_words(visits: &Visits) -> String {
    let mut text = format!("visits: {} of {} change", visits.changed.len(), visits.priced);
    if visits.not_rated > 0 {
        text.push_str(&format!(", {} are rated by neither", visits.not_rated));
    }
    text.push('\n');
    if visits.changed.is_empty() {
        return text;
    }
    let mut table = Table::new(&[
        ("visit", Align::Left),
        ("patient, đồng", Align::Right),
        ("insurer, đồng", Align::Right),
        ("", Align::Left),
    ]);
    let words = |amount: Option<Amount>| amount.map_or_else(|| "-".to_owned(), |amount| grouped(&amount.to_string()));
    for changed in visits.changed.iter().take(SHOWN) {
        table.row(vec![
            changed.encounter.clone(),
            words(more(changed.patient)),
            words(more(changed.insurer)),
            changed.problem.clone().unwrap_or_default(),
        ]);
    }
    let sum = |of: fn(&Changed) -> (Option<Amount>, Option<Amount>)| {
        visits
            .changed
            .iter()
            .filter_map(|changed| more(of(changed)))
            .try_fold(Amount::ZERO, |sum: Amount, amount: Amount| sum.checked_add(amount))
    };
    table.row(vec![
        "together".to_owned(),
        words(sum(|changed| changed.patient)),
        words(sum(|changed| changed.insurer)),
        String::new(),
    ]);
    text + &table.print(2) + &further(visits.changed.len())
}

fn machines(
    manifest: &[FieldChange],
    rules: &[(String, &str)],
    prices: &[PriceChange],
    visits: Option<&Visits>,
) -> serde_json::Value {
    let manifest: Vec<_> = manifest
        .iter()
        .map(|(field, before, after)| json!({"field": field, "before": before, "after": after}))
        .collect();
    let amount = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
    let rules: Vec<_> = rules.iter().map(|(name, what)| json!({"rule": name, "change": what})).collect();
    let prices: Vec<_> = prices
        .iter()
        .map(|change| {
            let (code, class, former, from) = &change.key;
            let percent = change.before.zip(change.after).and_then(|(before, after)| percent(before, after));
            json!({
                "code": code, "class": class, "former_province": former, "from": from.to_string(), "name": change.name,
                "before": change.before.map(|price| price.to_string()),
                "after": change.after.map(|price| price.to_string()), "percent": percent,
            })
        })
        .collect();
    let visits = visits.map(|visits| {
        let changed: Vec<_> = visits
            .changed
            .iter()
            .map(|changed| {
                json!({
                    "encounter": changed.encounter, "problem": changed.problem,
                    "patient": {"before": amount(changed.patient.0), "after": amount(changed.patient.1), "more": amount(more(changed.patient))},
                    "insurer": {"before": amount(changed.insurer.0), "after": amount(changed.insurer.1), "more": amount(more(changed.insurer))},
                })
            })
            .collect();
        json!({"priced": visits.priced, "rated_by_neither": visits.not_rated, "changed": changed})
    });
    json!({"package": manifest, "rules": rules, "prices": prices, "visits": visits})
}
