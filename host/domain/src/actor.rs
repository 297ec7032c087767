//! Who acts: a person or a program of a facility, in a role. What each role may do is policy (`policies/access/`).

use crate::words::words;

words! {
    /// What somebody is at a facility.
    Role {
        Cashier = "cashier", CashSupervisor = "cash-supervisor", ClaimsOfficer = "claims-officer",
        Verifier = "verifier", Integrator = "integrator", PriceOfficer = "price-officer", His = "his",
        Director = "director", Administrator = "administrator", Auditor = "auditor",
    }
}

words! {
    /// Something that somebody may or may not do. Every route of a facility asks for one.
    Action {
        PatientWrite = "patient.write", PatientRead = "patient.read", PatientMerge = "patient.merge",
        EncounterWrite = "encounter.write", EncounterRead = "encounter.read", StatementRead = "statement.read",
        EncounterClose = "encounter.close", EncounterReopen = "encounter.reopen",
        AccountRead = "account.read", DepositTake = "deposit.take", SettlementTake = "settlement.take",
        RefundAsk = "refund.ask", RefundPay = "refund.pay", WriteOffAsk = "write-off.ask",
        ReceiptRead = "receipt.read", ReceiptReverse = "receipt.reverse", ReceiptConfirm = "receipt.confirm",
        ReceiptBookOpen = "receipt-book.open",
        ShiftOpen = "shift.open", ShiftCount = "shift.count", ShiftClose = "shift.close",
        ShiftHandOver = "shift.hand-over", ShiftRead = "shift.read",
        ApprovalRead = "approval.read", ApprovalDecide = "approval.decide",
        UnappliedRead = "unapplied.read", UnappliedRecord = "unapplied.record", UnappliedApply = "unapplied.apply",
        RepricingAsk = "repricing.ask", RepricingRead = "repricing.read", RepricingApply = "repricing.apply",
        LedgerRead = "ledger.read", LedgerExport = "ledger.export", AuditRead = "audit.read",
        WebhookWrite = "webhook.write", WebhookRead = "webhook.read",
        PaymentRequestCreate = "payment-request.create", PaymentRequestRead = "payment-request.read",
        PaymentRequestCancel = "payment-request.cancel", RailAsk = "rail.ask", RailRead = "rail.read",
        PaymentReceive = "payment.receive", PaymentRequestRelease = "payment-request.release",
        PaymentAttemptResolve = "payment-attempt.resolve", TokenWrite = "token.write",
        ClaimWrite = "claim.write", ClaimRead = "claim.read", ClaimSubmit = "claim.submit",
        ClaimWithdraw = "claim.withdraw", ClaimResolve = "claim.resolve", ClaimSend = "claim.send",
        PortalAsk = "portal.ask", PortalRead = "portal.read",
        ClaimCheckMake = "claim-check.make", ClaimCheckRead = "claim-check.read",
        EligibilityAsk = "eligibility.ask", EligibilityRead = "eligibility.read",
        SessionBegin = "session.begin", PersonWrite = "person.write", PersonRead = "person.read",
    }
}

/// Who acts. Two people are two different names at one facility, however many tokens each of them holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// MA_CSKCB of the facility it belongs to.
    pub facility: Box<str>,
    /// Its name there, as in `thu-ngan-1`.
    pub name: Box<str>,
    /// What it is there.
    pub role: Role,
}
