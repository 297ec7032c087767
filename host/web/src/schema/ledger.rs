//! What the ledger, its overview, the audit and the webhooks answer.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::values::{Day, DecimalText, Moment};

answered! {
    /// An account with its sums.
    LedgerAccount {
        /// Its code
        account: String,
        /// In Vietnamese
        name: String,
        /// In English
        name_en: String,
        /// Sum of debits
        debit: DecimalText,
        /// Sum of credits
        credit: DecimalText,
        /// Debits less credits
        balance: DecimalText,
    }
    /// The accounts.
    LedgerAccounts {
        /// Each
        items: Vec<LedgerAccount>,
    }
    /// A posting.
    Posting {
        /// Of which journal
        journal: i64,
        /// Why
        event: String,
        /// When
        at: Moment,
        /// The Vietnam day
        day: Day,
        /// For which visit
        encounter: Option<String>,
        /// As in `receipt/PT0000012`
        subject: String,
        /// The journal it undoes
        reverses: Option<i64>,
        /// By whom
        by: String,
        /// Where
        account: String,
        /// A debit is positive
        amount: DecimalText,
        /// MA_KHOA
        department: Option<String>,
        /// MA_BAC_SI
        practitioner: Option<String>,
        /// MA_NHOM
        group: Option<i64>,
        /// `patient`, `insurer` or `sponsor`
        payer: Option<String>,
        /// How money came or went
        method: Option<String>,
        /// In which shift
        shift: Option<i64>,
    }
    /// Postings.
    Postings {
        /// In order
        items: Vec<Posting>,
        /// What to send as `after` for the next page
        next: Option<String>,
    }
    /// An entry of the audit.
    AuditEntry {
        /// From 1, without a gap
        number: i64,
        /// When
        at: Moment,
        /// Who
        actor: String,
        /// As what
        role: String,
        /// What was done
        action: String,
        /// To what
        subject: String,
        /// Why
        reason: String,
        /// Digest of what was
        before: Option<String>,
        /// Digest of what is
        after: Option<String>,
        /// Digest of the entry before
        previous: String,
    }
    /// Entries.
    AuditEntries {
        /// The newest first
        items: Vec<AuditEntry>,
        /// What to send as `after` for the next page
        next: Option<String>,
    }
    /// A webhook.
    WebhookCreated {
        /// Its number
        id: i64,
        /// Where
        url: String,
        /// What
        events: Vec<String>,
    }
    /// How telling a message went.
    Delivery {
        /// The message
        message: i64,
        /// What it is about
        event: String,
        /// `pending` or `delivered`
        state: String,
        /// How often it was tried
        attempts: i64,
        /// When it is tried next
        next_at: Option<Moment>,
        /// HTTP, of the last attempt
        status: Option<i64>,
        /// Of the last attempt
        error: Option<String>,
    }
    /// Deliveries.
    Deliveries {
        /// The newest message first
        items: Vec<Delivery>,
        /// What to send as `after` for the next page
        next: Option<String>,
    }
    /// A message that is told once more.
    Replayed {
        /// Which
        message: i64,
        /// `pending`
        state: String,
    }
    /// How the money of some days stands.
    Overview {
        /// The first day
        from: Day,
        /// The last day
        to: Day,
        /// Up to when the ledger is in these sums; null before anything was posted
        as_of: Option<String>,
        /// Is everything in them? Else the rest is being added
        is_whole: bool,
        /// What all days come to
        totals: OverviewSums,
        /// Deposits held at the end of the last day
        open_deposits: DecimalText,
        /// Each day on which something was posted, in order
        days: Vec<OverviewDay>,
        /// By department, the most earned first
        departments: Vec<OverviewDepartment>,
        /// Of visits that ended on these days; null for who may not see claims
        claims: Option<OverviewClaims>,
    }
    /// Sums in đồng.
    OverviewSums {
        /// Money that came, less what was taken back
        collected: DecimalText,
        /// The same by `cash`, `card`, `transfer` and `rail`
        by_method: BTreeMap<String, DecimalText>,
        /// Earned from patients
        patient: DecimalText,
        /// Earned from the insurer
        insurer: DecimalText,
        /// Earned from others
        sponsor: DecimalText,
        /// Refunds that were paid out
        refunded: DecimalText,
        /// Forgiven
        written_off: DecimalText,
    }
    /// A day.
    OverviewDay {
        /// Which
        day: Day,
        /// Its sums
        sums: OverviewSums,
        /// Claims of visits that ended on it; null for who may not see claims
        claims: Option<i64>,
        /// Those of them in which a check found something
        faulty: Option<i64>,
    }
    /// What a department earned, in đồng.
    OverviewDepartment {
        /// MA_KHOA; empty for what has none
        department: String,
        /// From all
        earned: DecimalText,
        /// From patients
        patient: DecimalText,
        /// From the insurer
        insurer: DecimalText,
        /// From others
        sponsor: DecimalText,
    }
    /// Claims.
    OverviewClaims {
        /// How many were made
        made: i64,
        /// In how many a check found something
        faulty: i64,
        /// In how many something that keeps them from being sent
        blocked: i64,
    }
}
