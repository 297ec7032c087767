//! A claim file to be written.

use std::ops::Range;

use vienphi_domain::Day;

use crate::error::{ClaimError, Reason, quoted};
use crate::schema::{Layout, Schema, TableSchema};
use crate::table::{Status, Table};
use crate::text::is_name;

mod write;

#[cfg(test)]
mod tests;

/// A claim file (`GIAMDINHHS`) to be written.
#[derive(Debug, Clone)]
pub struct NewEnvelope {
    /// The code of the facility (`MACSKCB`).
    pub facility: String,
    /// The day on which it is made (`NGAYLAP`).
    pub made_on: Day,
    /// Its claims. The gateway takes one in a file.
    pub claims: Vec<NewClaim>,
}

/// A claim of one visit (`HOSO`) to be written.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// The day of discharge, by which the schema is chosen.
    pub discharge_day: Day,
    /// Its tables.
    pub tables: Vec<NewTable>,
}

/// A table (`FILEHOSO`) to be written.
#[derive(Debug, Clone)]
pub struct NewTable {
    kind: Box<str>,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// A document as it was read.
    Kept(Box<str>),
    Rows {
        schema: &'static TableSchema,
        /// The outermost element, when it is not the schema's.
        root: Option<Box<str>>,
        rows: Vec<NewRow>,
    },
}

/// A row to be written. Every field of the schema is written, as an empty element when it has no text.
#[derive(Debug, Clone)]
pub struct NewRow {
    schema: &'static TableSchema,
    /// Texts of fields, one behind the other as they were set; one that was set again is still there, and nothing points at it.
    text: String,
    /// Where in it the text of each field stands, by the field's number; an empty range is no text.
    places: Vec<Range<usize>>,
    /// Elements that the schema does not name; they are written after its fields.
    others: Vec<(Box<str>, Box<str>)>,
}

/// Bytes of a row's texts, mostly.
const TEXT: usize = 512;

impl NewTable {
    /// A table of the law, without rows yet.
    ///
    /// # Errors
    ///
    /// A table whose fields nobody has seen.
    pub fn new(number: u8) -> Result<NewTable, ClaimError> {
        let kind = format!("XML{number}");
        let schema = Schema::every_day().table(number).filter(|schema| schema.is_typed());
        let schema = schema.ok_or_else(|| Reason::NoFields.nowhere().of_table(&kind))?;
        Ok(NewTable { kind: kind.into(), form: Form::Rows { schema, root: None, rows: Vec::new() } })
    }

    /// A table as it was read: its document is written byte for byte.
    pub fn kept(table: &Table) -> NewTable {
        NewTable { kind: table.kind().into(), form: Form::Kept(table.raw().into()) }
    }

    /// A table that was read, to be changed. Comments, attributes and blanks between elements are not kept.
    ///
    /// # Errors
    ///
    /// A table whose fields nobody has seen, and one that holds elements or text which have no place in a row written anew.
    pub fn changed(table: &Table) -> Result<NewTable, ClaimError> {
        let error = |reason: Reason| reason.nowhere().of_table(table.kind());
        let (Status::Typed, Some(schema)) = (table.status(), table.schema()) else {
            return Err(error(Reason::NoFields));
        };
        let mut rows: Vec<NewRow> = Vec::with_capacity(table.row_count());
        for row in table.rows() {
            let element = row.element();
            if schema.layout == Layout::NotSeen && element != table.root() {
                return Err(error(Reason::WouldBeLost(quoted(element))));
            }
            let mut copy = NewRow::of(schema);
            for (field, value) in row.values() {
                copy.put(field, value.text);
            }
            rows.push(copy);
        }
        for unknown in table.unknown() {
            let row = unknown.row.and_then(|row| rows.get_mut(row));
            let (Some(row), Some(text)) = (row, unknown.text) else {
                return Err(error(Reason::WouldBeLost(quoted(unknown.name))));
            };
            row.others.push((unknown.name.into(), text.into()));
        }
        let root = Some(table.root().into());
        Ok(NewTable { kind: table.kind().into(), form: Form::Rows { schema, root, rows } })
    }

    /// The same under another outermost element; some tables have none that is known.
    ///
    /// # Errors
    ///
    /// What is no name of an element, and a table that is kept as it was read.
    pub fn with_root(mut self, name: &str) -> Result<NewTable, ClaimError> {
        if !is_name(name) {
            return Err(Reason::NotAName(quoted(name)).nowhere().of_table(&self.kind));
        }
        match &mut self.form {
            Form::Rows { root, .. } => *root = Some(name.into()),
            Form::Kept(_) => return Err(Reason::NoFields.nowhere().of_table(&self.kind)),
        }
        Ok(self)
    }

    /// `LOAIHOSO`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// A row at the end.
    ///
    /// # Errors
    ///
    /// A table that is kept as it was read.
    pub fn add_row(&mut self) -> Result<&mut NewRow, ClaimError> {
        match &mut self.form {
            Form::Rows { schema, rows, .. } => Ok(rows.push_mut(NewRow::of(schema))),
            Form::Kept(_) => Err(Reason::NoFields.nowhere().of_table(&self.kind)),
        }
    }

    /// Its rows; none of a table that is kept as it was read.
    pub fn rows_mut(&mut self) -> &mut [NewRow] {
        match &mut self.form {
            Form::Rows { rows, .. } => rows,
            Form::Kept(_) => &mut [],
        }
    }
}

impl NewRow {
    fn of(schema: &'static TableSchema) -> NewRow {
        let text = String::with_capacity(TEXT);
        NewRow { schema, text, places: vec![0..0; schema.fields().len()], others: Vec::new() }
    }

    /// What is to be written in a field; `None` when it is to be empty.
    pub fn text(&self, field: &str) -> Option<&str> {
        Some(self.text_at(self.schema.field(field)?)).filter(|text| !text.is_empty())
    }

    fn text_at(&self, field: usize) -> &str {
        self.places.get(field).and_then(|place| self.text.get(place.clone())).unwrap_or_default()
    }

    fn put(&mut self, field: usize, text: &str) {
        if let Some(place) = self.places.get_mut(field) {
            *place = self.text.len()..self.text.len() + text.len();
            self.text.push_str(text);
        }
    }

    /// Puts a text in a field. Whether it fits the schema, [`violations`](crate::violations) says of what was written.
    ///
    /// # Errors
    ///
    /// A field that the table has not.
    pub fn set(&mut self, field: &str, text: impl AsRef<str>) -> Result<(), ClaimError> {
        let number = self.schema.field(field).ok_or_else(|| Reason::NoSuchField.nowhere().in_field(field))?;
        self.put(number, text.as_ref());
        Ok(())
    }

    /// Puts an element after the fields that the schema does not name.
    ///
    /// # Errors
    ///
    /// What is no name of an element, and the name of a field.
    pub fn add_other(&mut self, name: &str, text: impl Into<Box<str>>) -> Result<(), ClaimError> {
        if !is_name(name) {
            return Err(Reason::NotAName(quoted(name)).nowhere());
        }
        if self.schema.find(name, 0).is_some() {
            return Err(Reason::Twice.nowhere().in_field(name));
        }
        self.others.push((name.into(), text.into()));
        Ok(())
    }
}
