//! What the routes of payments take and answer.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::values::{Decimal, DecimalText, Minute, Moment};

/// What became of an attempt.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveAttempt {
    /// `succeeded` (of a refund) or `failed`
    pub outcome: String,
    /// 1 to 500 characters: how it was found out
    pub reason: String,
}

/// A refund that a rail was asked for.
#[derive(Debug, ToSchema)]
pub struct SubmittedRefund {
    /// The attempt's number
    pub id: i64,
    /// The approval
    pub refund: i64,
    /// The payment request whose money goes back
    pub request: i64,
    /// How much
    pub amount: DecimalText,
    /// `submitted`
    pub state: String,
    /// Ours
    pub reference: String,
}

/// By which rail a standing code is.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskCode {
    /// One that shows a code, as in `vietqr`
    pub rail: String,
}

/// A patient's standing code.
#[derive(Debug, ToSchema)]
pub struct StandingCode {
    /// Whose
    pub patient: String,
    /// By which rail
    pub rail: String,
    /// What a payment carries
    pub reference: String,
    /// The text of a QR code
    pub qr: Option<String>,
    /// Where the payer's browser goes
    pub url: Option<String>,
    /// Since when
    pub created_at: Moment,
}

/// How a rail was asked to take money, or to give it back.
#[derive(Debug, ToSchema)]
pub struct PaymentAttempt {
    /// Its number
    pub id: i64,
    /// `pay` or `refund`
    pub kind: String,
    /// `created`, `instructed`, `submitted`, `pending`, `unknown`, `succeeded`, `failed`, `expired`, `cancelled`, `mismatch` or
    /// `reversed`
    pub state: String,
    /// How much
    pub amount: DecimalText,
    /// Ours
    pub reference: String,
    /// What the rail calls it
    pub provider_reference: Option<String>,
    /// The approval of a refund
    pub refund: Option<i64>,
    /// The receipt of a refund that was paid
    pub receipt: Option<String>,
    /// What the rail is asked next: `create`, `query`, `refund` or `query-refund`
    pub next: Option<String>,
    /// When
    pub next_at: Option<Moment>,
    /// How often it was looked at
    pub tries: i64,
    /// Since when
    pub since: Moment,
    /// Who asked for it
    pub owner: String,
}

/// Money that is asked for.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskPayment {
    /// `balance`, `deposit` or `lines`
    #[schema(rename = "for")]
    pub purpose: String,
    /// Ids of lines of the statement; for `lines`
    pub lines: Option<Vec<String>>,
    /// Whole đồng: required for `deposit`, at most what is due for `balance`, not for `lines`
    pub amount: Option<Decimal>,
    /// By which rail, as in `vietqr`
    pub rail: String,
    /// Until when, in Vietnam civil time
    pub expires_at: Option<Minute>,
}

/// A request for payment.
#[derive(Debug, ToSchema)]
pub struct PaymentRequest {
    /// Its number
    pub id: i64,
    /// For which visit
    pub encounter: String,
    /// `balance`, `deposit` or `lines`
    #[schema(rename = "for")]
    pub purpose: String,
    /// Ids of lines
    pub lines: Option<Vec<String>>,
    /// What is asked for
    pub amount: DecimalText,
    /// What came for it, placed or waiting
    pub received: DecimalText,
    /// By which rail
    pub rail: String,
    /// What the payment carries
    pub reference: String,
    /// `open`, `paid`, `mismatch`, `expired` or `cancelled`
    pub state: String,
    /// What became of the way to pay
    pub attempt: String,
    /// The text of a QR code
    pub qr: Option<String>,
    /// Where the payer's browser goes
    pub url: Option<String>,
    /// The receipt, when it was paid
    pub receipt: Option<String>,
    /// The service was given before it was paid: when
    pub released_at: Option<Moment>,
    /// By whose word
    pub released_by: Option<String>,
    /// Until when
    pub expires_at: Option<Moment>,
    /// Since when
    pub created_at: Moment,
    /// By whom
    pub created_by: String,
    /// Requests that were made together
    pub together: Option<Vec<i64>>,
    /// What was told of money
    pub events: Vec<PaymentEvent>,
    /// How the rail was asked
    pub attempts: Option<Vec<PaymentAttempt>>,
}

/// What was told of money.
#[derive(Debug, ToSchema)]
pub struct PaymentEvent {
    /// By which rail
    pub rail: String,
    /// The rail's own number of it
    pub key: String,
    /// As in `paid`
    pub kind: String,
    /// How much
    pub amount: DecimalText,
    /// `paid`, `counted` (it was entered by hand before), `noted`, `unknown`, or why it waits: `short`, `over`, `double`,
    /// `late`, `nobody`, `currency`, `conflict`, `refused`; or `unreadable`
    pub fate: String,
    /// When it was told first
    pub at: Moment,
    /// The receipt that it made
    pub receipt: Option<String>,
    /// The unapplied credit that it made
    pub credit: Option<i64>,
}

/// Requests of an encounter.
#[derive(Debug, ToSchema)]
pub struct PaymentRequests {
    /// The newest first
    pub items: Vec<PaymentRequest>,
    /// What to send as `after` for the next page
    pub next: Option<String>,
}

/// A rail as it is to be.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpRail {
    /// By name
    pub settings: BTreeMap<String, String>,
    /// Secrets by name; those that are not sent stay
    pub keys: Option<BTreeMap<String, String>>,
    /// 1 to 500 characters
    pub reason: String,
}

/// What another person approves of a rail.
#[derive(Debug, ToSchema)]
pub struct AskedRail {
    /// By name
    pub settings: BTreeMap<String, String>,
    /// Names of the secrets that change
    pub keys: Vec<String>,
}

/// A rail.
#[derive(Debug, ToSchema)]
pub struct Rail {
    /// Its name
    pub name: String,
    /// `ready`, `not-set-up`, `without-keys` or `plugin-missing`
    pub state: String,
    /// The plugin's name
    pub plugin: String,
    /// The plugin's version
    pub version: String,
    /// SHA-256 of the component
    pub digest: String,
    /// Offers patients a way to pay
    pub instructs: bool,
    /// Tells of money that came
    pub confirms: bool,
    /// By name
    pub settings: BTreeMap<String, String>,
    /// Its secrets
    pub keys: Vec<RailKey>,
    /// What is known of the provider, and how well
    pub notes: Vec<RailNote>,
    /// When it was set up last
    pub changed_at: Option<Moment>,
}

/// A secret of a rail.
#[derive(Debug, ToSchema)]
pub struct RailKey {
    /// Its name
    pub name: String,
    /// It is there
    pub is_set: bool,
}

/// What is known of a provider.
#[derive(Debug, ToSchema)]
pub struct RailNote {
    /// What
    pub what: String,
    /// `documented` or `likely`
    pub confidence: String,
    /// Where it says so
    pub source: String,
}

/// Rails.
#[derive(Debug, ToSchema)]
pub struct Rails {
    /// By name
    pub items: Vec<Rail>,
    /// What to send as `after` for the next page
    pub next: Option<String>,
}
