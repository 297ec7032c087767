//! Whose money it is: somebody may have typed in already what a rail tells of, and two rails may watch one account.

use vienphi_ledger::Method;
use vienphi_store::{Halt, Turn, payments, receipts, work_items};

use super::money::{self, Payment};
use super::receive::RAIL;
use super::told::Kept;

/// Whose money it is by the bank's number of it.
pub(super) enum Owner {
    /// Nobody's yet; the payment to be taken.
    Nobody(Payment),
    /// It was typed in for the same visit, with the same amount: the receipt.
    Typed(String),
    /// It waits as unapplied credit that somebody has typed in: its number.
    Waiting(i64),
    /// It was typed in as other money: where.
    Other(String),
}

/// Whose money it is. Two events of one rail are two payments, whatever the bank calls them: the second one is called by its event
/// too.
pub(super) async fn owner(
    turn: &mut Turn,
    method: Method,
    event: &Kept,
    kept: &payments::Event,
    request: Option<&payments::Request>,
) -> Result<Owner, Halt> {
    let mut payment = event.payment(&kept.rail, kept.amount, method);
    let Some(subject) = money::reference_of(turn, &payment).await? else { return Ok(Owner::Nobody(payment)) };
    let facility = turn.facility();
    let mut is_of_rail = false;
    if let Some(number) = subject.strip_prefix("receipt/") {
        if let Some(receipt) = receipts::find_in(turn, number).await? {
            is_of_rail = receipt.actor == format!("{RAIL}{}", kept.rail);
            // Another rail that watches the same account tells of the same money.
            let is_of_other = receipt.actor.starts_with(RAIL) && !is_of_rail;
            let is_same = receipt.amount == kept.amount
                && (is_of_other || request.is_some_and(|request| request.encounter == receipt.encounter))
                && matches!(receipt.state.as_str(), "issued" | "provisional" | "confirmed");
            if is_same && !is_of_rail {
                if receipt.state == "provisional" {
                    super::receipts::came(turn, number).await?;
                }
                return Ok(Owner::Typed(number.to_owned()));
            }
        }
    } else if let Some(id) = subject.strip_prefix("credit/").and_then(|id| id.parse().ok()) {
        is_of_rail =
            payments::rail_of_credit(turn.connection(), &facility, id).await?.as_deref() == Some(kept.rail.as_str());
        let item = work_items::find(turn.connection(), &facility, id).await?;
        let is_same = item.is_some_and(|item| item.state == "open" && item.amount == kept.amount);
        if is_same && !is_of_rail {
            return Ok(Owner::Waiting(id));
        }
    }
    if !is_of_rail {
        return Ok(Owner::Other(subject));
    }
    payment.reference = payment.reference.map(|reference| format!("{reference} {}/{}", kept.rail, event.key));
    Ok(Owner::Nobody(payment))
}
