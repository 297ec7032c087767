//! Rows that no command of the same transaction reads: they are written together at its end, many in one statement.

use std::sync::{Arc, OnceLock};

use sqlx::{AnyConnection, AssertSqlSafe};

use crate::dialect::Dialect;
use crate::error::StoreError;

/// A value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Int(Option<i64>),
    Text(Option<Arc<str>>),
    Bytes(Option<Vec<u8>>),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Cell {
        Cell::Int(Some(value))
    }
}

impl From<Option<i64>> for Cell {
    fn from(value: Option<i64>) -> Cell {
        Cell::Int(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Cell {
        Cell::Text(Some(value.into()))
    }
}

impl From<&Arc<str>> for Cell {
    fn from(value: &Arc<str>) -> Cell {
        Cell::Text(Some(Arc::clone(value)))
    }
}

impl From<Option<&str>> for Cell {
    fn from(value: Option<&str>) -> Cell {
        Cell::Text(value.map(Into::into))
    }
}

impl From<Vec<u8>> for Cell {
    fn from(value: Vec<u8>) -> Cell {
        Cell::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Cell {
    fn from(value: Option<Vec<u8>>) -> Cell {
        Cell::Bytes(value)
    }
}

/// A table that is written in this way.
#[derive(Debug)]
pub(crate) struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    /// A row that is there already stays.
    or_keep: bool,
    /// For PostgreSQL and for SQLite.
    statements: [[OnceLock<Arc<str>>; SIZES.len()]; 2],
}

/// How many rows a statement writes: few texts, so that each is prepared once.
const SIZES: [usize; 5] = [32, 16, 8, 3, 1];

impl Table {
    pub(crate) const fn new(name: &'static str, columns: &'static [&'static str]) -> Table {
        Table { name, columns, or_keep: false, statements: unwritten() }
    }

    pub(crate) const fn or_keep(name: &'static str, columns: &'static [&'static str]) -> Table {
        Table { name, columns, or_keep: true, statements: unwritten() }
    }

    fn statement(&self, dialect: Dialect, size: usize) -> Arc<str> {
        let write = |rows: usize| {
            let width = self.columns.len();
            let row = |row: usize| {
                let places: Vec<String> = (1..=width).map(|place| dialect.place(row * width + place)).collect();
                format!("({})", places.join(", "))
            };
            let rows: Vec<String> = (0..rows).map(row).collect();
            let or_keep = if self.or_keep { " on conflict do nothing" } else { "" };
            format!("insert into {} ({}) values {}{or_keep}", self.name, self.columns.join(", "), rows.join(", "))
                .into()
        };
        let of_dialect = match dialect {
            Dialect::Postgres => 0,
            Dialect::Sqlite => 1,
        };
        Arc::clone(self.statements[of_dialect][size].get_or_init(|| write(SIZES[size])))
    }
}

const fn unwritten() -> [[OnceLock<Arc<str>>; SIZES.len()]; 2] {
    [const { [const { OnceLock::new() }; SIZES.len()] }; 2]
}

/// Writes rows, those of one table together, tables in the order they first appear.
pub(crate) async fn write(
    connection: &mut AnyConnection,
    dialect: Dialect,
    rows: Vec<(&'static Table, Vec<Cell>)>,
) -> Result<(), StoreError> {
    let mut tables: Vec<(&'static Table, Vec<Vec<Cell>>)> = Vec::new();
    for (table, row) in rows {
        debug_assert_eq!(row.len(), table.columns.len(), "{}", table.name);
        match tables.iter_mut().find(|(known, _)| std::ptr::eq(*known, table)) {
            Some((_, rows)) => rows.push(row),
            None => tables.push((table, vec![row])),
        }
    }
    for (table, rows) in tables {
        let mut rows = rows.into_iter();
        for (size, count) in SIZES.iter().enumerate() {
            while rows.len() >= *count {
                let mut query = sqlx::query(AssertSqlSafe(table.statement(dialect, size)));
                for cell in rows.by_ref().take(*count).flatten() {
                    query = match cell {
                        Cell::Int(value) => query.bind(value),
                        Cell::Text(Some(value)) => query.bind(String::from(&*value)),
                        Cell::Text(None) => query.bind(None::<String>),
                        Cell::Bytes(value) => query.bind(value),
                    };
                }
                query.execute(&mut *connection).await?;
            }
        }
    }
    Ok(())
}
