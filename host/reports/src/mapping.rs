//! A hospital's own account codes.

use std::collections::HashMap;

use vienphi_ledger::{Account, Method};

/// The columns, in order.
const COLUMNS: [&str; 5] = ["account", "method", "group", "code", "name"];

const ACCOUNT: usize = 0;
const METHOD: usize = 1;
const GROUP: usize = 2;
const CODE: usize = 3;
const NAME: usize = 4;

/// A hospital's own account codes laid over ours: CSV `account,method,group,code,name`.
///
/// Method and group may be empty, which stands for any. The most specific row wins: account with method and group, then
/// with method, then with group, then the account alone. A row without a name keeps the Vietnamese name of the account.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    rows: HashMap<Place, Own>,
}

type Place = (Account, Option<Method>, Option<i64>);

/// What a hospital calls an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) code: String,
    pub(crate) name: Option<String>,
}

/// What is wrong with a mapping, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column} ({}): {fault}", COLUMNS.get(column - 1).unwrap_or(&"none"))]
pub struct MappingError {
    /// From 1.
    pub line: usize,
    /// Which field of the line, from 1.
    pub column: usize,
    /// What is wrong with it.
    pub fault: String,
}

impl Mapping {
    /// Reads a mapping.
    pub fn read(csv: &[u8]) -> Result<Mapping, MappingError> {
        let csv = csv.strip_prefix("\u{feff}".as_bytes()).unwrap_or(csv);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
        let mut record = csv::ByteRecord::new();
        let mut mapping = Mapping::default();
        let mut is_header = true;
        let mut lines = HashMap::new();
        loop {
            let start = reader.position().byte();
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                // Bytes in memory and lines of any length: there is nothing left that it could refuse.
                Err(error) => return Err(fault(line_at(csv, start), 0, error.to_string())),
            }
            let line = line_at(csv, start);
            let fields = fields(&record, line)?;
            if std::mem::take(&mut is_header) {
                check_header(&fields, line)?;
                continue;
            }
            let (place, own) = row(&fields, line)?;
            if let Some(first) = lines.insert(place, line) {
                return Err(fault(line, ACCOUNT, format!("the same account, method and group as in line {first}")));
            }
            mapping.rows.insert(place, own);
        }
        if is_header {
            return Err(fault(1, ACCOUNT, format!("the first line must be {}", COLUMNS.join(","))));
        }
        Ok(mapping)
    }

    /// Our own codes: the words of the accounts.
    pub fn none() -> Mapping {
        Mapping::default()
    }

    /// What a hospital calls the account of a posting.
    pub(crate) fn find(&self, account: Account, method: Option<Method>, group: Option<i64>) -> Option<&Own> {
        let places = [(method, group), (method, None), (None, group), (None, None)];
        places.iter().find_map(|(method, group)| self.rows.get(&(account, *method, *group)))
    }
}

fn fields(record: &csv::ByteRecord, line: usize) -> Result<Vec<&str>, MappingError> {
    let field = |(column, bytes)| {
        let text = std::str::from_utf8(bytes).map_err(|_| fault(line, column, "the text is not UTF-8".into()))?;
        Ok(text.trim())
    };
    record.iter().enumerate().map(field).collect()
}

fn check_header(fields: &[&str], line: usize) -> Result<(), MappingError> {
    let longest = fields.len().max(COLUMNS.len());
    match (0..longest).find(|column| fields.get(*column) != COLUMNS.get(*column)) {
        None => Ok(()),
        Some(column) => Err(fault(line, column, format!("the first line must be {}", COLUMNS.join(",")))),
    }
}

fn row(fields: &[&str], line: usize) -> Result<(Place, Own), MappingError> {
    if fields.len() != COLUMNS.len() {
        let column = fields.len().min(COLUMNS.len());
        return Err(fault(line, column, format!("{} fields instead of {}", fields.len(), COLUMNS.len())));
    }
    let unknown = |column: usize, known: String| {
        fault(line, column, format!("{:?} is none of {known}", shortened(fields[column])))
    };
    let account = Account::parse(fields[ACCOUNT]).ok_or_else(|| unknown(ACCOUNT, words(Account::WORDS)))?;
    let method = match fields[METHOD] {
        "" => None,
        word => Some(Method::parse(word).ok_or_else(|| unknown(METHOD, words(Method::WORDS)))?),
    };
    let group = match fields[GROUP] {
        "" => None,
        number => match number.parse::<u8>() {
            Ok(number @ 1..) => Some(i64::from(number)),
            _ => return Err(unknown(GROUP, "the numbers of MA_NHOM".into())),
        },
    };
    if fields[CODE].is_empty() {
        return Err(fault(line, CODE, "an account needs a code".into()));
    }
    let name = (!fields[NAME].is_empty()).then(|| fields[NAME].to_owned());
    Ok(((account, method, group), Own { code: fields[CODE].to_owned(), name }))
}

fn words<T>(words: &[(&str, T)]) -> String {
    words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
}

/// Enough of a text to know it again.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn fault(line: usize, column: usize, fault: String) -> MappingError {
    MappingError { line, column: column + 1, fault }
}

/// The line of the record that is read from this byte on; the reader passes over empty lines before it.
fn line_at(csv: &[u8], start: u64) -> usize {
    let start = usize::try_from(start).unwrap_or(usize::MAX).min(csv.len());
    let empty = csv[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + csv[..start + empty].iter().filter(|byte| **byte == b'\n').count()
}
