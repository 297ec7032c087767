//! A line of an encounter.

use utoipa::ToSchema;

use super::values::{Decimal, FacilityCode, Kind, Minute, OperationClass, Percent, Status};

/// One line. `quantity` and a time (`performed_at` or `ordered_at`) are required, except for kinds `bed` and `day-bed`,
/// which have `segments` instead. Every time lies within the visit.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EncounterLine {
    /// The sender's id, once in an encounter; lines are ordered by it as people read, `2` before `10`
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// What was done
    pub kind: Kind,
    /// MA_NHOM; the usual one of the kind when missing
    #[schema(minimum = 1, maximum = 19)]
    pub group: Option<u8>,
    /// The code, as the claim format writes it
    #[schema(min_length = 1, max_length = 255, example = "18.0119.0028")]
    pub code: String,
    /// Its name; the price list's when missing
    pub name: Option<String>,
    /// How much; the count of bed days is the tariff's
    pub quantity: Option<Decimal>,
    /// When it was ordered
    pub ordered_at: Option<Minute>,
    /// When it was performed
    pub performed_at: Option<Minute>,
    /// Where
    pub department: Option<String>,
    /// By whom
    pub practitioner: Option<String>,
    /// The examination table
    pub table: Option<String>,
    /// The place in the queue of the examination table
    #[schema(minimum = 1, maximum = 100_000)]
    pub sequence_at_table: Option<u32>,
    /// What the facility charges for one unit; the price list's when missing. Drugs, blood, supplies and transport with
    /// one are not looked up
    pub unit_price: Option<Decimal>,
    /// PHAM_VI: 1 in scope, 2 out of scope, 3 out of scope but paid for cards of digit 5
    #[schema(minimum = 1, maximum = 3, default = 1)]
    pub scope: Option<u8>,
    /// MA_PTTT; 1 is fee for service
    #[schema(minimum = 1, maximum = 3, default = 1)]
    pub payment_method: Option<u8>,
    /// TYLE_TT_BH; 100 when missing
    pub insured_ratio: Option<Percent>,
    /// Overrides TYLE_TT_DV, with a finding
    pub service_ratio: Option<Percent>,
    /// Required with `service_ratio`
    pub service_ratio_reason: Option<String>,
    /// How far it went; `done` when missing
    pub status: Option<Status>,
    /// Asked for by the patient
    pub on_request: Option<bool>,
    /// The patient's consent to pay for it
    pub consent: Option<Consent>,
    /// Who else pays
    pub other_sources: Option<Vec<OtherSource>>,
    /// The id of the service line that a supply was used for
    pub for_line: Option<String>,
    /// The operation it belongs to
    pub operation: Option<LineOperation>,
    /// Times in beds, for kinds `bed` and `day-bed` only
    #[schema(max_items = 10_000)]
    pub segments: Option<Vec<BedSegment>>,
    /// The tender that a price comes from
    pub tender: Option<String>,
    /// Kind of anaesthesia (PP_VO_CAM)
    #[schema(minimum = 1, maximum = 4)]
    pub anaesthesia: Option<u8>,
    /// The machine used (MA_MAY)
    pub machine: Option<String>,
    /// When the result was there (NGAY_KQ)
    pub result_at: Option<Minute>,
    /// The facility that performed it for this one
    pub performed_at_facility: Option<FacilityCode>,
    /// Registration number (SO_DANG_KY)
    pub registration: Option<String>,
    /// Code of the supply (MA_VAT_TU)
    pub supply_code: Option<String>,
    /// Used again (TAI_SU_DUNG)
    pub reuse: Option<bool>,
    /// A wound or illness that has come back (VET_THUONG_TP)
    pub wound_relapse: Option<bool>,
    /// How far, and with how much fuel, for transport
    pub transport: Option<TransportBy>,
}

/// A written consent.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// When
    pub at: Minute,
    /// By whom
    pub by: Option<String>,
}

/// Somebody else who pays for a line; together at most its amount.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherSource {
    /// Support to the person, to the facility, or the co-payment of antiretroviral treatment
    pub kind: OtherSourceKind,
    /// Out of which fund
    pub fund: Option<Fund>,
    /// How much
    pub amount: Decimal,
}

/// To whom support is given.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum OtherSourceKind {
    /// The person
    Individual,
    /// The facility
    Facility,
    /// Antiretroviral treatment
    Arv,
}

/// Where support comes from.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Fund {
    /// The state's budget
    State,
    /// Foreign aid
    Foreign,
    /// Domestic aid
    Domestic,
    /// Others
    Other,
}

/// What several lines of one operation share.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineOperation {
    /// The sender's id of it
    #[schema(min_length = 1, max_length = 100)]
    pub id: String,
    /// Its class, when the catalogue has none
    pub class: Option<OperationClass>,
    /// When it began
    pub started_at: Option<Minute>,
    /// Who operated
    pub team: Option<String>,
}

/// A time in a bed.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BedSegment {
    /// From when
    pub from: Minute,
    /// To when; missing while it lasts
    pub to: Option<Minute>,
    /// In which department; the code's own when missing
    pub department: Option<String>,
    /// Which bed
    pub bed: Option<String>,
    /// The bed as declared; the line's code when missing
    #[schema(min_length = 1, max_length = 255, example = "K03.NO1")]
    pub code: Option<String>,
    /// How many patients share it, itself included; 1 when missing
    #[schema(minimum = 1, maximum = 20)]
    pub sharing: Option<u8>,
}

/// How a patient was transported.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransportBy {
    /// How many kilometres
    pub km: Option<Decimal>,
    /// With how much of which fuel
    pub fuel: Option<String>,
}
