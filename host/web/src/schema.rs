//! What is sent and answered, for the description alone: reading and writing is done by the types these describe,
//! and tests hold the two together.

/// Declares what is sent: anything else in it is refused.
macro_rules! sent {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty,)* })+) => {
        $($(#[doc = $doc])+ #[derive(Debug, ToSchema)] #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[doc = $field_doc])+ pub $field: $kind,)* })+
    };
}

/// Declares what is answered: later versions may add to it.
macro_rules! answered {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty,)* })+) => {
        $($(#[doc = $doc])+ #[derive(Debug, ToSchema)]
        pub struct $name { $($(#[doc = $field_doc])+ pub $field: $kind,)* })+
    };
}

mod claim_check;
mod claims;
mod commands;
mod desk;
mod encounter;
mod ledger;
mod lines;
mod payments;
mod problem;
mod statement;
mod tariffs;
mod values;

pub use claim_check::{
    CheckedClaim, ClaimCheckResult, ClaimFinding, ClaimSeverity, ClaimShare, ClaimSummary, ClaimSums, ClaimTotals,
};
pub use claims::{
    AskEligibility, Claim, ClaimDeadline, ClaimMade, ClaimStep, ClaimVersion, Claims, ClaimsMade, Eligibilities,
    Eligibility, MakeClaims, OfVersion, PortalAccount, PortalAnswer, PortalOfficer, ResolveClaim, SetUpPortal,
    WithdrawClaim,
};
pub use commands::{
    ApplyCredit, AskFor, Close, Confirm, Count, Credit, Deposit, HandOver, Merge, Nothing, OpenBook, OpenShift,
    OptionalReason, PayRefund, Payment, Reason, RepricingScope, Settlement, StartRepricing, Webhook,
};
pub use desk::{
    Account, Approval, Approvals, Candidate, Closed, EncounterVersions, FoundPatients, KeptPatient, PatientVisit,
    Receipt, ReceiptBook, ReceiptBooks, Receipts, Repricing, RepricingRow, Shift, StatementSums, StatementVersion,
    StatementVersions, SumChange, WorkItem, WorkItems,
};
pub use encounter::{
    Clinical, Copayment, Coverage, Diagnoses, Encounter, Evidence, Newborn, OriginalVisit, Patient, PriorExam,
    Referral, Visit,
};
pub use ledger::{
    AuditEntries, AuditEntry, Deliveries, Delivery, LedgerAccount, LedgerAccounts, Overview, OverviewClaims,
    OverviewDay, OverviewDepartment, OverviewSums, Posting, Postings, Replayed, WebhookCreated,
};
pub use lines::{BedSegment, Consent, EncounterLine, Fund, LineOperation, OtherSource, OtherSourceKind, TransportBy};
pub use payments::{
    AskCode, AskPayment, AskedRail, PaymentAttempt, PaymentEvent, PaymentRequest, PaymentRequests, Rail, RailKey,
    RailNote, Rails, ResolveAttempt, SetUpRail, StandingCode, SubmittedRefund,
};
pub use problem::{Fault, Problem};
pub use statement::{Digests, Finding, Part, Rule, Statement, StatementLine, Subject, Tariff, Totals, Words};
pub use tariffs::{Catalogue, CatalogueRow, Health, Plugin, Plugins};
pub use values::{
    Area, Day, Decimal, DecimalText, FacilityCode, Kind, Minute, OperationClass, Percent, Severity, Sex, Status,
    TruthOrDecimal,
};
