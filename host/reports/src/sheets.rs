//! What sheets of every workbook have alike.

use rust_xlsxwriter::{Worksheet, XlsxError};

use crate::cells::{Formats, Row};

/// Rows of a sheet that a spreadsheet program opens.
pub(crate) const ROWS: u32 = 1_048_576;

/// Widths of columns, and a header that stays in sight.
pub(crate) fn prepare(sheet: &mut Worksheet, columns: &[(&str, u16)], header: u32) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(header + 1, 0)?;
    for (column, (_, width)) in (0..).zip(columns) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}

/// The names of columns.
pub(crate) fn write_header(
    sheet: &mut Worksheet,
    formats: &Formats,
    columns: &[(&str, u16)],
    header: u32,
) -> Result<(), XlsxError> {
    let mut row = Row { sheet, formats, number: header };
    for (column, (name, _)) in (0..).zip(columns) {
        row.label(column, name, &formats.header)?;
    }
    Ok(())
}

/// The last column.
pub(crate) fn last<const N: usize>(_: &[(&str, u16); N]) -> u16 {
    u16::try_from(N).unwrap_or(u16::MAX).saturating_sub(1)
}
