//! What is found in claim files, as it is answered.

use utoipa::ToSchema;

use super::Words;
use super::values::DecimalText;

/// What was found in a claim file.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimCheckResult {
    /// The visits of the file
    pub files: Vec<CheckedClaim>,
    /// What all come to
    pub summary: ClaimSummary,
    /// How far the schema is known
    pub schema: String,
}

/// A visit of a claim file.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckedClaim {
    /// The file
    pub file: String,
    /// MA_LK; null for a file without visits
    #[schema(required)]
    pub visit: Option<String>,
    /// What is wrong or odd
    pub findings: Vec<ClaimFinding>,
    /// Sums as declared and as the lines give them; null for a file without visits
    #[schema(required)]
    pub totals: Option<ClaimTotals>,
}

/// Something wrong or odd in a claim.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimFinding {
    /// `GDH-…` is the insurer's, `VP-…` ours
    #[schema(example = "GDH-52")]
    pub code: String,
    /// `blocking`, `error`, `warning` or `note`
    pub severity: ClaimSeverity,
    /// The table, 0 to 15
    #[schema(required)]
    pub table: Option<u8>,
    /// The row, from 1
    #[schema(required)]
    pub row: Option<u64>,
    /// The field; empty when it is a whole table or claim
    pub field: String,
    /// What stands there
    #[schema(required)]
    pub declared: Option<String>,
    /// What should stand there, where that can be said
    #[schema(required)]
    pub expected: Option<String>,
    /// Đồng that hang on it
    pub at_risk: DecimalText,
    /// MA_KHOA
    #[schema(required)]
    pub department: Option<String>,
    /// MA_BAC_SI
    #[schema(required)]
    pub practitioner: Option<String>,
    /// In words
    pub text: Words,
    /// The text of law, the insurer's list or the reading it rests on
    pub ground: String,
    /// The file of the batch it stands against
    pub other_file: Option<String>,
}

/// How grave a finding is: `blocking` means that the portal would refuse the file.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClaimSeverity {
    /// The file would be refused as it is
    Blocking,
    /// Wrong, and cut when it is seen
    Error,
    /// Somebody should look
    Warning,
    /// Good to know
    Note,
}

/// The sums of table 1.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimTotals {
    /// As they stand there; null where one is empty
    pub declared: ClaimSums,
    /// As the lines give them
    pub expected: ClaimSums,
}

/// The sums of table 1 by field, in đồng.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "SCREAMING_SNAKE_CASE")]
pub struct ClaimSums {
    /// Drugs and blood
    #[schema(required)]
    pub t_thuoc: Option<DecimalText>,
    /// Supplies
    #[schema(required)]
    pub t_vtyt: Option<DecimalText>,
    /// All
    #[schema(required)]
    pub t_tongchi_bv: Option<DecimalText>,
    /// What the insurer counts
    #[schema(required)]
    pub t_tongchi_bh: Option<DecimalText>,
    /// The patient's own
    #[schema(required)]
    pub t_bntt: Option<DecimalText>,
    /// Co-payment
    #[schema(required)]
    pub t_bncct: Option<DecimalText>,
    /// The insurer's
    #[schema(required)]
    pub t_bhtt: Option<DecimalText>,
    /// Other sources
    #[schema(required)]
    pub t_nguonkhac: Option<DecimalText>,
    /// The insurer's, paid by service
    #[schema(required)]
    pub t_bhtt_gdv: Option<DecimalText>,
}

/// What many findings come to.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimSummary {
    /// Files
    pub files: u64,
    /// Those that could not be read
    pub unreadable: u64,
    /// Visits
    pub visits: u64,
    /// Visits with nothing above a note
    pub clean: u64,
    /// Findings of this severity
    pub blocking: u64,
    /// Findings of this severity
    pub errors: u64,
    /// Findings of this severity
    pub warnings: u64,
    /// Findings of this severity
    pub notes: u64,
    /// What the insurer is asked for, in đồng
    pub insurer_declared: DecimalText,
    /// What the lines give
    pub insurer_expected: DecimalText,
    /// Đồng that hang on findings above a note; of a visit at most what is asked for
    pub at_risk: DecimalText,
    /// By finding, most money first
    pub by_code: Vec<ClaimShare>,
    /// By MA_KHOA, most money first
    pub by_department: Vec<ClaimShare>,
    /// By MA_BAC_SI, most money first
    pub by_practitioner: Vec<ClaimShare>,
}

/// What falls to one code, department or practitioner.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimShare {
    /// Of findings: the code
    pub code: Option<String>,
    /// Of findings: what it says
    pub text: Option<Words>,
    /// Of departments and practitioners: which; empty for what has none
    pub name: Option<String>,
    /// Findings above a note
    pub findings: u64,
    /// Visits that have one
    pub visits: u64,
    /// Đồng that hang on them
    pub at_risk: DecimalText,
}
