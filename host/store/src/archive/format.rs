//! The lines of an archive, written and read with their digests.
//!
//! A zstd stream of lines: a header, for each table its rows and a line that ends it, and a last line with the digest of
//! all before it. A row is a JSON list in the order of the header's columns; bytes are `{"b": base64}`.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vienphi_domain::Digest;

use super::{Archived, base64};
use crate::deferred::Cell;
use crate::error::StoreError;

/// What the header says it is.
const FORMAT: &str = "vienphi-archive";

/// The form of the lines.
const VERSION: u32 = 1;

/// Level 3 is where rows stop getting much smaller for the time it takes: most of them are sealed.
const LEVEL: i32 = 3;

/// A window of zstd's own default at most, so that a file cannot ask for more memory than this.
const WINDOW_LOG: u32 = 27;

/// No line is longer. A row's document is compressed before it is sealed and stays far below.
const LONGEST_LINE_BYTES: usize = 64 * 1024 * 1024;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header {
    format: String,
    version: u32,
    pub(super) schema: i64,
    pub(super) tables: Vec<Table>,
}

/// A table and its columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<(String, Kind)>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Int,
    Text,
    Bytes,
}

#[derive(Serialize, Deserialize)]
struct TableEnd {
    table: String,
    rows: u64,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: String,
}

impl Header {
    pub(super) fn new(schema: i64, tables: Vec<Table>) -> Header {
        Header { format: FORMAT.to_owned(), version: VERSION, schema, tables }
    }
}

/// Writes an archive.
pub(super) struct Writer {
    out: zstd::stream::write::Encoder<'static, BufWriter<File>>,
    whole: Sha256,
    table: Sha256,
    rows: u64,
    line: Vec<u8>,
    archived: Archived,
}

impl Writer {
    pub(super) fn new(file: File, header: &Header) -> Result<Writer, StoreError> {
        let mut out = zstd::stream::write::Encoder::new(BufWriter::new(file), LEVEL).map_err(unwritten)?;
        out.include_checksum(true).map_err(unwritten)?;
        let archived = Archived { tables: Vec::new(), schema: header.schema, digest: Digest::from_bytes([0; 32]) };
        let mut writer =
            Writer { out, whole: Sha256::new(), table: Sha256::new(), rows: 0, line: Vec::new(), archived };
        writer.write_json(header)?;
        Ok(writer)
    }

    /// A row of the table that was not ended yet.
    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), StoreError> {
        self.line.clear();
        let mut before = b'[';
        for cell in cells {
            self.line.push(before);
            before = b',';
            match cell {
                Cell::Int(None) | Cell::Text(None) | Cell::Bytes(None) => self.line.extend_from_slice(b"null"),
                Cell::Int(Some(number)) => self.line.extend_from_slice(number.to_string().as_bytes()),
                Cell::Text(Some(text)) => serde_json::to_writer(&mut self.line, &**text)
                    .map_err(|error| StoreError::Archive(format!("a row cannot be written: {error}")))?,
                Cell::Bytes(Some(bytes)) => {
                    self.line.extend_from_slice(b"{\"b\":\"");
                    base64::write(bytes, &mut self.line);
                    self.line.extend_from_slice(b"\"}");
                }
            }
        }
        self.line.extend_from_slice(b"]\n");
        self.rows += 1;
        self.table.update(&self.line);
        self.write_line()
    }

    /// The end of a table.
    pub(super) fn end_table(&mut self, name: &str) -> Result<(), StoreError> {
        let digest = taken(&mut self.table);
        let rows = std::mem::take(&mut self.rows);
        self.write_json(&TableEnd { table: name.to_owned(), rows, digest: digest.to_string() })?;
        self.archived.tables.push((name.to_owned(), rows));
        Ok(())
    }

    /// The last line; after it everything is on the disk.
    pub(super) fn end(mut self) -> Result<Archived, StoreError> {
        self.archived.digest = taken(&mut self.whole);
        self.write_json(&End { end: self.archived.digest.to_string() })?;
        let file = self.out.finish().map_err(unwritten)?;
        let file = file.into_inner().map_err(|error| unwritten(error.into_error()))?;
        file.sync_all().map_err(unwritten)?;
        Ok(self.archived)
    }

    fn write_json<T: Serialize>(&mut self, value: &T) -> Result<(), StoreError> {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, value);
        written.map_err(|error| StoreError::Archive(format!("a line cannot be written: {error}")))?;
        self.line.push(b'\n');
        self.write_line()
    }

    fn write_line(&mut self) -> Result<(), StoreError> {
        // What could not be read again is not written.
        if self.line.len() > LONGEST_LINE_BYTES {
            return Err(StoreError::Archive(format!("a row takes more than {LONGEST_LINE_BYTES} bytes in an archive")));
        }
        self.whole.update(&self.line);
        self.out.write_all(&self.line).map_err(unwritten)
    }
}

/// Reads an archive, and believes nothing of it before its end was reached.
pub(super) struct Reader {
    lines: BufReader<zstd::stream::read::Decoder<'static, BufReader<File>>>,
    pub(super) header: Header,
    whole: Sha256,
    table: Sha256,
    rows: u64,
    line: Vec<u8>,
    archived: Archived,
}

/// What comes next.
pub(super) enum Item {
    /// A row of the header's table of this place.
    Row(usize, Vec<Cell>),
    /// Nothing any more: everything was as it was written.
    End(Archived),
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Reader, StoreError> {
        let unreadable =
            |error: std::io::Error| StoreError::Archive(format!("{} cannot be read: {error}", path.display()));
        let file = File::open(path).map_err(unreadable)?;
        let mut decoder = zstd::stream::read::Decoder::new(file).map_err(unreadable)?;
        decoder.window_log_max(WINDOW_LOG).map_err(unreadable)?;
        let mut lines = BufReader::new(decoder);
        let (mut line, mut whole) = (Vec::new(), Sha256::new());
        let strange = |_| StoreError::Archive(format!("{} is no archive of this program", path.display()));
        next_line(&mut lines, &mut line).map_err(strange)?;
        whole.update(&line);
        let header: Header = serde_json::from_slice(&line).map_err(|error| strange(error.to_string()))?;
        if header.format != FORMAT {
            return Err(strange(String::new()));
        }
        if header.version != VERSION {
            let why = format!(
                "the archive has form {}, this program reads form {VERSION}: use another version of it",
                header.version
            );
            return Err(StoreError::Archive(why));
        }
        let archived = Archived { tables: Vec::new(), schema: header.schema, digest: Digest::from_bytes([0; 32]) };
        Ok(Reader { lines, header, whole, table: Sha256::new(), rows: 0, line, archived })
    }

    pub(super) fn next(&mut self) -> Result<Item, StoreError> {
        loop {
            next_line(&mut self.lines, &mut self.line).map_err(|why| self.damaged(&why))?;
            let place = self.archived.tables.len();
            match (self.header.tables.get(place), self.line.first()) {
                (Some(table), Some(b'[')) => {
                    let cells = cells(&self.line, table).ok_or_else(|| self.damaged("a row cannot be read"))?;
                    self.whole.update(&self.line);
                    self.table.update(&self.line);
                    self.rows += 1;
                    return Ok(Item::Row(place, cells));
                }
                (Some(_), _) => self.end_table(place)?,
                (None, _) => return self.end(),
            }
        }
    }

    fn end_table(&mut self, place: usize) -> Result<(), StoreError> {
        let end: Option<TableEnd> = serde_json::from_slice(&self.line).ok();
        let digest = taken(&mut self.table);
        match end {
            Some(end) if end.table != self.header.tables[place].name => Err(self.damaged("a table is missing")),
            Some(end) if end.rows != self.rows => {
                Err(self.damaged("rows are missing, or there are more than were written"))
            }
            Some(end) if end.digest != digest.to_string() => Err(self.damaged("a row is not as it was written")),
            Some(end) => {
                self.whole.update(&self.line);
                self.archived.tables.push((end.table, end.rows));
                self.rows = 0;
                Ok(())
            }
            None => Err(self.damaged("a line cannot be read")),
        }
    }

    fn end(&mut self) -> Result<Item, StoreError> {
        let end: Option<End> = serde_json::from_slice(&self.line).ok();
        let digest = taken(&mut self.whole);
        if end.is_none_or(|end| end.end != digest.to_string()) {
            return Err(self.damaged("it is not as it was written"));
        }
        let mut more = [0];
        match self.lines.read(&mut more) {
            Ok(0) => {}
            Ok(_) => return Err(self.damaged("something follows its end")),
            Err(error) => return Err(self.damaged(&error.to_string())),
        }
        self.archived.digest = digest;
        Ok(Item::End(self.archived.clone()))
    }

    fn damaged(&self, why: &str) -> StoreError {
        let table = self.header.tables.get(self.archived.tables.len());
        let place = table.map_or_else(
            || "at its end".to_owned(),
            |table| format!("in table {} after {} rows", table.name, self.rows),
        );
        StoreError::Archive(format!("the archive is damaged {place}: {why}"))
    }
}

/// Reads a line with its end into `line`.
fn next_line(
    lines: &mut BufReader<zstd::stream::read::Decoder<'static, BufReader<File>>>,
    line: &mut Vec<u8>,
) -> Result<(), String> {
    line.clear();
    let longest = u64::try_from(LONGEST_LINE_BYTES).unwrap_or(u64::MAX);
    lines.take(longest).read_until(b'\n', line).map_err(|error| error.to_string())?;
    match line.last() {
        Some(b'\n') => Ok(()),
        Some(_) if line.len() == LONGEST_LINE_BYTES => Err("a line is too long".into()),
        _ => Err("it was cut off".into()),
    }
}

/// The cells of a row, each of its column's kind.
fn cells(line: &[u8], table: &Table) -> Option<Vec<Cell>> {
    let values: Vec<Value> = serde_json::from_slice(line).ok()?;
    if values.len() != table.columns.len() {
        return None;
    }
    values.into_iter().zip(&table.columns).map(|(value, (_, kind))| cell(value, *kind)).collect()
}

fn cell(value: Value, kind: Kind) -> Option<Cell> {
    Some(match (kind, value) {
        (Kind::Int, Value::Null) => Cell::Int(None),
        (Kind::Text, Value::Null) => Cell::Text(None),
        (Kind::Bytes, Value::Null) => Cell::Bytes(None),
        (Kind::Int, Value::Number(number)) => Cell::Int(Some(number.as_i64()?)),
        (Kind::Text, Value::String(text)) => Cell::Text(Some(text.into())),
        (Kind::Bytes, Value::Object(object)) if object.len() == 1 => {
            Cell::Bytes(Some(base64::read(object.get("b")?.as_str()?)?))
        }
        _ => return None,
    })
}

fn taken(hasher: &mut Sha256) -> Digest {
    Digest::from_bytes(hasher.finalize_reset().into())
}

pub(super) fn unwritten(error: std::io::Error) -> StoreError {
    StoreError::Archive(format!("the archive cannot be written: {error}"))
}
