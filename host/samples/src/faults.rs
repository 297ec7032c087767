//! Claims broken in one named way each: what a check must find, and how a clean claim is made to show it.
//!
//! A fault changes what it is about and keeps every identity that is not its point, so that nothing else above a note is
//! found. It does not fit every visit: a fault of stents needs supplies.

use fastrand::Rng;
use vienphi_claims::{ClaimError, NewEnvelope};
use vienphi_domain::Day;

mod batch;
mod cards;
mod dates;
mod file;
mod form;
mod header;
mod lists;
mod money;
mod services;
mod sheet;
mod sources;
mod tables;

use sheet::Sheet;

/// A way in which a claim may be wrong.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Plain lower-case words with hyphens; no two faults have one.
    pub name: &'static str,
    /// What is wrong, in Vietnamese.
    pub vi: &'static str,
    /// The same in English.
    pub en: &'static str,
    /// The code by which it is found.
    pub code: &'static str,
    /// What a check must be given besides the file.
    pub needs: Needs,
    edit: Edit,
}

/// What a check must be given besides the file, to find a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Prices in force.
    Prices,
    /// The registry of facilities.
    Facilities,
    /// The day on which the file was received: [`Broken::received_on`].
    ReceivedOn,
    /// The file that it was made from, before it in one batch.
    Batch,
}

impl Needs {
    /// The word that lists of faults have; `None` for nothing.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Needs::Nothing => None,
            Needs::Prices => Some("prices"),
            Needs::Facilities => Some("facilities"),
            Needs::ReceivedOn => Some("received-on"),
            Needs::Batch => Some("batch"),
        }
    }
}

/// `None` when a claim is not of the kind that can show it.
#[derive(Debug, Clone, Copy)]
enum Edit {
    /// Rows, before they are written.
    Rows(fn(&mut Sheet) -> Option<()>),
    /// The file's text.
    Text(fn(&str) -> Option<String>),
    /// The day of receipt by the day of discharge; the file stays.
    Received(fn(Day) -> Option<Day>),
}

const fn fault(
    name: &'static str,
    code: &'static str,
    vi: &'static str,
    en: &'static str,
    edit: fn(&mut Sheet) -> Option<()>,
) -> Fault {
    Fault { name, vi, en, code, needs: Needs::Nothing, edit: Edit::Rows(edit) }
}

const fn of_text(
    name: &'static str,
    code: &'static str,
    vi: &'static str,
    en: &'static str,
    edit: fn(&str) -> Option<String>,
) -> Fault {
    Fault { name, vi, en, code, needs: Needs::Nothing, edit: Edit::Text(edit) }
}

impl Fault {
    const fn needing(mut self, needs: Needs) -> Fault {
        self.needs = needs;
        self
    }

    /// Breaks a clean file of one claim; `None` when the claim cannot show this fault. `seed` chooses among rows.
    ///
    /// # Errors
    ///
    /// A claim that cannot be written, which a clean one can.
    pub fn put_into(&self, clean: &NewEnvelope, seed: u64) -> Result<Option<Broken>, ClaimError> {
        let mut received_on = None;
        let file = match self.edit {
            Edit::Rows(edit) => {
                let mut sheet = Sheet::of(clean, Rng::with_seed(seed));
                if edit(&mut sheet).is_none() {
                    return Ok(None);
                }
                sheet.envelope.write()?
            }
            Edit::Text(edit) => {
                let text = String::from_utf8_lossy(&clean.write()?).into_owned();
                let Some(text) = edit(&text) else { return Ok(None) };
                text.into_bytes()
            }
            Edit::Received(day) => {
                let discharge = clean.claims.first().map(|claim| claim.discharge_day);
                received_on = discharge.and_then(day);
                if received_on.is_none() {
                    return Ok(None);
                }
                clean.write()?
            }
        };
        Ok(Some(Broken { file, received_on }))
    }
}

/// A file with one fault.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The file. Of a fault of a batch it is the second, behind the clean one.
    pub file: Vec<u8>,
    /// When it must be said to have been received.
    pub received_on: Option<Day>,
}

/// Every fault, in a fixed order.
pub fn faults() -> impl Iterator<Item = &'static Fault> + Clone {
    [
        form::FAULTS,
        lists::FAULTS,
        cards::FAULTS,
        money::FAULTS,
        sources::FAULTS,
        header::FAULTS,
        services::FAULTS,
        tables::FAULTS,
        dates::FAULTS,
        file::FAULTS,
        batch::FAULTS,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn faults_are_named_once_and_by_codes_that_are() {
        let names: BTreeSet<&str> = faults().map(|fault| fault.name).collect();
        assert_eq!(names.len(), faults().count());
        for fault in faults() {
            let is_known = |code: &str| vienphi_claims::codes().iter().any(|entry| &*entry.code == code);
            assert!(is_known(fault.code), "{}: {}", fault.name, fault.code);
            let is_plain =
                fault.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit());
            assert!(is_plain && !fault.vi.is_empty() && !fault.en.is_empty(), "{}", fault.name);
        }
    }
}
