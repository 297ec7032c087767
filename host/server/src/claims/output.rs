//! Where what was found goes: JSON and a workbook, written as it comes, so that a month takes no more memory than a day.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use vienphi_claims::{SCHEMA_NOTE_EN, SCHEMA_NOTE_VI, Severity, Share, Summary, title};
use vienphi_domain::Day;
use vienphi_reports::{FindingBook, ReportError};

use crate::lang::Lang;
use crate::output::{Ended, complain};
use crate::table::{Align, Table, grouped, shorten};

/// Departments, practitioners and codes that people are shown.
const SHARES_SHOWN: usize = 15;

/// Why the result could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Workbook(#[from] ReportError),
}

impl Failure {
    /// Tells of it. A reader that has gone away (`| head`) ends the work, and is no failure.
    pub(super) fn told(&self, xlsx: Option<&Path>) -> Ended {
        if matches!(self, Failure::Io(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return Ended::Done;
        }
        let to = xlsx.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
        complain(&format!("error: {to}: {self}"));
        Ended::BadInput
    }
}

/// JSON on standard output, a workbook, both or neither.
pub(super) struct Output {
    json: Option<(BufWriter<io::Stdout>, bool)>,
    book: Option<(FindingBook, PathBuf)>,
}

impl Output {
    /// Begins both, as they are wanted.
    pub(super) fn begin(json: bool, xlsx: Option<&PathBuf>, made_on: Day) -> Result<Output, Failure> {
        let mut output = Output { json: None, book: None };
        if json {
            let mut out = BufWriter::new(io::stdout());
            out.write_all(b"{\"files\":[")?;
            output.json = Some((out, false));
        }
        if let Some(path) = xlsx {
            output.book = Some((FindingBook::new(made_on)?, path.clone()));
        }
        Ok(output)
    }

    /// An entry of the list of files.
    pub(super) fn json(&mut self, entry: &impl Serialize) -> Result<(), Failure> {
        if let Some((out, has_some)) = &mut self.json {
            out.write_all(if *has_some { b",\n" } else { b"\n" })?;
            *has_some = true;
            serde_json::to_writer(&mut *out, entry)?;
        }
        Ok(())
    }

    /// What is written into the workbook, when there is one.
    pub(super) fn book(
        &mut self,
        write: impl FnOnce(&mut FindingBook) -> Result<(), ReportError>,
    ) -> Result<(), Failure> {
        match &mut self.book {
            Some((book, _)) => Ok(write(book)?),
            None => Ok(()),
        }
    }

    /// What all come to: `summary` of the JSON, the first sheet of the workbook.
    pub(super) fn end(self, summary: &Summary, json: &impl Serialize, lang: Lang) -> Result<(), Failure> {
        if let Some((book, path)) = self.book {
            // Beside its place first: a workbook that is there is a whole one.
            let mut beside = path.clone().into_os_string();
            beside.push(".part");
            book.finish(summary, lang.pick(SCHEMA_NOTE_VI, SCHEMA_NOTE_EN), BufWriter::new(File::create(&beside)?))?;
            std::fs::rename(&beside, &path)?;
        }
        if let Some((mut out, _)) = self.json {
            out.write_all(b"\n],\n\"summary\":")?;
            serde_json::to_writer(&mut out, json)?;
            out.write_all(b",\n\"schema\":")?;
            serde_json::to_writer(&mut out, SCHEMA_NOTE_EN)?;
            out.write_all(b"}\n")?;
            out.flush()?;
        }
        Ok(())
    }
}

/// What a chief accountant asks first: how much hangs on it, on what, where and with whom.
pub(super) fn in_words(summary: &Summary, lang: Lang) -> String {
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
        dong(summary.declared_units()),
        lang.pick("tính lại", "recomputed"),
        dong(summary.expected_units()),
        lang.pick("có nguy cơ", "at risk"),
        dong(summary.at_risk_units()),
    ));
    let plain = |shares: Vec<(&str, Share)>| -> Vec<(String, Share)> {
        shares.into_iter().map(|(name, share)| (name.to_owned(), share)).collect()
    };
    let titled = |(code, share): (&'static str, Share)| {
        let title = title(code);
        (format!("{code}  {}", shorten(lang.pick(&title.vi, &title.en), 60)), share)
    };
    for (heading, shares) in [
        (lang.pick("Phát hiện", "Finding"), summary.by_code().into_iter().map(titled).collect()),
        (lang.pick("Khoa", "Department"), plain(summary.by_department())),
        (lang.pick("Người thực hiện", "Practitioner"), plain(summary.by_practitioner())),
    ] {
        text.push_str(&shares_table(heading, shares, lang));
    }
    text
}

/// 1/100 đồng in whole đồng, as people read them.
pub(super) fn dong(units: i128) -> String {
    grouped(&(units / 100).to_string())
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
        table.row(vec![name, share.findings.to_string(), share.visits.to_string(), dong(share.at_risk_units)]);
    }
    let rest = if more > 0 { format!("… {more} {}\n", lang.pick("nữa", "more")) } else { String::new() };
    format!("\n{}{rest}", table.print(0))
}
