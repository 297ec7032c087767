//! A table as it was read: its bytes, its rows, and what nobody knows in it.

use std::ops::Range;

use crate::schema::{EPISODE, TableSchema};

mod read;
mod typed;

#[cfg(test)]
mod tests;

/// A table of a claim (`FILEHOSO`), or a document that is one.
///
/// Values are ranges of the table's own text, so that a visit of fifty lines costs a handful of allocations.
#[derive(Debug, Clone)]
pub struct Table {
    kind: Box<str>,
    number: Option<u8>,
    status: Status,
    root: Box<str>,
    source: Option<Range<usize>>,
    raw: Box<str>,
    /// Texts that do not stand in `raw` as they are: they had entities, CDATA or comments within.
    spill: Box<str>,
    schema: Option<&'static TableSchema>,
    rows: Vec<RowSpan>,
    /// Fields of the schema, row after row.
    cells: Vec<Cell>,
    unknown: Vec<UnknownSpan>,
    /// `MA_LK` of a table without fields.
    episode: Option<Cell>,
}

/// What is known of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Its fields are known and were read.
    Typed,
    /// It is a table of the law whose fields nobody here has seen. Kept as it was sent; only `MA_LK` is looked for.
    SchemaNotSeen,
    /// Its `LOAIHOSO` or its outermost element is none that is known. Kept as it was sent; only `MA_LK` is looked for.
    RootNotSeen,
}

/// A row of a typed table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'t> {
    table: &'t Table,
    schema: &'static TableSchema,
    index: usize,
    span: RowSpan,
    cells: &'t [Cell],
}

/// A value as it was written, after entities were resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'t> {
    /// Blanks and line breaks included; empty for an empty element.
    pub text: &'t str,
    /// The byte of the table's document ([`Table::raw`]) at which it stands.
    pub offset: usize,
}

/// Something in a typed table that the schema does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unknown<'t> {
    /// The element as it was written; `#text` for text between elements.
    pub name: &'t str,
    /// The row it stands in, from 0; `None` outside of rows.
    pub row: Option<usize>,
    /// The byte of the table's document at which it begins.
    pub offset: usize,
    /// The text of an element that stands in a row like a field. `None` for what stands elsewhere or holds elements.
    pub text: Option<&'t str>,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy)]
struct RowSpan {
    offset: u32,
    first: u32,
    end: u32,
}

/// A value of a field. Documents have less than 4 GiB, so places fit 32 bits.
#[derive(Debug, Clone, Copy)]
struct Cell {
    field: u16,
    is_spilled: bool,
    start: u32,
    end: u32,
    offset: u32,
}

/// Something unknown. A document may be full of it: a few numbers each.
#[derive(Debug, Clone, Copy)]
struct UnknownSpan {
    offset: u32,
    /// Bytes of its name, which stands one byte further; 0 for text between elements.
    name_length: u32,
    /// `u32::MAX` outside of rows.
    row: u32,
    text: UnknownText,
    start: u32,
    end: u32,
}

/// Whether an unknown element has a text, and where.
#[derive(Debug, Clone, Copy)]
enum UnknownText {
    Nowhere,
    InRaw,
    InSpill,
}

/// Not in a row.
const NO_ROW: u32 = u32::MAX;

impl Table {
    /// `LOAIHOSO` as it was written; of a document without envelope `XML` and its number, or nothing.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// From 0 to 15, when the kind is one of the law.
    pub fn number(&self) -> Option<u8> {
        self.number
    }

    /// What is known of it.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Its outermost element as it was written; empty when the document is.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Its document, byte for byte as it was sent, after base64.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The bytes of the envelope in which its base64 stands, blanks included. `None` without envelope.
    pub fn source(&self) -> Option<Range<usize>> {
        self.source.clone()
    }

    /// Its schema, when it is typed.
    pub fn schema(&self) -> Option<&'static TableSchema> {
        self.schema
    }

    /// Its rows in the order of the document; none unless it is typed.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        (0..self.rows.len()).filter_map(|index| self.row(index))
    }

    /// How many rows it has.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// A row, from 0.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let span = *self.rows.get(index)?;
        let cells = self.cells.get(wide(span.first)..wide(span.end))?;
        Some(Row { table: self, schema: self.schema?, index, span, cells })
    }

    /// What the schema does not name, in the order of the document.
    pub fn unknown(&self) -> impl Iterator<Item = Unknown<'_>> {
        self.unknown.iter().map(|span| {
            let name_start = wide(span.offset) + 1;
            let text = match span.text {
                UnknownText::Nowhere => None,
                UnknownText::InRaw => Some(&self.raw),
                UnknownText::InSpill => Some(&self.spill),
            };
            Unknown {
                name: match wide(span.name_length) {
                    0 => "#text",
                    length => self.raw.get(name_start..name_start + length).unwrap_or_default(),
                },
                row: (span.row != NO_ROW).then(|| wide(span.row)),
                offset: wide(span.offset),
                text: text.map(|text| text.get(wide(span.start)..wide(span.end)).unwrap_or_default()),
            }
        })
    }

    /// `MA_LK`, the key of the visit: of the first row, or wherever it stands first in a table that is not typed.
    pub fn episode(&self) -> Option<Value<'_>> {
        match self.episode {
            Some(cell) => Some(self.value(cell)),
            None => self.row(0)?.value(EPISODE),
        }
    }

    fn value(&self, cell: Cell) -> Value<'_> {
        let text = if cell.is_spilled { &self.spill } else { &self.raw };
        Value { text: text.get(wide(cell.start)..wide(cell.end)).unwrap_or_default(), offset: wide(cell.offset) }
    }
}

impl<'t> Row<'t> {
    /// Its place in the table, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The byte of the table's document at which its element begins.
    pub fn offset(&self) -> usize {
        wide(self.span.offset)
    }

    /// Its element as it was written.
    pub fn element(&self) -> &'t str {
        let after = self.table.raw.get(self.offset() + 1..).unwrap_or_default();
        after.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default()
    }

    /// The table it is of.
    pub fn table(&self) -> &'t Table {
        self.table
    }

    /// The value of a field; `None` when the row has no such element. An empty element has an empty value.
    pub fn value(&self, field: &str) -> Option<Value<'t>> {
        self.value_at(self.schema.field(field)?)
    }

    /// The value of a field by its number in the schema.
    pub fn value_at(&self, field: usize) -> Option<Value<'t>> {
        let is_it = |cell: &&Cell| usize::from(cell.field) == field;
        // A row that has every field in order has each at its own place.
        let cell = self.cells.get(field).filter(is_it).or_else(|| self.cells.iter().find(is_it))?;
        Some(self.table.value(*cell))
    }

    /// Its fields by their numbers, in the order of the document.
    pub fn values(&self) -> impl Iterator<Item = (usize, Value<'t>)> + use<'t> {
        let table = self.table;
        self.cells.iter().map(|cell| (usize::from(cell.field), table.value(*cell)))
    }

    /// What is written in a field; `None` when it is absent or empty.
    pub fn text(&self, field: &str) -> Option<&'t str> {
        self.value(field).map(|value| value.text).filter(|text| !text.is_empty())
    }
}

/// A place is of 32 bits and a `usize` is wider.
fn wide(place: u32) -> usize {
    place as usize
}

/// A place in a document of less than 4 GiB.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
