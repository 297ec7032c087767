//! What the routes of a facility answer.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::commands::{Payment, RepricingScope};
use super::payments::AskedRail;
use super::values::{Day, DecimalText, Moment};

answered! {
    /// The versions of a visit and its statement.
    EncounterVersions {
        /// Of the visit
        version: i64,
        /// Of its statement
        statement_version: i64,
    }
    /// A visit that was closed.
    Closed {
        /// `closed`
        state: String,
        /// Of the visit
        version: i64,
        /// Of its statement
        statement_version: i64,
    }
    /// What the patient owes and holds, in đồng.
    Account {
        /// To be paid now, in whole đồng
        due: DecimalText,
        /// Of what is due, what deposits do not cover: what the patient hands over to have the bill paid
        payable: DecimalText,
        /// Held for the patient
        deposits: DecimalText,
        /// Of the bill, with money or deposits
        paid: DecimalText,
        /// Given back
        refunded: DecimalText,
        /// Owed by the insurer
        insurer: DecimalText,
        /// Money that nobody has placed and whose text names this visit
        unapplied: DecimalText,
        /// Of what was received: not confirmed by the bank yet
        provisional: DecimalText,
        /// Exempted or written off
        written_off: DecimalText,
        /// Owed by others
        other_sources: DecimalText,
        /// Rounded up so far; negative when down
        rounding: DecimalText,
        /// Of the deposits: asked back, not decided
        pending_refunds: DecimalText,
        /// Of what is due: asked to be written off, not decided
        pending_write_offs: DecimalText,
        /// `open` or `closed`
        state: String,
        /// The statement these amounts are from
        statement_version: i64,
    }
    /// A receipt.
    Receipt {
        /// Prefix and serial
        number: String,
        /// `deposit`, `settlement`, `refund` or `reversal`
        kind: String,
        /// `issued`, `provisional`, `confirmed`, `failed` or `reversed`
        state: String,
        /// For which visit
        encounter: String,
        /// Money that changed hands
        amount: DecimalText,
        /// How
        payments: Vec<Payment>,
        /// Taken from deposits
        from_deposits: DecimalText,
        /// Became a deposit
        surplus: DecimalText,
        /// Due before
        due_before: DecimalText,
        /// Due after
        due_after: DecimalText,
        /// Held after
        deposits_after: DecimalText,
        /// When
        at: Moment,
        /// By whom
        cashier: String,
        /// In which shift
        shift: Option<i64>,
        /// The receipt it undoes
        reverses: Option<String>,
        /// Why it undoes it
        reason: Option<String>,
    }
    /// Receipts of a visit.
    Receipts {
        /// The first one first
        items: Vec<Receipt>,
    }
    /// A receipt book.
    ReceiptBook {
        /// What its numbers begin with
        prefix: String,
        /// Its first number
        first: i64,
        /// The number of the next receipt
        next: i64,
        /// Since when
        opened_at: Moment,
    }
    /// The receipt books.
    ReceiptBooks {
        /// The newest first
        items: Vec<ReceiptBook>,
    }
    /// A request for approval.
    Approval {
        /// Its number
        id: i64,
        /// `refund`, `write-off`, `reopen`, `shift-difference` or `repricing`
        kind: String,
        /// As in `encounter/L1`
        subject: String,
        /// How much
        amount: DecimalText,
        /// Why
        reason: String,
        /// Who asked
        asked_by: String,
        /// When
        asked_at: Moment,
        /// `pending`, `approved`, `rejected` or `paid`
        state: String,
        /// Who decided
        decided_by: Option<String>,
        /// When
        decided_at: Option<Moment>,
        /// Why
        decided_reason: Option<String>,
        /// Of a rail, in the list: what it is to be
        asked: Option<AskedRail>,
    }
    /// Requests.
    Approvals {
        /// The newest first
        items: Vec<Approval>,
        /// What to send as `after` for the next page
        next: Option<String>,
    }
    /// A shift.
    Shift {
        /// Its number
        id: i64,
        /// Where
        desk: String,
        /// Whose
        cashier: String,
        /// `open`, `counted`, `closing` or `closed`
        state: String,
        /// What was in the drawer at first
        float: DecimalText,
        /// Since when
        opened_at: Moment,
        /// Until when
        closed_at: Option<Moment>,
        /// By method
        counted: Option<BTreeMap<String, DecimalText>>,
        /// By method; told after the count
        expected: Option<BTreeMap<String, DecimalText>>,
        /// Counted less expected, by method
        difference: Option<BTreeMap<String, DecimalText>>,
        /// Who took over
        handed_to: Option<String>,
    }
    /// A visit that money may be for.
    Candidate {
        /// Its id
        encounter: String,
        /// What is due
        due: DecimalText,
        /// `encounter`, `number`, `payer` or `amount`
        why: Vec<String>,
    }
    /// Work for a person.
    WorkItem {
        /// Its number
        id: i64,
        /// `unapplied-credit`, `failed-transfer` or `payment-conflict`
        kind: String,
        /// How much
        amount: DecimalText,
        /// Since when
        opened_at: Moment,
        /// How the money came
        method: Option<String>,
        /// The bank's number
        reference: Option<String>,
        /// Who paid
        payer: Option<String>,
        /// The payer's text
        memo: Option<String>,
        /// The receipt whose transfer failed
        receipt: Option<String>,
        /// For which visit
        encounter: Option<String>,
        /// Visits it may be for, the likeliest first
        candidates: Vec<Candidate>,
    }
    /// Work that is open.
    WorkItems {
        /// The oldest first
        items: Vec<WorkItem>,
        /// What to send as `after` for the next page
        next: Option<String>,
    }
    /// Sums of a statement.
    StatementSums {
        /// THANH_TIEN_BV
        amount_hospital: DecimalText,
        /// THANH_TIEN_BH
        amount_insured: DecimalText,
        /// T_NGUONKHAC
        other_sources: DecimalText,
        /// T_BNTT
        patient_own: DecimalText,
        /// T_BNCCT
        copayment: DecimalText,
        /// T_BHTT
        insurer: DecimalText,
        /// In whole đồng
        cash_due: DecimalText,
    }
    /// A sum that changed.
    SumChange {
        /// Which
        field: String,
        /// In the version before
        before: DecimalText,
        /// In this one
        after: DecimalText,
    }
    /// A version of a statement.
    StatementVersion {
        /// From 1
        version: i64,
        /// The version of the visit it was made from
        encounter_version: i64,
        /// The day taken as today
        as_of: Day,
        /// When
        at: Moment,
        /// By whom
        by: String,
        /// Why
        reason: String,
        /// How many findings it has
        findings: i64,
        /// Its sums
        totals: StatementSums,
        /// What changed since the version before
        changes: Vec<SumChange>,
    }
    /// The statements of a visit.
    StatementVersions {
        /// The first one first
        items: Vec<StatementVersion>,
    }
    /// A visit of a repricing.
    RepricingRow {
        /// Its id
        encounter: String,
        /// `previewed`, `unpriced`, `applied` or `passed` (it had changed)
        state: String,
        /// The statement it was compared with
        statement_version: i64,
        /// Its sums now
        before: StatementSums,
        /// Its sums priced anew; of an `unpriced` one `{"problem": …}` says why
        after: BTreeMap<String, String>,
    }
    /// A repricing.
    Repricing {
        /// Its number
        id: i64,
        /// As asked
        scope: RepricingScope,
        /// Why
        reason: String,
        /// `previewing`, `previewed`, `applying` or `applied`
        state: String,
        /// The approval it waits for
        approval: i64,
        /// `pending`, `approved` or `rejected`
        approval_state: String,
        /// By whom
        asked_by: String,
        /// When
        asked_at: Moment,
        /// Visits by state
        counts: BTreeMap<String, i64>,
        /// A page of them
        rows: Vec<RepricingRow>,
        /// What to send as `after` for the next page
        next: Option<String>,
    }
    /// A visit of a patient.
    PatientVisit {
        /// Its id
        id: String,
        /// `open` or `closed`
        state: String,
        /// When it began
        arrived_on: Day,
        /// What is due
        due: DecimalText,
    }
    /// A patient that is kept.
    KeptPatient {
        /// The facility's id of it
        id: String,
        /// HO_TEN
        name: Option<String>,
        /// SO_CCCD
        id_number: Option<String>,
        /// NGAY_SINH
        birth_date: Day,
        /// `male`, `female` or `undetermined`
        sex: String,
        /// DIA_CHI
        address: Option<String>,
        /// DIEN_THOAI
        phone: Option<String>,
        /// Cards seen in its visits
        cards: Option<Vec<String>>,
        /// From 1
        version: i64,
        /// The record it is the same person as
        merged_into: Option<String>,
        /// Records that are the same person
        merged: Option<Vec<String>>,
        /// Its visits, the newest first
        encounters: Option<Vec<PatientVisit>>,
    }
    /// Patients that match.
    FoundPatients {
        /// At most 50
        items: Vec<KeptPatient>,
    }
}
