//! Other sources of a line by their funds, shared over its parts.

use vienphi_money::Amount;

use super::NoClaim;
use super::sent::Source;

/// `T_NGUONKHAC_NSNN` (the state), `_VTNN` (from abroad), `_VTTN` (from the country), `_CL` (the rest).
pub(super) const FUNDS: [(&str, &str); 4] = [
    ("state", "T_NGUONKHAC_NSNN"),
    ("foreign", "T_NGUONKHAC_VTNN"),
    ("domestic", "T_NGUONKHAC_VTTN"),
    ("other", "T_NGUONKHAC_CL"),
];

/// What the funds of a line have left, in the order of [`FUNDS`].
pub(super) struct Funds([Amount; 4]);

impl Funds {
    /// As they were promised.
    pub(super) fn of(sources: &[Source<'_>]) -> Result<Funds, NoClaim> {
        let mut funds = [Amount::ZERO; 4];
        for source in sources {
            let fund = source.fund.as_deref().unwrap_or("other");
            let place = FUNDS.iter().position(|(name, _)| *name == fund).unwrap_or(FUNDS.len() - 1);
            let text = match &source.amount {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let amount = Amount::parse(&text).ok().and_then(|amount| funds[place].checked_add(amount));
            funds[place] = amount.ok_or_else(|| unreadable("other_sources"))?;
        }
        Ok(Funds(funds))
    }

    /// What of a part's other sources comes from which fund: the first that has something pays first, what no fund promised is
    /// the rest's.
    pub(super) fn take(&mut self, part: &str) -> Result<[Amount; 4], NoClaim> {
        let mut left = Amount::parse(part).map_err(|_| unreadable("other_sources of the statement"))?;
        let mut taken = [Amount::ZERO; 4];
        for (fund, took) in self.0.iter_mut().zip(&mut taken) {
            *took = left.min(*fund);
            left = left.checked_sub(*took).unwrap_or_default();
            *fund = fund.checked_sub(*took).unwrap_or_default();
        }
        taken[FUNDS.len() - 1] =
            taken[FUNDS.len() - 1].checked_add(left).ok_or_else(|| unreadable("other_sources of the statement"))?;
        Ok(taken)
    }
}

fn unreadable(what: &'static str) -> NoClaim {
    NoClaim::Unreadable { what, why: "an amount that is none".to_owned() }
}
