//! `vienphi claims import` and `vienphi claims shadow`: files of other software, priced by ours.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use vienphi_claims::{Envelope, Limits, SCHEMA_NOTE_EN, SCHEMA_NOTE_VI, Summary, Totals, import};
use vienphi_money::Amount;
use vienphi_service::shadow::{NoShadow, Shadow};

use super::files::{Listed, bar, list, longest};
use super::output::{Failure, Output, dong, in_words};
use super::people::People;
use crate::cli::Common;
use crate::in_order::in_order;
use crate::output::{Ended, complain, say};

/// Options of `claims import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// One encounter a line, as `vienphi price --json-lines` takes them
    #[arg(long)]
    json_lines: bool,
    /// Claim files, and folders of them (*.xml, at any depth)
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
}

/// Options of `claims shadow`.
#[derive(Debug, Args)]
pub struct ShadowArgs {
    #[command(flatten)]
    common: Common,
    /// Print every visit line by line as JSON
    #[arg(long)]
    json: bool,
    /// Write a workbook of the differences and what they come to; one that is there is replaced
    #[arg(long, value_name = "OUT")]
    xlsx: Option<PathBuf>,
    /// Claim files, and folders of them (*.xml, at any depth)
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
}

/// Something of each visit of a file, or why it could not be read.
type OfVisits<T> = Result<Vec<(String, T)>, String>;

/// Reads a file and does something with each of its visits.
fn visits<T>(file: &Path, mut work: impl FnMut(&vienphi_claims::Claim) -> T) -> OfVisits<T> {
    let bytes = longest(file).map_err(|error| error.to_string())?;
    let envelope = Envelope::read(&bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let of_claim = |claim: &vienphi_claims::Claim| {
        let visit = claim.table(1).and_then(|table| table.row(0)).and_then(|row| row.text("MA_LK"));
        (visit.unwrap_or_default().to_owned(), work(claim))
    };
    Ok(envelope.claims().iter().map(of_claim).collect())
}

/// Turns files into encounters.
pub(super) fn import_files(args: &ImportArgs) -> Ended {
    let Some(Listed { files, is_whole }) = list(&args.files) else { return Ended::BadInput };
    let mut out = BufWriter::new(io::stdout());
    let (mut is_readable, mut failed, mut failure) = (is_whole, 0_u64, None);
    let work = |file: &PathBuf| (file.display().to_string(), visits(file, import));
    in_order(files.iter(), work, |(name, visits)| {
        let visits = visits.unwrap_or_else(|why| {
            complain(&format!("error: {name}: {why}"));
            is_readable = false;
            Vec::new()
        });
        for (visit, encounter) in visits {
            let written = match encounter {
                Ok(encounter) if args.json_lines => writeln!(out, "{encounter}"),
                Ok(encounter) => writeln!(out, "{encounter:#}"),
                Err(why) => {
                    complain(&format!("error: {name}: {visit}: {why}"));
                    failed += 1;
                    Ok(())
                }
            };
            failure = failure.take().or_else(|| written.err());
        }
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if let Err(error) = failure.map_or(Ok(()), Err).and_then(|()| out.flush()) {
        return Failure::Io(error).told(None);
    }
    match (is_readable, failed) {
        (false, _) => Ended::BadInput,
        (true, 0) => Ended::Done,
        (true, _) => Ended::Differences,
    }
}

/// An entry of the JSON.
#[derive(Serialize)]
struct Entry<'a> {
    file: &'a str,
    visit: Option<&'a str>,
    #[serde(flatten)]
    shadow: Option<&'a Shadow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a NoShadow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// `summary` of the JSON.
#[derive(Serialize)]
struct Sums<'a> {
    /// Visits that could not be priced.
    unpriced: u64,
    /// What the insurer will cut, in đồng.
    cut: String,
    /// What the hospital forgot, in đồng.
    forgotten: String,
    #[serde(flatten)]
    summary: &'a Summary,
}

/// What is counted beside the findings.
#[derive(Default)]
struct Counted {
    summary: Summary,
    unpriced: u64,
    cut: i128,
    forgotten: i128,
}

/// Prices files and compares.
pub(super) fn run(args: &ShadowArgs) -> Ended {
    let Some(pricer) = args.common.pricer() else { return Ended::BadInput };
    let Some(Listed { files, is_whole }) = list(&args.files) else { return Ended::BadInput };
    let (lang, today, xlsx) = (args.common.lang, args.common.today(), args.xlsx.as_deref());
    let mut output = match Output::begin(args.json, args.xlsx.as_ref(), today) {
        Ok(output) => output,
        Err(failure) => return failure.told(xlsx),
    };
    let mut people = (!args.json).then(|| People::new(lang));
    let mut counted = Counted::default();
    let mut failure = None;
    let progress = bar(files.len());
    let work = |file: &PathBuf| (file.display().to_string(), visits(file, |claim| pricer.shadow(claim, today)));
    in_order(files.iter(), work, |(name, visits)| {
        progress.inc(1);
        let written = progress.suspend(|| counted.file(&name, visits, &mut output, people.as_mut()));
        failure = written.err();
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.finish_and_clear();
    let Counted { summary, unpriced, cut, forgotten } = &counted;
    let whole = |units: i128| Amount::from_units(i64::try_from(units).unwrap_or(i64::MAX)).text().as_str().to_owned();
    let sums = Sums { unpriced: *unpriced, cut: whole(*cut), forgotten: whole(*forgotten), summary };
    if let Err(failure) = failure.map_or(Ok(()), Err).and_then(|()| output.end(summary, &sums, lang)) {
        return failure.told(xlsx);
    }
    if let Some(people) = people {
        people.end();
        say(&format!(
            "{} {} đ · {} {} đ · {} {unpriced}\n{}",
            lang.pick("Quỹ sẽ cắt", "The insurer will cut"),
            dong(*cut),
            lang.pick("bệnh viện tính thiếu", "the hospital forgot"),
            dong(*forgotten),
            lang.pick("không tính được", "not priced"),
            in_words(summary, lang)
        ));
    }
    complain(lang.pick(SCHEMA_NOTE_VI, SCHEMA_NOTE_EN));
    if summary.unreadable > 0 || !is_whole {
        Ended::BadInput
    } else if summary.faults() > 0 || *unpriced > 0 {
        Ended::Differences
    } else {
        Ended::Done
    }
}

impl Counted {
    fn file(
        &mut self,
        name: &str,
        visits: OfVisits<Result<Shadow, NoShadow>>,
        output: &mut Output,
        mut people: Option<&mut People>,
    ) -> Result<(), Failure> {
        self.summary.add_file(visits.is_ok());
        let visits = match visits {
            Ok(visits) => visits,
            Err(why) => {
                output.json(&Entry { file: name, visit: None, shadow: None, problem: None, error: Some(&why) })?;
                if let Some(people) = people {
                    people.refused(name, "", std::slice::from_ref(&why));
                }
                return output.book(|book| book.unreadable(name, &why));
            }
        };
        for (visit, outcome) in &visits {
            let (shadow, problem) = (outcome.as_ref().ok(), outcome.as_ref().err());
            output.json(&Entry { file: name, visit: Some(visit), shadow, problem, error: None })?;
            match outcome {
                Ok(shadow) => {
                    self.summary.add(&shadow.findings, &shadow.totals);
                    self.cut += i128::from(shadow.cut.units());
                    self.forgotten += i128::from(shadow.forgotten.units());
                    output.book(|book| {
                        book.visit(name, visit, shadow.findings.len(), &shadow.totals)?;
                        shadow.findings.iter().try_for_each(|finding| book.finding(name, visit, &finding.into(), None))
                    })?;
                    if let Some(people) = &mut people {
                        people.beside(name, visit, shadow);
                    }
                }
                Err(problem) => {
                    self.summary.add(&[], &Totals::default());
                    self.unpriced += 1;
                    let faults = problem.errors.iter().map(|fault| format!("{} {}", fault.path, fault.message));
                    let why: Vec<String> = std::iter::once(problem.detail.clone()).chain(faults).collect();
                    output.book(|book| book.unreadable(name, &format!("{visit}: {}", why.join("; "))))?;
                    if let Some(people) = &mut people {
                        people.refused(name, visit, &why);
                    }
                }
            }
        }
        Ok(())
    }
}
