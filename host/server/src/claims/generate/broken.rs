//! `--faults`: each file broken in one named way.

use serde::Serialize;
use vienphi_samples::{Fault, Needs, faults};

use super::{Work, file_name};

/// Visits that are looked at for one that can show a fault. Rare ones lie across a change of L with a bill near 15 % of it.
const LOOKED_AT: u64 = 20_000;

/// A line of `faults.jsonl`.
#[derive(Serialize)]
struct Told<'t> {
    file: &'t str,
    fault: &'t str,
    expected_code: &'t str,
    vi: &'t str,
    en: &'t str,
    /// What a check must be given besides: `prices`, `facilities`, `received-on` or `batch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'t str>,
    /// The day that the file was received on, for `received-on`.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_on: Option<String>,
    /// The clean file that stands before it, for `batch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<String>,
}

impl Work<'_> {
    /// Makes broken file `number`: the first of its own visits that can show the fault whose turn it is.
    pub(super) fn broken(&self, number: u64) -> Result<Option<String>, String> {
        let Some(fault) = faults().cycle().nth(turn(number)) else { return Ok(None) };
        for looked in 0..LOOKED_AT {
            // Files share no visits, so that no two have one MA_LK.
            let sample = self.sample(number.saturating_mul(LOOKED_AT).saturating_add(looked));
            let clean = self.envelope(&sample)?;
            let broken = fault.put_into(&clean, looked).map_err(|error| format!("visit {}: {error}", sample.id))?;
            let Some(broken) = broken else { continue };
            let mut behind = None;
            let mut name = file_name(&sample, "");
            if fault.needs == Needs::Batch {
                let bytes = clean.write().map_err(|error| format!("{name}: {error}"))?;
                self.save(&name, &bytes)?;
                behind = Some(std::mem::replace(&mut name, file_name(&sample, "-2")));
            }
            self.save(&name, &broken.file)?;
            return told(fault, &name, broken.received_on.map(|day| day.to_string()), behind).map(Some);
        }
        Err(format!("none of {LOOKED_AT} visits can show the fault {}", fault.name))
    }
}

/// The line of a broken file.
fn told(fault: &Fault, file: &str, received_on: Option<String>, behind: Option<String>) -> Result<String, String> {
    let told = Told {
        file,
        fault: fault.name,
        expected_code: fault.code,
        vi: fault.vi,
        en: fault.en,
        needs: fault.needs.word(),
        received_on,
        behind,
    };
    serde_json::to_string(&told).map_err(|error| format!("{file}: {error}"))
}

/// Whose turn it is.
fn turn(number: u64) -> usize {
    let count = faults().count().max(1);
    usize::try_from(number).unwrap_or(0) % count
}
