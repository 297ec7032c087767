//! What a statement says was earned, by department, practitioner and group, and who owes it.
//!
//! The ledger keeps the difference between a statement and the one before it, so that its balances always are those of
//! the present statement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vienphi_domain::statement::Split;
use vienphi_money::Amount;

use crate::account::Payer;
use crate::journal::{Dimensions, Draft};
use crate::rules::Movement;

/// Whose work it was: department, practitioner, group (MA_NHOM).
pub type Work = (Option<Box<str>>, Option<Box<str>>, u8);

/// What was earned, in 1/100 đồng: by whose work, from whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Earned(Vec<(Work, [i64; 3])>);

const PAYERS: [(Payer, Movement); 3] = [
    (Payer::Patient, Movement::PatientShare),
    (Payer::Insurer, Movement::InsurerShare),
    (Payer::Sponsor, Movement::SponsorShare),
];

impl Earned {
    /// Adds up lines. `None` when an amount does not fit.
    pub fn of<'a>(lines: impl IntoIterator<Item = (Work, &'a Split)>) -> Option<Earned> {
        let mut sums: BTreeMap<Work, [i64; 3]> = BTreeMap::new();
        for (work, split) in lines {
            let sum = sums.entry(work).or_default();
            let patient = split.own.checked_add(split.copayment)?;
            for (sum, share) in sum.iter_mut().zip([patient, split.insurer, split.other_sources]) {
                *sum = sum.checked_add(share.units())?;
            }
        }
        Some(Earned(sums.into_iter().collect()))
    }

    /// What patient, insurer and sponsors owe together.
    pub fn owed(&self) -> [i64; 3] {
        let mut owed = [0_i64; 3];
        for (_, shares) in &self.0 {
            for (sum, share) in owed.iter_mut().zip(shares) {
                *sum = sum.saturating_add(*share);
            }
        }
        owed
    }

    /// Posts what changed since `before`.
    pub fn post_change(&self, before: &Earned, draft: &mut Draft) {
        let mut change: BTreeMap<&Work, [i64; 3]> = self.0.iter().map(|(work, shares)| (work, *shares)).collect();
        for (work, shares) in &before.0 {
            let sum = change.entry(work).or_default();
            for (sum, share) in sum.iter_mut().zip(shares) {
                *sum = sum.saturating_sub(*share);
            }
        }
        for ((department, practitioner, group), shares) in change {
            let work = Dimensions {
                department: department.clone(),
                practitioner: practitioner.clone(),
                group: Some(*group),
                ..Dimensions::default()
            };
            for ((payer, movement), share) in PAYERS.iter().zip(shares) {
                // For whose work it is owed: what a department earned from each payer is read from here.
                let owing = Dimensions { payer: Some(*payer), department: department.clone(), ..Dimensions::default() };
                draft.post(*movement, Amount::from_units(share), &owing, &work);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::journal::Posting;
    use crate::rules::Event;

    fn split(own: i64, copayment: i64, insurer: i64) -> Split {
        let of = Amount::from_units;
        Split {
            hospital: of(own + copayment + insurer),
            own: of(own),
            copayment: of(copayment),
            insurer: of(insurer),
            ..Split::default()
        }
    }

    #[test]
    fn a_second_statement_posts_only_what_changed() {
        let work = |department: &str| (Some(department.into()), None, 13);
        let first = Earned::of([(work("K01"), &split(0, 900, 3600)), (work("K02"), &split(500, 0, 0))]).unwrap();
        let second = Earned::of([(work("K01"), &split(0, 900, 3600)), (work("K02"), &split(200, 0, 0))]).unwrap();
        let post = |now: &Earned, before: &Earned| {
            let mut draft = Draft::of(Event::StatementIssued);
            now.post_change(before, &mut draft);
            draft.balanced().unwrap()
        };
        let journal = post(&first, &Earned::default());
        assert_eq!(journal.on(Account::PatientReceivable), 1400);
        assert_eq!(journal.on(Account::InsurerReceivable), 3600);
        assert_eq!(journal.on(Account::Revenue), -5000);
        let change = post(&second, &first);
        assert_eq!(change.postings().len(), 2, "{change:?}");
        assert_eq!(change.on(Account::PatientReceivable), -300);
        let owed: Vec<_> = journal.postings().iter().filter(|posting| posting.dimensions.payer.is_some()).collect();
        let of = |department: &str, payer: Payer| {
            let own = |posting: &&&Posting| {
                posting.dimensions.department.as_deref() == Some(department) && posting.dimensions.payer == Some(payer)
            };
            owed.iter().find(own).map(|posting| posting.amount.units())
        };
        assert_eq!((of("K01", Payer::Patient), of("K01", Payer::Insurer)), (Some(900), Some(3600)));
        assert_eq!((of("K02", Payer::Patient), of("K02", Payer::Insurer)), (Some(500), None));
        assert!(post(&second, &second).postings().is_empty());
        assert_eq!(second.owed(), [1100, 3600, 0]);
    }
}
