//! `vienphi claims check`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use vienphi_claims::{Severity, Share, Summary, Totals, title};
use vienphi_domain::Day;
use vienphi_reports::{FindingBook, ReportError};
use vienphi_service::claim_check::{CheckOptions, CheckedFile, ClaimCheck, Entry, Report};

use super::export::{SCHEMA_EN, SCHEMA_VI};
use super::files::{Listed, bar, list, longest};
use crate::cli::Common;
use crate::in_order::in_order;
use crate::lang::Lang;
use crate::output::{Ended, complain, say};
use crate::table::{Align, Table, grouped, shorten};

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
    /// Write a spreadsheet of the findings and what they come to; an existing file is replaced
    #[arg(long, value_name = "OUT")]
    xlsx: Option<PathBuf>,
    /// Claim files, and folders of them (*.xml, at any depth)
    #[arg(required = true, value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
}

/// Findings that people are shown; machines and spreadsheets get all of them.
const SHOWN: usize = 200;

/// Departments, practitioners and codes that people are shown.
const SHARES_SHOWN: usize = 15;

/// Checks the files.
pub(super) fn run(args: &CheckArgs) -> Ended {
    let Some(pricer) = args.common.pricer() else { return Ended::BadInput };
    let Some(Listed { files, is_whole }) = list(&args.files) else { return Ended::BadInput };
    let options = CheckOptions {
        knows_all_facilities: !args.common.sources.facilities.is_empty(),
        received_on: args.received_on,
    };
    let check = ClaimCheck::new(&pricer, options);
    let mut output = match Output::begin(args) {
        Ok(output) => output,
        Err(error) => return failed(args, &error.to_string()),
    };
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
            if failure.is_none() {
                failure = output.entry(entry).err();
            }
        });
        if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.finish_and_clear();
    let ended = failure.map_or(Ok(()), Err).and_then(|()| output.end(report.summary(), args.common.lang));
    if let Err(error) = ended {
        // A reader that has gone away (`| head`) ends the work.
        let is_gone = matches!(&error, Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe);
        return if is_gone { Ended::Done } else { failed(args, &error.to_string()) };
    }
    complain(args.common.lang.pick(SCHEMA_VI, SCHEMA_EN));
    match report.summary() {
        summary if summary.unreadable > 0 || !is_whole => Ended::BadInput,
        summary if summary.faults() > 0 => Ended::Differences,
        _ => Ended::Done,
    }
}

fn failed(args: &CheckArgs, why: &str) -> Ended {
    let to = args.xlsx.as_ref().map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    complain(&format!("error: {to}: {why}"));
    Ended::BadInput
}

/// Why the result could not be written.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Workbook(#[from] ReportError),
}

/// Where the result goes; written as it comes, so that a month takes no more memory than a day.
struct Output {
    json: Option<(BufWriter<io::Stdout>, bool)>,
    book: Option<(FindingBook, PathBuf)>,
    is_for_people: bool,
    shown: usize,
    left_out: usize,
    lang: Lang,
}

impl Output {
    fn begin(args: &CheckArgs) -> Result<Output, Failure> {
        let mut json = None;
        if args.json {
            let mut out = BufWriter::new(io::stdout());
            out.write_all(b"{\"files\":[")?;
            json = Some((out, false));
        }
        let book = match &args.xlsx {
            Some(path) => Some((FindingBook::new(args.common.today())?, path.clone())),
            None => None,
        };
        let is_for_people = !args.json;
        Ok(Output { json, book, is_for_people, shown: 0, left_out: 0, lang: args.common.lang })
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), Failure> {
        if let Some((out, has_some)) = &mut self.json {
            out.write_all(if *has_some { b",\n" } else { b"\n" })?;
            *has_some = true;
            serde_json::to_writer(&mut *out, entry)?;
        }
        if let Some((book, _)) = &mut self.book {
            let visit = entry.visit.unwrap_or_default();
            if let Some(why) = &entry.error {
                book.unreadable(entry.file, why)?;
            } else {
                book.visit(entry.file, visit, entry.findings.len(), entry.totals.unwrap_or(&Totals::default()))?;
            }
            for found in &entry.findings {
                book.finding(entry.file, visit, found.finding, found.other_file)?;
            }
        }
        if self.is_for_people {
            self.show(entry);
        }
        Ok(())
    }

    fn show(&mut self, entry: &Entry<'_>) {
        let faults = entry.findings.iter().filter(|found| found.finding.severity != Severity::Note);
        let is_read = entry.error.is_none();
        if entry.is_clean() {
            return;
        }
        if self.shown >= SHOWN {
            self.left_out += faults.count().max(usize::from(!is_read));
            return;
        }
        let mut text = format!("{}  {}\n", entry.file, entry.visit.unwrap_or_default());
        if let Some(why) = &entry.error {
            text.push_str(&format!("  {}: {why}\n", self.lang.pick("không đọc được", "unreadable")));
            self.shown += 1;
        }
        for found in faults {
            if self.shown >= SHOWN {
                self.left_out += 1;
                continue;
            }
            self.shown += 1;
            let finding = found.finding;
            let place = match (finding.table, finding.row) {
                (Some(table), Some(row)) => format!("XML{table}:{}", row + 1),
                (Some(table), None) => format!("XML{table}"),
                _ => String::new(),
            };
            let words = self.lang.pick(&finding.text.vi, &finding.text.en);
            let other = found.other_file.map(|name| format!(" ({name})")).unwrap_or_default();
            text.push_str(&format!("  {:<20} {place:<10} {words}{other} [{}]\n", finding.code, finding.ground));
        }
        say(&text);
    }

    fn end(self, summary: &Summary, lang: Lang) -> Result<(), Failure> {
        if let Some((book, path)) = self.book {
            // Beside its place first: a spreadsheet that is there is a whole one.
            let beside = path.with_extension("xlsx.part");
            book.finish(summary, lang.pick(SCHEMA_VI, SCHEMA_EN), BufWriter::new(File::create(&beside)?))?;
            std::fs::rename(&beside, &path)?;
        }
        if let Some((mut out, _)) = self.json {
            out.write_all(b"\n],\n\"summary\":")?;
            serde_json::to_writer(&mut out, summary)?;
            out.write_all(b",\n\"schema\":")?;
            serde_json::to_writer(&mut out, SCHEMA_EN)?;
            out.write_all(b"}\n")?;
            out.flush()?;
        }
        if self.is_for_people {
            if self.left_out > 0 {
                let more = lang.pick("phát hiện nữa: --json hoặc --xlsx cho tất cả", "more: --json or --xlsx for all");
                say(&format!("… {} {more}\n", self.left_out));
            }
            say(&in_words(summary, lang));
        }
        Ok(())
    }
}

/// What a chief accountant asks first: how much hangs on it, on what, where and with whom.
fn in_words(summary: &Summary, lang: Lang) -> String {
    let money = |units: i128| grouped(&(units / 100).to_string());
    let count = |name: &str, count: u64| format!("{name} {count}");
    let mut text = [
        count(lang.pick("Tệp", "Files"), summary.files),
        count(lang.pick("không đọc được", "unreadable"), summary.unreadable),
        count(lang.pick("hồ sơ", "visits"), summary.visits),
        count(lang.pick("sạch", "clean"), summary.clean),
        count(lang.pick("lỗi chặn", "blocking"), summary.findings(Severity::Blocking)),
        count(lang.pick("lỗi", "errors"), summary.findings(Severity::Error)),
        count(lang.pick("cảnh báo", "warnings"), summary.findings(Severity::Warning)),
        count(lang.pick("ghi chú", "notes"), summary.findings(Severity::Note)),
    ]
    .join(" · ");
    text.push_str(&format!(
        "\n{} {} đ · {} {} đ · {} {} đ\n",
        lang.pick("Đề nghị quỹ trả", "Asked of the insurer"),
        money(summary.declared_units()),
        lang.pick("tính lại", "recomputed"),
        money(summary.expected_units()),
        lang.pick("có nguy cơ", "at risk"),
        money(summary.at_risk_units()),
    ));
    let codes = summary.by_code();
    let words = |code: &str| {
        let title = title(code);
        shorten(lang.pick(&title.vi, &title.en), 60)
    };
    let codes: Vec<_> = codes.into_iter().map(|(code, share)| (code, words(code), share)).collect();
    let plain = |shares: Vec<(&'_ str, Share)>| -> Vec<(String, Share)> {
        shares.into_iter().map(|(name, share)| (name.to_owned(), share)).collect()
    };
    let codes = codes.into_iter().map(|(code, words, share)| (format!("{code}  {words}"), share)).collect();
    for (heading, shares) in [
        (lang.pick("Phát hiện", "Finding"), codes),
        (lang.pick("Khoa", "Department"), plain(summary.by_department())),
        (lang.pick("Người thực hiện", "Practitioner"), plain(summary.by_practitioner())),
    ] {
        text.push_str(&shares_table(heading, shares, lang));
    }
    text
}

fn shares_table(heading: &str, shares: Vec<(String, Share)>, lang: Lang) -> String {
    if shares.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        (heading, Align::Left),
        (lang.pick("Phát hiện", "Findings"), Align::Right),
        (lang.pick("Hồ sơ", "Visits"), Align::Right),
        (lang.pick("Có nguy cơ (đ)", "At risk (đ)"), Align::Right),
    ]);
    let more = shares.len().saturating_sub(SHARES_SHOWN);
    for (name, share) in shares.into_iter().take(SHARES_SHOWN) {
        let name = if name.is_empty() { "–".to_owned() } else { name };
        let money = grouped(&(share.at_risk_units / 100).to_string());
        table.row(vec![name, share.findings.to_string(), share.visits.to_string(), money]);
    }
    let rest = if more > 0 { format!("… {more} {}\n", lang.pick("nữa", "more")) } else { String::new() };
    format!("\n{}{rest}", table.print(0))
}
