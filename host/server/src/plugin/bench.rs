//! `vienphi plugin bench`.

use std::time::Instant;

use clap::Args;
use serde_json::json;
use vienphi_service::cases;

use super::native::Native;
use super::opened::open;
use crate::cli::Common;
use crate::output::{Ended, say};
use crate::table::{Align, Table, grouped, shorten};

/// Options of `plugin bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    #[command(flatten)]
    common: Common,
    /// Calls of each kind for each case
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    times: u32,
    /// Answer for machines
    #[arg(long)]
    json: bool,
    /// The plugin's folder: of its source, or a package
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: std::path::PathBuf,
}

/// Measures the cases.
pub(super) fn run(args: &BenchArgs) -> Result<Ended, String> {
    let opened = open(&args.folder)?;
    let own = opened.pricer(&args.common)?;
    let plugin = own.only_plugin()?;
    let with_facilities = cases::pricer_for(&opened.files, &own).map_err(|error| error.to_string())?;
    let pricer = with_facilities.as_ref().unwrap_or(&own);
    let mut native = Native::start(opened.project.as_ref())?;
    let mut table = Table::new(&[
        ("case", Align::Left),
        ("lines", Align::Right),
        ("fuel", Align::Right),
        ("fresh µs", Align::Right),
        ("p99", Align::Right),
        ("warm µs", Align::Right),
        ("native µs", Align::Right),
    ]);
    let mut rows = Vec::new();
    for (file, case) in cases::of_package(&opened.files).map_err(|error| error.to_string())? {
        let Some(told) = case.check(&file, &opened.files, pricer).map_err(|error| error.to_string())?.told else {
            continue;
        };
        let fuel = plugin.price(&told).map_err(|error| error.to_string())?.fuel;
        let (fresh, fresh_99) = micros(args.times, || drop(plugin.price(&told)));
        let mut warm = plugin.warm().map_err(|error| error.to_string())?;
        let (warm, _) = micros(args.times, || drop(warm.price(&told)));
        let native = match &mut native {
            Some(native) => Some(a_call(native.decide(&told, args.times)?.nanos, args.times)),
            None => None,
        };
        table.row(vec![
            shorten(&case.name, 60),
            told.visit.line_count().to_string(),
            grouped(&fuel.to_string()),
            format!("{fresh:.1}"),
            format!("{fresh_99:.1}"),
            format!("{warm:.1}"),
            native.map_or_else(String::new, |native| format!("{native:.1}")),
        ]);
        rows.push(json!({
            "case": case.name, "lines": told.visit.line_count(), "fuel": fuel, "fresh_p50_us": fresh,
            "fresh_p99_us": fresh_99, "warm_p50_us": warm, "native_mean_us": native,
        }));
    }
    say(&if args.json { format!("{}\n", json!(rows)) } else { table.print(0) });
    Ok(Ended::Done)
}

/// The middle and the 99th of a hundred times of an action, in microseconds.
#[allow(clippy::float_arithmetic)] // time, not money
fn micros(times: u32, mut act: impl FnMut()) -> (f64, f64) {
    let mut each: Vec<f64> = (0..times)
        .map(|_| {
            let began = Instant::now();
            act();
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    each.sort_by(f64::total_cmp);
    (each[each.len() / 2], each[each.len() * 99 / 100])
}

#[allow(clippy::float_arithmetic, clippy::cast_precision_loss)] // time, not money
fn a_call(nanos: u64, times: u32) -> f64 {
    nanos as f64 / 1e3 / f64::from(times)
}
