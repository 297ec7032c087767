//! What the claim takes from an encounter. It was checked when it came; here it is only read, as it was sent: null and an empty text are
//! nothing, and a whole number may be its digits.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::text::{Text, present, said, whole};

/// Fields of a table by the format's own names, as texts or numbers.
pub(super) type Fields<'a> = BTreeMap<Text<'a>, serde_json::Value>;

#[derive(Deserialize)]
pub(super) struct Sent<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) facility: Text<'a>,
    #[serde(borrow)]
    pub(super) patient: Patient<'a>,
    #[serde(borrow)]
    pub(super) visit: Visit<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) coverages: Vec<Coverage<'a>>,
    #[serde(borrow)]
    pub(super) diagnoses: Option<Diagnoses<'a>>,
    #[serde(borrow)]
    pub(super) lines: Vec<Line<'a>>,
    #[serde(borrow)]
    pub(super) clinical: Option<Clinical<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Patient<'a> {
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) id_number: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) birth_date: Text<'a>,
    #[serde(borrow)]
    pub(super) sex: Text<'a>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) address: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) phone: Option<Text<'a>>,
    pub(super) newborn: Option<Newborn>,
}

#[derive(Deserialize)]
pub(super) struct Newborn {
    pub(super) weight_g: Option<serde_json::Value>,
}

#[derive(Deserialize)]
pub(super) struct Visit<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) area: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) arrived_at: Text<'a>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) admitted_at: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) discharged_at: Option<Text<'a>>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) result: Option<u8>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) discharge: Option<u8>,
    #[serde(borrow)]
    pub(super) evidence: Option<Evidence<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) paid_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Evidence<'a> {
    #[serde(borrow)]
    pub(super) referral: Option<Referral<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Referral<'a> {
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) number: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) from: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Coverage<'a> {
    #[serde(borrow)]
    pub(super) card: Text<'a>,
    #[serde(borrow)]
    pub(super) valid_from: Text<'a>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) valid_to: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) registered_facility: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) five_years_on: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) exempt_from: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Diagnoses<'a> {
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) main: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) others: Vec<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) code: Text<'a>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) ordered_at: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) performed_at: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) result_at: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) department: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) practitioner: Option<Text<'a>>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) scope: Option<u8>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) payment_method: Option<u8>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) tender: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) for_line: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) other_sources: Vec<Source<'a>>,
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) segments: Vec<Segment<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) status: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) operation: Option<Operation<'a>>,
    #[serde(default, deserialize_with = "whole")]
    pub(super) anaesthesia: Option<u8>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) machine: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) registration: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) supply_code: Option<Text<'a>>,
    pub(super) reuse: Option<bool>,
    pub(super) wound_relapse: Option<bool>,
    #[serde(borrow)]
    pub(super) transport: Option<Transport<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Operation<'a> {
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) started_at: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Transport<'a> {
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) fuel: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Source<'a> {
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) fund: Option<Text<'a>>,
    /// A text or an exact number.
    pub(super) amount: serde_json::Value,
}

#[derive(Deserialize)]
pub(super) struct Segment<'a> {
    #[serde(borrow)]
    pub(super) from: Text<'a>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) to: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) department: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "said")]
    pub(super) bed: Option<Text<'a>>,
}

/// Fields that the encounter has no words of its own for.
#[derive(Deserialize)]
pub(super) struct Clinical<'a> {
    #[serde(borrow)]
    pub(super) xml1: Option<Fields<'a>>,
    /// By the line's id.
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) lines: BTreeMap<Text<'a>, Option<Fields<'a>>>,
    /// Rows of the other tables, as `xml4`.
    #[serde(borrow, flatten)]
    pub(super) tables: BTreeMap<Text<'a>, Option<Vec<Fields<'a>>>>,
}
