//! What goes into one cell: amounts that stay exact, and text that stays text.

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Worksheet, XlsxError};
use vienphi_domain::Day;

/// A spreadsheet keeps 15 digits of a number, and every decimal of at most 15 digits comes back from the nearest double
/// as it was. An amount with more digits is written as text.
const EXACT_UNITS: u128 = 999_999_999_999_999;

/// A cell holds no more characters.
const CELL_CHARS: usize = 32_767;

/// How cells look.
pub(crate) struct Formats {
    pub(crate) header: Format,
    pub(crate) title: Format,
    pub(crate) total: Format,
    pub(crate) total_amount: Format,
    amount: Format,
    long_amount: Format,
    day: Format,
    quoted: Format,
}

impl Formats {
    pub(crate) fn new() -> Formats {
        let bold = Format::new().set_bold();
        Formats {
            header: bold.clone().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            title: bold.clone().set_font_size(14),
            total: bold.clone(),
            total_amount: bold.set_num_format("#,##0.00"),
            amount: Format::new().set_num_format("#,##0.00"),
            long_amount: Format::new().set_align(FormatAlign::Right),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            quoted: Format::new().set_quote_prefix(),
        }
    }
}

/// A row that is being written.
pub(crate) struct Row<'a> {
    pub(crate) sheet: &'a mut Worksheet,
    pub(crate) formats: &'a Formats,
    pub(crate) number: u32,
}

impl Row<'_> {
    /// Text, never a formula: a program that reads it stays with text, and so does a person who edits the cell.
    pub(crate) fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        if text.is_empty() {
            return Ok(());
        }
        let end = text.char_indices().nth(CELL_CHARS).map_or(text.len(), |(end, _)| end);
        let text = &text[..end];
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']) {
            self.sheet.write_string_with_format(self.number, column, text, &self.formats.quoted)?;
        } else {
            self.sheet.write_string(self.number, column, text)?;
        }
        Ok(())
    }

    /// Text in a look of its own.
    pub(crate) fn label(&mut self, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.number, column, text, format)?;
        Ok(())
    }

    /// A number that counts something.
    pub(crate) fn count(&mut self, column: u16, count: i64) -> Result<(), XlsxError> {
        let is_exact = u128::from(count.unsigned_abs()) <= EXACT_UNITS;
        match count.to_string() {
            text if is_exact && let Ok(number) = text.parse::<f64>() => {
                self.sheet.write_number(self.number, column, number)?
            }
            text => self.sheet.write_string(self.number, column, text)?,
        };
        Ok(())
    }

    /// A day of the calendar as one, anything else as it is.
    pub(crate) fn day(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        match Day::parse(text).and_then(spreadsheet_day) {
            Some(day) => {
                self.sheet.write_datetime_with_format(self.number, column, &day, &self.formats.day)?;
                Ok(())
            }
            None => self.text(column, text),
        }
    }

    /// An amount of 1/100 đồng.
    pub(crate) fn amount(&mut self, column: u16, units: i128) -> Result<(), XlsxError> {
        self.amount_as(column, units, &self.formats.amount)
    }

    /// An amount in a look of its own.
    pub(crate) fn amount_as(&mut self, column: u16, units: i128, format: &Format) -> Result<(), XlsxError> {
        let text = decimal(units);
        // Read from the decimal, not divided: this is the double nearest to it.
        match text.parse::<f64>() {
            Ok(number) if units.unsigned_abs() <= EXACT_UNITS => {
                self.sheet.write_number_with_format(self.number, column, number, format)?;
            }
            _ => {
                self.sheet.write_string_with_format(self.number, column, text, &self.formats.long_amount)?;
            }
        }
        Ok(())
    }
}

/// An amount of 1/100 đồng in đồng, as `-12.05`.
pub(crate) fn decimal(units: i128) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let units = units.unsigned_abs();
    format!("{sign}{}.{:02}", units / 100, units % 100)
}

/// A day as spreadsheets count it.
pub(crate) fn spreadsheet_day(day: Day) -> Option<ExcelDateTime> {
    let (year, month, day) = day.calendar();
    let (year, month, day) = (u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    ExcelDateTime::from_ymd(year, month, day).ok()
}
