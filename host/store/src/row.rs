//! Rows read by the names of their columns.

/// A row whose columns are called as the fields are; behind a semicolon stand fields that are rows themselves.
///
/// `derive(sqlx::FromRow)` would do the same, and have sqlx built once more for the compiler, with a SQLite and a PostgreSQL of its own.
macro_rules! from_row {
    ($row:ident: $($column:ident),* $(; $($whole:ident),+)?) => {
        impl sqlx::FromRow<'_, sqlx::any::AnyRow> for $row {
            fn from_row(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
                Ok($row {
                    $($column: sqlx::Row::try_get(row, stringify!($column))?,)*
                    $($($whole: sqlx::FromRow::from_row(row)?,)+)?
                })
            }
        }
    };
}
