//! A claim from an encounter and its statement.
//!
//! Every amount, price and ratio is the statement's own text; the rest is what the encounter says, and what its `clinical`
//! part brings in the format's own words. A line of several parts is a row for each part.

use vienphi_domain::{Day, Minute};

use crate::draft::{NewClaim, NewRow, NewTable};
use crate::error::ClaimError;

mod beds;
mod clinical;
mod lines;
mod sent;
mod sources;
mod stated;
mod summary;
mod text;

use sent::Sent;
use stated::Stated;
use text::Text;

/// A claim, and what of the encounter it does not hold.
#[derive(Debug, Clone)]
pub struct Exported {
    /// To be written.
    pub claim: NewClaim,
    /// Tables of `clinical` that cannot be written: their outermost element, row or fields are not public.
    pub left_out: Vec<u8>,
}

/// Why there is no claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoClaim {
    /// The encounter or the statement cannot be read. Both are checked before they are kept.
    #[error("the {what} cannot be read: {why}")]
    Unreadable {
        /// Which of both.
        what: &'static str,
        /// Where and why, without its values.
        why: String,
    },
    /// The statement is of another encounter.
    #[error("the statement is of encounter {0:?}")]
    OtherEncounter(String),
    /// The patient is still there.
    #[error("visit.discharged_at: a visit is claimed when it has ended")]
    Open,
    /// A statement's line that the encounter has not.
    #[error("the statement has line {0:?}, which the encounter has not")]
    OtherLine(String),
    /// A field of `clinical` that a table has not, or a text that no file can hold.
    #[error("{path}: {why}")]
    Clinical {
        /// Where, as `clinical.xml1.NHOM_MAU`.
        path: String,
        /// What was wrong.
        why: Box<ClaimError>,
    },
}

/// Makes the claim of a visit that has ended.
///
/// `encounter` is the document as it was kept, `statement` the one that was made of it.
///
/// # Errors
///
/// [`NoClaim`], with the place in the encounter.
pub fn export(encounter: &[u8], statement: &[u8]) -> Result<Exported, NoClaim> {
    export_paid(encounter, statement, None)
}

/// Makes the claim of a visit whose patient is known to have paid then, which its sender may not have said.
///
/// # Errors
///
/// [`NoClaim`], with the place in the encounter.
pub fn export_paid(encounter: &[u8], statement: &[u8], paid_at: Option<Minute>) -> Result<Exported, NoClaim> {
    let mut sent: Sent<'_> = read("encounter", encounter)?;
    if let (None, Some(paid_at)) = (&sent.visit.paid_at, paid_at) {
        sent.visit.paid_at = Some(paid_at.to_string().into());
    }
    let stated: Stated<'_> = read("statement", statement)?;
    if stated.encounter != sent.id {
        return Err(NoClaim::OtherEncounter(stated.encounter.into_owned()));
    }
    let left = sent.visit.discharged_at.as_deref().and_then(Minute::parse).ok_or(NoClaim::Open)?;
    let (drugs, services) = lines::tables(&sent, &stated, left)?;
    let mut tables = vec![summary::table(&sent, &stated, left)?];
    // A table without rows is not sent.
    tables.extend([drugs, services].into_iter().flatten());
    let (others, left_out) = clinical::tables(&sent)?;
    tables.extend(others);
    Ok(Exported { claim: NewClaim { discharge_day: left.day(), tables }, left_out })
}

/// What a claim says of a visit, for papers that say the same.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// Days of treatment (`SO_NGAY_DTRI`); none while the visit is open.
    pub days: Option<i64>,
    /// The department that the patient was in last (`MA_KHOA`).
    pub department: Option<String>,
    /// From when no co-payment is owed any more (`NGAY_MIEN_CCT`): a day where a paper gives it, else the minute that was computed, else
    /// what was sent by the field's own name, as it was.
    pub exempt_from: Option<String>,
}

/// What the claim of a visit would say of the stay.
///
/// # Errors
///
/// Documents that are no encounter and no statement.
pub fn stay(encounter: &[u8], statement: &[u8]) -> Result<Stay, NoClaim> {
    let sent: Sent<'_> = read("encounter", encounter)?;
    let stated: Stated<'_> = read("statement", statement)?;
    Ok(summary::stay(&sent, &stated))
}

/// The day on which a visit ended, read without the rest of it; `None` while it is open.
///
/// # Errors
///
/// What is no encounter.
pub fn ended_on(encounter: &[u8]) -> Result<Option<Day>, NoClaim> {
    #[derive(serde::Deserialize)]
    struct Sent<'a> {
        #[serde(borrow)]
        visit: Visit<'a>,
    }
    #[derive(serde::Deserialize)]
    struct Visit<'a> {
        #[serde(borrow)]
        discharged_at: Option<Text<'a>>,
    }
    let Sent { visit } = read("encounter", encounter)?;
    Ok(visit.discharged_at.as_deref().and_then(Minute::parse).map(Minute::day))
}

fn read<'a, T: serde::Deserialize<'a>>(what: &'static str, document: &'a [u8]) -> Result<T, NoClaim> {
    // Looked at once as a whole: text by text takes longer.
    let text = simdutf8::basic::from_utf8(document);
    let text = text.map_err(|_| NoClaim::Unreadable { what, why: "it is not UTF-8".to_owned() })?;
    serde_json::from_str(text).map_err(|error| {
        // serde's words may repeat a value; its place does not.
        let why = format!("line {}, column {}: {:?}", error.line(), error.column(), error.classify());
        NoClaim::Unreadable { what, why }
    })
}

/// An empty table of the law.
fn table(number: u8) -> Result<NewTable, NoClaim> {
    NewTable::new(number).map_err(|why| at(&format!("xml{number}"), why))
}

/// What is wrong, and where.
fn at(path: &str, why: ClaimError) -> NoClaim {
    NoClaim::Clinical { path: path.to_owned(), why: Box::new(why) }
}

/// Puts a text in a field; nothing is left of nothing.
fn put(row: &mut NewRow, field: &str, text: Option<&str>) -> Result<(), NoClaim> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => row.set(field, text).map_err(|why| at(field, why)),
        None => Ok(()),
    }
}

/// `20260302`.
fn day(text: &str) -> Option<String> {
    Day::parse(text).map(compact)
}

/// `202603020810`.
fn moment(text: &str) -> Option<String> {
    Minute::parse(text).map(compact_moment)
}

fn compact(day: Day) -> String {
    let (year, month, day) = day.calendar();
    format!("{year:04}{month:02}{day:02}")
}

fn compact_moment(moment: Minute) -> String {
    let of_day = moment.count() - moment.day().first_minute().count();
    format!("{}{:02}{:02}", compact(moment.day()), of_day / 60, of_day % 60)
}

#[cfg(test)]
mod tests;
