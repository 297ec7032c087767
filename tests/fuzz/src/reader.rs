//! What must hold of one table, whatever its bytes.
//!
//! An input is a byte and a document. The byte says as which table the document is read: XML0 to XML15, or a kind that is none of
//! the law's.

use vienphi_claims::{
    ClaimError, Envelope, Limits, NewClaim, NewEnvelope, NewTable, Row, Schema, Status, Table, violations,
};
use vienphi_domain::Day;
use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::packed::file_of;
use crate::visits::discharge_day;

/// Whether the document could be read as the table that the input names.
pub(crate) fn run(input: &[u8]) -> bool {
    let Some((kind, document)) = input.split_first() else { return false };
    let alone = Table::read(document, &Limits::default());
    match &alone {
        Ok(table) => is_sound(table, document),
        Err(error) => error_is_sound(error, document.len()),
    }
    holds_within_less(document, alone.is_ok());

    let kind = kind_of(*kind);
    let file = file_of(&kind, document);
    match Envelope::read(&file, &Limits::default()) {
        Ok(envelope) => {
            let [claim] = envelope.claims() else { panic!("one claim was written") };
            let [table] = claim.tables() else { panic!("one table was written") };
            assert_eq!(table.kind(), kind);
            is_sound(table, document);
            is_written_again(table);
            if let Ok(alone) = &alone
                && alone.kind() == kind
            {
                assert_eq!((alone.status(), alone.row_count()), (table.status(), table.row_count()));
            }
            true
        }
        Err(error) => {
            error_is_sound(&error, document.len().max(file.len()));
            // Alone a table is read as what its outermost element says; as that it must be read within an envelope too.
            assert!(alone.as_ref().map_or(true, |table| table.kind() != kind), "{error}");
            false
        }
    }
}

/// The kind that a byte names.
pub(crate) fn kind_of(byte: u8) -> String {
    match byte % 17 {
        16 => "PHIEU".into(),
        number => format!("XML{number}"),
    }
}

/// What must hold of a table that was read.
pub(crate) fn is_sound(table: &Table, document: &[u8]) {
    assert_eq!(table.raw().as_bytes(), document, "the document is kept as it was sent");
    assert_eq!(table.rows().count(), table.row_count());
    assert!(table.status() == Status::Typed || table.row_count() == 0);
    for row in table.rows() {
        row_is_sound(row);
    }
    for unknown in table.unknown() {
        assert!(unknown.name == "#text" || table.raw()[unknown.offset + 1..].starts_with(unknown.name));
        assert!(unknown.offset < document.len());
        assert!(unknown.row.is_none_or(|row| row < table.row_count()));
    }
    if let Some(episode) = table.episode() {
        assert!(table.raw().is_char_boundary(episode.offset));
    }
    for day in ["2024-07-01", "2025-12-31", "2026-03-06", "2026-07-01", "2030-01-01"] {
        let schema = Schema::on(Day::parse(day).unwrap());
        for violation in violations(table, schema) {
            assert!(violation.row.is_none_or(|row| row < table.row_count()));
            assert!(violation.offset.is_none_or(|offset| offset <= document.len()));
            assert!(!violation.what.to_string().is_empty());
        }
    }
}

fn row_is_sound(row: Row<'_>) {
    let raw = row.table().raw();
    assert!(raw[row.offset()..].starts_with('<') && raw[row.offset() + 1..].starts_with(row.element()));
    let fields = row.table().schema().expect("rows are of typed tables").fields();
    for (number, value) in row.values() {
        assert_eq!(row.value_at(number), Some(value));
        assert!(raw.is_char_boundary(value.offset) && value.text.len() <= raw.len());
        assert_eq!(row.value(&fields[number].name), Some(value));
    }
    for field in fields {
        let name = &*field.name;
        same_again(row, name, row.amount(name), Amount::parse);
        same_again(row, name, row.price(name), Price::parse);
        same_again(row, name, row.quantity(name), Quantity::parse);
        same_again(row, name, row.rate(name), Rate::parse);
        let text = row.text(name);
        assert_eq!(
            typed(row, name, row.whole(name)),
            text.and_then(|text| text.parse().ok().filter(|_| is_digits(text)))
        );
        let moment = typed(row, name, row.moment(name));
        if let (Some(moment), Some(text)) = (moment, text) {
            let digits: String = moment.to_string().chars().filter(char::is_ascii_digit).collect();
            assert_eq!(digits, text);
            assert_eq!(row.day(name), Ok(Some(moment.day())));
        }
        typed(row, name, row.day(name));
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number that was read is what its own text is read as.
fn same_again<T: PartialEq + std::fmt::Debug + std::fmt::Display, E: std::fmt::Debug>(
    row: Row<'_>,
    field: &str,
    number: Result<Option<T>, ClaimError>,
    parse: fn(&str) -> Result<T, E>,
) {
    if let Some(number) = typed(row, field, number) {
        assert_eq!(parse(&number.to_string()).unwrap(), number);
    }
}

/// A value; an error must name its place, and an empty field must have none.
fn typed<T>(row: Row<'_>, field: &str, value: Result<Option<T>, ClaimError>) -> Option<T> {
    match value {
        Ok(Some(value)) => {
            assert!(row.text(field).is_some());
            Some(value)
        }
        Ok(None) => {
            assert!(row.text(field).is_none());
            None
        }
        Err(error) => {
            let place = &error.place;
            assert_eq!(place.field.as_deref(), Some(field));
            assert_eq!(place.row.map(|row| row as usize), Some(row.index() + 1));
            assert!(place.is_inner && place.offset.is_some_and(|offset| offset <= row.table().raw().len()));
            None
        }
    }
}

/// An error names a byte that is there, and repeats little of what was sent.
pub(crate) fn error_is_sound(error: &ClaimError, length: usize) {
    assert!(error.place.offset.is_none_or(|offset| offset <= length), "{error}");
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 2_000, "{text}");
}

/// Within narrower limits a document is refused, or it is one that is read within wider ones too.
fn holds_within_less(document: &[u8], is_read: bool) {
    let limits = Limits { file: 4_096, depth: 4, attributes: 1, text: 32, rows: 2, ..Limits::default() };
    match Table::read(document, &limits) {
        Ok(table) => {
            assert!(is_read && document.len() <= 4_096 && table.row_count() <= 2);
            assert!(table.rows().flat_map(|row| row.values()).all(|(_, value)| value.text.len() <= 32));
        }
        Err(error) => error_is_sound(&error, document.len()),
    }
}

/// A table that can be changed says the same after it was written, and writing that again changes nothing.
fn is_written_again(table: &Table) {
    let Ok(changed) = NewTable::changed(table) else { return };
    let write = |table: NewTable| {
        let claims = vec![NewClaim { discharge_day: discharge_day(), tables: vec![table] }];
        NewEnvelope { facility: "92114".into(), made_on: discharge_day(), claims }.write()
    };
    // A field may be of other days, and a table of one row may have none or two.
    let Ok(file) = write(changed) else { return };
    let envelope = Envelope::read(&file, &Limits::default()).expect("what was written is read");
    let again = &envelope.claims()[0].tables()[0];
    assert_eq!((again.kind(), again.status()), (table.kind(), Status::Typed));
    assert_eq!(again.row_count(), table.row_count());
    for (old, new) in table.rows().zip(again.rows()) {
        for field in table.schema().expect("it is typed").fields() {
            assert_eq!(old.text(&field.name), new.text(&field.name), "{}", field.name);
        }
    }
    let others = |table: &Table| -> Vec<(String, Option<usize>, String)> {
        let other = |unknown: vienphi_claims::Unknown<'_>| {
            (unknown.name.to_owned(), unknown.row, unknown.text.unwrap_or_default().to_owned())
        };
        table.unknown().map(other).collect()
    };
    assert_eq!(others(table), others(again));
    let twice = NewTable::changed(again).expect("it was changed before");
    assert_eq!(write(twice).expect("it was written before"), file);
}
