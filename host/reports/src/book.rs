//! Accounts and entries of a period as one workbook.

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};
use vienphi_domain::Day;
use vienphi_ledger::{Account, Method};

use crate::cells::{Formats, Row, decimal, spreadsheet_day};
use crate::mapping::Mapping;
use crate::sheets::{ROWS, last, prepare, write_header};

/// The sheet of accounts is the first one.
const BALANCES: usize = 0;

/// The row of the accounts' header; the title is above it.
const BALANCES_HEADER: u32 = 2;

const BALANCE_COLUMNS: [(&str, u16); 6] = [
    ("Mã tài khoản", 22),
    ("Tên tài khoản", 32),
    ("Account", 28),
    ("Phát sinh nợ", 24),
    ("Phát sinh có", 24),
    ("Số dư", 24),
];

const ENTRY_COLUMNS: [(&str, u16); 20] = [
    ("Bút toán", 10),
    ("Dòng", 7),
    ("Ngày", 12),
    ("Thời điểm", 26),
    ("Nghiệp vụ", 22),
    ("Chứng từ", 24),
    ("Lượt khám", 20),
    ("Mã tài khoản", 20),
    ("Tên tài khoản", 30),
    ("Account", 20),
    ("Nợ", 22),
    ("Có", 22),
    ("Khoa", 12),
    ("Người thực hiện", 20),
    ("Nhóm chi phí", 10),
    ("Nguồn chi trả", 14),
    ("Hình thức", 12),
    ("Ca thu", 10),
    ("Người ghi", 20),
    ("Đảo bút toán", 12),
];

/// An account and its sums, in 1/100 đồng; both are positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerAccount {
    /// Which.
    pub account: Account,
    /// Sum of debits.
    pub debit_units: i64,
    /// Sum of credits.
    pub credit_units: i64,
}

/// A posting with its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// The journal.
    pub journal: i64,
    /// Its place in it.
    pub place: i64,
    /// The Vietnam day, as `2026-03-02`.
    pub day: String,
    /// When, as `2026-03-02T08:10:05+07:00`.
    pub at: String,
    /// Why.
    pub event: String,
    /// As in `receipt/PT-12`.
    pub subject: String,
    /// For which visit.
    pub encounter: Option<String>,
    /// Where.
    pub account: Account,
    /// How much, in 1/100 đồng; a debit is positive.
    pub amount_units: i64,
    /// Dimension.
    pub department: Option<String>,
    /// Dimension.
    pub practitioner: Option<String>,
    /// Dimension: MA_NHOM.
    pub group: Option<i64>,
    /// Dimension.
    pub payer: Option<String>,
    /// Dimension.
    pub method: Option<String>,
    /// Dimension.
    pub shift: Option<i64>,
    /// By whom.
    pub actor: String,
    /// The journal it undoes.
    pub reverses: Option<i64>,
}

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A period is from a day to a day.
    #[error("{0:?} is no day of the calendar")]
    Day(String),
    /// The accounts do not add up: their debits must be their credits.
    #[error("the accounts do not balance: {debit} đồng of debits, {credit} đồng of credits")]
    Unbalanced {
        /// In đồng.
        debit: String,
        /// In đồng.
        credit: String,
    },
    /// The workbook could not be written.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] XlsxError),
}

/// A workbook of the ledger that is written row by row; rows are put into temporary files, and not held in memory.
///
/// A writer that cannot put a row away (its disk is full) panics: write a book in a task of its own.
pub struct LedgerBook {
    workbook: Workbook,
    formats: Formats,
    mapping: Mapping,
    next_account: u32,
    debit: i128,
    credit: i128,
    next_entry: u32,
    rows: u32,
}

impl LedgerBook {
    /// A book of a facility's ledger from a day to a day.
    pub fn new(facility: &str, from: &str, to: &str, mapping: Mapping) -> Result<LedgerBook, ReportError> {
        LedgerBook::with_rows(facility, from, to, mapping, ROWS)
    }

    /// A book with so many rows in a sheet, its header among them.
    pub(crate) fn with_rows(
        facility: &str,
        from: &str,
        to: &str,
        mapping: Mapping,
        rows: u32,
    ) -> Result<LedgerBook, ReportError> {
        let day =
            |text: &str| Day::parse(text).and_then(spreadsheet_day).ok_or_else(|| ReportError::Day(text.to_owned()));
        let (_, last_day) = (day(from)?, day(to)?);
        let mut workbook = Workbook::new();
        let title = format!("Sổ cái, cơ sở khám chữa bệnh {facility}, từ {from} đến {to}");
        // The period's last day as the time of making: the same ledger is the same file.
        workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&last_day));
        let formats = Formats::new();

        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("Số dư")?;
        prepare(sheet, &BALANCE_COLUMNS, BALANCES_HEADER)?;
        Row { sheet, formats: &formats, number: 0 }.label(0, &title, &formats.title)?;
        write_header(sheet, &formats, &BALANCE_COLUMNS, BALANCES_HEADER)?;

        let next_account = BALANCES_HEADER + 1;
        let mut book =
            LedgerBook { workbook, formats, mapping, next_account, debit: 0, credit: 0, next_entry: 0, rows };
        book.begin_entries()?;
        Ok(book)
    }

    /// Writes accounts, in the order given.
    pub fn accounts(&mut self, accounts: &[LedgerAccount]) -> Result<(), ReportError> {
        for LedgerAccount { account, debit_units, credit_units } in accounts {
            let (debit, credit) = (i128::from(*debit_units), i128::from(*credit_units));
            let (own_name, english) = account.names();
            let own = self.mapping.find(*account, None, None);
            let sheet = self.workbook.worksheet_from_index(BALANCES)?;
            let mut row = Row { sheet, formats: &self.formats, number: self.next_account };
            row.text(0, own.map_or(account.word(), |own| &own.code))?;
            row.text(1, own.and_then(|own| own.name.as_deref()).unwrap_or(own_name))?;
            row.text(2, english)?;
            row.amount(3, debit)?;
            row.amount(4, credit)?;
            row.amount(5, debit - credit)?;
            self.next_account += 1;
            self.debit += debit;
            self.credit += credit;
        }
        Ok(())
    }

    /// Writes an entry; a full sheet is followed by another.
    pub fn entry(&mut self, entry: &LedgerEntry) -> Result<(), ReportError> {
        if self.next_entry >= self.rows {
            self.end_entries()?;
            self.begin_entries()?;
        }
        let method = entry.method.as_deref().and_then(Method::parse);
        let own = self.mapping.find(entry.account, method, entry.group);
        let (own_name, _) = entry.account.names();
        let last = self.workbook.worksheets().len() - 1;
        let sheet = self.workbook.worksheet_from_index(last)?;
        let mut row = Row { sheet, formats: &self.formats, number: self.next_entry };
        row.count(0, entry.journal)?;
        row.count(1, entry.place)?;
        row.day(2, &entry.day)?;
        row.text(3, &entry.at)?;
        row.text(4, &entry.event)?;
        row.text(5, &entry.subject)?;
        row.text(6, entry.encounter.as_deref().unwrap_or_default())?;
        row.text(7, own.map_or(entry.account.word(), |own| &own.code))?;
        row.text(8, own.and_then(|own| own.name.as_deref()).unwrap_or(own_name))?;
        row.text(9, entry.account.word())?;
        let side = if entry.amount_units < 0 { 11 } else { 10 };
        row.amount(side, i128::from(entry.amount_units.unsigned_abs()))?;
        row.text(12, entry.department.as_deref().unwrap_or_default())?;
        row.text(13, entry.practitioner.as_deref().unwrap_or_default())?;
        if let Some(group) = entry.group {
            row.count(14, group)?;
        }
        row.text(15, entry.payer.as_deref().unwrap_or_default())?;
        row.text(16, entry.method.as_deref().unwrap_or_default())?;
        if let Some(shift) = entry.shift {
            row.count(17, shift)?;
        }
        row.text(18, &entry.actor)?;
        if let Some(reverses) = entry.reverses {
            row.count(19, reverses)?;
        }
        self.next_entry += 1;
        Ok(())
    }

    /// The file. The accounts must balance.
    pub fn finish(mut self) -> Result<Vec<u8>, ReportError> {
        if self.debit != self.credit {
            return Err(ReportError::Unbalanced { debit: decimal(self.debit), credit: decimal(self.credit) });
        }
        self.end_entries()?;
        let sheet = self.workbook.worksheet_from_index(BALANCES)?;
        let mut row = Row { sheet, formats: &self.formats, number: self.next_account };
        row.label(0, "Tổng cộng", &self.formats.total)?;
        row.label(2, "Total", &self.formats.total)?;
        row.amount_as(3, self.debit, &self.formats.total_amount)?;
        row.amount_as(4, self.credit, &self.formats.total_amount)?;
        row.amount_as(5, self.debit - self.credit, &self.formats.total_amount)?;
        // The total stays outside, so that sorting leaves it where it is.
        sheet.autofilter(BALANCES_HEADER, 0, self.next_account - 1, last(&BALANCE_COLUMNS))?;
        Ok(self.workbook.save_to_buffer()?)
    }

    fn begin_entries(&mut self) -> Result<(), ReportError> {
        let before = self.workbook.worksheets().len();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if before == 1 { "Nhật ký".to_owned() } else { format!("Nhật ký {before}") })?;
        prepare(sheet, &ENTRY_COLUMNS, 0)?;
        write_header(sheet, &self.formats, &ENTRY_COLUMNS, 0)?;
        self.next_entry = 1;
        Ok(())
    }

    fn end_entries(&mut self) -> Result<(), ReportError> {
        let last_sheet = self.workbook.worksheets().len() - 1;
        let sheet = self.workbook.worksheet_from_index(last_sheet)?;
        sheet.autofilter(0, 0, self.next_entry - 1, last(&ENTRY_COLUMNS))?;
        Ok(())
    }
}
