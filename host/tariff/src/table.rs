//! The rows of one price file.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};
use vienphi_domain::code::Bed;
use vienphi_domain::encounter::OperationClass;
use vienphi_domain::facility::{Class, Facility};
use vienphi_domain::{Code, Day, Digest};
use vienphi_money::Price;

/// An operation of a class, or a procedure: LOAI_PTTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intervention {
    /// LOAI_PTTT 8, 5, 6, 7.
    Operation(OperationClass),
    /// LOAI_PTTT 1 to 4.
    Procedure,
}

/// One price over a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file, the header being 1.
    pub line: u64,
    /// MA_DICH_VU.
    pub code: Box<str>,
    /// TEN_DICH_VU.
    pub name: Box<str>,
    /// DON_GIA: what the list says.
    pub list_price: Price,
    /// GIA_BHYT: what the insurer counts.
    pub insured_price: Price,
    /// The first day in force.
    pub from: Day,
    /// The last day in force, [`Day::END_OF_TIME`] when open.
    pub to: Day,
    /// The hospital class it is for; all when none.
    pub class: Option<Class>,
    /// The province before the merger it is for; all when none.
    pub former_province: Option<Box<str>>,
    /// The resolution as written.
    pub resolution: Box<str>,
    /// What the row says of an operation (LOAI_PTTT), for services that are one.
    pub intervention: Option<Intervention>,
    /// No resolution was found: the price is only a sample.
    pub is_sample: bool,
}

impl Row {
    /// Is it in force on that day?
    pub fn is_in_force(&self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    /// How closely the row fits a facility, or `None` when it is for others.
    pub(crate) fn fit(&self, place: Place<'_>) -> Option<u8> {
        let class = match self.class {
            Some(class) if class != place.class => return None,
            class => u8::from(class.is_some()),
        };
        let former = match &self.former_province {
            Some(former) if Some(&**former) != place.former_province => return None,
            former => u8::from(former.is_some()),
        };
        Some(class + former)
    }
}

/// What of a facility a price may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its class.
    pub class: Class,
    /// The province before the merger.
    pub former_province: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Of no facility: only rows for every class and place fit.
    pub fn anywhere() -> Place<'static> {
        Place { class: Class::Unclassed, former_province: None }
    }

    /// Of this facility.
    pub fn of(facility: &'a Facility) -> Place<'a> {
        Place { class: facility.class, former_province: facility.former_province.as_deref() }
    }
}

/// The rows of one file.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    /// Places in `rows`, for each code, latest first.
    by_code: HashMap<Box<str>, Vec<usize>>,
    /// Inpatient bed codes by department (`K03` of `K03.NO1`).
    beds: HashMap<Box<str>, Vec<Code>>,
    digest: Option<Digest>,
}

/// A remark about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line of the file, the header being 1.
    pub line: u64,
    /// What is the matter.
    pub message: String,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// What reading a file found. A file with errors is not used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Unreadable rows and contradictions.
    pub errors: Vec<Note>,
    /// Overlaps and gaps, and how they are taken.
    pub warnings: Vec<Note>,
}

impl Table {
    /// Orders the rows and applies R28.
    pub(crate) fn new(rows: Vec<Row>, bytes: &[u8], report: &mut Report) -> Table {
        let mut by_code: HashMap<Box<str>, Vec<usize>> = HashMap::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            by_code.entry(row.code.clone()).or_default().push(place);
        }
        let mut beds: HashMap<Box<str>, Vec<Code>> = HashMap::new();
        for (text, places) in &mut by_code {
            // The latest TU_NGAY wins; of equal ones the later line.
            places.sort_by_key(|place| std::cmp::Reverse((rows[*place].from, rows[*place].line)));
            if let Some(code) = Code::parse(text)
                && code.bed() != Bed::Day
                && let Some(department) = code.department()
            {
                beds.entry(department.into()).or_default().push(code);
            }
        }
        beds.values_mut().for_each(|codes| codes.sort_by(|a, b| a.as_str().cmp(b.as_str())));
        report_overlaps(&rows, &by_code, report);
        Table { rows, by_code, beds, digest: Some(Digest::of(bytes)) }
    }

    /// The digest of the file.
    pub fn digest(&self) -> Digest {
        self.digest.unwrap_or_else(|| Digest::of(&[]))
    }

    /// Every row in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Is the code listed on any day?
    pub fn lists(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// The row in force on a day: the closest fit, then the latest.
    pub fn on(&self, code: &str, day: Day, place: Place<'_>) -> Option<&Row> {
        let places = self.by_code.get(code)?;
        let fitting = places.iter().filter_map(|at| {
            let row = &self.rows[*at];
            if row.is_in_force(day) { row.fit(place).map(|fit| (fit, row)) } else { None }
        });
        // Rows come latest first: a later one must fit strictly better to win.
        fitting.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, row)| row)
    }

    /// The rows of a code, whatever their days.
    pub fn rows_of(&self, code: &str) -> impl Iterator<Item = &Row> {
        self.by_code.get(code).into_iter().flatten().map(|place| &self.rows[*place])
    }

    /// The inpatient bed codes of a department (`Kxx`), in order.
    pub fn beds_of(&self, department: &str) -> &[Code] {
        self.beds.get(department).map_or(&[], Vec::as_slice)
    }
}

/// R28, and gaps between the rows of one code.
fn report_overlaps(rows: &[Row], by_code: &HashMap<Box<str>, Vec<usize>>, report: &mut Report) {
    for places in by_code.values().filter(|places| places.len() > 1) {
        let mut groups: BTreeMap<(Option<Class>, Option<&str>), Vec<&Row>> = BTreeMap::new();
        for place in places.iter().rev() {
            let row = &rows[*place];
            groups.entry((row.class, row.former_province.as_deref())).or_default().push(row);
        }
        for group in groups.values() {
            report_group(group, report);
        }
    }
    report.warnings.sort_by_key(|note| note.line);
    report.errors.sort_by_key(|note| note.line);
}

/// The rows of one code for one class, in the order of their first days.
fn report_group(rows: &[&Row], report: &mut Report) {
    // The row that reaches furthest: a long row may go on behind short ones.
    let Some((mut furthest, later_rows)) = rows.split_first() else { return };
    for (place, later) in later_rows.iter().enumerate() {
        let neighbour = rows[place];
        for earlier in [Some(neighbour), Some(*furthest).filter(|row| !std::ptr::eq(*row, neighbour))] {
            if let Some(earlier) = earlier.filter(|earlier| later.from <= earlier.to) {
                report_overlap(earlier, later, report);
            }
        }
        if furthest.to.plus_days(1) < later.from {
            let (first, last) = (furthest.to.plus_days(1), later.from.plus_days(-1));
            let message = format!("{} has no price from {first} to {last}", later.code);
            report.warnings.push(Note { line: later.line, message });
        }
        if later.to > furthest.to {
            furthest = later;
        }
    }
}

/// Two rows of one code that are in force on one day, the earlier first (R28).
fn report_overlap(earlier: &Row, later: &Row, report: &mut Report) {
    let code = &later.code;
    let price = |row: &Row| match row.list_price == row.insured_price {
        true => row.list_price.to_string(),
        false => format!("{} (insured {})", row.list_price, row.insured_price),
    };
    let both = format!(
        "{code}: {} from {} (line {}) and {} from {} (line {})",
        price(earlier),
        earlier.from,
        earlier.line,
        price(later),
        later.from,
        later.line
    );
    let line = later.line;
    if (earlier.list_price, earlier.insured_price) == (later.list_price, later.insured_price) {
        let message = format!("{code} overlaps line {} at the same price: the later one is used (R28)", earlier.line);
        report.warnings.push(Note { line, message });
    } else if earlier.from == later.from {
        report.errors.push(Note { line, message: format!("two prices begin on one day (R28): {both}") });
    } else {
        let message = format!("overlapping prices, the later one is used from its first day (R28): {both}");
        report.warnings.push(Note { line, message });
    }
}

/// The columns of a package's `prices.csv`.
pub const PRICE_COLUMNS: [&str; 11] = [
    "code",
    "name",
    "price",
    "insured_price",
    "from",
    "to",
    "class",
    "former_province",
    "resolution",
    "source",
    "status",
];

/// A further column that it may have: LOAI_PTTT as a catalogue writes it (R19).
pub const INTERVENTION_COLUMN: &str = "loai_pttt";

/// Reads a package's `prices.csv`.
pub fn read_table(bytes: &[u8]) -> (Table, Report) {
    let mut report = Report::default();
    let rows = read_rows(bytes, &PRICE_COLUMNS, &[INTERVENTION_COLUMN], &mut report, |record| {
        let cell = |column| record.cell(column);
        let class = match cell("class") {
            "" => None,
            text => Some(word(text, Class::WORDS).ok_or_else(|| format!("class {text:?} is not a hospital class"))?),
        };
        let status = cell("status");
        if !matches!(status, "approved" | "sample") {
            return Err(format!("status must be approved or sample, not {status:?}"));
        }
        let price = read_price("price", cell("price"))?;
        let to = cell("to");
        Ok(Row {
            line: record.line,
            code: read_code(cell("code"))?,
            name: cell("name").into(),
            list_price: price,
            insured_price: read_price("insured_price", cell("insured_price"))?,
            from: read_day("from", cell("from"))?,
            to: if to.is_empty() { Day::END_OF_TIME } else { read_day("to", to)? },
            class,
            former_province: Some(cell("former_province")).filter(|text| !text.is_empty()).map(Into::into),
            resolution: cell("resolution").into(),
            intervention: read_intervention(cell(INTERVENTION_COLUMN))?,
            is_sample: status == "sample",
        })
    });
    (Table::new(rows, bytes, &mut report), report)
}

/// A record of a CSV file, by column name.
pub(crate) struct Record<'r> {
    /// The line of the file, the header being 1.
    pub(crate) line: u64,
    places: &'r HashMap<&'static str, usize>,
    record: &'r csv::StringRecord,
}

impl<'r> Record<'r> {
    /// The cell, without spaces at its ends.
    pub(crate) fn cell(&self, column: &str) -> &'r str {
        self.places.get(column).and_then(|place| self.record.get(*place)).unwrap_or_default().trim()
    }
}

/// Reads every record with the given columns; a row that can not be read is an error of its line.
pub(crate) fn read_rows(
    bytes: &[u8],
    columns: &[&'static str],
    optional: &[&'static str],
    report: &mut Report,
    read: impl Fn(&Record<'_>) -> Result<Row, String>,
) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(bytes);
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect(),
        Err(error) => {
            report.errors.push(Note { line: 1, message: error.to_string() });
            return Vec::new();
        }
    };
    let mut places = HashMap::new();
    for column in columns {
        match header.iter().position(|name| name == column) {
            Some(place) => {
                places.insert(*column, place);
            }
            None => {
                let message = format!("column {column} is missing; the columns are {}", columns.join(","));
                report.errors.push(Note { line: 1, message });
            }
        }
    }
    if !report.errors.is_empty() {
        return Vec::new();
    }
    let place_of = |column: &'static str| header.iter().position(|name| name == column).map(|place| (column, place));
    places.extend(optional.iter().filter_map(|column| place_of(column)));
    let mut rows = Vec::new();
    for record in reader.records() {
        let (line, row) = match &record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                (line, read(&Record { line, places: &places, record }))
            }
            Err(error) => (error.position().map_or(0, csv::Position::line), Err(error.to_string())),
        };
        match row {
            Ok(row) if row.to < row.from => {
                let message = format!("{}: the last day {} is before the first day {}", row.code, row.to, row.from);
                report.errors.push(Note { line, message });
            }
            Ok(row) => rows.push(row),
            Err(message) => report.errors.push(Note { line, message }),
        }
    }
    rows
}

/// LOAI_PTTT: 8, 5, 6, 7 are operations of special class, I, II, III; 1 to 4 are procedures (R19).
pub(crate) fn read_intervention(text: &str) -> Result<Option<Intervention>, String> {
    Ok(Some(match text {
        "" => return Ok(None),
        "1" | "2" | "3" | "4" => Intervention::Procedure,
        "5" => Intervention::Operation(OperationClass::First),
        "6" => Intervention::Operation(OperationClass::Second),
        "7" => Intervention::Operation(OperationClass::Third),
        "8" => Intervention::Operation(OperationClass::Special),
        other => return Err(format!("LOAI_PTTT must be empty or 1 to 8, not {other:?}")),
    }))
}

pub(crate) fn read_code(text: &str) -> Result<Box<str>, String> {
    Code::parse(text).map(|code| code.as_str().into()).ok_or_else(|| format!("the code {text:?} is not readable"))
}

pub(crate) fn read_price(column: &str, text: &str) -> Result<Price, String> {
    match Price::parse(text) {
        Ok(price) if price >= Price::ZERO => Ok(price),
        Ok(_) => Err(format!("{column} must not be negative: {text:?}")),
        Err(unreadable) => Err(format!("{column} {unreadable}: {text:?}")),
    }
}

fn read_day(column: &str, text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| format!("{column} must be a day such as 2026-01-01, not {text:?}"))
}

fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}
