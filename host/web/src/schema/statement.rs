//! A statement (bảng kê) as it is answered.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::values::{Day, DecimalText, Kind, Severity};

/// A bill with every đồng explained. Always: hospital = other sources + own + co-payment + insurer, each at least zero.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The sender's id of the encounter
    pub encounter: String,
    /// The version of the statement, from 1
    pub version: u32,
    /// The day taken as today; only an open visit depends on it
    pub as_of: Day,
    /// MA_DOITUONG_KCB
    pub subject: Subject,
    /// The tariff that decided
    pub tariff: Tariff,
    /// What is not final yet, in words
    pub provisional: Vec<String>,
    /// The lines, in the order of their ids
    pub lines: Vec<StatementLine>,
    /// Sums over the lines
    pub totals: Totals,
    /// What is odd
    pub findings: Vec<Finding>,
    /// The words of every rule that is named, by its name
    pub rules: BTreeMap<String, Rule>,
    /// What it was made from
    pub digests: Digests,
    /// What the plugin's decision cost, in units of fuel; the same input costs the same
    pub fuel: u64,
}

/// The subject as declared and as derived.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What the sender says; used when given
    #[schema(required)]
    pub declared: Option<String>,
    /// What the evidence says
    #[schema(required)]
    pub derived: Option<String>,
}

/// Which tariff decided.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// The package
    pub package: String,
    /// Its version
    pub version: String,
    /// `approved` or `sample`
    pub status: String,
}

/// A line. Amounts are sums over its parts; the other fields repeat the parts' value when all agree, else they are null.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementLine {
    /// The sender's id
    pub id: String,
    /// As sent
    pub code: String,
    /// The sender's name for it, else the price list's
    #[schema(required)]
    pub name: Option<String>,
    /// As sent
    pub kind: Kind,
    /// MA_NHOM
    pub group: u8,
    /// DON_GIA of the price row
    #[schema(required)]
    pub list_price: Option<DecimalText>,
    /// What the facility charges (DON_GIA_BV)
    #[schema(required)]
    pub unit_price: Option<DecimalText>,
    /// What the insurer counts (DON_GIA_BH)
    #[schema(required)]
    pub insured_price: Option<DecimalText>,
    /// The resolution the price stands in
    #[schema(required)]
    pub resolution: Option<String>,
    /// SO_LUONG
    pub quantity: DecimalText,
    /// TYLE_TT_DV, percent
    #[schema(required)]
    pub service_ratio: Option<DecimalText>,
    /// TYLE_TT_BH as used, percent
    #[schema(required)]
    pub insured_ratio: Option<DecimalText>,
    /// The most that could count as insured (T_TRANTT)
    #[schema(required)]
    pub ceiling: Option<DecimalText>,
    /// The card that covers it
    #[schema(required)]
    pub card: Option<String>,
    /// MUC_HUONG, percent
    #[schema(required)]
    pub benefit_rate: Option<DecimalText>,
    /// THANH_TIEN_BV
    pub amount_hospital: DecimalText,
    /// THANH_TIEN_BH
    pub amount_insured: DecimalText,
    /// T_NGUONKHAC, support to the facility included
    pub other_sources: DecimalText,
    /// T_BNTT
    pub patient_own: DecimalText,
    /// T_BNCCT
    pub copayment: DecimalText,
    /// T_BHTT
    pub insurer: DecimalText,
    /// The rules of its parts by name, in the order met
    pub rules: Vec<String>,
    /// The parts in order of time
    pub parts: Vec<Part>,
}

/// A piece of a line paid in one way.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The line's
    pub id: String,
    /// What it is priced as; differs from the line's code for a surgical bed paid at another level
    pub code: String,
    /// The line's
    #[schema(required)]
    pub name: Option<String>,
    /// The line's
    pub kind: Kind,
    /// The line's
    pub group: u8,
    /// First day
    pub from: Day,
    /// Last day
    pub to: Day,
    /// DON_GIA of the price row
    pub list_price: DecimalText,
    /// What the facility charges (DON_GIA_BV)
    pub unit_price: DecimalText,
    /// What the insurer counts (DON_GIA_BH)
    pub insured_price: DecimalText,
    /// The resolution the price stands in; null for prices of the sender's own
    #[schema(required)]
    pub resolution: Option<String>,
    /// SO_LUONG
    pub quantity: DecimalText,
    /// TYLE_TT_DV, percent
    pub service_ratio: DecimalText,
    /// TYLE_TT_BH as used, percent
    pub insured_ratio: DecimalText,
    /// The most that could count as insured (T_TRANTT)
    #[schema(required)]
    pub ceiling: Option<DecimalText>,
    /// The card that covers it
    #[schema(required)]
    pub card: Option<String>,
    /// MUC_HUONG, percent; null without a card
    #[schema(required)]
    pub benefit_rate: Option<DecimalText>,
    /// THANH_TIEN_BV
    pub amount_hospital: DecimalText,
    /// THANH_TIEN_BH
    pub amount_insured: DecimalText,
    /// T_NGUONKHAC, support to the facility included
    pub other_sources: DecimalText,
    /// T_BNTT
    pub patient_own: DecimalText,
    /// T_BNCCT
    pub copayment: DecimalText,
    /// T_BHTT
    pub insurer: DecimalText,
    /// The rules that made it, by name
    pub rules: Vec<String>,
}

/// Sums over the lines.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// T_THUOC: groups 4, 5, 6, 7 and 17
    pub drugs: DecimalText,
    /// T_VTYT: groups 10 and 11
    pub supplies: DecimalText,
    /// T_TONGCHI_BV
    pub amount_hospital: DecimalText,
    /// T_TONGCHI_BH
    pub amount_insured: DecimalText,
    /// T_NGUONKHAC
    pub other_sources: DecimalText,
    /// T_BNTT
    pub patient_own: DecimalText,
    /// T_BNCCT
    pub copayment: DecimalText,
    /// T_BHTT
    pub insurer: DecimalText,
    /// T_BHTT_GDV: of it, lines paid by fee for service
    pub insurer_fee_for_service: DecimalText,
    /// What the patient is asked for, in whole đồng
    pub cash_due: DecimalText,
}

/// Something odd, in words a person can act on.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// `VP-…`, or the insurer's own code
    #[schema(example = "VP-SAMPLE-TARIFF")]
    pub code: String,
    /// How loud
    pub severity: Severity,
    /// Where; the place is the statement's
    #[schema(example = "lines[2].service_ratio")]
    pub path: String,
    /// What the sender said, when it said anything
    #[schema(required)]
    pub declared: Option<String>,
    /// What is expected instead, when that can be said
    #[schema(required)]
    pub expected: Option<String>,
    /// In words
    pub text: Words,
    /// The text of law or reading it rests on
    pub ground: String,
}

/// The words of a rule.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// In both languages
    pub text: Words,
    /// The text of law or reading
    pub ground: String,
}

/// Words in both languages.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Vietnamese
    pub vi: String,
    /// English
    pub en: String,
}

/// What a statement was made from, as SHA-256 in hexadecimal digits.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// The encounter, whatever the order of its keys and lines
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub encounter: String,
    /// The tariff package
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub component: String,
    /// Its price table and the catalogues laid over it
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub tariff: String,
    /// Policies and the registry of facilities
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub policies: String,
    /// The engine and its settings
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub engine: String,
}
