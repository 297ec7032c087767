//! Catalogues laid over a package's table (C5).

use std::borrow::Cow;

use vienphi_domain::code::Bed;
use vienphi_domain::{Code, Day};

use crate::table::{Place, Row, Table};

/// The tables to ask, the first that has a row in force answers.
pub struct Prices<'a> {
    tables: Vec<&'a Table>,
    place: Place<'a>,
}

/// A row and the days of a range on which it is the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<'a> {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// The row.
    pub row: &'a Row,
}

impl<'a> Prices<'a> {
    /// `overlays` in the order named: the last is asked first. `base` is the package's own table.
    pub fn new(overlays: &'a [Table], base: Option<&'a Table>, place: Place<'a>) -> Prices<'a> {
        Prices { tables: overlays.iter().rev().chain(base).collect(), place }
    }

    /// The row in force on a day. A sent-out code without a row of its own takes its base code's (R22).
    pub fn on(&self, code: &Code, day: Day) -> Option<&'a Row> {
        let listed = |code: &str| self.tables.iter().find_map(|table| table.on(code, day, self.place));
        listed(code.as_str()).or_else(|| listed(code.base_of_sent_out()?))
    }

    /// The rows in force over a range of days, each with its days.
    pub fn over(&self, code: &Code, from: Day, to: Day) -> Vec<Window<'a>> {
        let mut edges = vec![from];
        for table in &self.tables {
            for text in [Some(code.as_str()), code.base_of_sent_out()].into_iter().flatten() {
                edges.extend(table.rows_of(text).flat_map(|row| [row.from, row.to.plus_days(1)]));
            }
        }
        edges.retain(|edge| from <= *edge && *edge <= to);
        edges.sort_unstable();
        edges.dedup();
        let mut windows: Vec<Window<'a>> = Vec::new();
        for (place, edge) in edges.iter().enumerate() {
            let Some(row) = self.on(code, *edge) else { continue };
            let last = edges.get(place + 1).map_or(to, |next| next.plus_days(-1));
            match windows.last_mut() {
                Some(window) if std::ptr::eq(window.row, row) => window.to = last,
                _ => windows.push(Window { from: *edge, to: last, row }),
            }
        }
        windows
    }

    /// The bed codes that a department lists, those of the wanted sort.
    pub fn beds(&self, department: &str, wanted: impl Fn(Bed) -> bool) -> Vec<&'a Code> {
        let mut codes: Vec<&Code> = Vec::new();
        for table in &self.tables {
            for code in table.beds_of(department) {
                if wanted(code.bed()) && !codes.contains(&code) {
                    codes.push(code);
                }
            }
        }
        codes.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        codes
    }

    /// Is the code listed on any day, for anybody?
    pub fn lists(&self, code: &Code) -> bool {
        let listed = |text: &str| self.tables.iter().any(|table| table.lists(text));
        listed(code.as_str()) || code.base_of_sent_out().is_some_and(listed)
    }

    /// The days on which a code is listed, in words, for a message about the day on which it is not.
    pub fn days_of(&self, code: &Code) -> Cow<'static, str> {
        let mut rows: Vec<&Row> = self.tables.iter().flat_map(|table| table.rows_of(code.as_str())).collect();
        if rows.is_empty() {
            return "it is not listed".into();
        }
        rows.sort_by_key(|row| row.from);
        if !rows.iter().any(|row| row.fit(self.place).is_some()) {
            return format!("it is listed only {}", others(&rows)).into();
        }
        rows.retain(|row| row.fit(self.place).is_some());
        rows.dedup_by_key(|row| (row.from, row.to));
        let ranges: Vec<String> = rows
            .iter()
            .take(6)
            .map(|row| {
                if row.to == Day::END_OF_TIME {
                    format!("from {}", row.from)
                } else {
                    format!("{} to {}", row.from, row.to)
                }
            })
            .collect();
        format!("it is listed {}", ranges.join(", ")).into()
    }
}

/// For whom rows are that are not for the facility.
fn others(rows: &[&Row]) -> String {
    let mut words: Vec<String> = rows
        .iter()
        .map(|row| {
            let class = row.class.map(|class| format!("for class {}", class.word()));
            let former = row.former_province.as_ref().map(|former| format!("in the former {former}"));
            [class, former].into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect();
    words.sort();
    words.dedup();
    words.join(", ")
}
