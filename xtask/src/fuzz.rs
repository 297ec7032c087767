//! `cargo xtask campaign fuzz`: the targets of `tests/fuzz` under libFuzzer, each for some minutes of a processor.
//!
//! In `target/fuzz`: `corpus/<target>` (what was found to reach something new; the next campaign goes on from it), `seeds/<target>`,
//! `found/<target>-…` (inputs that broke a property), `<target>.log`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};

use crate::checkout::Checkout;
use vienphi_kit::debian;
use vienphi_kit::step::{self, Failure, say};

/// What makes the compiler count edges and comparisons, as libFuzzer reads them. Without an address sanitizer, which stable Rust
/// has not: the crates that are searched have no unsafe code.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Limits of one input: a second for what takes a millisecond is much, five are a fault.
const LIMITS: [&str; 3] = ["-timeout=5", "-rss_limit_mb=256", "-max_len=65536"];

/// How often somebody who watches is told, in seconds.
const TOLD_EVERY: u64 = 60;

/// Less time than this is not worth a start, in seconds.
const SHORTEST: u64 = 5;

#[derive(Parser)]
#[command(name = "cargo xtask campaign fuzz", no_binary_name = true)]
struct Options {
    /// One target alone; all, one after another, when none is named
    #[arg(long)]
    target: Option<Target>,
    /// Minutes of a processor for each target
    #[arg(long, default_value_t = 60)]
    minutes: u64,
}

/// The targets of `tests/fuzz`.
#[derive(Clone, Copy, ValueEnum)]
enum Target {
    Reader,
    Envelope,
    Signature,
    Check,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Reader => "reader",
            Target::Envelope => "envelope",
            Target::Signature => "signature",
            Target::Check => "check",
        }
    }
}

/// What became of a target.
#[derive(Default)]
struct Outcome {
    seconds: u64,
    runs: u64,
    /// Edges reached.
    coverage: u64,
    /// Edges there are.
    edges: u64,
    peak_mb: u64,
    corpus: usize,
    found: Vec<PathBuf>,
    /// libFuzzer ended otherwise than by its time.
    is_broken: bool,
}

/// Runs the targets. 1 when a property was broken.
pub(crate) fn run(checkout: &Checkout, further: &[String]) -> Result<ExitCode, Failure> {
    let options = Options::try_parse_from(further).unwrap_or_else(|error| error.exit());
    for (program, argument, package) in [("g++", "--version", "g++"), ("openssl", "version", "openssl")] {
        if !step::works(Command::new(program).arg(argument)) {
            debian::need(&[package])?;
        }
    }
    let folder = checkout.target.join("fuzz");
    let binaries = build(checkout, &folder)?;
    let targets = options.target.map_or_else(|| Target::value_variants().to_vec(), |target| vec![target]);
    let mut outcomes = Vec::new();
    for target in targets {
        outcomes.push((target.name(), search(&binaries, &folder, target.name(), options.minutes * 60)?));
    }
    say("\ntarget      CPU min        runs   runs/s   edges reached   corpus   peak MB   found");
    for (name, outcome) in &outcomes {
        say(&row(name, outcome));
    }
    for found in outcomes.iter().flat_map(|(_, outcome)| &outcome.found) {
        say(&format!("found: {}", found.display()));
    }
    let is_broken = outcomes.iter().any(|(_, outcome)| outcome.is_broken || !outcome.found.is_empty());
    Ok(if is_broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn row(name: &str, outcome: &Outcome) -> String {
    let Outcome { seconds, runs, coverage, edges, peak_mb, corpus, .. } = outcome;
    let (minutes, rate, found) = (seconds / 60, runs / (*seconds).max(1), outcome.found.len());
    format!(
        "{name:<12}{minutes:>7}{runs:>12}{rate:>9}{:>16}{corpus:>9}{peak_mb:>10}{found:>8}",
        format!("{coverage}/{edges}")
    )
}

/// Builds the targets; the folder they are in.
fn build(checkout: &Checkout, folder: &Path) -> Result<PathBuf, Failure> {
    say("fuzz: building the targets with counters in target/fuzz; the first time takes minutes");
    let version = step::output(Command::new("rustc").arg("-vV").current_dir(&checkout.root), "rustc does not run")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure::new("rustc does not say for which machine it compiles"))?;
    let mut cargo = checkout.cargo();
    // With a target named, what runs while it is built is not instrumented.
    cargo.args(["build", "--profile", "fuzz", "--package", "claims-fuzz", "--features", "libfuzzer", "--bins"]);
    cargo.args(["--target", host]).arg("--target-dir").arg(folder).env("RUSTFLAGS", INSTRUMENTED);
    step::run(&mut cargo, "the fuzz targets do not build: repair what the compiler names")?;
    Ok(folder.join(host).join("fuzz"))
}

/// Searches until the processor's time is used up or something was found.
fn search(binaries: &Path, folder: &Path, name: &str, seconds: u64) -> Result<Outcome, Failure> {
    let failed = |cause: std::io::Error| Failure::new(format!("the fuzz target {name} cannot be run: {cause}"));
    let [corpus, seeds, found] = ["corpus", "seeds", "found"].map(|part| folder.join(part));
    let (corpus, seeds) = (corpus.join(name), seeds.join(name));
    for path in [&corpus, &seeds, &found] {
        fs::create_dir_all(path).map_err(failed)?;
    }
    let (log, words) = (folder.join(format!("{name}.log")), folder.join(format!("{name}.words")));
    let old = files(&found, name);
    let mut outcome = Outcome::default();
    // libFuzzer counts the hours of a clock. Beside other work a processor's hour is longer, so it is started again.
    while outcome.seconds + SHORTEST <= seconds && !outcome.is_broken {
        let left = seconds - outcome.seconds;
        let mut command = Command::new(binaries.join(format!("fuzz-{name}")));
        command.args([&corpus, &seeds]).args(LIMITS).args(["-print_final_stats=1", &format!("-max_total_time={left}")]);
        command.arg(with("-artifact_prefix=", &found.join(format!("{name}-")))).arg(with("-dict=", &words));
        command.env("FUZZ_SEEDS", &seeds).env("FUZZ_WORDS", &words);
        command.stdout(File::create(&log).map_err(failed)?);
        let output = File::options().append(true).open(&log).map_err(failed)?;
        let mut child = command.stderr(output).spawn().map_err(failed)?;
        let (status, used) = watch(&mut child, name, &log).map_err(failed)?;
        outcome.add(&fs::read_to_string(&log).unwrap_or_default());
        // A run that ends at once would be started for ever.
        outcome.seconds += used.max(1);
        outcome.is_broken = !status.success();
    }
    outcome.corpus = fs::read_dir(&corpus).map_or(0, Iterator::count);
    outcome.found = files(&found, name).into_iter().filter(|file| !old.contains(file)).collect();
    if outcome.is_broken {
        say(&format!("{name}: libFuzzer stopped; why, {} says", log.display()));
    }
    Ok(outcome)
}

/// An option that ends in a path.
fn with(option: &str, path: &Path) -> OsString {
    let mut text = OsString::from(option);
    text.push(path);
    text
}

/// The inputs found of a target.
fn files(folder: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_of = |path: &PathBuf| {
        let file = path.file_name().and_then(|file| file.to_str());
        file.is_some_and(|file| file.starts_with(&format!("{name}-")))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_of).collect();
    files.sort();
    files
}

/// Waits for a run's end; how it ended, and the seconds of the processor that it used.
fn watch(child: &mut Child, name: &str, log: &Path) -> std::io::Result<(ExitStatus, u64)> {
    let started = Instant::now();
    let mut used = 0;
    let mut next = TOLD_EVERY;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, used));
        }
        used = processor_seconds(child.id()).unwrap_or_else(|| started.elapsed().as_secs());
        if started.elapsed().as_secs() >= next {
            next += TOLD_EVERY;
            let text = fs::read_to_string(log).unwrap_or_default();
            let line = text.lines().rev().find(|line| line.starts_with('#')).unwrap_or("starting");
            say(&format!("{name}: {} min of a processor, {}", used / 60, line.trim()));
        }
        sleep(Duration::from_millis(500));
    }
}

/// Seconds of a processor that a program has used. Linux counts them in hundredths (proc(5)).
fn processor_seconds(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    used_seconds(&text)
}

/// Of `/proc/<id>/stat`: the name in parentheses may hold anything, so what stands behind it is counted.
fn used_seconds(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100)
}

impl Outcome {
    /// Adds what libFuzzer wrote.
    fn add(&mut self, log: &str) {
        let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
        let after = |mark: &str| log.lines().rev().find_map(|line| number(line.split_once(mark)?.1));
        self.runs += after("stat::number_of_executed_units:").unwrap_or(0);
        self.coverage = self.coverage.max(after("cov: ").unwrap_or(0));
        self.edges = after("Loaded 1 modules   (").unwrap_or(self.edges);
        self.peak_mb = self.peak_mb.max(after("stat::peak_rss_mb:").unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read() {
        let log = "INFO: Loaded 1 modules   (48102 inline 8-bit counters): 48102 [0x1, 0x2),\n\
                   #2\tINITED cov: 1200 ft: 3000 corp: 9/31Kb\n#900\tDONE   cov: 1310 ft: 3100 corp: 40/90Kb\n\
                   stat::number_of_executed_units: 900\nstat::peak_rss_mb:              71\n";
        let mut outcome = Outcome::default();
        outcome.add(log);
        outcome.add(log);
        assert_eq!((outcome.runs, outcome.coverage, outcome.edges, outcome.peak_mb), (1_800, 1_310, 48_102, 71));
    }

    #[test]
    fn the_time_of_a_processor_is_read() {
        let stat = "7 (fuzz (a) b) R 1 7 7 0 -1 4194304 100 0 0 0 1234 166 0 0 20 0 1 0 5 6";
        assert_eq!(used_seconds(stat), Some(14));
    }

    #[test]
    fn options_are_read() {
        let options = Options::try_parse_from(["--target", "check", "--minutes", "10"]).unwrap();
        assert_eq!((options.target.map(Target::name), options.minutes), (Some("check"), 10));
        assert!(Options::try_parse_from(["--target", "all"]).is_err());
    }
}
