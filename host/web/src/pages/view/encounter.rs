//! An encounter as pages show it. It is kept as it was sent: null and an empty text are nothing, a whole number may be its digits.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct Encounter {
    id: String,
    pub(crate) patient: PatientOf,
    pub(crate) visit: Visit,
    #[serde(default, deserialize_with = "present")]
    pub(crate) coverages: Vec<Coverage>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) diagnoses: Diagnoses,
}

impl Encounter {
    /// The patient's id; who was sent without one is known by the visit's.
    pub(crate) fn patient_id(&self) -> &str {
        self.patient.id.as_deref().unwrap_or(&self.id)
    }
}

/// What is there. An encounter is kept as it was sent, where null is nothing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A text; an empty one is nothing.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// By ICD-10 code.
#[derive(Default, Deserialize)]
pub(crate) struct Diagnoses {
    #[serde(default, deserialize_with = "said")]
    pub(crate) main: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) others: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct PatientOf {
    #[serde(default, deserialize_with = "said")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) name: Option<String>,
    pub(crate) birth_date: String,
    pub(crate) sex: String,
    #[serde(default, deserialize_with = "said")]
    pub(crate) address: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Visit {
    /// MA_LOAI_KCB.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "said")]
    pub(crate) area: Option<String>,
    pub(crate) arrived_at: String,
    #[serde(default, deserialize_with = "said")]
    pub(crate) admitted_at: Option<String>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) discharged_at: Option<String>,
    /// MA_LOAI_RV, as a number or its digit.
    pub(crate) discharge: Option<Value>,
    pub(crate) evidence: Option<Evidence>,
}

impl Visit {
    /// MA_LOAI_RV.
    pub(crate) fn ending(&self) -> Option<u64> {
        let discharge = self.discharge.as_ref()?;
        discharge.as_u64().or_else(|| discharge.as_str()?.parse().ok())
    }

    /// Who referred the patient.
    pub(crate) fn referred_by(&self) -> Option<&str> {
        self.evidence.as_ref()?.referral.as_ref()?.from.as_deref()
    }
}

#[derive(Deserialize)]
pub(crate) struct Evidence {
    pub(crate) referral: Option<Referral>,
}

#[derive(Deserialize)]
pub(crate) struct Referral {
    #[serde(default, deserialize_with = "said")]
    pub(crate) from: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Coverage {
    pub(crate) card: String,
    pub(crate) valid_from: String,
    #[serde(default, deserialize_with = "said")]
    pub(crate) valid_to: Option<String>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) registered_facility: Option<String>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) checked_at: Option<String>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) five_years_on: Option<String>,
}
