//! What is sent and answered, for the description alone: reading and writing is done by the types these describe,
//! and tests hold the two together.

mod desk;
mod encounter;
mod lines;
mod problem;
mod statement;
mod tariffs;
mod values;

pub use desk::{Nothing, Reason, OptionalReason, Merge, Close, Deposit, Payment, Settlement, AskFor, PayRefund, Confirm, OpenBook, OpenShift, Count, HandOver, Credit, ApplyCredit, RepricingScope, StartRepricing, Webhook, EncounterVersions, Closed, Account, Receipt, Receipts, ReceiptBook, ReceiptBooks, Approval, Approvals, Shift, Candidate, WorkItem, WorkItems, StatementSums, SumChange, StatementVersion, StatementVersions, RepricingRow, Repricing, PatientVisit, KeptPatient, FoundPatients, LedgerAccount, LedgerAccounts, Posting, Postings, AuditEntry, AuditEntries, WebhookCreated, Delivery, Deliveries, Replayed};
pub use encounter::{
    Clinical, Copayment, Coverage, Diagnoses, Encounter, Evidence, Newborn, OriginalVisit, Patient, PriorExam,
    Referral, Visit,
};
pub use lines::{BedSegment, Consent, EncounterLine, Fund, LineOperation, OtherSource, OtherSourceKind, TransportBy};
pub use problem::{Fault, Problem};
pub use statement::{Digests, Finding, Part, Rule, Statement, StatementLine, Subject, Tariff, Totals, Words};
pub use tariffs::{Catalogue, CatalogueRow, Health, Plugin, Plugins};
pub use values::{
    Area, Day, Decimal, DecimalText, FacilityCode, Kind, Minute, OperationClass, Percent, Severity, Sex, Status,
};
