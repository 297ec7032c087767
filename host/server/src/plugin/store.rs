//! `vienphi plugin install`, `approve`, `activate`, `retire`, `rollback`, `revoke` and `list`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vienphi_domain::{Day, Digest};
use vienphi_packages::{Act, Active, Held, Instant, PackageStore, Signed, Standing, printable};
use vienphi_runtime::{CompileLimits, limit_this_process};
use vienphi_service::{Offer, Shadow, Step, admit};
use vienphi_tariff::{Package, SIGNATURE_FILE};

use super::opened::open_built;
use super::sign::read_key;
use crate::cli::Common;
use crate::files::Sources;
use crate::output::{Ended, say};
use crate::stream::documents;
use crate::table::{Align, Table};
use crate::today::read_day;

/// Options of `plugin install`.
#[derive(Debug, Args)]
pub struct InstallArgs {
    #[command(flatten)]
    common: Common,
    /// Encounters to try it on beside what rates them now, one JSON document a line
    #[arg(long, value_name = "FILE")]
    encounters: Option<PathBuf>,
    /// The package's folder
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

/// A package of the store and whose key acts.
#[derive(Debug, Args)]
struct Deed {
    #[command(flatten)]
    sources: Sources,
    /// An approver's key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The package's digest, or as much of it as tells it from others
    #[arg(value_name = "DIGEST")]
    package: String,
}

/// Options of `plugin approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    #[command(flatten)]
    deed: Deed,
    /// What you say of it
    #[arg(long, default_value = "")]
    reason: String,
}

/// Options of `plugin activate`.
#[derive(Debug, Args)]
pub struct ActivateArgs {
    #[command(flatten)]
    deed: Deed,
    /// The first day of discharge it rates [default: its own first day]
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    from: Option<Day>,
}

/// Options of `plugin retire`.
#[derive(Debug, Args)]
pub struct RetireArgs {
    #[command(flatten)]
    deed: Deed,
    /// The first day of discharge it no longer rates
    #[arg(long, value_name = "DATE", value_parser = read_day)]
    from: Day,
}

/// Options of `plugin rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    sources: Sources,
    /// An approver's key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The province whose last activation is undone
    #[arg(value_name = "PROVINCE")]
    province: String,
}

/// Options of `plugin revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    deed: Deed,
    /// Why
    #[arg(long)]
    reason: String,
}

/// Options of `plugin list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    sources: Sources,
    /// The log instead: what was done by which key
    #[arg(long)]
    log: bool,
    /// Answer for machines
    #[arg(long)]
    json: bool,
}

/// What trying a package may take as a whole: a thousand cases and ten thousand visits of the past take seconds and
/// 200 MB. Each call within has its own limits.
const TRIAL: CompileLimits = CompileLimits { seconds: 600, memory_bytes: 4 * 1024 * 1024 * 1024 };

/// Tries a package and keeps it; exits 1 when it is refused.
pub(super) fn install(args: &InstallArgs) -> Result<Ended, String> {
    limit_this_process(&TRIAL)?;
    let sources = &args.common.sources;
    let store = store(sources)?;
    let opened = open_built(&args.folder)?;
    let digest = opened.digest();
    let mut steps = vec![Step { name: "signature", outcome: signature(&opened.files, &digest) }];
    if steps[0].outcome.is_ok() {
        let (base, _) = sources.base().map_err(|error| error.to_string())?;
        let encounters = args.encounters.as_deref().map(documents).transpose()?;
        let (offers, _) = sources.offers().map_err(|error| error.to_string())?;
        // What rates visits now: nothing, before the first package is active.
        let rated_by = (!offers.is_empty()).then(|| base.offering(offers)).transpose();
        let rated_by = rated_by.map_err(|error| error.to_string())?.map(|(pricer, _)| pricer);
        let shadow = encounters.as_ref().map(|encounters| Shadow { encounters, rated_by: rated_by.as_ref() });
        let offer = Offer { is_signed: true, ..opened.offer() };
        steps.extend(admit(&base, &offer, shadow, args.common.today()));
    }
    for step in &steps {
        let (sign, words) = match &step.outcome {
            Ok(words) => ("ok     ", words),
            Err(words) => ("REFUSED", words),
        };
        say(&format!("{sign} {}: {words}\n", step.name));
    }
    if steps.iter().any(|step| step.outcome.is_err()) {
        return Ok(Ended::Differences);
    }
    let manifest = Package::read(&opened.files).map_err(|error| error.to_string())?.manifest;
    let names = (manifest.name.as_str(), manifest.version.as_str(), manifest.province.as_str());
    store.install(&opened.files, names, now()).map_err(|error| error.to_string())?;
    say(&format!("installed {digest}\n"));
    Ok(Ended::Done)
}

fn signature(files: &vienphi_service::Files, digest: &Digest) -> Result<String, String> {
    let signed = Signed::read(files.get(SIGNATURE_FILE).map(Vec::as_slice)).map_err(|error| error.to_string())?;
    signed.check(digest).map_err(|error| error.to_string())?;
    Ok(format!("by {}", signed.key))
}

/// Approves an installed package.
pub(super) fn approve(args: &ApproveArgs) -> Result<Ended, String> {
    act(&args.deed, |_, _| Ok(Act::Approve { reason: one_line(&args.reason)? }))
}

/// Lets an approved package rate.
pub(super) fn activate(args: &ActivateArgs) -> Result<Ended, String> {
    act(&args.deed, |store, held| {
        let files = store.files(held).map_err(|error| error.to_string())?;
        let manifest = Package::read(&files).map_err(|error| error.to_string())?.manifest;
        let from = args.from.unwrap_or(manifest.effective_from);
        if from < manifest.effective_from || from > manifest.effective_to {
            let (first, last) = (manifest.effective_from, manifest.effective_to);
            return Err(format!("its plugin.toml lets it rate discharges from {first} to {last}, not from {from}"));
        }
        Ok(Act::Activate { from })
    })
}

/// Lets a package no longer rate.
pub(super) fn retire(args: &RetireArgs) -> Result<Ended, String> {
    act(&args.deed, |_, _| Ok(Act::Retire { from: args.from }))
}

/// Never lets a package price again.
pub(super) fn revoke(args: &RevokeArgs) -> Result<Ended, String> {
    act(&args.deed, |_, _| Ok(Act::Revoke { reason: one_line(&args.reason)? }))
}

fn one_line(reason: &str) -> Result<String, String> {
    if reason.chars().any(char::is_control) {
        return Err(format!("a reason is one line of printable text, not {reason:?}"));
    }
    Ok(reason.to_owned())
}

/// Undoes the last activation of a province.
pub(super) fn roll_back(args: &RollbackArgs) -> Result<Ended, String> {
    let key = read_key(&args.key)?;
    let store = store(&args.sources)?;
    let undone = store.roll_back(&args.province, &key, now()).map_err(|error| error.to_string())?;
    let (_, standing) = store.read().map_err(|error| error.to_string())?;
    let of_province =
        |active: &&Active| standing.get(&active.package).is_some_and(|held| held.province == args.province);
    let now: Vec<String> = standing
        .active()
        .iter()
        .filter(of_province)
        .filter_map(|active| {
            standing.get(&active.package).map(|held| format!("{} {} {}", held.name, held.version, days_of(active)))
        })
        .collect();
    let now = if now.is_empty() { "nothing does".to_owned() } else { format!("active: {}", now.join(", ")) };
    say(&format!("{undone} no longer rates province {}; {now}\n", args.province));
    Ok(Ended::Done)
}

fn act(deed: &Deed, what: impl FnOnce(&PackageStore, &Held) -> Result<Act, String>) -> Result<Ended, String> {
    let key = read_key(&deed.key)?;
    let store = store(&deed.sources)?;
    let (_, standing) = store.read().map_err(|error| error.to_string())?;
    let held = find(&standing, &deed.package)?;
    let act = what(&store, held)?;
    let words = format!("{} {} {act}\n", held.name, held.version);
    store.act(&held.digest, act, &key, now()).map_err(|error| format!("{} {}: {error}", held.name, held.version))?;
    say(&words);
    Ok(Ended::Done)
}

/// The package whose digest begins so.
fn find<'s>(standing: &'s Standing, text: &str) -> Result<&'s Held, String> {
    const LEAST: usize = 8;
    if text.len() < LEAST {
        return Err(format!("{text:?} is too short: give at least {LEAST} digits of the package's digest"));
    }
    let mut found = standing.held().filter(|held| held.digest.to_string().starts_with(text));
    match (found.next(), found.next()) {
        (Some(held), None) => Ok(held),
        (None, _) => Err(format!("no package whose digest begins with {text} is installed")),
        (Some(_), Some(_)) => Err(format!("several packages have digests that begin with {text}: give more of it")),
    }
}

/// Lists packages, or the log.
pub(super) fn list(args: &ListArgs) -> Result<Ended, String> {
    let store = store(&args.sources)?;
    let (entries, standing) = store.read().map_err(|error| error.to_string())?;
    let name = |key| store.approvers().name(key).unwrap_or("?").to_owned();
    if args.log {
        for entry in &entries {
            let who = entry.key.as_ref().map_or_else(String::new, |key| format!(" by {} {key}", name(key)));
            let text = if args.json {
                serde_json::to_string(entry).unwrap_or_default()
            } else {
                format!("{:>4} {} {} {}{who}", entry.line, entry.at.day(), &entry.package.to_string()[..12], entry.act)
            };
            say(&format!("{text}\n"));
        }
        return Ok(Ended::Done);
    }
    let days = |held: &Held| {
        let of_it = standing.active().iter().filter(|active| active.package == held.digest);
        of_it.map(days_of).collect::<Vec<_>>().join(", ")
    };
    if args.json {
        let rows: Vec<_> = standing
            .held()
            .map(|held| {
                json!({
                    "digest": held.digest.to_string(), "name": held.name, "version": held.version,
                    "province": held.province, "author": held.author, "approvals": held.approvals,
                    "active": days(held), "revoked": held.revoked,
                })
            })
            .collect();
        say(&format!("{}\n", json!(rows)));
        return Ok(Ended::Done);
    }
    let mut table = Table::new(&[
        ("package", Align::Left),
        ("version", Align::Left),
        ("province", Align::Left),
        ("digest", Align::Left),
        ("approved by", Align::Left),
        ("rates discharges", Align::Left),
    ]);
    for held in standing.held() {
        let approved: Vec<String> = held.approvals.iter().map(name).collect();
        let rates =
            held.revoked.as_ref().map_or_else(|| days(held), |reason| format!("REVOKED: {}", printable(reason)));
        table.row(vec![
            printable(&held.name),
            printable(&held.version),
            printable(&held.province),
            held.digest.to_string()[..12].to_owned(),
            approved.join(", "),
            rates,
        ]);
    }
    say(&table.print(0));
    Ok(Ended::Done)
}

/// The days of discharge that a package rates.
fn days_of(active: &Active) -> String {
    match active.to {
        Day::END_OF_TIME => format!("from {}", active.from),
        to => format!("{} to {to}", active.from),
    }
}

fn store(sources: &Sources) -> Result<PackageStore, String> {
    match sources.store() {
        Ok(Some(store)) => Ok(store),
        Ok(None) => Err("name the folder that keeps packages: --plugin-store DIR".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn now() -> Instant {
    Instant(jiff::Timestamp::now().as_second())
}
