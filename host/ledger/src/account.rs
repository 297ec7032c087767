//! The chart of accounts. A hospital's own codes are laid over it when the ledger is exported.

use vienphi_domain::words;

words! {
    /// An account. Amounts are in 1/100 đồng; a debit is positive, a credit negative.
    Account {
        PatientReceivable = "patient-receivable", InsurerReceivable = "insurer-receivable",
        SponsorReceivable = "sponsor-receivable", DepositsHeld = "deposits-held", Cash = "cash", Vault = "vault",
        InTransit = "in-transit", Bank = "bank", Revenue = "revenue", RefundsDue = "refunds-due", Fees = "fees",
        WriteOffs = "write-offs", Rounding = "rounding", UnappliedCredit = "unapplied-credit",
        ShiftDifferences = "shift-differences",
    }
}

impl Account {
    /// The account in Vietnamese and English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Account::PatientReceivable => ("Phải thu người bệnh", "Patient receivable"),
            Account::InsurerReceivable => ("Phải thu cơ quan BHXH", "Insurer receivable"),
            Account::SponsorReceivable => ("Phải thu nguồn khác", "Other sponsors receivable"),
            Account::DepositsHeld => ("Tạm ứng của người bệnh", "Deposits held"),
            Account::Cash => ("Tiền mặt tại quầy", "Cash of a shift"),
            Account::Vault => ("Quỹ tiền mặt", "Vault"),
            Account::InTransit => ("Tiền đang chuyển", "Money in transit"),
            Account::Bank => ("Tiền gửi ngân hàng", "Bank"),
            Account::Revenue => ("Doanh thu dịch vụ", "Revenue"),
            Account::RefundsDue => ("Hoàn ứng phải trả", "Refunds due"),
            Account::Fees => ("Phí thu hộ", "Collection fees"),
            Account::WriteOffs => ("Miễn, giảm, xoá nợ", "Exemptions and write-offs"),
            Account::Rounding => ("Chênh lệch làm tròn", "Rounding"),
            Account::UnappliedCredit => ("Tiền chưa xác định", "Unapplied credit"),
            Account::ShiftDifferences => ("Chênh lệch kiểm quỹ", "Shift differences"),
        }
    }
}

words! {
    /// How money comes or goes.
    Method { Cash = "cash", Card = "card", Transfer = "transfer", Rail = "rail" }
}

impl Method {
    /// Where money of a method is once the desk has it: notes in the drawer, a transfer at the bank, a card slip or a
    /// rail's promise on its way there.
    pub const fn account(self) -> Account {
        match self {
            Method::Cash => Account::Cash,
            Method::Card | Method::Rail => Account::InTransit,
            Method::Transfer => Account::Bank,
        }
    }
}

words! {
    /// Who owes for a service.
    Payer { Patient = "patient", Insurer = "insurer", Sponsor = "sponsor" }
}
