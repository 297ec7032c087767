//! What a visit's patient owes and holds: sums over its postings, and what desk commands make of them.
//!
//! Amounts are in 1/100 đồng. Always: received + credits applied = paid + deposits + refunded, and nobody is asked for a
//! fraction of a đồng: what is due is the whole bill rounded to whole đồng, less what was paid (READINGS 31).

use vienphi_money::Amount;

use crate::account::{Account, Method};
use crate::journal::{Dimensions, Draft, Journal, Unbalanced};
use crate::rules::{Event, Movement};

/// The balances of a visit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// The patient's share not yet paid, exact.
    pub receivable: i64,
    /// Held for the patient.
    pub deposits: i64,
    /// Settled with money or deposits, less what was reversed or became a deposit again.
    pub paid: i64,
    /// Taken as money, less what was reversed.
    pub received: i64,
    /// Given back.
    pub refunded: i64,
    /// Exempted or written off.
    pub written_off: i64,
    /// Rounded up so far: negative when down.
    pub rounding: i64,
    /// Owed by the insurer.
    pub insurer: i64,
    /// Owed by others.
    pub sponsor: i64,
    /// Of what was received: not confirmed by the bank yet.
    pub provisional: i64,
    /// Of the deposits: asked back, not decided yet.
    pub pending_refunds: i64,
    /// Of what is due: asked to be written off, not decided yet.
    pub pending_write_offs: i64,
}

/// Money of one kind handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub amount: i64,
    /// How.
    pub method: Method,
    /// Accepted on proof, before the bank confirmed it.
    pub is_promise: bool,
    /// The shift that took it.
    pub shift: Option<i64>,
}

/// What a settlement made of the money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Money handed over.
    pub money: i64,
    /// Taken from the deposits.
    pub from_deposits: i64,
    /// Money beyond what was due; it is a deposit now.
    pub surplus: i64,
    /// What was due before.
    pub due_before: i64,
    /// What is still due.
    pub due_after: i64,
}

/// Whole đồng, half away from zero.
pub fn whole_dong(amount: i64) -> i64 {
    Amount::from_units(amount).whole_dong().map_or(amount, Amount::units)
}

impl Money {
    fn post(&self, draft: &mut Draft, other: &Dimensions) {
        let movement = if self.is_promise { Movement::Promise } else { Movement::Money };
        let there = Dimensions { method: Some(self.method), shift: self.shift, ..Dimensions::default() };
        draft.post(movement, Amount::from_units(self.amount), &there, other);
    }
}

/// Money, added up; `None` when it does not fit.
pub fn sum(money: &[Money]) -> Option<i64> {
    money.iter().try_fold(0_i64, |sum, money| sum.checked_add(money.amount))
}

impl Balance {
    /// What the patient owes now, in whole đồng; negative when the bill fell below what was paid.
    pub fn due(&self) -> i64 {
        let settled = self.paid + self.written_off;
        whole_dong(self.receivable + settled - self.rounding) - settled
    }

    /// Deposits that nobody has asked back.
    pub fn available(&self) -> i64 {
        self.deposits - self.pending_refunds
    }

    /// What a patient hands over to have the bill paid: what is due, less what others may be let off and less the deposits.
    pub fn payable(&self) -> i64 {
        (self.due() - self.pending_write_offs - self.available()).max(0)
    }

    /// Takes a journal's postings into the balances that are accounts.
    fn take(&mut self, journal: &Journal) {
        self.receivable += journal.on(Account::PatientReceivable);
        self.deposits -= journal.on(Account::DepositsHeld);
        self.rounding -= journal.on(Account::Rounding);
        self.written_off += journal.on(Account::WriteOffs);
        self.insurer += journal.on(Account::InsurerReceivable);
        self.sponsor += journal.on(Account::SponsorReceivable);
    }

    /// A statement was issued: `draft` has what it changed. A patient who had paid more than is billed now has the rest as a
    /// deposit, and a bill that is paid leaves no fraction behind.
    pub fn issue(&mut self, mut draft: Draft) -> Result<Journal, Unbalanced> {
        let none = Dimensions::default();
        let mut after = *self;
        after.receivable += draft.on(Account::PatientReceivable);
        // What was forgiven of a bill that is smaller now was not needed: it is taken back before anything becomes a deposit.
        let unneeded = (-after.due()).clamp(0, self.written_off);
        draft.post(Movement::ForgivenBack, Amount::from_units(unneeded), &none, &none);
        after.written_off -= unneeded;
        after.receivable += unneeded;
        let surplus = (-after.due()).clamp(0, self.paid.max(0));
        draft.post(Movement::Overpaid, Amount::from_units(surplus), &none, &none);
        self.paid -= surplus;
        after.paid -= surplus;
        after.receivable += surplus;
        if after.due() == 0 && self.paid + after.written_off > 0 {
            draft.post(Movement::Rounding, Amount::from_units(-after.receivable), &none, &none);
        }
        let journal = draft.balanced()?;
        self.take(&journal);
        Ok(journal)
    }

    /// A deposit was taken.
    pub fn deposit(&mut self, money: &Money) -> Result<Journal, Unbalanced> {
        let mut draft = Draft::of(Event::DepositTaken);
        money.post(&mut draft, &Dimensions::default());
        let journal = draft.balanced()?;
        self.take(&journal);
        self.received += money.amount;
        self.provisional += if money.is_promise { money.amount } else { 0 };
        Ok(journal)
    }

    /// The bill is settled with deposits and money; what of the money is more than is due becomes a deposit.
    pub fn settle(&mut self, from_deposits: i64, money: &[Money]) -> Result<(Journal, Settlement), Unbalanced> {
        let none = Dimensions::default();
        let (due, due_before) = (self.due(), self.due() - self.pending_write_offs);
        let handed = sum(money).ok_or(Unbalanced::TooLarge)?;
        let surplus = (handed + from_deposits - due_before).max(0);
        let applied = handed + from_deposits - surplus;
        let mut draft = Draft::of(Event::Settled);
        money.iter().for_each(|money| money.post(&mut draft, &none));
        draft.post(Movement::FromDeposits, Amount::from_units(from_deposits), &none, &none);
        draft.post(Movement::Surplus, Amount::from_units(surplus), &none, &none);
        if applied == due {
            draft.post(Movement::Rounding, Amount::from_units(due - self.receivable), &none, &none);
        }
        let journal = draft.balanced()?;
        self.take(&journal);
        self.paid += applied;
        self.received += handed;
        self.provisional += money.iter().filter(|money| money.is_promise).map(|money| money.amount).sum::<i64>();
        let settlement = Settlement { money: handed, from_deposits, surplus, due_before, due_after: self.due() };
        Ok((journal, settlement))
    }

    /// A deposit or settlement is undone by `reversal`, the mirror of its journal. Money that meanwhile had become a deposit
    /// again is taken from the deposits by the second journal. `None`: the deposits do not hold it any more.
    pub fn undo(
        &mut self,
        reversal: &Journal,
        money: i64,
        applied: i64,
    ) -> Result<Option<(Balance, Option<Journal>)>, Unbalanced> {
        let mut after = *self;
        after.take(reversal);
        after.received -= money;
        after.paid -= applied;
        let mut second = None;
        if after.paid < 0 {
            let none = Dimensions::default();
            let mut draft = Draft::of(Event::Settled);
            draft.post(Movement::FromDeposits, Amount::from_units(-after.paid), &none, &none);
            let journal = draft.balanced()?;
            after.take(&journal);
            after.paid = 0;
            second = Some(journal);
        }
        Ok((after.available() >= 0).then_some((after, second)))
    }

    /// A refund was approved.
    pub fn refund(&mut self, amount: i64) -> Result<Journal, Unbalanced> {
        let journal = plain(Event::RefundApproved, amount)?;
        self.take(&journal);
        self.pending_refunds -= amount;
        self.refunded += amount;
        Ok(journal)
    }

    /// An exemption or a write-off was approved.
    pub fn write_off(&mut self, amount: i64) -> Result<Journal, Unbalanced> {
        let none = Dimensions::default();
        let mut draft = Draft::of(Event::WrittenOff);
        draft.post(Movement::Amount, Amount::from_units(amount), &none, &none);
        if amount == self.due() {
            draft.post(Movement::Rounding, Amount::from_units(amount - self.receivable), &none, &none);
        }
        let journal = draft.balanced()?;
        self.take(&journal);
        self.pending_write_offs -= amount;
        Ok(journal)
    }

    /// Money that nobody could place turned out to be this patient's.
    pub fn apply_credit(&mut self, amount: i64) -> Result<Journal, Unbalanced> {
        let journal = plain(Event::CreditApplied, amount)?;
        self.take(&journal);
        self.received += amount;
        Ok(journal)
    }
}

/// A journal that moves one amount without dimensions.
pub fn plain(event: Event, amount: i64) -> Result<Journal, Unbalanced> {
    let none = Dimensions::default();
    let mut draft = Draft::of(event);
    draft.post(Movement::Amount, Amount::from_units(amount), &none, &none);
    draft.balanced()
}

/// A transfer that was accepted on proof came: it is at the bank.
pub fn confirmed(amount: i64, shift: Option<i64>) -> Result<Journal, Unbalanced> {
    let there = Dimensions { method: Some(Method::Transfer), shift, ..Dimensions::default() };
    let mut draft = Draft::of(Event::TransferConfirmed);
    draft.post(Movement::Amount, Amount::from_units(amount), &there, &there);
    draft.balanced()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cash(amount: i64) -> Money {
        Money { amount, method: Method::Cash, is_promise: false, shift: Some(1) }
    }

    fn bill(balance: &mut Balance, change: i64) {
        let (owing, work) = (Dimensions::default(), Dimensions { group: Some(13), ..Dimensions::default() });
        let mut draft = Draft::of(Event::StatementIssued);
        draft.post(Movement::PatientShare, Amount::from_units(change), &owing, &work);
        balance.issue(draft).unwrap();
    }

    /// 5000.60 is paid with 5001 đ; when the bill becomes 5001.20 nobody is asked for another đồng.
    #[test]
    fn nobody_is_asked_for_one_dong() {
        let mut balance = Balance::default();
        bill(&mut balance, 500_060);
        assert_eq!(balance.due(), 500_100);
        balance.settle(0, &[cash(500_100)]).unwrap();
        assert_eq!((balance.due(), balance.receivable, balance.rounding), (0, 0, 40));
        bill(&mut balance, 60);
        assert_eq!((balance.due(), balance.receivable, balance.deposits), (0, 0, 0));
        bill(&mut balance, 40);
        assert_eq!(balance.due(), 100, "5001.60 is 5002 đ");
    }

    /// A line of 1000.40 is cancelled after 5000.40 was paid with 5000 đ: 1000 đ become a deposit.
    #[test]
    fn a_line_cancelled_after_payment_leaves_a_deposit() {
        let mut balance = Balance::default();
        bill(&mut balance, 500_040);
        balance.settle(0, &[cash(500_000)]).unwrap();
        bill(&mut balance, -100_040);
        assert_eq!((balance.due(), balance.deposits, balance.paid, balance.receivable), (0, 100_000, 400_000, 0));
        assert_eq!(balance.received, balance.paid + balance.deposits);
    }

    #[test]
    fn a_settlement_is_net_of_deposits_and_its_surplus_is_a_deposit() {
        let mut balance = Balance::default();
        bill(&mut balance, 1_000_000);
        balance.deposit(&cash(300_000)).unwrap();
        let (_, settlement) = balance.settle(300_000, &[cash(800_000)]).unwrap();
        assert_eq!((settlement.surplus, settlement.due_after, balance.deposits), (100_000, 0, 100_000));
        assert_eq!(balance.received, balance.paid + balance.deposits + balance.refunded);
    }

    /// Reversing the receipt after part of it became a deposit takes that deposit back.
    #[test]
    fn a_settlement_whose_rest_was_returned_can_be_undone_unless_it_was_spent() {
        let mut balance = Balance::default();
        bill(&mut balance, 10_000_000);
        let (journal, _) = balance.settle(0, &[cash(10_000_000)]).unwrap();
        bill(&mut balance, -4_000_000);
        let reversal = journal.reversed().unwrap();
        let (after, second) = balance.undo(&reversal, 10_000_000, 10_000_000).unwrap().unwrap();
        assert!(second.is_some());
        assert_eq!((after.due(), after.deposits, after.paid, after.received), (6_000_000, 0, 0, 0));
        balance.pending_refunds = 4_000_000;
        balance.refund(4_000_000).unwrap();
        assert_eq!(balance.undo(&reversal, 10_000_000, 10_000_000).unwrap(), None);
    }

    /// 150 000 are billed, 100 000 forgiven and 50 000 paid; when 50 000 are cancelled, less was to be forgiven: no cash.
    #[test]
    fn a_write_off_does_not_become_cash() {
        let mut balance = Balance::default();
        bill(&mut balance, 15_000_000);
        balance.pending_write_offs = 10_000_000;
        balance.write_off(10_000_000).unwrap();
        balance.settle(0, &[cash(5_000_000)]).unwrap();
        bill(&mut balance, -5_000_000);
        assert_eq!((balance.due(), balance.deposits, balance.written_off, balance.paid), (0, 0, 5_000_000, 5_000_000));
        bill(&mut balance, -9_999_900);
        assert_eq!((balance.due(), balance.deposits, balance.written_off, balance.receivable), (0, 4_999_900, 0, 0));
    }

    #[test]
    fn a_write_off_of_all_that_is_due_leaves_nothing() {
        let mut balance = Balance::default();
        bill(&mut balance, 500_040);
        balance.pending_write_offs = 500_000;
        balance.write_off(500_000).unwrap();
        assert_eq!((balance.due(), balance.receivable, balance.written_off), (0, 0, 500_000));
    }
}
