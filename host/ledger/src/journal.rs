//! Journals: postings of one event that add up to zero.

use std::collections::BTreeMap;

use vienphi_money::Amount;

use crate::account::{Account, Method, Payer};
use crate::rules::{self, Event, Movement, Side};

/// What a posting is about, beside its account.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dimensions {
    /// MA_KHOA.
    pub department: Option<Box<str>>,
    /// MA_BAC_SI: the practising certificate.
    pub practitioner: Option<Box<str>>,
    /// MA_NHOM, 1 to 19.
    pub group: Option<u8>,
    /// Who owes.
    pub payer: Option<Payer>,
    /// How money came or went.
    pub method: Option<Method>,
    /// The shift whose drawer it is in.
    pub shift: Option<i64>,
}

/// An amount on an account: positive is a debit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Where.
    pub account: Account,
    /// What it is about.
    pub dimensions: Dimensions,
    /// How much, in 1/100 đồng.
    pub amount: Amount,
}

/// Postings that add up to zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    event: Event,
    postings: Vec<Posting>,
}

/// Why postings are no journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// They do not add up to zero.
    #[error("the postings add up to {0} hundredths of a đồng and not to zero")]
    Sum(i128),
    /// The table of rules has no row for it.
    #[error("{} moves no {}", .0.word(), .1.word())]
    NoRule(Event, Movement),
    /// An amount does not fit.
    #[error("an amount of the journal is too large")]
    TooLarge,
}

/// A journal in the making: amounts of one account and the same dimensions are one posting.
#[derive(Debug)]
pub struct Draft {
    event: Event,
    sums: BTreeMap<(Account, Dimensions), Amount>,
    fault: Option<Unbalanced>,
}

impl Draft {
    /// Nothing posted yet.
    pub fn of(event: Event) -> Draft {
        Draft { event, sums: BTreeMap::new(), fault: None }
    }

    /// Posts an amount by the table of rules; a negative one goes the other way.
    pub fn post(&mut self, movement: Movement, amount: Amount, debit: &Dimensions, credit: &Dimensions) {
        let Some(rule) = rules::find(self.event, movement) else {
            self.fault = Some(Unbalanced::NoRule(self.event, movement));
            return;
        };
        let account = |side: Side, dimensions: &Dimensions| match side {
            Side::Of(account) => account,
            Side::Money => dimensions.method.unwrap_or(Method::Transfer).account(),
        };
        self.add(account(rule.debit, debit), debit, Some(amount));
        self.add(account(rule.credit, credit), credit, Amount::ZERO.checked_sub(amount));
    }

    fn add(&mut self, account: Account, dimensions: &Dimensions, amount: Option<Amount>) {
        let sum = self.sums.entry((account, dimensions.clone())).or_default();
        match amount.and_then(|amount| sum.checked_add(amount)) {
            Some(added) => *sum = added,
            None => self.fault = Some(Unbalanced::TooLarge),
        }
    }

    /// How much is posted on an account so far.
    pub fn on(&self, account: Account) -> i64 {
        self.sums.iter().filter(|((of, _), _)| *of == account).map(|(_, amount)| amount.units()).sum()
    }

    /// The journal, without postings of nothing.
    pub fn balanced(self) -> Result<Journal, Unbalanced> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let kept = self.sums.into_iter().filter(|(_, amount)| amount.units() != 0);
        let postings = kept.map(|((account, dimensions), amount)| Posting { account, dimensions, amount });
        Journal::of(self.event, postings.collect())
    }
}

impl Journal {
    /// A journal of postings that add up to zero.
    pub fn of(event: Event, postings: Vec<Posting>) -> Result<Journal, Unbalanced> {
        match postings.iter().map(|posting| i128::from(posting.amount.units())).sum() {
            0 => Ok(Journal { event, postings }),
            sum => Err(Unbalanced::Sum(sum)),
        }
    }

    /// The journal that undoes this one, posting by posting.
    pub fn reversed(&self) -> Result<Journal, Unbalanced> {
        let mut postings = self.postings.clone();
        for posting in &mut postings {
            posting.amount = Amount::ZERO.checked_sub(posting.amount).ok_or(Unbalanced::TooLarge)?;
        }
        Journal::of(Event::Reversed, postings)
    }

    /// Why it was written.
    pub fn event(&self) -> Event {
        self.event
    }

    /// Its postings.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// How much it moves on an account.
    pub fn on(&self, account: Account) -> i64 {
        self.postings.iter().filter(|posting| posting.account == account).map(|posting| posting.amount.units()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dong(dong: i64) -> Amount {
        Amount::from_units(dong * 100)
    }

    fn by(method: Method) -> Dimensions {
        Dimensions { method: Some(method), ..Dimensions::default() }
    }

    #[test]
    fn a_settlement_balances_and_is_reversed() {
        let none = Dimensions::default();
        let mut draft = Draft::of(Event::Settled);
        draft.post(Movement::Money, dong(70_000), &by(Method::Cash), &none);
        draft.post(Movement::Money, dong(30_000), &by(Method::Card), &none);
        draft.post(Movement::FromDeposits, dong(50_000), &none, &none);
        let journal = draft.balanced().unwrap();
        assert_eq!(journal.on(Account::PatientReceivable), -15_000_000);
        assert_eq!(journal.on(Account::Cash), 7_000_000);
        assert_eq!(journal.on(Account::InTransit), 3_000_000);
        let back = journal.reversed().unwrap();
        for account in [Account::PatientReceivable, Account::Cash, Account::InTransit, Account::DepositsHeld] {
            assert_eq!(journal.on(account) + back.on(account), 0);
        }
    }

    #[test]
    fn an_unbalanced_journal_can_not_be_made() {
        let posting = Posting { account: Account::Cash, dimensions: Dimensions::default(), amount: dong(1) };
        assert_eq!(Journal::of(Event::Settled, vec![posting]), Err(Unbalanced::Sum(100)));
        let mut draft = Draft::of(Event::Settled);
        draft.post(Movement::Float, dong(1), &Dimensions::default(), &Dimensions::default());
        assert_eq!(draft.balanced(), Err(Unbalanced::NoRule(Event::Settled, Movement::Float)));
    }
}
