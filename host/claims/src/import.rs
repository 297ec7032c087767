//! An encounter from a claim file, so that what somebody else's software wrote can be priced again.
//!
//! What a file does not say is inferred from what it says, each in its own place: which operations are one from their ratios
//! ([`operations`]), how beds were shared from theirs ([`beds`]), which kind of support other sources are from how they come
//! off ([`sources`]). The lines have the ids `2.<row>` and `3.<row>`, rows from 1, which
//! [`differences`](crate::differences) reads; where the order of rows within a minute cannot be the one they were paid in, `0.` stands
//! before those that came first ([`ids`]). What an encounter has no words for goes into `clinical`, for the export.

use serde_json::{Map, Value};
use vienphi_domain::time::DAY_MINUTES;
use vienphi_domain::{Day, Minute};

use self::beds::Beds;
use self::exemption::Exemption;
use self::ids::Ids;
use crate::clock;
use crate::envelope::Claim;
use crate::error::ClaimError;
use crate::findings::is_special_ending;
use crate::table::Row;

mod beds;
mod clinical;
mod exemption;
mod ids;
mod lines;
mod operations;
mod sources;
mod visit;

pub use ids::row_of;

/// Why there is no encounter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEncounter {
    /// A table that a visit cannot be without.
    #[error("XML{table} is missing or has no row")]
    NoTable {
        /// Its number.
        table: u8,
    },
    /// Nothing was done, so that nothing is to be priced.
    #[error("XML2 and XML3 have no row")]
    NoLines,
    /// A field that an encounter cannot be without.
    #[error("XML{table}, row {row}, {field}: is missing or empty")]
    Missing {
        /// The table.
        table: u8,
        /// The row, from 1.
        row: usize,
        /// The field.
        field: &'static str,
    },
    /// A value that is not of its form.
    #[error("{0}")]
    Unreadable(#[from] ClaimError),
    /// A value of the format that an encounter has no word for.
    #[error("XML{table}, row {row}, {field}: {found:?} is none of {known}")]
    Unknown {
        /// The table.
        table: u8,
        /// The row, from 1.
        row: usize,
        /// The field.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What may stand there.
        known: &'static str,
    },
}

/// The encounter of a claim, in the JSON of encounters.
///
/// # Errors
///
/// A claim without a visit or lines, and values without which, or with which, no encounter can be made. The encounter may still
/// break rules of its own, which reading it names.
pub fn import(claim: &Claim) -> Result<Value, NoEncounter> {
    let summary = claim.table(1).and_then(|table| table.row(0)).ok_or(NoEncounter::NoTable { table: 1 })?;
    let drugs: Vec<Row<'_>> = claim.table(2).into_iter().flat_map(|table| table.rows()).collect();
    let services: Vec<Row<'_>> = claim.table(3).into_iter().flat_map(|table| table.rows()).collect();
    if drugs.is_empty() && services.is_empty() {
        return Err(NoEncounter::NoLines);
    }
    let beds = Beds::of(&services, counts_discharge(summary)?)?;
    let exemption = exemption::exemption(summary, &drugs, &services, &beds)?;
    let ids = match &exemption {
        Some(Exemption::Crossed(crossed)) => Ids::with_first(crossed.first.clone()),
        Some(Exemption::From(_)) | None => Ids::default(),
    };
    let mut encounter = visit::encounter(summary, &drugs, &services, exemption.as_ref())?;
    encounter.insert("lines".into(), Value::Array(lines::lines(&drugs, &services, &beds, &ids)?));
    let clinical = clinical::clinical(claim, summary, &drugs, &services, &ids);
    if !clinical.is_empty() {
        encounter.insert("clinical".into(), Value::Object(clinical));
    }
    Ok(Value::Object(encounter))
}

/// The group (MA_NHOM) of transport.
const TRANSPORT: &str = "12";

/// Does the day of discharge count (READINGS 17)? That a transferred patient came through the emergency room no field says.
fn counts_discharge(summary: Row<'_>) -> Result<bool, ClaimError> {
    let code = |field: &str| summary.whole(field).map(|code| code.and_then(|code| u8::try_from(code).ok()));
    Ok(is_special_ending(code("KET_QUA_DTRI")?, code("MA_LOAI_RV")?))
}

/// A JSON object that is being made.
type Object = Map<String, Value>;

/// Puts a value where there is one.
fn put(object: &mut Object, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

/// A text that is not empty.
fn text<'t>(row: Row<'t>, field: &str) -> Option<&'t str> {
    row.text(field).filter(|text| !text.is_empty())
}

fn required<'t>(row: Row<'t>, table: u8, field: &'static str) -> Result<&'t str, NoEncounter> {
    text(row, field).ok_or_else(|| missing(row, table, field))
}

fn missing(row: Row<'_>, table: u8, field: &'static str) -> NoEncounter {
    NoEncounter::Missing { table, row: row.index() + 1, field }
}

/// A moment as encounters write it.
fn minute(row: Row<'_>, field: &str) -> Result<Option<String>, ClaimError> {
    Ok(row.moment(field)?.map(|minute| minute.to_string()))
}

/// The first moment that a birth may be: month and day are 0 where nobody knows them.
fn birth(text: &str) -> Option<Day> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
    let year = i32::try_from(part(0..4)?).ok()?;
    Day::of(year, part(4..6)?.max(1), part(6..8)?.max(1))
}

/// The minute that a row was performed, else ordered.
fn performed(row: Row<'_>) -> Option<Minute> {
    ["NGAY_TH_YL", "NGAY_YL"].iter().find_map(|field| clock::moment(text(row, field)?))
}

/// Is it a group of operations or procedures?
fn is_operation(group: &str) -> bool {
    matches!(group, "8" | "18")
}

/// When a row was done. An operation is performed from its beginning on; it was done when it ended.
fn done(row: Row<'_>) -> Result<Option<Minute>, ClaimError> {
    let begun = row.moment("NGAY_TH_YL")?;
    let is_operation = text(row, "MA_NHOM").is_some_and(is_operation);
    let ended = row.moment("NGAY_KQ")?.filter(|_| is_operation);
    let is_of_it =
        |ended: &Minute| begun.is_some_and(|begun| begun < *ended && ended.count() - begun.count() < DAY_MINUTES);
    Ok(ended.filter(is_of_it).or(begun))
}

#[cfg(test)]
mod tests;
