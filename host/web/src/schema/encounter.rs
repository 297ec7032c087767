//! An encounter as a hospital sends it.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{RefOr, schema::Object};
use utoipa::{PartialSchema, ToSchema};

use super::lines::EncounterLine;
use super::values::{Area, Day, Decimal, FacilityCode, Minute, Percent, Sex};

/// One visit of one patient (one MA_LK). Unknown fields are refused with their path; `null` and an empty text count as
/// missing; a whole number may be sent as its digits.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(example))]
pub struct Encounter {
    /// The sender's id (MA_LK)
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// The facility. Its class, tier, province and contract come from the dated registry, never from the sender
    pub facility: FacilityCode,
    /// Who was treated
    pub patient: Patient,
    /// When and how
    pub visit: Visit,
    /// Insurance cards; none for a patient who pays for everything
    pub coverages: Option<Vec<Coverage>>,
    /// Diagnoses, for the claim
    pub diagnoses: Option<Diagnoses>,
    /// What was done, in any order
    #[schema(min_items = 1, max_items = 10_000)]
    pub lines: Vec<EncounterLine>,
    /// Fields that only the claim file needs
    pub clinical: Option<Clinical>,
}

/// A visit that can be priced anywhere the sample facility is known: an exam, and a drug at its tender price.
fn example() -> Value {
    json!({
        "id": "L1",
        "facility": "92114",
        "patient": {"birth_date": "1961-04-02", "sex": "female"},
        "visit": {
            "type": "01", "subject": "1.1",
            "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:00",
        },
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "registered_facility": "92114"}],
        "lines": [
            {
                "id": "1", "kind": "exam", "code": "02.03", "quantity": "1",
                "performed_at": "2026-03-02T08:20", "department": "K02",
            },
            {
                "id": "2", "kind": "drug", "code": "40.30", "quantity": "10", "unit_price": "12500",
                "performed_at": "2026-03-02T10:40",
            },
        ],
    })
}

/// Who was treated. Names and addresses are checked and not kept: pricing needs none of them.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// The hospital's id of the patient
    pub id: Option<String>,
    /// Name
    pub name: Option<String>,
    /// Number of the identity paper
    pub id_number: Option<String>,
    /// Birth date, not after the arrival
    pub birth_date: Day,
    /// Sex
    pub sex: Sex,
    /// Address
    pub address: Option<String>,
    /// Telephone number
    pub phone: Option<String>,
    /// For a newborn's own visit
    pub newborn: Option<Newborn>,
}

/// A newborn is priced by a visit of its own, never on the mother's card.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Newborn {
    /// The mother's visit
    pub mother_visit: Option<String>,
    /// Weight in grams
    #[schema(minimum = 100, maximum = 10_000)]
    pub weight_g: Option<u16>,
}

/// When and how the patient came, and left.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// MA_LOAI_KCB, 01 to 16
    #[schema(pattern = "^(0[1-9]|1[0-6])$")]
    pub r#type: String,
    /// MA_DOITUONG_KCB as declared, a code of QĐ 3276/QĐ-BYT such as 1.1, 2 or 3.2; derived from `evidence` when missing
    #[schema(pattern = r"^\d[0-9.]{0,3}$")]
    pub subject: Option<String>,
    /// Area of residence
    pub area: Option<Area>,
    /// NGAY_VAO
    pub arrived_at: Minute,
    /// NGAY_VAO_NOI_TRU
    pub admitted_at: Option<Minute>,
    /// NGAY_RA; missing while the visit is open
    pub discharged_at: Option<Minute>,
    /// KET_QUA_DTRI
    #[schema(minimum = 1, maximum = 7)]
    pub result: Option<u8>,
    /// MA_LOAI_RV
    #[schema(minimum = 1, maximum = 5)]
    pub discharge: Option<u8>,
    /// Came through the emergency department
    pub via_emergency: Option<bool>,
    /// What the subject can be derived from
    pub evidence: Option<Evidence>,
    /// The visit that this one continues; required for subjects 7, 7.2, 7.3, 7.4 and 10 and for type 07
    pub original_visit: Option<OriginalVisit>,
    /// Exams of the same day in earlier visits to this facility
    pub prior_exams_today: Option<Vec<PriorExam>>,
    /// When it was paid
    pub paid_at: Option<Minute>,
}

/// What the subject can be derived from.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The referral paper
    pub referral: Option<Referral>,
    /// The appointment paper's number
    pub appointment: Option<String>,
    /// An emergency, as the doctor decided
    pub emergency: Option<bool>,
    /// Papers of temporary residence
    pub residence: Option<String>,
    /// A row of the disease lists of TT 01/2025/TT-BYT
    #[schema(pattern = r"^(I|II|III)\.\d+$", example = "I.12")]
    pub disease_row: Option<String>,
}

/// A referral paper.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Referral {
    /// Its number
    pub number: Option<String>,
    /// The facility that refers
    pub from: Option<FacilityCode>,
    /// The day it was signed
    pub signed_on: Day,
}

/// The visit that this one continues.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginalVisit {
    /// Its id
    pub id: Option<String>,
    /// Its subject
    pub subject: Option<String>,
    /// Its benefit rate, which holds for this one
    pub rate: Percent,
    /// The day it ended
    pub discharged_on: Option<Day>,
}

/// An exam of the day in an earlier visit.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorExam {
    /// What
    #[schema(min_length = 1, max_length = 255)]
    pub code: String,
    /// When
    pub at: Minute,
}

/// A card and what the portal said of it.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// 15 characters, or the 10 digits of the newer card
    #[schema(pattern = r"^([A-Z]{2}[1-5]\d{12}|\d{10})$")]
    pub card: String,
    /// The first day it is valid
    pub valid_from: Day,
    /// The last day; open when missing
    pub valid_to: Option<Day>,
    /// MA_DKBD
    pub registered_facility: Option<FacilityCode>,
    /// When it was shown; at arrival when missing
    pub presented_at: Option<Minute>,
    /// The object the portal answered; the printed letters when missing
    #[schema(pattern = "^[A-Z]{2}$")]
    pub object: Option<String>,
    /// The benefit level the portal answered
    #[schema(minimum = 1, maximum = 5)]
    pub level: Option<u8>,
    /// When the portal was asked
    pub checked_at: Option<Minute>,
    /// When five continuous years are reached
    pub five_years_on: Option<Day>,
    /// Exempt from co-payment from this day, or this minute, to the end of its year (NGAY_MIEN_CCT)
    #[schema(example = "2026-03-02")]
    pub exempt_from: Option<String>,
    /// Co-payments of the year before this visit
    pub copayments: Option<Vec<Copayment>>,
}

/// A co-payment of an earlier visit.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Copayment {
    /// When that visit ended
    pub discharged_on: Day,
    /// How much
    pub amount: Decimal,
    /// Only co-payments on route count
    #[schema(default = true)]
    pub on_route: Option<bool>,
}

/// Diagnoses by ICD-10.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnoses {
    /// The main one
    pub main: Option<String>,
    /// Others
    pub others: Option<Vec<String>>,
}

/// Fields of the claim format by its own names, carried into the claim; those that the statement computes are refused.
#[derive(Debug, Clone, Copy)]
pub struct Clinical;

impl ToSchema for Clinical {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Clinical")
    }
}

impl PartialSchema for Clinical {
    fn schema() -> RefOr<Schema> {
        let of_lines = map_of(fields("The line's fields"), "Fields of XML2 and XML3 by the id of the line");
        let mut clinical = ObjectBuilder::new()
            .description(Some(
                "Fields of the claim format by its own names, carried into the claim; those that the statement computes \
                 are refused.",
            ))
            .property("lines", of_lines)
            .property("xml1", fields("Fields of XML1"));
        for table in (0..=15).filter(|table| *table != 1) {
            let rows = ArrayBuilder::new().items(fields("A row")).description(Some(format!("Rows of XML{table}")));
            clinical = clinical.property(format!("xml{table}"), rows);
        }
        clinical.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false))).build().into()
    }
}

/// An object whose values are texts, numbers or truth values.
fn fields(description: &str) -> Object {
    let types = [Type::String, Type::Number, Type::Boolean, Type::Null];
    let scalar = ObjectBuilder::new().schema_type(SchemaType::from_iter(types)).build();
    map_of(scalar, description)
}

fn map_of(values: Object, description: &str) -> Object {
    ObjectBuilder::new().additional_properties(Some(Schema::Object(values))).description(Some(description)).build()
}
