//! What is wrong with a claim, recomputed from its own lines, whoever wrote it.
//!
//! * [`check_claim`], [`check`]: one claim, from its lines alone and what is [`Given`] besides
//! * [`check_envelope`]: what concerns the file, not one claim
//! * [`Batch`]: claims against each other
//! * [`differences`]: a claim against our own statement of the same visit
//! * [`totals`]: sums as declared and as the lines give them
//! * [`codes`]: every code that can be found, with its words, its ground and its days

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use vienphi_domain::Day;
use vienphi_money::{Amount, Price};

use crate::check::violations;
use crate::envelope::Claim;
use crate::schema::Schema;

mod batch;
mod cards;
mod codes;
mod dates;
mod departments;
mod differences;
mod envelope;
mod exams;
mod form;
mod header;
mod identities;
mod lines;
mod lists;
mod operations;
mod prices;
mod rates;
mod references;
mod rules;
mod sink;
mod sources;
mod summary;
mod supplies;
mod visit;

pub use batch::{Batch, BatchEntry};
pub use codes::{CodeEntry, codes};
pub use differences::differences;
pub use envelope::check_envelope;
pub use header::{HEADER_FIELDS, Sums, Totals};
pub use summary::{Share, Summary, title};

use sink::Sink;
use visit::Visit;

/// Something wrong or odd in a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `GDH-…` for a code of the insurer, `VP-…` for one of ours; see [`codes`].
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The table, 0 to 15.
    pub table: Option<u8>,
    /// The row of the table, from 0; written from 1, as people count.
    #[serde(serialize_with = "from_one")]
    pub row: Option<usize>,
    /// The field; empty when it is a whole table or claim.
    pub field: &'static str,
    /// What stands there.
    pub declared: Option<String>,
    /// What should stand there, where that can be said.
    pub expected: Option<String>,
    /// Đồng that hang on it: the difference, or the insurer's share of what may be refused. Zero where none does.
    #[serde(serialize_with = "as_decimal")]
    pub at_risk: Amount,
    /// `MA_KHOA` of the row, else of the visit.
    pub department: Option<String>,
    /// `MA_BAC_SI` of the row.
    pub practitioner: Option<String>,
    /// In words.
    pub text: Text,
    /// The text of law, the insurer's list or the reading (`READINGS`, by number) it rests on.
    pub ground: Cow<'static, str>,
    /// The file of the batch it stands against, as [`Batch::add`] was told it.
    #[serde(skip)]
    pub other_file: Option<u32>,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; an open reading of the law that changes an amount.
    Note,
    /// Somebody should look.
    Warning,
    /// Wrong, and the insurer will cut it when it is seen.
    Error,
    /// The file would be refused as it is.
    Blocking,
}

/// The words of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// What is known besides the claim. What is not given is not checked.
#[derive(Clone, Copy, Default)]
pub struct Given<'g> {
    /// Facilities.
    pub facilities: Option<&'g dyn Facilities>,
    /// Prices of services.
    pub prices: Option<&'g dyn Prices>,
    /// The day on which the file is sent or was received.
    pub received_on: Option<Day>,
}

/// Facilities that exist.
pub trait Facilities {
    /// Whether there is a facility of this code (`MA_CSKCB`, `MA_DKBD`).
    fn knows(&self, code: &str) -> bool;

    /// Whether it is of the primary tier, where every card has 100 %; `None` when that is not known.
    fn is_primary(&self, code: &str, day: Day) -> Option<bool> {
        let _ = (code, day);
        None
    }
}

/// Prices that a facility may take from the insurer.
pub trait Prices {
    /// The price of a service (`MA_DICH_VU`) in force on a day; `None` when it has none.
    fn price_on(&self, facility: &str, code: &str, day: Day) -> Option<Priced<'_>>;

    /// Whether the prices of a facility are known at all; where not, none of its lines is compared.
    fn knows(&self, facility: &str, day: Day) -> bool {
        let _ = (facility, day);
        true
    }
}

/// A price in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced<'p> {
    /// What the insurer counts, in đồng.
    pub insured: Price,
    /// The resolution it stands in.
    pub resolution: &'p str,
    /// A sample in place of a resolution that was not found: nothing is compared with it.
    pub is_sample: bool,
}

/// A claim checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is wrong, in the order of the checks.
    pub findings: Vec<Finding>,
    /// The sums of table 1, declared and expected.
    pub totals: Totals,
}

/// What is wrong with a claim. An empty list is a clean one.
pub fn check_claim(claim: &Claim, given: &Given<'_>) -> Vec<Finding> {
    check(claim, given).findings
}

/// The sums of a claim as declared, and as its lines give them by their own quantities, prices, ratios and rates.
pub fn totals(claim: &Claim) -> Totals {
    check(claim, &Given::default()).totals
}

/// Both [`check_claim`] and [`totals`], for the cost of one.
pub fn check(claim: &Claim, given: &Given<'_>) -> Checked {
    let visit = Visit::read(claim, given);
    let mut sink = Sink::new(visit.end, visit.department);
    let schema = Schema::on(visit.end);
    for table in claim.tables() {
        for violation in violations(table, schema) {
            form::report(table, &violation, &mut sink);
        }
    }
    references::check_tables(claim, &visit, &mut sink);
    let mut lines = lines::read(claim);
    if visit.row.is_some() {
        lists::check_visit(&visit, &mut sink);
        departments::check_visit(&visit, &mut sink);
        cards::check(&visit, &lines, &mut sink);
        dates::check_visit(&visit, &lines, &mut sink);
    }
    for line in &mut lines {
        lists::check_line(&visit, line, &mut sink);
        departments::check_line(&visit, line, &mut sink);
        dates::check_line(&visit, line, &mut sink);
    }
    let rates = rates::Rates::of(&visit, &lines);
    for line in &mut lines {
        let entitled = rates.check(line, &mut sink);
        identities::check(&visit, line, entitled, &mut sink);
    }
    rates.check_arrival(&mut sink);
    let totals = header::check(&visit, &lines, &mut sink);
    exams::check(&visit, &lines, &mut sink);
    operations::check_beds(&visit, &lines, &mut sink);
    operations::check(&lines, &mut sink);
    supplies::check(&visit, &lines, &mut sink);
    references::check_results(claim, &lines, &mut sink);
    if let Some(prices) = visit.given.prices {
        prices::check(&visit, &lines, prices, &mut sink);
    }
    Checked { findings: sink.findings, totals }
}

/// The route rate of a subject for a type of visit on a day; `None` where it is that of an original visit, or not known.
pub(crate) fn route_rate(subject: &str, visit_type: &str, day: Day) -> Option<vienphi_money::Rate> {
    let is_inpatient = rules::has(&rules::RULES.shares.visit_types.inpatient, visit_type);
    rules::RULES.subject(subject)?.rate_on(day, is_inpatient)
}

/// Whether an ending counts the day of discharge (READINGS 17); whether a patient came through the emergency room no file says.
pub(crate) fn is_special_ending(result: Option<u8>, discharge: Option<u8>) -> bool {
    rules::RULES.is_special_ending(result, discharge, true)
}

/// Co-payments of a year above this exempt from further ones (READINGS 13); `None` on days of which L is not known.
pub(crate) fn exemption_threshold(day: Day) -> Option<Amount> {
    rules::RULES.exemption_threshold(day)
}

/// The ceiling on the supplies of one service (READINGS 23); `None` on days of which L is not known.
pub(crate) fn supplies_ceiling(day: Day) -> Option<Amount> {
    rules::RULES.supplies_ceiling(day)
}

fn from_one<S: Serializer>(row: &Option<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    row.map(|row| row + 1).serialize(serializer)
}

fn as_decimal<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(amount.text().as_str())
}

#[cfg(test)]
mod tests;
