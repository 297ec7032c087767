//! A facility's approved catalogue, in the columns of the insurer's catalogue file (danh mục DVKT).

use vienphi_domain::Day;

use crate::table::{Report, Row, Table, read_code, read_intervention, read_price, read_rows};

/// The columns of the insurer's catalogue file.
pub const CATALOGUE_COLUMNS: [&str; 9] =
    ["MA_DICH_VU", "TEN_DICH_VU", "DON_GIA", "GIA_BHYT", "TU_NGAY", "DEN_NGAY", "QUYET_DINH", "LOAI_PTTT", "GHI_CHU"];

/// Reads a catalogue. Its rows are for every class and place: the file is one facility's own.
pub fn read_catalogue(bytes: &[u8]) -> (Table, Report) {
    let mut report = Report::default();
    let rows = read_rows(bytes, &CATALOGUE_COLUMNS, &[], &mut report, |record| {
        let cell = |column| record.cell(column);
        let list_price = read_price("DON_GIA", cell("DON_GIA"))?;
        let to = cell("DEN_NGAY");
        Ok(Row {
            line: record.line,
            code: read_code(cell("MA_DICH_VU"))?,
            name: cell("TEN_DICH_VU").into(),
            list_price,
            insured_price: read_price("GIA_BHYT", cell("GIA_BHYT"))?,
            from: read_day("TU_NGAY", cell("TU_NGAY"))?,
            to: if to.is_empty() { Day::END_OF_TIME } else { read_day("DEN_NGAY", to)? },
            class: None,
            former_province: None,
            resolution: cell("QUYET_DINH").into(),
            intervention: read_intervention(cell("LOAI_PTTT"))?,
            is_sample: false,
        })
    });
    (Table::new(rows, bytes, &mut report), report)
}

fn read_day(column: &str, text: &str) -> Result<Day, String> {
    Day::parse_compact(text).ok_or_else(|| format!("{column} must be a day such as 20260101, not {text:?}"))
}
