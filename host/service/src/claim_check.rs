//! Checking claim files, whoever wrote them, against the catalogues and the registry that pricing uses.

use std::io::Cursor;

use serde::Serialize;
use vienphi_claims::{
    Batch, BatchEntry, Checked, Claim, Envelope, Facilities, Finding, Given, Limits, Priced, Prices, SCHEMA_NOTE_EN,
    SCHEMA_NOTE_VI, Severity, Summary, Totals, check, check_claim, check_envelope,
};
use vienphi_domain::facility::{Ownership, Tier};
use vienphi_domain::{Code, Day};
use vienphi_reports::{FindingBook, ReportError};
use vienphi_tariff::{Place, Status};

use crate::pricer::{Offered, Pricer};

/// What is known besides the files.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// The registry has every facility there is: a code that it has not is a finding. The registry of the policies is
    /// synthetic, so this is for one that was given.
    pub knows_all_facilities: bool,
    /// The day on which the files are sent or were received.
    pub received_on: Option<Day>,
    /// What the catalogues that are laid over the packages are.
    pub catalogues: Catalogues,
}

/// What catalogues that are laid over the packages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catalogues {
    /// A facility's whole approved list: what they lack has no price. No facility of them need be known here.
    #[default]
    Whole,
    /// As pricing takes them: what they lack has the price of the province's table.
    LaidOver,
}

/// Checks claim files. Each file is read and checked by itself, on any thread; a [`Report`] puts them together in their order.
pub struct ClaimCheck<'p> {
    known: Known<'p>,
    received_on: Option<Day>,
    limits: Limits,
}

/// A file, read and checked by itself.
#[derive(Debug)]
pub struct CheckedFile {
    /// What it is called.
    pub name: String,
    /// The visits of it, or why it could not be read.
    pub outcome: Result<Vec<CheckedVisit>, String>,
    /// What concerns the file itself.
    of_file: Vec<Finding>,
}

/// A visit, checked by itself.
#[derive(Debug)]
pub struct CheckedVisit {
    /// `MA_LK`; empty where it is.
    pub visit: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The sums as declared and as the lines give them.
    pub totals: Totals,
    entry: BatchEntry,
}

/// A visit of a file with all that was found, the batch included: `{file, visit, findings, totals}`.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// The file.
    pub file: &'a str,
    /// `MA_LK`; `None` where a file could not be read.
    pub visit: Option<&'a str>,
    /// What was found.
    pub findings: Vec<ReportedFinding<'a>>,
    /// `None` where a file could not be read.
    pub totals: Option<&'a Totals>,
    /// Why a file could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A finding and the name of the file it stands against.
#[derive(Debug, Serialize)]
pub struct ReportedFinding<'a> {
    /// What was found.
    #[serde(flatten)]
    pub finding: &'a Finding,
    /// The other file of the batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_file: Option<&'a str>,
}

/// Files put together: claims against each other, and what all come to. What is kept of each visit has about 200 bytes.
#[derive(Debug, Default)]
pub struct Report {
    batch: Batch,
    names: Vec<Box<str>>,
    summary: Summary,
}

impl<'p> ClaimCheck<'p> {
    /// A check with the registry and the catalogues of a pricer, as [`Catalogues`] says what they are; without any, with the table
    /// of a facility's province, where that is approved. No plugin is asked.
    pub fn new(pricer: &'p Pricer, options: CheckOptions) -> ClaimCheck<'p> {
        let CheckOptions { knows_all_facilities, catalogues, .. } = options;
        let known = Known { pricer, knows_all_facilities, catalogues };
        ClaimCheck { known, received_on: options.received_on, limits: Limits::default() }
    }

    /// Reads and checks a file.
    pub fn file(&self, name: &str, bytes: &[u8]) -> CheckedFile {
        match Envelope::read(bytes, &self.limits) {
            Ok(envelope) => self.envelope(name, &envelope),
            Err(error) => CheckedFile::unreadable(name, error.to_string()),
        }
    }

    /// Checks a file that was read.
    pub fn envelope(&self, name: &str, envelope: &Envelope<'_>) -> CheckedFile {
        let visits = envelope.claims().iter().map(|claim| self.visit(claim)).collect();
        CheckedFile { name: name.to_owned(), outcome: Ok(visits), of_file: check_envelope(envelope) }
    }

    /// What was found in a file that was read, and in its visits by themselves.
    pub fn findings(&self, envelope: &Envelope<'_>) -> Vec<Finding> {
        let of_visits = envelope.claims().iter().flat_map(|claim| check_claim(claim, &self.given()));
        check_envelope(envelope).into_iter().chain(of_visits).collect()
    }

    /// What was found in one file: `{files, summary, schema}` as JSON.
    pub fn json(file: CheckedFile) -> Vec<u8> {
        let (mut report, mut json) = (Report::default(), b"{\"files\":[".to_vec());
        report.add(file, |entry| {
            if json.last() != Some(&b'[') {
                json.push(b',');
            }
            // An entry holds texts and numbers: writing it to memory cannot fail.
            let _ = serde_json::to_writer(&mut json, entry);
        });
        json.extend_from_slice(b"],\"summary\":");
        let _ = serde_json::to_writer(&mut json, report.summary());
        json.extend_from_slice(b",\"schema\":");
        let _ = serde_json::to_writer(&mut json, SCHEMA_NOTE_EN);
        json.push(b'}');
        json
    }

    /// What was found in one file as a workbook, made on a day.
    ///
    /// # Errors
    ///
    /// The workbook cannot be written.
    pub fn workbook(file: CheckedFile, made_on: Day) -> Result<Vec<u8>, ReportError> {
        let (mut report, mut book) = (Report::default(), FindingBook::new(made_on)?);
        let mut written = Ok(());
        report.add(file, |entry| {
            if written.is_ok() {
                written = entry.write(&mut book);
            }
        });
        written?;
        let mut file = Cursor::new(Vec::new());
        book.finish(report.summary(), SCHEMA_NOTE_VI, &mut file)?;
        Ok(file.into_inner())
    }

    fn given(&self) -> Given<'_> {
        Given { facilities: Some(&self.known), prices: Some(&self.known), received_on: self.received_on }
    }

    fn visit(&self, claim: &Claim) -> CheckedVisit {
        let Checked { findings, totals } = check(claim, &self.given());
        let visit = claim.table(1).and_then(|table| table.row(0)).and_then(|row| row.text("MA_LK"));
        CheckedVisit { visit: visit.unwrap_or_default().to_owned(), findings, totals, entry: BatchEntry::of(claim) }
    }
}

impl CheckedFile {
    /// One that could not even be opened.
    pub fn unreadable(name: &str, error: String) -> CheckedFile {
        CheckedFile { name: name.to_owned(), outcome: Err(error), of_file: Vec::new() }
    }
}

impl Report {
    /// Takes the next file, and tells each visit of it with all that was found. What concerns the file itself stands with its
    /// first visit; a file without visits is told as one without.
    pub fn add(&mut self, file: CheckedFile, mut tell: impl FnMut(&Entry<'_>)) {
        let CheckedFile { name, outcome, of_file } = file;
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.as_str().into());
        self.summary.add_file(outcome.is_ok());
        let visits = match outcome {
            Ok(visits) => visits,
            Err(error) => {
                tell(&Entry { file: &name, visit: None, findings: Vec::new(), totals: None, error: Some(error) });
                return;
            }
        };
        if visits.is_empty() {
            let findings = of_file.iter().map(|finding| ReportedFinding { finding, other_file: None }).collect();
            self.summary.add(&of_file, &Totals::default());
            tell(&Entry { file: &name, visit: None, findings, totals: None, error: None });
            return;
        }
        let mut of_file = of_file;
        for visit in visits {
            let mut findings = std::mem::take(&mut of_file);
            findings.extend(visit.findings);
            findings.extend(self.batch.add(&visit.entry, place));
            self.summary.add(&findings, &visit.totals);
            let other = |finding: &Finding| finding.other_file.and_then(|place| self.names.get(place as usize));
            let reported = findings
                .iter()
                .map(|finding| ReportedFinding { finding, other_file: other(finding).map(|name| &**name) });
            tell(&Entry {
                file: &name,
                visit: Some(&visit.visit),
                findings: reported.collect(),
                totals: Some(&visit.totals),
                error: None,
            });
        }
    }

    /// What all come to.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

impl Entry<'_> {
    /// Writes it into a workbook.
    ///
    /// # Errors
    ///
    /// A row cannot be written.
    pub fn write(&self, book: &mut FindingBook) -> Result<(), ReportError> {
        if let Some(why) = &self.error {
            return book.unreadable(self.file, why);
        }
        let visit = self.visit.unwrap_or_default();
        book.visit(self.file, visit, self.findings.len(), self.totals.unwrap_or(&Totals::default()))?;
        self.findings
            .iter()
            .try_for_each(|found| book.finding(self.file, visit, &found.finding.into(), found.other_file))
    }

    /// Has nothing above a note.
    pub fn is_clean(&self) -> bool {
        self.error.is_none() && self.findings.iter().all(|found| found.finding.severity == Severity::Note)
    }
}

/// Facilities and prices as pricing knows them.
struct Known<'p> {
    pricer: &'p Pricer,
    knows_all_facilities: bool,
    catalogues: Catalogues,
}

impl Known<'_> {
    /// The approved package that rates a public facility. Its table carries the rows of the years before.
    fn package(&self, facility: &str, day: Day) -> Option<(Place<'_>, &Offered)> {
        let facility = self.pricer.registry.on(facility, day)?;
        if facility.ownership == Ownership::Private {
            return None;
        }
        let province = facility.tariff_province();
        let is_it = |offered: &&Offered| {
            let manifest = &offered.package().manifest;
            manifest.province == province && manifest.status == Status::Approved && offered.from <= day
        };
        let offered = self.pricer.offered.iter().filter(is_it).max_by_key(|offered| offered.from)?;
        Some((Place::of(facility), offered))
    }

    /// The prices of a facility, where they are known.
    fn prices(&self, facility: &str, day: Day) -> Option<vienphi_tariff::Prices<'_>> {
        let overlays = &self.pricer.overlays;
        if !overlays.is_empty() && self.catalogues == Catalogues::Whole {
            return Some(vienphi_tariff::Prices::new(overlays, None, Place::anywhere()));
        }
        let (place, offered) = self.package(facility, day)?;
        Some(vienphi_tariff::Prices::new(overlays, Some(&offered.package().table), place))
    }

    /// A row as the check knows it.
    fn priced(row: &vienphi_tariff::Row) -> Priced<'_> {
        Priced { insured: row.insured_price, resolution: &row.resolution, is_sample: row.is_sample }
    }
}

impl Facilities for Known<'_> {
    fn knows(&self, code: &str) -> bool {
        !self.knows_all_facilities || self.pricer.registry.knows(code)
    }

    fn is_primary(&self, code: &str, day: Day) -> Option<bool> {
        self.pricer.registry.on(code, day).map(|facility| facility.tier == Tier::Primary)
    }
}

impl Prices for Known<'_> {
    fn price_on(&self, facility: &str, code: &str, day: Day) -> Option<Priced<'_>> {
        self.prices(facility, day)?.on(&Code::parse(code)?, day).map(Self::priced)
    }

    fn knows(&self, facility: &str, day: Day) -> bool {
        self.prices(facility, day).is_some()
    }
}
