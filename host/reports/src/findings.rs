//! What was found in claim files as one workbook.

use std::io::{Seek, Write};

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};
use vienphi_claims::{Finding, Severity, Share, Summary, Totals, title};
use vienphi_domain::Day;
use vienphi_money::Amount;

use crate::book::ReportError;
use crate::cells::{Formats, Row, spreadsheet_day};
use crate::sheets::{ROWS, last, prepare, write_header};

/// The sheet of sums is the first one, so that it is the one that is seen.
const SUMMARY: usize = 0;

/// The sheet of visits.
const VISITS: usize = 1;

const SUMMARY_COLUMNS: [(&str, u16); 5] =
    [("Nội dung", 60), ("Mã", 24), ("Phát hiện", 12), ("Hồ sơ", 12), ("Tiền có nguy cơ (đồng)", 24)];

const VISIT_COLUMNS: [(&str, u16); 11] = [
    ("Tệp", 36),
    ("MA_LK", 20),
    ("Phát hiện", 10),
    ("T_TONGCHI_BV khai", 20),
    ("T_TONGCHI_BV tính lại", 20),
    ("T_TONGCHI_BH khai", 20),
    ("T_TONGCHI_BH tính lại", 20),
    ("T_BNCCT khai", 18),
    ("T_BNCCT tính lại", 18),
    ("T_BHTT khai", 18),
    ("T_BHTT tính lại", 18),
];

const FINDING_COLUMNS: [(&str, u16); 16] = [
    ("Tệp", 36),
    ("MA_LK", 20),
    ("Mã lỗi", 20),
    ("Mức độ", 12),
    ("Bảng", 8),
    ("Dòng", 8),
    ("Trường", 20),
    ("Khai", 20),
    ("Tính lại", 20),
    ("Tiền có nguy cơ", 18),
    ("Khoa", 10),
    ("Người thực hiện", 20),
    ("Nội dung", 70),
    ("In English", 70),
    ("Căn cứ", 40),
    ("Tệp khác", 36),
];

/// A finding as a row shows it.
#[derive(Debug, Clone, Copy)]
pub struct FindingRow<'f> {
    /// `GDH-…` or `VP-…`.
    pub code: &'f str,
    /// How grave it is.
    pub severity: Severity,
    /// The table, 0 to 15.
    pub table: Option<u8>,
    /// The row of the table, from 1.
    pub row: Option<usize>,
    /// The field; empty when it is a whole table or claim.
    pub field: &'f str,
    /// What stands there.
    pub declared: Option<&'f str>,
    /// What should stand there.
    pub expected: Option<&'f str>,
    /// Đồng that hang on it.
    pub at_risk: Amount,
    /// `MA_KHOA`.
    pub department: Option<&'f str>,
    /// `MA_BAC_SI`.
    pub practitioner: Option<&'f str>,
    /// In Vietnamese.
    pub vi: &'f str,
    /// In English.
    pub en: &'f str,
    /// What it rests on.
    pub ground: &'f str,
}

impl<'f> From<&'f Finding> for FindingRow<'f> {
    fn from(finding: &'f Finding) -> FindingRow<'f> {
        FindingRow {
            code: finding.code,
            severity: finding.severity,
            table: finding.table,
            row: finding.row.map(|row| row.saturating_add(1)),
            field: finding.field,
            declared: finding.declared.as_deref(),
            expected: finding.expected.as_deref(),
            at_risk: finding.at_risk,
            department: finding.department.as_deref(),
            practitioner: finding.practitioner.as_deref(),
            vi: &finding.text.vi,
            en: &finding.text.en,
            ground: &finding.ground,
        }
    }
}

/// A workbook of findings that is written row by row; rows are put into temporary files, and not held in memory.
///
/// A writer that cannot put a row away (its disk is full) panics: write a book in a task of its own.
pub struct FindingBook {
    workbook: Workbook,
    formats: Formats,
    next_visit: u32,
    next_finding: u32,
    rows: u32,
}

impl FindingBook {
    /// An empty book, made on a day.
    ///
    /// # Errors
    ///
    /// Its temporary files cannot be made.
    pub fn new(made_on: Day) -> Result<FindingBook, ReportError> {
        FindingBook::with_rows(made_on, ROWS)
    }

    /// A book with so many rows in a sheet, its header among them.
    pub(crate) fn with_rows(made_on: Day, rows: u32) -> Result<FindingBook, ReportError> {
        let mut workbook = Workbook::new();
        let mut properties = DocProperties::new().set_title("Kiểm tra hồ sơ BHYT");
        if let Some(day) = spreadsheet_day(made_on) {
            // The same findings are the same file.
            properties = properties.set_creation_datetime(&day);
        }
        workbook.set_properties(&properties);
        let formats = Formats::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("Tóm tắt")?;
        prepare(sheet, &SUMMARY_COLUMNS, 0)?;
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("Hồ sơ")?;
        prepare(sheet, &VISIT_COLUMNS, 0)?;
        write_header(sheet, &formats, &VISIT_COLUMNS, 0)?;
        let mut book = FindingBook { workbook, formats, next_visit: 1, next_finding: 0, rows };
        book.begin_findings()?;
        Ok(book)
    }

    /// Writes a visit, or a file that could not be read. Visits beyond the last row of a sheet are in the findings alone.
    ///
    /// # Errors
    ///
    /// A row cannot be written.
    pub fn visit(&mut self, file: &str, visit: &str, findings: usize, totals: &Totals) -> Result<(), ReportError> {
        if self.next_visit >= self.rows {
            return Ok(());
        }
        let sheet = self.workbook.worksheet_from_index(VISITS)?;
        let mut row = Row { sheet, formats: &self.formats, number: self.next_visit };
        row.text(0, file)?;
        row.text(1, visit)?;
        row.count(2, i64::try_from(findings).unwrap_or(i64::MAX))?;
        for (column, field) in (0..).zip(["T_TONGCHI_BV", "T_TONGCHI_BH", "T_BNCCT", "T_BHTT"]) {
            for (place, sums) in (0..).zip([&totals.declared, &totals.expected]) {
                if let Some(amount) = sums.of(field) {
                    row.amount(3 + 2 * column + place, i128::from(amount.units()))?;
                }
            }
        }
        self.next_visit += 1;
        Ok(())
    }

    /// Writes a finding; a full sheet is followed by another.
    ///
    /// # Errors
    ///
    /// A row cannot be written.
    pub fn finding(
        &mut self,
        file: &str,
        visit: &str,
        finding: &FindingRow<'_>,
        other_file: Option<&str>,
    ) -> Result<(), ReportError> {
        let mut row = self.next_row()?;
        row.text(0, file)?;
        row.text(1, visit)?;
        row.text(2, finding.code)?;
        row.text(3, severity_word(finding.severity))?;
        if let Some(table) = finding.table {
            row.count(4, i64::from(table))?;
        }
        if let Some(place) = finding.row {
            row.count(5, i64::try_from(place).unwrap_or(i64::MAX))?;
        }
        row.text(6, finding.field)?;
        row.text(7, finding.declared.unwrap_or_default())?;
        row.text(8, finding.expected.unwrap_or_default())?;
        if finding.at_risk != Amount::ZERO {
            row.amount(9, i128::from(finding.at_risk.units()))?;
        }
        row.text(10, finding.department.unwrap_or_default())?;
        row.text(11, finding.practitioner.unwrap_or_default())?;
        row.text(12, finding.vi)?;
        row.text(13, finding.en)?;
        row.text(14, finding.ground)?;
        Ok(row.text(15, other_file.unwrap_or_default())?)
    }

    /// Writes a file that could not be read.
    ///
    /// # Errors
    ///
    /// A row cannot be written.
    pub fn unreadable(&mut self, file: &str, why: &str) -> Result<(), ReportError> {
        let mut row = self.next_row()?;
        row.text(0, file)?;
        row.text(3, "không đọc được")?;
        Ok(row.text(12, why)?)
    }

    fn next_row(&mut self) -> Result<Row<'_>, ReportError> {
        if self.next_finding >= self.rows {
            self.end_findings()?;
            self.begin_findings()?;
        }
        let last_sheet = self.workbook.worksheets().len() - 1;
        let number = self.next_finding;
        self.next_finding += 1;
        let sheet = self.workbook.worksheet_from_index(last_sheet)?;
        Ok(Row { sheet, formats: &self.formats, number })
    }

    /// Writes the sums, a remark under them, and the file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn finish<W: Write + Seek + Send>(mut self, summary: &Summary, remark: &str, to: W) -> Result<(), ReportError> {
        self.end_findings()?;
        let sheet = self.workbook.worksheet_from_index(VISITS)?;
        sheet.autofilter(0, 0, self.next_visit - 1, last(&VISIT_COLUMNS))?;
        let sheet = self.workbook.worksheet_from_index(SUMMARY)?;
        let mut row = Row { sheet, formats: &self.formats, number: 0 };
        row.label(0, "Kiểm tra hồ sơ BHYT", &self.formats.title)?;
        row.number += 2;
        for (name, count) in [
            ("Tệp", summary.files),
            ("Tệp không đọc được", summary.unreadable),
            ("Hồ sơ", summary.visits),
            ("Hồ sơ sạch", summary.clean),
            ("Lỗi chặn", summary.findings(Severity::Blocking)),
            ("Lỗi", summary.findings(Severity::Error)),
            ("Cảnh báo", summary.findings(Severity::Warning)),
            ("Ghi chú", summary.findings(Severity::Note)),
        ] {
            row.text(0, name)?;
            row.count(2, i64::try_from(count).unwrap_or(i64::MAX))?;
            row.number += 1;
        }
        for (name, units) in [
            ("T_BHTT khai", summary.declared_units()),
            ("T_BHTT tính lại", summary.expected_units()),
            ("Tiền có nguy cơ", summary.at_risk_units()),
        ] {
            row.text(0, name)?;
            row.amount(4, units)?;
            row.number += 1;
        }
        let of_codes = summary.by_code().into_iter().map(|(code, share)| (title(code).vi, code, share)).collect();
        table(&mut row, "Theo phát hiện", of_codes)?;
        for (heading, shares) in [
            ("Theo khoa (MA_KHOA)", summary.by_department()),
            ("Theo người thực hiện (MA_BAC_SI)", summary.by_practitioner()),
        ] {
            table(&mut row, heading, shares.into_iter().map(|(name, share)| (String::new(), name, share)).collect())?;
        }
        row.number += 1;
        row.text(0, remark)?;
        Ok(self.workbook.save_to_writer(to)?)
    }

    fn begin_findings(&mut self) -> Result<(), ReportError> {
        let before = self.workbook.worksheets().len();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if before == 2 { "Phát hiện".to_owned() } else { format!("Phát hiện {}", before - 1) })?;
        prepare(sheet, &FINDING_COLUMNS, 0)?;
        write_header(sheet, &self.formats, &FINDING_COLUMNS, 0)?;
        self.next_finding = 1;
        Ok(())
    }

    fn end_findings(&mut self) -> Result<(), ReportError> {
        let last_sheet = self.workbook.worksheets().len() - 1;
        let sheet = self.workbook.worksheet_from_index(last_sheet)?;
        sheet.autofilter(0, 0, self.next_finding - 1, last(&FINDING_COLUMNS))?;
        Ok(())
    }
}

/// Shares under a heading; a spreadsheet shows a thousand of them.
fn table(row: &mut Row<'_>, heading: &str, shares: Vec<(String, &str, Share)>) -> Result<(), XlsxError> {
    const MOST: usize = 1_000;
    if shares.is_empty() {
        return Ok(());
    }
    row.number += 1;
    let formats = row.formats;
    row.label(0, heading, &formats.total)?;
    for (column, (name, _)) in (0..).zip(&SUMMARY_COLUMNS).skip(1) {
        row.label(column, name, &formats.header)?;
    }
    row.number += 1;
    for (words, name, share) in shares.into_iter().take(MOST) {
        row.text(0, &words)?;
        row.text(1, name)?;
        row.count(2, i64::try_from(share.findings).unwrap_or(i64::MAX))?;
        row.count(3, i64::try_from(share.visits).unwrap_or(i64::MAX))?;
        row.amount(4, share.at_risk_units)?;
        row.number += 1;
    }
    Ok(())
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Blocking => "chặn",
        Severity::Error => "lỗi",
        Severity::Warning => "cảnh báo",
        Severity::Note => "ghi chú",
    }
}
