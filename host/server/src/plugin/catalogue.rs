//! An approved catalogue becomes the tables of a package: its prices, cases that come out with them, and remarks on
//! every row that a person should look at.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use vienphi_domain::code::Form;
use vienphi_domain::encounter::OperationClass;
use vienphi_domain::facility::Class;
use vienphi_domain::{Code, Day};
use vienphi_kit::project::Tables;
use vienphi_money::Price;
use vienphi_tariff::{CATALOGUE_COLUMNS, INTERVENTION_COLUMN, Intervention, PRICE_COLUMNS, Row, read_catalogue};

/// What came of a catalogue.
pub(super) struct Imported {
    pub(super) tables: Tables,
    /// One for each row that a person should look at, by line.
    pub(super) remarks: Vec<String>,
    pub(super) summary: String,
}

/// Reads a catalogue. Rows that cannot be read, and rows that contradict each other (R28), are left out and named.
pub(super) fn read(file: &Path, class: Option<Class>) -> Result<Imported, String> {
    let bytes = match file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx")) {
        true => csv_of_workbook(file)?,
        false => std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?,
    };
    let (table, report) = read_catalogue(&bytes);
    if table.rows().is_empty() {
        let first = report.errors.first().map_or_else(|| "it has no rows".to_owned(), ToString::to_string);
        return Err(format!("{}: no row can be used: {first}", file.display()));
    }
    let contradicting = contradicting(table.rows());
    let kept: Vec<&Row> = table.rows().iter().filter(|row| !contradicting.contains_key(&row.line)).collect();
    // Of a contradiction the report names the later row only: both are left out.
    let mut left_out: BTreeMap<u64, String> =
        report.errors.iter().map(|note| (note.line, note.message.clone())).collect();
    left_out.extend(contradicting);
    let mut remarks: Vec<(u64, String)> =
        left_out.iter().map(|(line, words)| (*line, format!("left out: {words}"))).collect();
    remarks.extend(report.warnings.iter().map(|note| (note.line, note.message.clone())));
    remarks.extend(suspicious(&kept));
    remarks.sort();
    let source = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let summary = format!(
        "{}: {} rows become prices, {} are left out, {} remarks\n",
        file.display(),
        kept.len(),
        left_out.len(),
        remarks.len()
    );
    let samples = kept.iter().filter(|row| row.resolution.is_empty()).count();
    let effective_from = kept.iter().map(|row| row.from).min().unwrap_or(Day::BEGINNING);
    let tables = Tables {
        prices: prices(&kept, class, &source)?,
        cases: cases(&kept),
        status: if samples == 0 { "approved" } else { "sample" },
        resolution: resolutions(&kept),
        effective_from: effective_from.to_string(),
    };
    let remarks = remarks.into_iter().map(|(line, words)| format!("line {line}: {words}")).collect();
    Ok(Imported { tables, remarks, summary })
}

/// Rows whose code has another price from the same day, by line: neither is the right one for certain.
fn contradicting(rows: &[Row]) -> BTreeMap<u64, String> {
    let mut by_day: BTreeMap<(&str, Day), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_day.entry((&row.code, row.from)).or_default().push(row);
    }
    let price = |row: &Row| (row.list_price, row.insured_price);
    let mut found = BTreeMap::new();
    for row in rows {
        let other = by_day[&(&*row.code, row.from)].iter().find(|other| price(other) != price(row));
        if let Some(other) = other {
            let words = format!("{} has another price from the same day on line {} (R28)", row.code, other.line);
            found.insert(row.line, words);
        }
    }
    found
}

/// Rows that can be read and used, but look like a slip.
fn suspicious(rows: &[&Row]) -> Vec<(u64, String)> {
    let mut remarks = Vec::new();
    // The last four digits of a plain code name one price of the ministry's list: rows of one should be alike.
    let mut groups: BTreeMap<(u32, Day), &Row> = BTreeMap::new();
    for row in rows {
        let mut remark = |words: String| remarks.push((row.line, format!("suspicious: {}: {words}", row.code)));
        if row.insured_price > row.list_price {
            remark(format!("GIA_BHYT {} is above DON_GIA {}", row.insured_price, row.list_price));
        }
        if row.list_price == Price::ZERO {
            remark("the price is zero".into());
        }
        if row.name.is_empty() {
            remark("it has no name".into());
        }
        if row.resolution.is_empty() {
            remark("it names no resolution: it becomes a sample".into());
        }
        let code = Code::parse(&row.code);
        let group = code.as_ref().filter(|code| code.form() == Form::Plain).map_or(0, Code::price_group);
        if group == 0 {
            continue;
        }
        let first = groups.entry((group, row.from)).or_insert(row);
        let (one, other) = (first.insured_price.units(), row.insured_price.units());
        if one.max(other) / 2 > one.min(other) {
            remark(format!(
                "{} is far from {} of {} (line {})",
                row.insured_price, first.insured_price, first.code, first.line
            ));
        }
    }
    remarks
}

fn prices(rows: &[&Row], class: Option<Class>, source: &str) -> Result<String, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = PRICE_COLUMNS.iter().copied().chain([INTERVENTION_COLUMN]);
    writer.write_record(header).map_err(|error| error.to_string())?;
    for row in rows {
        let to = if row.to == Day::END_OF_TIME { String::new() } else { row.to.to_string() };
        let cells: [&str; 12] = [
            &row.code,
            &row.name,
            &row.list_price.to_string(),
            &row.insured_price.to_string(),
            &row.from.to_string(),
            &to,
            class.map_or("", Class::word),
            "",
            &row.resolution,
            source,
            if row.resolution.is_empty() { "sample" } else { "approved" },
            loai_pttt(row.intervention),
        ];
        writer.write_record(cells).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Procedures of every class are alike to the rules: 1 stands for all.
fn loai_pttt(intervention: Option<Intervention>) -> &'static str {
    match intervention {
        None => "",
        Some(Intervention::Procedure) => "1",
        Some(Intervention::Operation(OperationClass::First)) => "5",
        Some(Intervention::Operation(OperationClass::Second)) => "6",
        Some(Intervention::Operation(OperationClass::Third)) => "7",
        Some(Intervention::Operation(OperationClass::Special)) => "8",
    }
}

fn resolutions(rows: &[&Row]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.resolution.is_empty()) {
        *counts.entry(&row.resolution).or_default() += 1;
    }
    let most = counts.iter().max_by_key(|(_, count)| **count).map(|(resolution, _)| *resolution);
    most.unwrap_or("no resolution was named").to_owned()
}

/// The registry of a new plugin knows its facility from this day.
const KNOWN_FROM: (i32, u32, u32) = (2025, 1, 1);

/// A case for a few plain services: without a card the patient owes the whole price.
fn cases(rows: &[&Row]) -> String {
    let known = Day::of(KNOWN_FROM.0, KNOWN_FROM.1, KNOWN_FROM.2).unwrap_or(Day::BEGINNING);
    let is_plain = |row: &&&Row| {
        Code::parse(&row.code).is_some_and(|code| code.form() == Form::Plain && code.price_group() > 0)
            && row.to >= known
            && row.list_price == row.insured_price
    };
    let mut text =
        String::from("# Made from the catalogue: replace them by visits that you have worked out by hand.\n");
    for (fires, row) in [true, false].into_iter().zip(rows.iter().filter(is_plain)) {
        let day = row.from.max(known);
        let Some(due) = row.list_price.amount().ok().and_then(|amount| amount.whole_dong().ok()) else { continue };
        let Some(price) = row.list_price.amount().ok() else { continue };
        text.push_str(&format!(
            "\n[[case]]\nname = \"{code} costs what the catalogue says on {day}\"\nreading = 1\nfires = {fires}\n\
             ground = \"the catalogue, line {line}; R1\"\nfacility = \"99001\"\ncoverages = []\n\
             visit = {{ type = \"01\", subject = \"9\", arrived_at = \"{day}T08:00\", discharged_at = \"{day}T10:00\" }}\n\
             lines = \"\"\"\nid | kind | code | quantity | performed_at\n1 | lab | {code} | 1 | {day}T09:00\n\"\"\"\n\
             totals = {{ amount_hospital = \"{price}\", cash_due = \"{due}\" }}\n",
            code = row.code,
            line = row.line,
        ));
    }
    text
}

/// More than any catalogue has.
const ROWS: u32 = 200_000;
const COLUMNS: u32 = 256;

/// The first sheet that has the columns, as CSV. What stands above the header is passed over.
fn csv_of_workbook(file: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", file.display());
    let mut workbook: Xlsx<_> = open_workbook(file).map_err(|error: calamine::XlsxError| unreadable(&error))?;
    for sheet in workbook.sheet_names() {
        // Cell by cell: a single one far out would make a table of the whole sheet.
        let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| unreadable(&error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
            let ((row, column), written) = (cell.get_position(), text(&cell.get_value().clone().into()));
            if written.is_empty() {
                continue;
            }
            if column >= COLUMNS || row >= ROWS {
                return Err(format!(
                    "{}: sheet {sheet:?} has a cell beyond row {ROWS} or column {COLUMNS}: no catalogue is so large",
                    file.display()
                ));
            }
            let cells = rows.entry(row).or_default();
            let place = column as usize;
            cells.resize(cells.len().max(place + 1), String::new());
            cells[place] = written;
        }
        let is_header =
            |row: &Vec<String>| CATALOGUE_COLUMNS.iter().all(|column| row.iter().any(|cell| cell == column));
        let Some((header, width)) = rows.iter().find(|(_, row)| is_header(row)).map(|(at, row)| (*at, row.len()))
        else {
            continue;
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        for cells in rows.range_mut(header..).map(|(_, cells)| cells) {
            // What stands to the right of the columns is none of theirs.
            cells.resize(width, String::new());
            writer.write_record(&*cells).map_err(|error| unreadable(&error))?;
        }
        return writer.into_inner().map_err(|error| unreadable(&error));
    }
    Err(format!("{}: no sheet has the columns {}", file.display(), CATALOGUE_COLUMNS.join(", ")))
}

/// A cell as the catalogue's CSV writes it. A number is written by its shortest decimal, a day as 20260101.
fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(moment) => {
            // A worksheet counts days from 1899-12-30.
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}{month:02}{day:02}")
        }
        other => other.to_string().trim().to_owned(),
    }
}
