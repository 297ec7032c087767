//! What is sent and answered, for the description alone: reading and writing is done by the types these describe,
//! and tests hold the two together.

mod claim_check;
mod claims;
mod desk;
mod encounter;
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
pub use desk::{
    Account, ApplyCredit, Approval, Approvals, AskFor, AuditEntries, AuditEntry, Candidate, Close, Closed, Confirm,
    Count, Credit, Deliveries, Delivery, Deposit, EncounterVersions, FoundPatients, HandOver, KeptPatient,
    LedgerAccount, LedgerAccounts, Merge, Nothing, OpenBook, OpenShift, OptionalReason, PatientVisit, PayRefund,
    Payment, Posting, Postings, Reason, Receipt, ReceiptBook, ReceiptBooks, Receipts, Replayed, Repricing,
    RepricingRow, RepricingScope, Settlement, Shift, StartRepricing, StatementSums, StatementVersion,
    StatementVersions, SumChange, Webhook, WebhookCreated, WorkItem, WorkItems,
};
pub use encounter::{
    Clinical, Copayment, Coverage, Diagnoses, Encounter, Evidence, Newborn, OriginalVisit, Patient, PriorExam,
    Referral, Visit,
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
