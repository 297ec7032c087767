//! What `clinical` brings: fields of the summary and the lines, and whole tables.

use serde_json::Value;

use super::sent::{Fields, Sent};
use super::text::Text;
use super::{NoClaim, at, table};
use crate::draft::{NewRow, NewTable};
use crate::schema::{Layout, Schema};

/// Fills the fields that have nothing yet.
pub(super) fn fill(row: &mut NewRow, fields: Option<&Fields<'_>>, path: &str) -> Result<(), NoClaim> {
    for (field, value) in fields.into_iter().flatten() {
        let Some(text) = text_of(value) else { continue };
        if row.text(field).is_none() {
            row.set(field, text).map_err(|why| at(&format!("{path}.{field}"), why))?;
        }
    }
    Ok(())
}

/// The tables behind the first three, and the numbers of those that cannot be written.
pub(super) fn tables(sent: &Sent<'_>) -> Result<(Vec<NewTable>, Vec<u8>), NoClaim> {
    let (mut written, mut left_out) = (Vec::new(), Vec::new());
    let Some(clinical) = &sent.clinical else { return Ok((written, left_out)) };
    let mut given: Vec<(u8, &Text<'_>, &Vec<Fields<'_>>)> = Vec::new();
    let present = clinical.tables.iter().filter_map(|(name, rows)| Some((name, rows.as_ref()?)));
    for (name, rows) in present {
        let number = name.strip_prefix("xml").and_then(|number| number.parse().ok());
        if let Some(number) = number.filter(|number| ![1, 2, 3].contains(number) && !rows.is_empty()) {
            given.push((number, name, rows));
        }
    }
    given.sort_by_key(|(number, _, _)| *number);
    for (number, name, rows) in given {
        let schema = Schema::every_day().table(number);
        if !schema.is_some_and(|schema| schema.is_typed() && schema.root.is_some() && schema.layout != Layout::NotSeen)
        {
            left_out.push(number);
            continue;
        }
        let mut document = table(number)?;
        for (place, fields) in rows.iter().enumerate() {
            let path = format!("clinical.{name}[{place}]");
            let row = document.add_row().map_err(|why| at(&path, why))?;
            row.set("MA_LK", sent.id.as_ref()).map_err(|why| at(&path, why))?;
            fill(row, Some(fields), &path)?;
            if row.text("STT").is_none() {
                // Not every table counts its rows.
                let _ = row.set("STT", (place + 1).to_string());
            }
        }
        written.push(document);
    }
    Ok((written, left_out))
}

/// What a field says, as its text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(u8::from(*truth).to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
