//! What the routes of claims, cards and the insurer's portal take and answer.

use utoipa::ToSchema;

use super::problem::Problem;
use super::values::{Day, Moment};

/// Whose claims are made: visits by name, or a month.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeClaims {
    /// Ids of visits, at most 1000
    #[schema(example = json!(["L1", "L2"]))]
    pub encounters: Option<Vec<String>>,
    /// Every visit that ended in this month
    #[schema(example = "2026-03")]
    pub month: Option<String>,
}

/// What became of the claims that were asked for.
#[derive(Debug, ToSchema)]
pub struct ClaimsMade {
    /// In the order of the visits' ids
    pub items: Vec<ClaimMade>,
    /// Visits of the month that have not ended
    pub open: u64,
}

/// What became of one.
#[derive(Debug, ToSchema)]
pub struct ClaimMade {
    /// The visit
    pub encounter: String,
    /// The claim's number
    pub id: Option<i64>,
    /// Its newest version
    pub version: Option<i64>,
    /// Of that version
    pub state: Option<String>,
    /// `made`, `unchanged`, `checked-again` (the same file, and something else is found in it), `outdated` (it was sent: replace it) or
    /// `problem`
    pub outcome: String,
    /// Findings that keep it from being sent
    pub blocking: Option<i64>,
    /// Why there is no claim
    pub problem: Option<Problem>,
}

/// Which version is meant.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfVersion {
    /// The newest when missing; another one is refused
    pub version: Option<u32>,
}

/// Which version is taken back, and why.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawClaim {
    /// The newest when missing; another one is refused
    pub version: Option<u32>,
    /// 1 to 500 characters
    pub reason: String,
}

/// What a person found on the portal's pages.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveClaim {
    /// The newest when missing; another one is refused
    pub version: Option<u32>,
    /// `received`, `absent` (it is not there, and is sent again), or `done` (what was withdrawn is not there any more)
    pub outcome: String,
    /// maGiaoDich, of `received`
    pub transaction_id: Option<String>,
    /// 1 to 500 characters: how it was found out
    pub reason: String,
}

/// A claim as it stands.
#[derive(Debug, ToSchema)]
pub struct Claim {
    /// The facility's number of it
    pub id: i64,
    /// Of which visit
    pub encounter: String,
    /// The newest version
    pub version: i64,
    /// `draft` (a check found something blocking), `checked`, `signed`, `sending`, `sent`, `received`, `refused`, `unknown` (it may
    /// be there: nobody saw the answer), `withdrawn` or `replaced`
    pub state: String,
    /// The visit says another thing by now, or was paid since
    pub outdated: bool,
    /// NGAY_RA
    pub discharged_on: Day,
    /// NGAY_TTOAN as in the file; missing while unpaid
    pub paid_at: Option<String>,
    /// What a check found
    pub findings: i64,
    /// How many of them keep it from being sent
    pub blocking: i64,
    /// maGiaoDich
    pub transaction_id: Option<String>,
    /// It waits for a person who looks on the portal's pages
    pub waits_since: Option<Moment>,
    /// When it is looked at next
    pub next_at: Option<Moment>,
    /// When it changed last
    pub changed_at: Moment,
    /// By when something is to be done
    pub deadlines: Vec<ClaimDeadline>,
    /// Of one claim, the first one first
    pub versions: Option<Vec<ClaimVersion>>,
}

/// By when something is to be done.
#[derive(Debug, ToSchema)]
pub struct ClaimDeadline {
    /// As in `payment-request`
    pub name: String,
    /// The last day on which it is in time
    pub day: Day,
    /// It is, or was, too late
    pub late: bool,
    /// No holiday of that year is known
    pub uncertain: Option<bool>,
    /// The text of law, and how sure its reading is
    pub ground: String,
}

/// A file of a claim.
#[derive(Debug, ToSchema)]
pub struct ClaimVersion {
    /// From 1
    pub version: i64,
    /// Its state
    pub state: String,
    /// The hospital's signature is in it
    pub signed: bool,
    /// SHA-256 of the file
    pub digest: String,
    /// NGAY_TTOAN as in the file
    pub paid_at: Option<String>,
    /// The version before it
    pub replaces: Option<i64>,
    /// How often it was taken to be sent or looked for
    pub tries: i64,
    /// When it left last
    pub sent_at: Option<Moment>,
    /// maGiaoDich
    pub transaction_id: Option<String>,
    /// When it came, as the portal says
    pub received_at: Option<String>,
    /// When it was made
    pub created_at: Moment,
    /// By whom
    pub created_by: String,
    /// What a check found, as `claims check` tells it
    pub findings: Vec<serde_json::Value>,
    /// What the portal said, the newest last
    pub answers: Vec<PortalAnswer>,
    /// What happened to it
    pub steps: Vec<ClaimStep>,
}

/// What the portal said.
#[derive(Debug, ToSchema)]
pub struct PortalAnswer {
    /// When
    pub at: Moment,
    /// As in `accepted`
    pub name: String,
    /// maKetQua
    pub code: Option<String>,
    /// The portal's own words
    pub message: Option<String>,
    /// What is to be done, in `vi` and `en`
    pub advice: Option<serde_json::Value>,
}

/// A step of a version.
#[derive(Debug, ToSchema)]
pub struct ClaimStep {
    /// As in `accepted`
    pub event: String,
    /// What it was then
    pub state: String,
    /// When
    pub at: Moment,
    /// By whom; `portal` is the program itself
    pub by: String,
}

/// A page of claims.
#[derive(Debug, ToSchema)]
pub struct Claims {
    /// Without their versions
    pub items: Vec<Claim>,
    /// What to send as `after` for the next page
    pub next: Option<String>,
}

/// What the portal is asked.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskEligibility {
    /// `card` (when missing) or `copayment`
    pub kind: Option<String>,
    /// 15 characters, 10 digits, or an identity number of 12 digits
    #[schema(example = "DN4920000000001")]
    pub card: String,
    /// As on the card; when missing, that of the patient
    pub name: Option<String>,
    /// `1961-04-02`, `1961-04` or `1961`; when missing, that of the patient
    #[schema(example = "1961-04-02")]
    pub birth_date: Option<String>,
    /// A patient of this facility; when missing and needed, the one who showed this card here before
    pub patient: Option<String>,
    /// An answer this old is good enough; 0 asks in any case
    #[schema(example = 14400)]
    pub max_age_seconds: Option<u32>,
}

/// What the portal was asked and answered.
#[derive(Debug, ToSchema)]
pub struct Eligibility {
    /// The facility's number of it
    pub id: i64,
    /// `card` or `copayment`
    pub kind: String,
    /// `asking` or `answered`
    pub state: String,
    /// Whose
    pub patient: Option<String>,
    /// As it was presented
    pub card: String,
    /// As in `valid`
    pub outcome: Option<String>,
    /// The portal has not answered: what is charged may have to be changed
    pub provisional: bool,
    /// When somebody wanted to know
    pub asked_at: Moment,
    /// When the portal answered
    pub answered_at: Option<Moment>,
    /// How old the answer is
    pub age_seconds: Option<i64>,
    /// When it is asked again
    pub next_at: Option<Moment>,
    /// The answer is not what was presented
    pub differs: Option<bool>,
    /// What the portal said
    pub said: Option<PortalAnswer>,
    /// Entries of an encounter's `coverages`
    pub coverages: Option<Vec<serde_json::Value>>,
    /// What else the portal told
    pub details: Option<serde_json::Value>,
    /// What may be charged while the portal does not answer: `basis`, `ground`, `vi`, `en`
    pub charge: Option<serde_json::Value>,
}

/// A page of what was asked.
#[derive(Debug, ToSchema)]
pub struct Eligibilities {
    /// The newest first
    pub items: Vec<Eligibility>,
    /// What to send as `after` for the next page
    pub next: Option<String>,
}

/// The account at the insurer's portal.
#[derive(Debug, ToSchema)]
pub struct PortalAccount {
    /// `ready`, `not-set-up` or `unreachable` (the policies name no such address)
    pub state: String,
    /// Addresses of the policies by name
    pub endpoints: Vec<String>,
    /// The one that is used
    pub endpoint: Option<String>,
    /// As the portal gave it
    pub username: Option<String>,
    /// There is a password
    pub has_password: bool,
    /// There is an officer, without whom cards are not looked up
    pub has_officer: bool,
    /// The server has the hospital's key: claims are signed
    pub signs: bool,
    /// When it was set up last
    pub changed_at: Option<Moment>,
}

/// What the account is to be.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpPortal {
    /// An address of the policies by name
    #[schema(example = "training")]
    pub endpoint: String,
    /// As the portal gave it
    pub username: String,
    /// 6 to 200 characters; it stays as it is when missing
    pub password: Option<String>,
    /// Who looks cards up
    pub officer: Option<PortalOfficer>,
    /// 1 to 500 characters
    pub reason: String,
}

/// Who looks cards up, as registered with the portal.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalOfficer {
    /// Full name
    pub name: String,
    /// Identity number, 12 digits
    pub id_number: String,
}
