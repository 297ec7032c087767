//! `vienphi claims check`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use vienphi_claims::{Finding, Severity, Totals};
use vienphi_domain::Day;
use vienphi_service::claim_check::{CheckOptions, CheckedFile, ClaimCheck, Entry, Report};

use super::export::{SCHEMA_EN, SCHEMA_VI};
use super::files::{Listed, bar, list, longest};
use super::output::{Failure, Output, in_words};
use crate::cli::Common;
use crate::in_order::in_order;
use crate::lang::Lang;
use crate::output::{Ended, complain, say};

/// Options of `claims check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    common: Common,
    /// The day on which the files are sent or were received [default: not known]
    #[arg(long, value_name = "DATE", value_parser = crate::today::read_day)]
    received_on: Option<Day>,
    /// Print every visit with its findings as JSON
    #[arg(long)]
    json: bool,
    /// Write a workbook of the findings and what they come to; one that is there is replaced
    #[arg(long, value_name = "OUT")]
    xlsx: Option<PathBuf>,
    /// Claim files, and folders of them (*.xml, at any depth)
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
}

/// Checks the files.
pub(super) fn run(args: &CheckArgs) -> Ended {
    let Some(pricer) = args.common.pricer() else { return Ended::BadInput };
    let Some(Listed { files, is_whole }) = list(&args.files) else { return Ended::BadInput };
    let options = CheckOptions {
        knows_all_facilities: !args.common.sources.facilities.is_empty(),
        received_on: args.received_on,
    };
    let check = ClaimCheck::new(&pricer, options);
    let lang = args.common.lang;
    let xlsx = args.xlsx.as_ref();
    let mut output = match Output::begin(args.json, xlsx, args.common.today()) {
        Ok(output) => output,
        Err(failure) => return failure.told(args.xlsx.as_deref()),
    };
    let mut people = (!args.json).then(|| People::new(lang));
    let mut report = Report::default();
    let mut failure = None;
    let progress = bar(files.len());
    let work = |file: &PathBuf| {
        let name = file.display().to_string();
        match longest(file) {
            Ok(bytes) => check.file(&name, &bytes),
            Err(error) => CheckedFile::unreadable(&name, error.to_string()),
        }
    };
    in_order(files.iter(), work, |file| {
        progress.inc(1);
        report.add(file, |entry| {
            failure = failure.take().or_else(|| write(&mut output, entry).err());
            if let Some(people) = &mut people {
                progress.suspend(|| people.show(entry));
            }
        });
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.finish_and_clear();
    let summary = report.summary();
    if let Err(failure) = failure.map_or(Ok(()), Err).and_then(|()| output.end(summary, summary, lang)) {
        return failure.told(args.xlsx.as_deref());
    }
    if let Some(people) = people {
        people.end();
        say(&in_words(summary, lang));
    }
    complain(lang.pick(SCHEMA_VI, SCHEMA_EN));
    if summary.unreadable > 0 || !is_whole {
        Ended::BadInput
    } else if summary.faults() > 0 {
        Ended::Differences
    } else {
        Ended::Done
    }
}

fn write(output: &mut Output, entry: &Entry<'_>) -> Result<(), Failure> {
    output.json(entry)?;
    if let Some(why) = &entry.error {
        return output.unreadable(entry.file, why);
    }
    let visit = entry.visit.unwrap_or_default();
    output.visit(entry.file, visit, entry.findings.len(), entry.totals.unwrap_or(&Totals::default()))?;
    entry
        .findings
        .iter()
        .try_for_each(|found| output.finding(entry.file, visit, found.finding, found.other_file))
}

/// What people are shown: the first findings; machines and workbooks get all of them.
pub(super) struct People {
    shown: usize,
    left_out: usize,
    lang: Lang,
}

impl People {
    const MOST: usize = 200;

    pub(super) fn new(lang: Lang) -> People {
        People { shown: 0, left_out: 0, lang }
    }

    fn show(&mut self, entry: &Entry<'_>) {
        if entry.is_clean() {
            return;
        }
        if let Some(why) = &entry.error {
            self.refused(entry.file, "", &[format!("{}: {why}", self.lang.pick("không đọc được", "unreadable"))]);
            return;
        }
        let findings = entry.findings.iter().map(|found| (found.finding, found.other_file));
        self.findings(entry.file, entry.visit.unwrap_or_default(), findings);
    }

    /// What is wrong with a file or a visit as a whole.
    pub(super) fn refused(&mut self, file: &str, visit: &str, why: &[String]) {
        if self.shown >= Self::MOST {
            self.left_out += 1;
            return;
        }
        self.shown += 1;
        let why: String = why.iter().map(|why| format!("  {why}\n")).collect();
        say(&format!("{file}  {visit}\n{why}"));
    }

    /// The findings of a visit, those above a note.
    pub(super) fn findings<'f>(
        &mut self,
        file: &str,
        visit: &str,
        findings: impl Iterator<Item = (&'f Finding, Option<&'f str>)>,
    ) {
        let mut text = String::new();
        for (finding, other) in findings.filter(|(finding, _)| finding.severity != Severity::Note) {
            if self.shown >= Self::MOST {
                self.left_out += 1;
                continue;
            }
            self.shown += 1;
            let place = match (finding.table, finding.row) {
                (Some(table), Some(row)) => format!("XML{table}:{}", row + 1),
                (Some(table), None) => format!("XML{table}"),
                (None, _) => String::new(),
            };
            let words = self.lang.pick(&finding.text.vi, &finding.text.en);
            let other = other.map(|name| format!(" ({name})")).unwrap_or_default();
            text.push_str(&format!("  {:<20} {place:<10} {words}{other} [{}]\n", finding.code, finding.ground));
        }
        if !text.is_empty() {
            say(&format!("{file}  {visit}\n{text}"));
        }
    }

    /// Says how many were not shown.
    pub(super) fn end(&self) {
        if self.left_out > 0 {
            let more = ("phát hiện nữa: --json hoặc --xlsx cho tất cả", "more: --json or --xlsx for all");
            say(&format!("… {} {}\n", self.left_out, self.lang.pick(more.0, more.1)));
        }
    }
}
