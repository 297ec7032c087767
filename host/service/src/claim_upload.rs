//! Claim files as somebody sends them to be checked: one after another, each checked and priced by us besides, into parts that
//! are kept. Of a file only what was found stays.

use serde::Serialize;
use vienphi_claims::{Envelope, Finding, Limits, Summary, Totals};
use vienphi_domain::Day;
use vienphi_money::Amount;

use crate::claim_check::{CheckOptions, CheckedFile, ClaimCheck, Report, ReportedFinding};
use crate::pricer::Pricer;
use crate::shadow::{NoShadow, Shadow, ShadowLine};

/// Visits of one part: whoever looks at one reads so many.
pub(crate) const VISITS_IN_PART: usize = 50;

/// Of one check no more visits are taken. A province's hospital has about ten thousand a month.
pub(crate) const MOST_VISITS: u64 = 50_000;

/// Of one visit no more findings are kept; the rest is counted.
const MOST_OF_VISIT: usize = 200;

/// Of one check no more findings are kept; the rest is counted.
const MOST_FINDINGS: u64 = 200_000;

/// Files on their way to being checked.
pub(crate) struct Upload<'p> {
    check: ClaimCheck<'p>,
    pricer: &'p Pricer,
    today: Day,
    report: Report,
    part: Vec<u8>,
    in_part: usize,
    sums: Sums,
    kept: u64,
}

/// What all files come to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Sums {
    /// What the check found.
    pub(crate) summary: Summary,
    /// Visits that our tariffs could not price.
    pub(crate) unpriced: u64,
    /// What the insurer will cut, in đồng.
    #[serde(serialize_with = "decimal")]
    pub(crate) cut: Amount,
    /// What the hospital forgot, in đồng.
    #[serde(serialize_with = "decimal")]
    pub(crate) forgotten: Amount,
    /// Findings that were counted and not kept.
    pub(crate) left_out: u64,
    /// Visits and unreadable files, as they are numbered in the parts.
    pub(crate) entries: u64,
}

fn decimal<S: serde::Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(amount.text().as_str())
}

/// A visit as it is kept.
#[derive(Serialize)]
struct Kept<'a> {
    file: &'a str,
    visit: Option<&'a str>,
    findings: &'a [ReportedFinding<'a>],
    totals: Option<&'a Totals>,
    error: Option<&'a str>,
    shadow: Option<KeptShadow<'a>>,
    problem: Option<&'a NoShadow>,
}

/// Our statement beside theirs: the lines that differ.
#[derive(Serialize)]
struct KeptShadow<'a> {
    tariff: &'a str,
    #[serde(serialize_with = "decimal")]
    cut: Amount,
    #[serde(serialize_with = "decimal")]
    forgotten: Amount,
    count: usize,
    lines: Vec<&'a ShadowLine>,
    findings: &'a [Finding],
    totals: &'a Totals,
}

impl<'a> KeptShadow<'a> {
    fn of(shadow: &'a Shadow) -> KeptShadow<'a> {
        KeptShadow {
            tariff: &shadow.tariff,
            cut: shadow.cut,
            forgotten: shadow.forgotten,
            count: shadow.lines.len(),
            lines: shadow.lines.iter().filter(|line| line.differs()).collect(),
            findings: &shadow.findings,
            totals: &shadow.totals,
        }
    }
}

impl<'p> Upload<'p> {
    /// Nothing yet; `today` is the day taken as today by prices.
    pub(crate) fn new(pricer: &'p Pricer, options: CheckOptions, today: Day) -> Upload<'p> {
        Upload {
            check: ClaimCheck::new(pricer, options),
            pricer,
            today,
            report: Report::default(),
            part: Vec::new(),
            in_part: 0,
            sums: Sums::default(),
            kept: 0,
        }
    }

    /// Takes the next file, and gives each part that is full.
    pub(crate) fn file(&mut self, name: &str, bytes: &[u8], mut full: impl FnMut(Vec<u8>)) {
        let (checked, shadows) = match Envelope::read(bytes, &Limits::default()) {
            Ok(envelope) => {
                let shadows = envelope.claims().iter().map(|claim| self.pricer.shadow(claim, self.today)).collect();
                (self.check.envelope(name, &envelope), shadows)
            }
            Err(error) => (CheckedFile::unreadable(name, error.to_string()), Vec::new()),
        };
        let (part, in_part, sums, kept) = (&mut self.part, &mut self.in_part, &mut self.sums, &mut self.kept);
        let mut shadows = shadows.into_iter();
        self.report.add(checked, |entry| {
            let shadow = if entry.visit.is_some() { shadows.next() } else { None };
            let most = usize::try_from(MOST_FINDINGS - *kept).unwrap_or(0).min(MOST_OF_VISIT);
            let findings = &entry.findings[..entry.findings.len().min(most)];
            *kept += findings.len() as u64;
            sums.left_out += (entry.findings.len() - findings.len()) as u64;
            sums.entries += 1;
            let (shadow, problem) = match &shadow {
                Some(Ok(shadow)) => {
                    // Sums over as many visits as fit one check stay far below what an amount holds.
                    sums.cut = sums.cut.plus(shadow.cut).unwrap_or(sums.cut);
                    sums.forgotten = sums.forgotten.plus(shadow.forgotten).unwrap_or(sums.forgotten);
                    (Some(KeptShadow::of(shadow)), None)
                }
                Some(Err(why)) => {
                    sums.unpriced += 1;
                    (None, Some(why))
                }
                None => (None, None),
            };
            let (totals, error) = (entry.totals, entry.error.as_deref());
            let kept = Kept { file: entry.file, visit: entry.visit, findings, totals, error, shadow, problem };
            part.push(if *in_part == 0 { b'[' } else { b',' });
            // It holds texts and numbers: writing it to memory cannot fail.
            let _ = serde_json::to_writer(&mut *part, &kept);
            *in_part += 1;
            if *in_part == VISITS_IN_PART {
                part.push(b']');
                full(std::mem::take(part));
                *in_part = 0;
            }
        });
    }

    /// How many visits were taken so far.
    pub(crate) fn visits(&self) -> u64 {
        self.report.summary().visits
    }

    /// The last part, and what all come to.
    pub(crate) fn end(mut self, full: impl FnOnce(Vec<u8>)) -> Sums {
        if self.in_part > 0 {
            self.part.push(b']');
            full(self.part);
        }
        self.sums.summary = self.report.summary().clone();
        self.sums
    }
}
