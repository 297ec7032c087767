//! What the claim takes from a statement: its texts, as they stand.

use serde::Deserialize;

use super::text::Text;

#[derive(Deserialize)]
pub(super) struct Stated<'a> {
    #[serde(borrow)]
    pub(super) encounter: Text<'a>,
    #[serde(borrow)]
    pub(super) subject: Subject<'a>,
    #[serde(borrow)]
    pub(super) lines: Vec<StatedLine<'a>>,
    #[serde(borrow)]
    pub(super) totals: Totals<'a>,
}

#[derive(Deserialize)]
pub(super) struct Subject<'a> {
    #[serde(borrow)]
    pub(super) declared: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) derived: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct StatedLine<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    pub(super) group: u8,
    #[serde(borrow)]
    pub(super) parts: Vec<Part<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Part<'a> {
    #[serde(borrow)]
    pub(super) code: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) from: Text<'a>,
    #[serde(borrow)]
    pub(super) to: Text<'a>,
    #[serde(borrow)]
    pub(super) unit_price: Text<'a>,
    #[serde(borrow)]
    pub(super) insured_price: Text<'a>,
    #[serde(borrow)]
    pub(super) quantity: Text<'a>,
    #[serde(borrow)]
    pub(super) service_ratio: Text<'a>,
    #[serde(borrow)]
    pub(super) insured_ratio: Text<'a>,
    #[serde(borrow)]
    pub(super) ceiling: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) benefit_rate: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) amount_hospital: Text<'a>,
    #[serde(borrow)]
    pub(super) amount_insured: Text<'a>,
    #[serde(borrow)]
    pub(super) other_sources: Text<'a>,
    #[serde(borrow)]
    pub(super) patient_own: Text<'a>,
    #[serde(borrow)]
    pub(super) copayment: Text<'a>,
    #[serde(borrow)]
    pub(super) insurer: Text<'a>,
    #[serde(borrow, default)]
    pub(super) rules: Vec<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Totals<'a> {
    #[serde(borrow)]
    pub(super) drugs: Text<'a>,
    #[serde(borrow)]
    pub(super) supplies: Text<'a>,
    #[serde(borrow)]
    pub(super) amount_hospital: Text<'a>,
    #[serde(borrow)]
    pub(super) amount_insured: Text<'a>,
    #[serde(borrow)]
    pub(super) other_sources: Text<'a>,
    #[serde(borrow)]
    pub(super) patient_own: Text<'a>,
    #[serde(borrow)]
    pub(super) copayment: Text<'a>,
    #[serde(borrow)]
    pub(super) insurer: Text<'a>,
    #[serde(borrow)]
    pub(super) insurer_fee_for_service: Text<'a>,
}
