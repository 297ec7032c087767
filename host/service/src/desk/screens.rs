//! What a patient sees on the second screen of a desk: the request that its cashier made last, while there is something to see.
//! No name stands on it, whoever looks over a shoulder.

use vienphi_domain::{Action, Actor};
use vienphi_store::{Halt, payments, shifts};

use super::payments::PaymentRequest;
use super::{Desk, reader};

/// What ended stays on the screen for so long (a minute), in microseconds.
const STAYS: i64 = 60 * 1_000_000;

impl Desk {
    /// The request on the screen of a desk; none while nobody is asked to pay there.
    ///
    /// # Errors
    ///
    /// Whoever may not read payment requests.
    pub async fn screen(&self, actor: &Actor, desk: &str) -> Result<Option<PaymentRequest>, Halt> {
        self.may(actor, Action::PaymentRequestRead)?;
        let mut connection = reader(&self.store).await?;
        let Some(shift) = shifts::at_desk(&mut connection, &actor.facility, desk).await? else { return Ok(None) };
        let newest = payments::newest_of(&mut connection, &actor.facility, &shift.actor).await?;
        drop(connection);
        let Some(row) = newest.filter(|row| row.created_at >= shift.opened_at) else { return Ok(None) };
        let has_ended = matches!(row.state.as_str(), "paid" | "expired" | "cancelled");
        if has_ended && self.store.now().count() - row.changed_at > STAYS {
            return Ok(None);
        }
        self.payment_request(actor, &row.id.to_string()).await.map(Some)
    }
}
