//! What breaks the schema: a field missing, a size, a form. What values mean is looked at elsewhere.

use crate::clock;
use crate::schema::{EPISODE, Format, List, SchemaOn, Shape};
use crate::table::{Status, Table, Value};

/// A rule of the schema broken at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// The table, when its kind is one of the law.
    pub table: Option<u8>,
    /// The row, from 0.
    pub row: Option<usize>,
    /// The field; empty when it is the table.
    pub field: &'static str,
    /// The byte of the table's document; `None` for what is not there.
    pub offset: Option<usize>,
    /// What was broken.
    pub what: Breach,
}

/// What was broken and what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// Neither kind nor outermost element is known; nothing else was looked at.
    #[error("the table's kind or outermost element is not known")]
    RootNotSeen,
    /// A field that is required is absent or empty.
    #[error("is required")]
    Missing,
    /// A field that the schema of the day does not have.
    #[error("is not a field on the day of discharge")]
    NotInForce,
    /// A text is too long.
    #[error("has {found} characters; at most {allowed} are allowed")]
    TooLong {
        /// Characters allowed.
        allowed: u32,
        /// Characters found.
        found: u32,
    },
    /// A number is none.
    #[error("is not a plain decimal number such as 1250 or 47.5")]
    NotANumber,
    /// A number is too long. The point and the sign are not counted, nor are zeros at the end of decimals.
    #[error("has {found} digits; at most {allowed} are allowed")]
    TooManyDigits {
        /// Digits allowed.
        allowed: u32,
        /// Digits found.
        found: u32,
    },
    /// A number is too fine. Zeros at the end are not counted.
    #[error("has {found} decimals; at most {allowed} are allowed")]
    TooManyDecimals {
        /// Decimals allowed.
        allowed: u32,
        /// Decimals found.
        found: u32,
    },
    /// Not `yyyymmdd`, or no day of the calendar.
    #[error("is not a day such as 20260302")]
    NotADay,
    /// Not `yyyymmddHHMM`, or no such moment.
    #[error("is not a moment such as 202603020810")]
    NotAMoment,
    /// Neither of the two.
    #[error("is neither a day such as 20260302 nor a moment such as 202603020810")]
    NotADayOrMoment,
    /// Not a moment of birth.
    #[error("is not a moment of birth such as 195103020000")]
    NotABirth,
    /// A list is too long.
    #[error("has {found} items; at most {allowed} are allowed")]
    TooManyItems {
        /// Items allowed.
        allowed: u32,
        /// Items found.
        found: u32,
    },
    /// An item of a list is too long.
    #[error("has an item of {found} characters; at most {allowed} are allowed")]
    ItemTooLong {
        /// Characters allowed.
        allowed: u32,
        /// Characters of the first that is too long.
        found: u32,
    },
}

/// What in a table breaks the schema of the day of discharge, in the order of the document.
///
/// Of a table whose fields nobody has seen only `MA_LK` is looked for.
pub fn violations(table: &Table, schema: SchemaOn) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut add = |row, field, offset, what| {
        found.push(Violation { table: table.number(), row, field, offset, what });
    };
    let Some(fields) = table.schema().map(|schema| schema.fields()) else {
        if table.status() == Status::RootNotSeen {
            add(None, "", None, Breach::RootNotSeen);
        } else if table.episode().is_none_or(|episode| episode.text.is_empty()) {
            add(None, EPISODE, table.episode().map(|episode| episode.offset), Breach::Missing);
        }
        return found;
    };
    // Formats of the day are looked up once for all rows.
    let formats: Vec<Option<&Format>> = fields.iter().map(|field| field.on(schema.day())).collect();
    let required: Vec<usize> = (0..fields.len())
        .filter(|number| fields.get(*number).is_some_and(|field| field.is_required))
        .filter(|number| formats.get(*number).is_some_and(Option::is_some))
        .collect();
    if table.row_count() == 0 && !required.is_empty() {
        // A list without rows has nothing to say, and no key to say whose it is.
        return found;
    }
    for row in table.rows() {
        for number in &required {
            let value = row.value_at(*number);
            if value.is_none_or(|value| value.text.is_empty())
                && let Some(field) = fields.get(*number)
            {
                add(Some(row.index()), &field.name, value.map(|value| value.offset), Breach::Missing);
            }
        }
        for (number, Value { text, offset }) in row.values() {
            let (Some(field), Some(format)) = (fields.get(number), formats.get(number)) else { continue };
            if text.is_empty() {
                continue;
            }
            let breach = format.map_or(Some(Breach::NotInForce), |format| breach(text, format));
            if let Some(what) = breach {
                add(Some(row.index()), &field.name, Some(offset), what);
            }
        }
    }
    found
}

/// What in a value that is not empty breaks its format; the first thing only.
fn breach(text: &str, format: &Format) -> Option<Breach> {
    let refuse = |is_right: bool, what: Breach| (!is_right).then_some(what);
    match format.shape {
        Shape::Text => too_long(text, format),
        Shape::Number => number(text, format),
        Shape::Day => refuse(clock::day(text).is_some(), Breach::NotADay),
        Shape::Moment => refuse(clock::moment(text).is_some(), Breach::NotAMoment),
        Shape::DayOrMoment => {
            refuse(clock::day(text).is_some() || clock::moment(text).is_some(), Breach::NotADayOrMoment)
        }
        Shape::Birth => refuse(clock::is_birth(text), Breach::NotABirth),
        Shape::List(list) => too_long(text, format).or_else(|| items(text, list)),
    }
}

fn too_long(text: &str, format: &Format) -> Option<Breach> {
    let allowed = format.size?;
    longer(text, allowed).map(|found| Breach::TooLong { allowed, found })
}

/// The characters of a text that has more than `allowed`.
fn longer(text: &str, allowed: u32) -> Option<u32> {
    // A character has at least one byte: most texts need not be counted.
    if u32::try_from(text.len()).is_ok_and(|bytes| bytes <= allowed) {
        return None;
    }
    let found = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    (found > allowed).then_some(found)
}

fn number(text: &str, format: &Format) -> Option<Breach> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = match unsigned.split_once('.') {
        Some((_, "")) => return Some(Breach::NotANumber),
        Some((whole, decimals)) => (whole, decimals),
        None => (unsigned, ""),
    };
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(decimals) {
        return Some(Breach::NotANumber);
    }
    let count = |digits: &str| u32::try_from(digits.len()).unwrap_or(u32::MAX);
    let decimals = count(decimals.trim_end_matches('0'));
    if let Some(allowed) = format.decimals
        && decimals > allowed
    {
        return Some(Breach::TooManyDecimals { allowed, found: decimals });
    }
    let found = count(whole).saturating_add(decimals);
    let allowed = format.size?;
    (found > allowed).then_some(Breach::TooManyDigits { allowed, found })
}

fn items(text: &str, list: List) -> Option<Breach> {
    if let Some(allowed) = list.items {
        let found = u32::try_from(text.split(';').filter(|item| !item.is_empty()).count()).unwrap_or(u32::MAX);
        if found > allowed {
            return Some(Breach::TooManyItems { allowed, found });
        }
    }
    // An item may be empty, as the end of a card that has none.
    text.split(';').filter(|item| !item.is_empty()).find_map(|item| {
        if list.is_of_days && clock::day(item).is_none() {
            return Some(Breach::NotADay);
        }
        let allowed = list.item_size?;
        longer(item, allowed).map(|found| Breach::ItemTooLong { allowed, found })
    })
}

#[cfg(test)]
mod tests;
