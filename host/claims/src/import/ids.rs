//! The ids of an imported visit's lines. What is done in one minute is counted in the order of ids (READINGS 13, 16, 21, 23).

/// What the id of a line begins with that comes before all others of its minute.
const FIRST: &str = "0.";

/// The ids of a file's rows of tables 2 and 3: `3.12`, rows from 1.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// In their order.
    first: Vec<(u8, usize)>,
}

impl Ids {
    /// With rows (table, index) that come before all others of their minute, as `0.3.12`.
    pub(super) fn with_first(mut first: Vec<(u8, usize)>) -> Ids {
        first.sort_unstable();
        Ids { first }
    }

    /// The id of a row, by its index from 0.
    pub(super) fn id(&self, table: u8, index: usize) -> String {
        let first = if self.first.binary_search(&(table, index)).is_ok() { FIRST } else { "" };
        format!("{first}{table}.{}", index + 1)
    }
}

/// The row of an imported line: its table and its index from 0.
pub fn row_of(id: &str) -> Option<(u8, usize)> {
    let (table, row) = id.strip_prefix(FIRST).unwrap_or(id).split_once('.')?;
    let row: usize = row.parse().ok()?;
    Some((table.parse().ok()?, row.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use vienphi_domain::encounter::LineId;

    use super::*;

    #[test]
    fn the_first_of_a_minute_come_before_the_rows_above_them() {
        let ids = Ids::with_first(vec![(3, 1), (2, 11)]);
        let rows = [(2, 11), (3, 1), (2, 0), (2, 1), (2, 9), (3, 0), (3, 9)];
        let found = rows.map(|(table, index)| ids.id(table, index));
        assert_eq!(found, ["0.2.12", "0.3.2", "2.1", "2.2", "2.10", "3.1", "3.10"]);
        let read: Vec<LineId> = found.iter().map(|id| LineId::parse(id).unwrap()).collect();
        assert!(read.is_sorted());
        assert_eq!(found.map(|id| row_of(&id).unwrap()), rows);
    }

    #[test]
    fn what_names_no_row_is_none() {
        for id in ["", "3", "3.", "3.0", ".1", "L1", "3.1.2", "300.1", "0.3"] {
            assert_eq!(row_of(id), None, "{id:?}");
        }
    }
}
