//! `vienphi plugin inspect`.

use clap::Args;
use serde_json::{Value, json};
use vienphi_packages::Signed;
use vienphi_runtime::Anatomy;
use vienphi_tariff::{Package, SIGNATURE_FILE};

use super::opened::{open, open_built};
use crate::cli::Common;
use crate::lang::Lang;
use crate::output::{Ended, say};
use crate::table::{Align, Table, shorten};

/// Options of `plugin inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    #[command(flatten)]
    common: Common,
    /// Answer for machines
    #[arg(long)]
    json: bool,
    /// The plugin's folder: of its source, or a package
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: std::path::PathBuf,
}

/// Says what a package is. One that would not be admitted is described as far as reading it tells, and the reason given.
pub(super) fn run(args: &InspectArgs) -> Result<Ended, String> {
    let opened = open_built(&args.folder).or_else(|_| open(&args.folder))?;
    let package = Package::read(&opened.files).map_err(|error| error.to_string())?;
    let anatomy = Anatomy::of(&package.component)?;
    let pricer = opened.pricer(&args.common)?;
    let plugin = pricer.only_plugin();
    let manifest = &package.manifest;
    let signature = match opened.files.get(SIGNATURE_FILE) {
        None => "unsigned".to_owned(),
        Some(bytes) => {
            match Signed::read(Some(bytes)).and_then(|signed| signed.check(&package.digest).map(|()| signed)) {
                Ok(signed) => format!("by {}", signed.key),
                Err(error) => error.to_string(),
            }
        }
    };
    let rules: Vec<Value> = plugin.as_ref().map_or_else(
        |_| Vec::new(),
        |plugin| {
            let rule = |rule: &vienphi_runtime::contract::Rule| {
                json!({
                    "id": rule.id, "name": rule.name, "text": {"vi": rule.vietnamese, "en": rule.english},
                    "ground": rule.ground,
                })
            };
            plugin.description().rules.iter().map(rule).collect()
        },
    );
    let answer = json!({
        "name": manifest.name, "version": manifest.version, "world": manifest.world, "province": manifest.province,
        "status": manifest.status.word(), "effective_from": manifest.effective_from.to_string(),
        "resolution": manifest.resolution, "digest": package.digest.to_string(), "signature": signature,
        "component": anatomy, "prices": package.table.rows().len(), "rules": rules,
        "not_admitted": plugin.as_ref().err(),
    });
    say(&if args.json { format!("{answer}\n") } else { people(&answer, args.common.lang) });
    Ok(if plugin.is_ok() { Ended::Done } else { Ended::Differences })
}

fn people(answer: &Value, lang: Lang) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let list = |value: &Value| {
        let items: Vec<String> = value.as_array().into_iter().flatten().map(word).collect();
        if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
    };
    let component = &answer["component"];
    let mut text = String::new();
    for (name, value) in [
        ("package", format!("{} {}", word(&answer["name"]), word(&answer["version"]))),
        ("world", format!("{} {}", word(&answer["world"]), component["contract"].as_str().unwrap_or("(no contract)"))),
        ("province", word(&answer["province"])),
        ("status", word(&answer["status"])),
        ("rates from", word(&answer["effective_from"])),
        ("resolution", word(&answer["resolution"])),
        ("digest", word(&answer["digest"])),
        ("signature", word(&answer["signature"])),
        ("imports", list(&component["imports"])),
        ("exports", list(&component["exports"])),
        (
            "size",
            format!(
                "{} bytes, {} modules, {} functions",
                component["bytes"], component["modules"], component["functions"]
            ),
        ),
        ("prices", answer["prices"].to_string()),
    ] {
        text.push_str(&format!("{name:<11} {value}\n"));
    }
    if let Some(reason) = answer["not_admitted"].as_str() {
        text.push_str(&format!("\nNOT ADMITTED: {reason}\n"));
        return text;
    }
    let mut table =
        Table::new(&[("id", Align::Right), ("rule", Align::Left), ("words", Align::Left), ("ground", Align::Left)]);
    for rule in answer["rules"].as_array().into_iter().flatten() {
        let words = &rule["text"][lang.pick("vi", "en")];
        table.row(vec![
            rule["id"].to_string(),
            word(&rule["name"]),
            shorten(&word(words), 70),
            shorten(&word(&rule["ground"]), 50),
        ]);
    }
    format!("{text}\n{}", table.print(0))
}
