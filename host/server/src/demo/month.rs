//! A month of claim files for the claim check, some of them wrong, as `vienphi claims generate` makes them.

use std::path::Path;

use vienphi_domain::{Day, Encounter};
use vienphi_samples::{Needs, Places, Sample, Wish, faults, visit};
use vienphi_service::Pricer;

use crate::claims::generate::{envelope, file_name};

/// Files of the month, and how many of them are wrong.
const FILES: usize = 120;
const WRONG: usize = 24;

/// Other visits than those at the desk.
const SEED: u64 = 27;

/// A fault that none of so many visits can show is left out.
const LOOKED_AT: usize = 8;

/// Which month: the last that is over, whose files are due.
pub(super) fn last_month(today: Day) -> (Day, Day) {
    let (_, _, of_month) = today.calendar();
    let last = today.plus_days(-i32::try_from(of_month).unwrap_or(1));
    let (_, _, days) = last.calendar();
    (last.plus_days(1 - i32::try_from(days).unwrap_or(1)), last)
}

/// Writes the files of a facility; how many of them are wrong.
pub(super) fn write(
    pricer: &Pricer,
    places: &Places,
    facility: &str,
    today: Day,
    folder: &Path,
) -> Result<(usize, usize), String> {
    std::fs::create_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (first, last) = last_month(today);
    let wish = Wish { days: Some((first, last)), facility: Some(facility), ..Wish::default() };
    let is_of_month = |sample: &Sample| {
        let encounter = Encounter::read(sample.document.as_bytes()).encounter;
        let ended = encounter.and_then(|encounter| encounter.visit.discharged_at);
        ended.is_some_and(|ended| (first..=last).contains(&ended.day()))
    };
    let mut samples = (0..).map(|number| visit(SEED, number, places, &wish)).filter(is_of_month);
    let save = |sample: &Sample, bytes: &[u8]| {
        let name = file_name(sample, "");
        std::fs::write(folder.join(&name), bytes).map_err(|error| format!("{name}: {error}"))
    };
    let (mut written, mut wrong) = (0, 0);
    for fault in faults().filter(|fault| fault.needs == Needs::Nothing) {
        if wrong == WRONG {
            break;
        }
        for sample in samples.by_ref().take(LOOKED_AT) {
            let clean = envelope(pricer, &sample, today, today)?;
            let named = |error: vienphi_claims::ClaimError| format!("visit {}: {error}", sample.id);
            // What does not show the fault is a file like any other.
            let broken = fault.put_into(&clean, 0).map_err(named)?;
            let is_clean = broken.is_none();
            if is_clean && written - wrong == FILES - WRONG {
                continue;
            }
            let bytes = broken.map_or_else(|| clean.write().map_err(named), |broken| Ok(broken.file))?;
            save(&sample, &bytes)?;
            written += 1;
            if !is_clean {
                wrong += 1;
                break;
            }
        }
    }
    while written < FILES {
        let Some(sample) = samples.next() else { break };
        let clean = envelope(pricer, &sample, today, today)?;
        let bytes = clean.write().map_err(|error| format!("visit {}: {error}", sample.id))?;
        save(&sample, &bytes)?;
        written += 1;
    }
    Ok((written, wrong))
}
