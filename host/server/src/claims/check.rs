//! `vienphi claims check`.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use vienphi_claims::{SCHEMA_NOTE_EN, SCHEMA_NOTE_VI};
use vienphi_domain::Day;
use vienphi_service::claim_check::{Catalogues, CheckOptions, CheckedFile, ClaimCheck, Entry, Report};

use super::files::{Listed, bar, list, longest};
use super::output::{Failure, Output, in_words};
use super::people::People;
use crate::cli::Common;
use crate::in_order::in_order;
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
        catalogues: Catalogues::Whole,
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
    complain(lang.pick(SCHEMA_NOTE_VI, SCHEMA_NOTE_EN));
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
    output.book(|book| entry.write(book))
}
