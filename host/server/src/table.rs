//! Plain tables for people: aligned columns that survive a narrow font and a pipe.

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left: words.
    Left,
    /// At the right: numbers.
    Right,
}

/// Rows under a header.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        let columns = columns.iter().map(|(name, align)| ((*name).to_owned(), *align)).collect();
        Table { columns, rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table as text, each line indented.
    pub fn print(&self, indent: usize) -> String {
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|place| {
                let cells = self.rows.iter().filter_map(|row| row.get(place)).map(|cell| width(cell));
                cells.max().unwrap_or(0).max(width(&self.columns[place].0))
            })
            .collect();
        let mut text = String::new();
        let header: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        for cells in [&header, &rule].into_iter().chain(&self.rows) {
            let mut line = " ".repeat(indent);
            for (place, width_of_column) in widths.iter().enumerate() {
                let cell = cells.get(place).map_or("", String::as_str);
                let padding = " ".repeat(width_of_column - width(cell));
                let (before, after) = match self.columns[place].1 {
                    Align::Left => ("", padding.as_str()),
                    Align::Right => (padding.as_str(), ""),
                };
                line.push_str(&format!("{before}{cell}{after}  "));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Vietnamese is written with precomposed letters: one character is one column.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// A number with spaces between thousands, as people read it: `1 396 758.5`.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Cuts a text to so many characters.
pub fn shorten(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let plain = |text: &str| grouped(text).replace('\u{202f}', " ");
        for (number, expected) in [("0", "0"), ("999", "999"), ("1396758.5", "1 396 758.5"), ("-45000", "-45 000")] {
            assert_eq!(plain(number), expected);
        }
    }

    #[test]
    fn numbers_stand_at_the_right() {
        let mut table = Table::new(&[("tên", Align::Left), ("đồng", Align::Right)]);
        table.row(vec!["Khám".into(), "5".into()]);
        assert_eq!(table.print(0), "tên   đồng\n────  ────\nKhám     5\n");
    }
}
