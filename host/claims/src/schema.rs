//! The tables of a claim and their fields, by date: `schema/*.toml`, read once.
//!
//! What the decisions say and nobody has seen is not made up: a table without fields is kept as it was sent, and a field
//! without a size is not measured.

use std::sync::LazyLock;

use foldhash::HashMap;
use vienphi_domain::Day;

mod load;

/// All tables, of every day.
#[derive(Debug)]
pub struct Schema {
    tables: Vec<TableSchema>,
}

/// The tables as they are on one day.
#[derive(Debug, Clone, Copy)]
pub struct SchemaOn {
    schema: &'static Schema,
    day: Day,
}

/// A table.
#[derive(Debug)]
pub struct TableSchema {
    /// From 0 to 15.
    pub number: u8,
    /// What it holds, in Vietnamese.
    pub name: Box<str>,
    /// The outermost element, where one was seen.
    pub root: Option<Box<str>>,
    /// Where its rows stand.
    pub layout: Layout,
    /// The ground of root and layout, and how sure it is (V verified, V2 by a secondary source, L likely, U uncertain).
    pub root_source: Box<str>,
    /// The ground of the fields that name none of their own.
    pub source: Box<str>,
    /// In the order in which they are written; empty when they were not seen.
    fields: Vec<Field>,
    /// Numbers of fields.
    by_name: HashMap<Box<str>, u16>,
}

/// Where the rows of a table stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// The outermost element is the one row.
    Root,
    /// Rows stand in a list within the outermost element.
    List {
        /// The element of the list.
        list: Box<str>,
        /// The element of a row.
        row: Box<str>,
    },
    /// It was not seen. A row is the element in which `MA_LK` stands.
    NotSeen,
}

/// A field, of every day.
#[derive(Debug)]
pub struct Field {
    /// The element.
    pub name: Box<str>,
    /// Whether a row without it is wrong.
    pub is_required: bool,
    /// Formats by day, in order, without overlaps.
    pub formats: Vec<Format>,
}

/// How a field is written in a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// What it is.
    pub shape: Shape,
    /// Characters of a text, digits of a number, at most. `None` when it is unbounded or not known.
    pub size: Option<u32>,
    /// Decimals of a number, at most; zeros at the end are not counted. `None` when it is not known.
    pub decimals: Option<u32>,
    /// The decision it comes from and how sure it is.
    pub source: Box<str>,
}

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any characters.
    Text,
    /// A plain decimal: digits, at most one point between them, perhaps a minus sign before them.
    Number,
    /// `yyyymmdd`.
    Day,
    /// `yyyymmddHHMM`.
    Moment,
    /// One or the other.
    DayOrMoment,
    /// A moment of which month, day and clock may be unknown: 0 then.
    Birth,
    /// Items with `;` between them.
    List(List),
}

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// Items, at most.
    pub items: Option<u32>,
    /// Characters of an item, at most.
    pub item_size: Option<u32>,
    /// Whether an item that is not empty is a day.
    pub is_of_days: bool,
}

/// The key that joins all tables of a visit.
pub(crate) const EPISODE: &str = "MA_LK";

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    // The texts are compiled in, and a test reads them.
    #[allow(clippy::expect_used)]
    load::schema(&load::FILES).expect("the schema is well-formed")
});

impl Schema {
    /// The schema of every day. A reader needs no other: fields have the same names on all days.
    pub fn every_day() -> &'static Schema {
        &SCHEMA
    }

    /// The schema of a day; for a claim the day of discharge (`NGAY_RA`).
    ///
    /// ```
    /// # use vienphi_claims::Schema;
    /// # use vienphi_domain::Day;
    /// // QĐ 1931/QĐ-BYT gave MUC_HUONG a fourth character from 01/07/2026.
    /// let size = |day: &str| Schema::on(Day::parse(day).unwrap()).format(2, "MUC_HUONG").unwrap().size;
    /// assert_eq!((size("2026-06-30"), size("2026-07-01")), (Some(3), Some(4)));
    /// ```
    pub fn on(day: Day) -> SchemaOn {
        SchemaOn { schema: Schema::every_day(), day }
    }

    /// All tables, in the order of their numbers.
    pub fn tables(&self) -> &[TableSchema] {
        &self.tables
    }

    /// A table by its number.
    pub fn table(&self, number: u8) -> Option<&TableSchema> {
        self.tables.iter().find(|table| table.number == number)
    }

    /// The table whose outermost element this is, in any case.
    pub fn table_of_root(&self, root: &str) -> Option<&TableSchema> {
        self.tables.iter().find(|table| table.has_root(root))
    }
}

impl SchemaOn {
    /// The day.
    pub fn day(self) -> Day {
        self.day
    }

    /// A table by its number.
    pub fn table(self, number: u8) -> Option<&'static TableSchema> {
        self.schema.table(number)
    }

    /// How a field of a table is written on the day; `None` when the table has no such field then.
    pub fn format(self, table: u8, field: &str) -> Option<&'static Format> {
        let table = self.table(table)?;
        table.fields.get(table.field(field)?)?.on(self.day)
    }
}

impl TableSchema {
    /// Its fields, in the order in which they are written; empty when they were not seen.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether its fields are known.
    pub fn is_typed(&self) -> bool {
        !self.fields.is_empty()
    }

    /// The number of a field in [`TableSchema::fields`].
    pub fn field(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|number| usize::from(*number))
    }

    /// The same for a name in any case. `after` is the field that stood before it: rows mostly follow the order.
    pub(crate) fn find(&self, name: &str, after: usize) -> Option<usize> {
        if self.fields.get(after).is_some_and(|field| *field.name == *name) {
            return Some(after);
        }
        let mut letters = [0; LONGEST_NAME];
        let letters = letters.get_mut(..name.len())?;
        letters.copy_from_slice(name.as_bytes());
        letters.make_ascii_uppercase();
        self.field(std::str::from_utf8(letters).ok()?)
    }

    /// Whether this is its outermost element, in any case.
    pub(crate) fn has_root(&self, root: &str) -> bool {
        self.root.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(root))
    }
}

impl Field {
    /// How it is written on a day; `None` when it is not in force.
    pub fn on(&self, day: Day) -> Option<&Format> {
        self.formats.iter().find(|format| format.from <= day && day <= format.to)
    }
}

/// Bytes of the longest name of a field; longer ones are refused when the schema is read.
const LONGEST_NAME: usize = 32;

/// Fields of a table, at most: a row keeps a bit for each while it is read.
const MOST_FIELDS: usize = 128;

#[cfg(test)]
mod tests;
