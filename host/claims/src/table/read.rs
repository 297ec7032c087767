//! Reading a table.

use std::ops::Range;

use super::{Cell, NO_ROW, RowSpan, Status, Table, UnknownSpan, UnknownText, narrow};
use crate::error::{ClaimError, Reason};
use crate::limits::Limits;
use crate::schema::{EPISODE, Layout, Schema, TableSchema};
use crate::text::{BOM, checked, is_blank};
use crate::xml::{Content, Open, Piece, Token, Xml};

impl Table {
    /// Reads a document that is one table, without envelope. Which, its outermost element says.
    ///
    /// # Errors
    ///
    /// What is no XML of UTF-8, what goes beyond the limits, and a field that stands twice in a row.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Table, ClaimError> {
        let allowed = limits.file.min(MOST_BYTES);
        if bytes.len() > allowed {
            return Err(Reason::FileTooLarge { found: bytes.len(), allowed }.nowhere());
        }
        let root = checked(bytes).and_then(|text| Xml::new(text, limits)).and_then(|mut xml| xml.root());
        let root = root.map_err(|error| error.in_table(""))?;
        let kind = match Schema::every_day().table_of_root(root.name) {
            Some(schema) => format!("XML{}", schema.number),
            None => String::new(),
        };
        Table::of(&kind, bytes, None, limits).map_err(|error| error.in_table(&kind))
    }

    /// The table of a `FILEHOSO`. Errors know their place in the table's own document.
    pub(crate) fn of(
        kind: &str,
        bytes: &[u8],
        source: Option<Range<usize>>,
        limits: &Limits,
    ) -> Result<Table, ClaimError> {
        let mut table = Table {
            kind: kind.into(),
            number: number_of(kind),
            status: Status::RootNotSeen,
            root: Box::default(),
            source,
            raw: Box::default(),
            spill: Box::default(),
            schema: None,
            rows: Vec::new(),
            cells: Vec::new(),
            unknown: Vec::new(),
            episode: None,
        };
        let raw: Box<str> = checked(bytes)?.into();
        // A hospital program may send an empty document for a table that a visit has not.
        if is_blank(raw.strip_prefix(BOM).unwrap_or(&raw)) {
            table.raw = raw;
            return Ok(table);
        }
        let mut xml = Xml::new(&raw, limits)?;
        let root = xml.root()?;
        table.root = root.name.into();
        let schema = table.number.and_then(|number| Schema::every_day().table(number));
        let schema = schema.filter(|schema| schema.root.is_none() || schema.has_root(root.name));
        let mut reading = Reading { xml, limits, table: &mut table, spill: String::new() };
        match schema {
            Some(schema) if schema.is_typed() => {
                reading.table.status = Status::Typed;
                reading.table.schema = Some(schema);
                reading.typed(schema, root, &raw)?;
            }
            Some(_) => {
                reading.table.status = Status::SchemaNotSeen;
                reading.untyped()?;
            }
            None => reading.untyped()?,
        }
        let spill = reading.spill;
        table.spill = spill.into();
        table.raw = raw;
        Ok(table)
    }
}

/// Places are kept in 32 bits.
const MOST_BYTES: usize = u32::MAX as usize;

/// The number of `XML7`, in any case.
fn number_of(kind: &str) -> Option<u8> {
    let (letters, digits) = kind.split_at_checked(3)?;
    let is_kind = letters.eq_ignore_ascii_case("XML") && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_kind && *number <= 15)
}

/// A table whose outermost element is open.
struct Reading<'s, 't> {
    xml: Xml<'s>,
    limits: &'s Limits,
    table: &'t mut Table,
    spill: String,
}

impl<'s> Reading<'s, '_> {
    fn typed(&mut self, schema: &'static TableSchema, root: Open<'s>, raw: &'s str) -> Result<(), ClaimError> {
        match &schema.layout {
            Layout::Root => self.row(schema, root)?,
            Layout::List { list, row } => self.children(&mut |reading, child| {
                if !child.is(list) {
                    return reading.unknown(child);
                }
                reading.children(&mut |reading, child| match child.is(row) {
                    true => reading.row(schema, child),
                    false => reading.unknown(child),
                })
            })?,
            Layout::NotSeen => match parent_of_episode(raw, self.limits)? {
                Some((depth, row)) => self.rows_within(schema, root, depth, row)?,
                None => self.row(schema, root)?,
            },
        }
        self.xml.finish()
    }

    /// Rows at a depth below an element that is open, by their name.
    fn rows_within(
        &mut self,
        schema: &'static TableSchema,
        open: Open<'s>,
        depth: usize,
        row: &str,
    ) -> Result<(), ClaimError> {
        match depth {
            0 if open.is(row) => self.row(schema, open),
            0 => self.unknown(open),
            _ => self.children(&mut |reading, child| reading.rows_within(schema, child, depth - 1, row)),
        }
    }

    /// Each element within the one that is open, outside of rows.
    fn children(
        &mut self,
        each: &mut dyn FnMut(&mut Self, Open<'s>) -> Result<(), ClaimError>,
    ) -> Result<(), ClaimError> {
        loop {
            let unknown = &mut self.table.unknown;
            match self.xml.child(|piece| unknown.push(stray(piece, NO_ROW)))? {
                Some(child) => each(self, child)?,
                None => return Ok(()),
            }
        }
    }

    fn unknown(&mut self, open: Open<'s>) -> Result<(), ClaimError> {
        self.table.unknown.push(named(open, NO_ROW));
        self.xml.skip().map(|_| ())
    }

    fn row(&mut self, schema: &'static TableSchema, open: Open<'s>) -> Result<(), ClaimError> {
        let index = self.table.rows.len();
        let allowed = self.limits.rows;
        if index == allowed {
            return Err(Reason::TooMany { what: "rows in the table", allowed }.at(open.start));
        }
        let first = narrow(self.table.cells.len());
        self.fields(schema, narrow(index)).map_err(|error| error.in_row(index))?;
        let end = narrow(self.table.cells.len());
        self.table.rows.push(RowSpan { offset: narrow(open.start), first, end });
        Ok(())
    }

    fn fields(&mut self, schema: &'static TableSchema, row: u32) -> Result<(), ClaimError> {
        let mut seen = 0_u128;
        let mut next = 0;
        loop {
            let unknown = &mut self.table.unknown;
            let Some(open) = self.xml.child(|piece| unknown.push(stray(piece, row)))? else {
                return Ok(());
            };
            let field = schema.find(open.name, next);
            if let Some(field) = field {
                // A table has at most 128 fields.
                let bit = 1_u128 << field;
                if seen & bit != 0 {
                    return Err(Reason::Twice.at(open.start).in_field(open.name));
                }
                seen |= bit;
                next = field + 1;
            }
            let unknown = &mut self.table.unknown;
            let others = unknown.len();
            let content = self.xml.content(open, self.limits.text, &mut self.spill, |other| {
                unknown.push(named(other, row));
            })?;
            match field {
                Some(field) => self.table.cells.push(cell(field, content)),
                None => {
                    // An element that holds elements is one unknown thing, without a text.
                    let is_field = unknown.len() == others;
                    unknown.truncate(others);
                    let mut span = named(open, row);
                    if is_field {
                        let (start, end) = (narrow(content.text.start), narrow(content.text.end));
                        let text = if content.is_spilled { UnknownText::InSpill } else { UnknownText::InRaw };
                        span = UnknownSpan { text, start, end, ..span };
                    }
                    unknown.push(span);
                }
            }
        }
    }

    /// A table of which nothing but the key is known.
    fn untyped(&mut self) -> Result<(), ClaimError> {
        loop {
            match self.xml.next()? {
                Token::Open(open) if open.is(EPISODE) && self.table.episode.is_none() => {
                    let content = self.xml.content(open, self.limits.text, &mut self.spill, |_| {})?;
                    self.table.episode = Some(cell(0, content));
                }
                Token::End => return Ok(()),
                Token::Text(piece) if piece.end - piece.start > self.limits.text => {
                    let allowed = self.limits.text;
                    return Err(Reason::TooMany { what: "bytes in the text of one element", allowed }.at(piece.start));
                }
                _ => {}
            }
        }
    }
}

/// How deep below the outermost element the element stands that holds the first `MA_LK`, and its name.
fn parent_of_episode<'s>(raw: &'s str, limits: &Limits) -> Result<Option<(usize, &'s str)>, ClaimError> {
    let mut xml = Xml::new(raw, limits)?;
    let mut path: Vec<&str> = Vec::new();
    loop {
        match xml.next()? {
            Token::Open(open) if open.is(EPISODE) => {
                return Ok(path.last().map(|parent| (path.len() - 1, *parent)));
            }
            Token::Open(open) => path.push(open.name),
            Token::Close(..) => {
                path.pop();
            }
            Token::End => return Ok(None),
            Token::Text(_) | Token::Character(_) => {}
        }
    }
}

fn cell(field: usize, content: Content) -> Cell {
    Cell {
        field: u16::try_from(field).unwrap_or(u16::MAX),
        is_spilled: content.is_spilled,
        start: narrow(content.text.start),
        end: narrow(content.text.end),
        offset: narrow(content.offset),
    }
}

fn named(open: Open<'_>, row: u32) -> UnknownSpan {
    let (offset, name_length) = (narrow(open.start), narrow(open.name.len()));
    UnknownSpan { offset, name_length, row, text: UnknownText::Nowhere, start: 0, end: 0 }
}

fn stray(piece: Piece, row: u32) -> UnknownSpan {
    UnknownSpan { offset: narrow(piece.start), name_length: 0, row, text: UnknownText::Nowhere, start: 0, end: 0 }
}
