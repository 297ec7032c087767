//! The posting rules: what happens, what is moved, and between which accounts. Nothing else in the product names two
//! accounts of one posting.

use vienphi_domain::words;

use crate::account::Account;

words! {
    /// Why a journal was written.
    Event {
        StatementIssued = "statement-issued", DepositTaken = "deposit-taken", Settled = "settled",
        Reversed = "reversed", RefundApproved = "refund-approved", RefundPaid = "refund-paid",
        WrittenOff = "written-off", CreditReceived = "credit-received", CreditApplied = "credit-applied",
        TransferConfirmed = "transfer-confirmed", ShiftOpened = "shift-opened", ShiftClosed = "shift-closed",
        ShiftHandedOver = "shift-handed-over",
    }
}

words! {
    /// What of an event an amount is.
    Movement {
        PatientShare = "patient-share", InsurerShare = "insurer-share", SponsorShare = "sponsor-share",
        Overpaid = "overpaid", Money = "money", Promise = "promise", FromDeposits = "from-deposits",
        Surplus = "surplus", Rounding = "rounding", Amount = "amount", Shortage = "shortage", Float = "float",
        ForgivenBack = "forgiven-back",
    }
}

/// One side of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// This account.
    Of(Account),
    /// The account of the method of payment.
    Money,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What happened.
    pub event: Event,
    /// Which of its amounts.
    pub movement: Movement,
    /// Where it is added.
    pub debit: Side,
    /// Where it is taken from.
    pub credit: Side,
}

const fn rule(event: Event, movement: Movement, debit: Side, credit: Side) -> Rule {
    Rule { event, movement, debit, credit }
}

use Account::{
    Bank, Cash, DepositsHeld, InTransit, InsurerReceivable, PatientReceivable, RefundsDue, Revenue, ShiftDifferences,
    SponsorReceivable, UnappliedCredit, Vault, WriteOffs,
};
use Side::{Money, Of};

/// Event and movement → debit and credit.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    //   event                     movement                debit                  credit
    // A statement is earned as it is issued; the next version posts only what changed. A patient who had paid more than
    // is now billed has the surplus as a deposit.
    rule(Event::StatementIssued,   Movement::PatientShare, Of(PatientReceivable), Of(Revenue)),
    rule(Event::StatementIssued,   Movement::InsurerShare, Of(InsurerReceivable), Of(Revenue)),
    rule(Event::StatementIssued,   Movement::SponsorShare, Of(SponsorReceivable), Of(Revenue)),
    rule(Event::StatementIssued,   Movement::Overpaid,     Of(PatientReceivable), Of(DepositsHeld)),
    rule(Event::StatementIssued,   Movement::ForgivenBack, Of(PatientReceivable), Of(WriteOffs)),
    rule(Event::StatementIssued,   Movement::Rounding,     Of(PatientReceivable), Of(Account::Rounding)),
    // A promise is money accepted on proof before the bank has confirmed it.
    rule(Event::DepositTaken,      Movement::Money,        Money,                 Of(DepositsHeld)),
    rule(Event::DepositTaken,      Movement::Promise,      Of(InTransit),         Of(DepositsHeld)),
    rule(Event::Settled,           Movement::Money,        Money,                 Of(PatientReceivable)),
    rule(Event::Settled,           Movement::Promise,      Of(InTransit),         Of(PatientReceivable)),
    rule(Event::Settled,           Movement::FromDeposits, Of(DepositsHeld),      Of(PatientReceivable)),
    rule(Event::Settled,           Movement::Surplus,      Of(PatientReceivable), Of(DepositsHeld)),
    // What of a settled bill is no whole đồng; positive when it was rounded up (READINGS 31).
    rule(Event::Settled,           Movement::Rounding,     Of(PatientReceivable), Of(Account::Rounding)),
    rule(Event::TransferConfirmed, Movement::Amount,       Of(Bank),              Of(InTransit)),
    rule(Event::RefundApproved,    Movement::Amount,       Of(DepositsHeld),      Of(RefundsDue)),
    rule(Event::RefundPaid,        Movement::Money,        Of(RefundsDue),        Money),
    rule(Event::WrittenOff,        Movement::Amount,       Of(WriteOffs),         Of(PatientReceivable)),
    rule(Event::WrittenOff,        Movement::Rounding,     Of(PatientReceivable), Of(Account::Rounding)),
    // Money that nobody can place, and what becomes of it.
    rule(Event::CreditReceived,    Movement::Money,        Money,                 Of(UnappliedCredit)),
    rule(Event::CreditApplied,     Movement::Amount,       Of(UnappliedCredit),   Of(DepositsHeld)),
    // Notes between the vault and the drawers. A shortage is positive when notes are missing.
    rule(Event::ShiftOpened,       Movement::Float,        Of(Cash),              Of(Vault)),
    rule(Event::ShiftClosed,       Movement::Amount,       Of(Vault),             Of(Cash)),
    rule(Event::ShiftClosed,       Movement::Shortage,     Of(ShiftDifferences),  Of(Cash)),
    rule(Event::ShiftHandedOver,   Movement::Amount,       Of(Vault),             Of(Cash)),
    rule(Event::ShiftHandedOver,   Movement::Float,        Of(Cash),              Of(Vault)),
];

/// The row for a movement of an event.
pub fn find(event: Event, movement: Movement) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.event == event && rule.movement == movement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_movement_of_an_event_has_one_row() {
        for (place, row) in RULES.iter().enumerate() {
            let twin =
                RULES[place + 1..].iter().find(|other| other.event == row.event && other.movement == row.movement);
            assert!(twin.is_none(), "{} {}", row.event.word(), row.movement.word());
            assert_ne!(row.debit, row.credit);
        }
        for (word, event) in Event::WORDS {
            let is_posted = RULES.iter().any(|row| row.event == *event);
            assert!(is_posted || *event == Event::Reversed, "{word} posts nothing");
        }
    }
}
