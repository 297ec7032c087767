//! `vienphi claims generate`: synthetic visits, priced and exported, for trying what reads claims.

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use vienphi_claims::{Exported, NewEnvelope, export};
use vienphi_domain::Day;
use vienphi_samples::{Places, Sample, Wish, visit};
use vienphi_service::Pricer;

use super::files::{name_of, save};
use crate::cli::Common;
use crate::in_order::in_order;
use crate::output::{Ended, complain, say};
use crate::samples;

mod broken;

/// Options of `claims generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    #[command(flatten)]
    common: Common,
    /// How many visits
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    count: u64,
    /// What the random choices begin with: the same seed gives the same files
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The folder to write into; it is made when it is not there. A file of another content is not replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Lines of each visit, about [default: as many as such a visit has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    lines: Option<u16>,
    /// Break each file in one named way, in turn over all there are; DIR/faults.jsonl says which file by which code
    #[arg(long, conflicts_with = "encounters")]
    faults: bool,
    /// Write the encounters too, one a line, into DIR/encounters.jsonl
    #[arg(long)]
    encounters: bool,
    /// The day the files are made (NGAYLAP)
    #[arg(long, value_name = "DATE", value_parser = crate::today::read_day, default_value = MADE_ON)]
    made_on: Day,
}

/// Behind the last day on which a visit can end: the same files on every day.
const MADE_ON: &str = "2026-11-30";

/// Writes the files.
pub(super) fn run(args: &GenerateArgs) -> Ended {
    if let Err(error) = std::fs::create_dir_all(&args.output) {
        complain(&format!("error: {} cannot be made: {error}", args.output.display()));
        return Ended::BadInput;
    }
    let Some(pricer) = args.common.pricer() else { return Ended::BadInput };
    let Some(places) = samples::places(&pricer) else {
        complain("error: no facility of the registry has both a contract and an exam with a price");
        return Ended::BadInput;
    };
    let work = Work { args, pricer: &pricer, places: &places };
    let (mut beside, mut failed) = (String::new(), None);
    let progress = progress(args.count);
    in_order(
        0..args.count,
        |number| work.one(number),
        |made| {
            progress.inc(1);
            match made {
                Ok(line) => {
                    line.into_iter().for_each(|line| beside += &(line + "\n"));
                    ControlFlow::Continue(())
                }
                Err(why) => {
                    failed = Some(why);
                    ControlFlow::Break(())
                }
            }
        },
    );
    progress.finish_and_clear();
    let done = failed.map_or_else(|| work.finish(&beside), Err);
    match done {
        Ok(()) => {
            let lang = args.common.lang;
            say(&format!("{} {}\n", args.count, lang.pick("hồ sơ đã tạo", "visits generated")));
            Ended::Done
        }
        Err(why) => {
            complain(&format!("error: {why}"));
            Ended::BadInput
        }
    }
}

/// What every visit is made with.
struct Work<'w> {
    args: &'w GenerateArgs,
    pricer: &'w Pricer,
    places: &'w Places,
}

impl Work<'_> {
    /// Writes a visit's file; the line that stands beside the claims, when one is wanted.
    fn one(&self, number: u64) -> Result<Option<String>, String> {
        if self.args.faults {
            return self.broken(number);
        }
        let sample = self.sample(number);
        let name = file_name(&sample, "");
        let bytes = self.envelope(&sample)?.write().map_err(|error| format!("{name}: {error}"))?;
        self.save(&name, &bytes)?;
        Ok(self.args.encounters.then_some(sample.document))
    }

    fn sample(&self, number: u64) -> Sample {
        visit(self.args.seed, number, self.places, &Wish { lines: self.args.lines, ..Wish::default() })
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        save(&self.args.output.join(name), bytes).map_err(|error| format!("{name}: {error}"))
    }

    fn envelope(&self, sample: &Sample) -> Result<NewEnvelope, String> {
        envelope(self.pricer, sample, self.args.common.today(), self.args.made_on)
    }

    /// Writes the lines of all visits.
    fn finish(&self, beside: &str) -> Result<(), String> {
        match (self.args.faults, self.args.encounters) {
            (true, _) => self.save("faults.jsonl", beside.as_bytes()),
            (false, true) => self.save("encounters.jsonl", beside.as_bytes()),
            (false, false) => Ok(()),
        }
    }
}

/// The claim of a visit, priced and exported as every other is.
pub(crate) fn envelope(pricer: &Pricer, sample: &Sample, today: Day, made_on: Day) -> Result<NewEnvelope, String> {
    let document = sample.document.as_bytes();
    let failed = |why: &dyn std::fmt::Display| format!("visit {}: {why}", sample.id);
    let priced = pricer.price_json(document, today).map_err(|problem| failed(&problem.detail))?;
    let Exported { claim, .. } = export(document, &priced.json).map_err(|error| failed(&error))?;
    Ok(NewEnvelope { facility: sample.facility.to_string(), made_on, claims: vec![claim] })
}

/// `FACILITY_MA_LK.xml`, as the gateway takes them.
pub(crate) fn file_name(sample: &Sample, end: &str) -> String {
    format!("{}_{}{end}.xml", sample.facility, name_of(&sample.id))
}

/// A bar on a terminal, nothing elsewhere.
fn progress(count: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed} eta {eta}");
    ProgressBar::new(count).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
