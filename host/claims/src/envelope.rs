//! An envelope as it was read: `GIAMDINHHS`.

use std::ops::Range;

use vienphi_domain::Day;

use crate::clock;
use crate::error::{ClaimError, Reason, quoted};
use crate::table::Table;

mod read;

#[cfg(test)]
mod tests;

/// A claim file. It cannot be changed, so what it was read from is what writing it gives.
#[derive(Debug, Clone)]
pub struct Envelope<'s> {
    text: &'s str,
    facility: Option<Stated>,
    made_on: Option<Stated>,
    declared_count: Option<Stated>,
    claims: Vec<Claim>,
    signature: Option<Range<usize>>,
    is_signature_last: bool,
    /// Names of elements that the standard does not name; they are kept in the bytes.
    unknown: Vec<Span>,
}

/// A claim of one visit: `HOSO`.
#[derive(Debug, Clone)]
pub struct Claim {
    tables: Vec<Table>,
    offset: usize,
}

/// A text of the envelope and its byte.
#[derive(Debug, Clone)]
struct Stated {
    text: Box<str>,
    offset: usize,
}

/// A name in the file, which has less than 4 GiB.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The name, and the byte at which its element begins.
    fn of(self, text: &str) -> (&str, usize) {
        let (start, end) = (self.start as usize, self.end as usize);
        (text.get(start..end).unwrap_or_default(), start - 1)
    }
}

/// What is odd about an envelope that could be read nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeBreach {
    /// An element is absent or empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// `NGAYLAP` is no day.
    #[error("NGAYLAP {0:?} is not a day such as 20260302")]
    NotADay(Box<str>),
    /// `SOLUONGHOSO` is not the number of claims.
    #[error("SOLUONGHOSO {declared:?} is not the number of claims, which is {found}")]
    Count {
        /// What stands there.
        declared: Box<str>,
        /// Claims found.
        found: usize,
    },
    /// Something follows `CHUKYDONVI`, or it is not there where it belongs.
    #[error("CHUKYDONVI is not the last element")]
    SignatureNotLast,
}

impl<'s> Envelope<'s> {
    /// The file, byte for byte as it was read.
    pub fn bytes(&self) -> &'s [u8] {
        self.text.as_bytes()
    }

    /// The code of the facility (`MACSKCB`) as it was written; `None` when it is absent or empty.
    pub fn facility(&self) -> Option<&str> {
        stated(&self.facility)
    }

    /// The day on which the file was made (`NGAYLAP`); `None` when it is absent or empty.
    ///
    /// # Errors
    ///
    /// A text that is neither a day nor a moment.
    pub fn made_on(&self) -> Result<Option<Day>, ClaimError> {
        let Some(made_on) = self.made_on.as_ref().filter(|stated| !stated.text.is_empty()) else { return Ok(None) };
        let text = &*made_on.text;
        match clock::day(text).or_else(|| clock::moment(text).map(|moment| moment.day())) {
            Some(day) => Ok(Some(day)),
            None => Err(Reason::NotADay(quoted(text)).at(made_on.offset).in_field("NGAYLAP")),
        }
    }

    /// The number of claims that the file says it has (`SOLUONGHOSO`); `None` when it is absent or empty.
    ///
    /// # Errors
    ///
    /// A text that is no whole number.
    pub fn declared_count(&self) -> Result<Option<u64>, ClaimError> {
        let Some(count) = self.declared_count.as_ref().filter(|stated| !stated.text.is_empty()) else {
            return Ok(None);
        };
        let is_whole = count.text.bytes().all(|byte| byte.is_ascii_digit());
        match count.text.parse().ok().filter(|_| is_whole) {
            Some(count) => Ok(Some(count)),
            None => Err(Reason::NotWhole(quoted(&count.text)).at(count.offset).in_field("SOLUONGHOSO")),
        }
    }

    /// The claims in the order of the file.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The bytes of the element `CHUKYDONVI`, its tags included.
    pub fn signature(&self) -> Option<Range<usize>> {
        self.signature.clone()
    }

    /// Elements that the standard does not name: what they are called and the byte at which each begins.
    pub fn unknown(&self) -> impl Iterator<Item = (&'s str, usize)> {
        let text = self.text;
        self.unknown.iter().map(move |name| name.of(text))
    }

    /// What is odd about it. Its tables have [`violations`](crate::violations) of their own.
    pub fn breaches(&self) -> Vec<EnvelopeBreach> {
        let mut breaches = Vec::new();
        if self.facility().is_none() {
            breaches.push(EnvelopeBreach::Missing("MACSKCB"));
        }
        match self.made_on() {
            Ok(Some(_)) => {}
            Ok(None) => breaches.push(EnvelopeBreach::Missing("NGAYLAP")),
            Err(_) => breaches.push(EnvelopeBreach::NotADay(quoted(stated(&self.made_on).unwrap_or_default()))),
        }
        let found = self.claims.len();
        match self.declared_count() {
            Ok(Some(declared)) if usize::try_from(declared) == Ok(found) => {}
            Ok(None) => breaches.push(EnvelopeBreach::Missing("SOLUONGHOSO")),
            Ok(Some(_)) | Err(_) => {
                let declared = quoted(stated(&self.declared_count).unwrap_or_default());
                breaches.push(EnvelopeBreach::Count { declared, found });
            }
        }
        match (&self.signature, self.is_signature_last) {
            (None, _) => breaches.push(EnvelopeBreach::Missing("CHUKYDONVI")),
            (Some(_), false) => breaches.push(EnvelopeBreach::SignatureNotLast),
            (Some(_), true) => {}
        }
        breaches
    }
}

impl Claim {
    /// Its tables in the order of the file.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The first table of a number.
    pub fn table(&self, number: u8) -> Option<&Table> {
        self.tables.iter().find(|table| table.number() == Some(number))
    }

    /// The byte of the envelope at which its element begins.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The day of discharge (`NGAY_RA` of table 1), by which the schema is chosen; `None` when it is absent or empty.
    ///
    /// # Errors
    ///
    /// A value that is no day or moment.
    pub fn discharge_day(&self) -> Result<Option<Day>, ClaimError> {
        match self.table(1).and_then(|summary| summary.row(0)) {
            Some(visit) => visit.day("NGAY_RA"),
            None => Ok(None),
        }
    }
}

fn stated(stated: &Option<Stated>) -> Option<&str> {
    stated.as_ref().map(|stated| &*stated.text).filter(|text| !text.is_empty())
}
