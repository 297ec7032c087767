//! `vienphi claims generate`: synthetic visits, priced and exported, for trying what reads claims.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use vienphi_claims::{Exported, NewEnvelope, export};
use vienphi_domain::Day;
use vienphi_samples::{Places, Sample, Wish, visit};
use vienphi_service::Pricer;

use super::files::{name_of, save};
use crate::cli::Common;
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

/// Visits that a worker takes at a time.
const TOGETHER: u64 = 16;

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
    let work = Work {
        args,
        pricer: &pricer,
        places: &places,
        next: AtomicU64::new(0),
        progress: progress(args.count),
        failed: Mutex::new(None),
        told: Mutex::new(Vec::new()),
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| work.run())).collect();
        for worker in workers {
            if worker.join().is_err() {
                work.fail("a worker failed; some visits are not written".to_owned());
            }
        }
    });
    work.progress.finish_and_clear();
    let done = work.failed.lock().ok().and_then(|failed| failed.clone()).map_or_else(|| work.finish(), Err);
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

/// What the workers share.
struct Work<'w> {
    args: &'w GenerateArgs,
    pricer: &'w Pricer,
    places: &'w Places,
    /// The number of the next visit.
    next: AtomicU64,
    progress: ProgressBar,
    /// The first thing that went wrong; it ends the work.
    failed: Mutex<Option<String>>,
    /// Encounters or faults by number, when they are wanted: the lines of a file beside the claims.
    told: Mutex<Vec<(u64, String)>>,
}

impl Work<'_> {
    /// Takes visits until there are no more.
    fn run(&self) {
        loop {
            let first = self.next.fetch_add(TOGETHER, Ordering::Relaxed);
            let last = (first + TOGETHER).min(self.args.count);
            if first >= last || self.failed.lock().map_or(true, |failed| failed.is_some()) {
                return;
            }
            for number in first..last {
                if let Err(why) = self.one(number) {
                    return self.fail(why);
                }
                self.progress.inc(1);
            }
        }
    }

    fn fail(&self, why: String) {
        if let Ok(mut failed) = self.failed.lock() {
            failed.get_or_insert(why);
        }
    }

    fn one(&self, number: u64) -> Result<(), String> {
        if self.args.faults {
            return self.broken(number);
        }
        let sample = self.sample(number);
        let name = file_name(&sample, "");
        let bytes = self.envelope(&sample)?.write().map_err(|error| format!("{name}: {error}"))?;
        self.save(&name, &bytes)?;
        if self.args.encounters {
            self.tell(number, sample.document);
        }
        Ok(())
    }

    fn sample(&self, number: u64) -> Sample {
        visit(self.args.seed, number, self.places, &Wish { lines: self.args.lines, ..Wish::default() })
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        save(&self.args.output.join(name), bytes).map_err(|error| format!("{name}: {error}"))
    }

    /// A line beside the claims.
    fn tell(&self, number: u64, line: String) {
        if let Ok(mut told) = self.told.lock() {
            told.push((number, line));
        }
    }

    fn envelope(&self, sample: &Sample) -> Result<NewEnvelope, String> {
        envelope(self.pricer, sample, self.args.common.today(), self.args.made_on)
    }

    /// Writes what is of all visits.
    fn finish(&self) -> Result<(), String> {
        let name = match (self.args.faults, self.args.encounters) {
            (true, _) => "faults.jsonl",
            (false, true) => "encounters.jsonl",
            (false, false) => return Ok(()),
        };
        let mut told = self.told.lock().map_err(|_| "a worker failed".to_owned())?;
        told.sort_unstable_by_key(|(number, _)| *number);
        let mut text = String::new();
        for (_, line) in told.iter() {
            text.push_str(line);
            text.push('\n');
        }
        self.save(name, text.as_bytes())
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
