//! Money that goes back, or comes again, though nobody here asked for it: somebody did it in the provider's own pages, or the
//! payer's bank took it. What the books are to say of it is for a person.

use vienphi_store::{Halt, StoreError, Turn, payments};

use super::json;
use super::receive::case;
use super::told::{Kept, place};

/// What is told of a payment that is not known yet waits for it under this and the payment's key.
const BEFORE: &str = "before:";

/// It was told of; the payment's request. A payment that is not known is another's, or is told of later.
pub(super) async fn told(
    turn: &mut Turn,
    event: &Kept,
    kept: &payments::Event,
    request: Option<&payments::Request>,
    audit: i64,
) -> Result<Option<i64>, Halt> {
    let facility = turn.facility();
    let mut paid = None;
    for payment in &event.references {
        let known = payments::event(turn.connection(), &facility, &kept.rail, payment).await?;
        paid = paid.or(known.filter(|known| known.kind == "paid"));
    }
    let by_payment = request_of(turn, paid.as_ref()).await?;
    let request = request.or(by_payment.as_ref());
    if request.is_some() || paid.is_some() {
        case(turn, kept, memo(event), request, audit).await?;
        return Ok(request.map(|request| request.id));
    }
    for payment in &event.references {
        let key = format!("{BEFORE}{payment}");
        if payments::event(turn.connection(), &facility, &kept.rail, &key).await?.is_some() {
            continue;
        }
        let body = turn.key()?.seal(&json(event)?, &place(&kept.rail, &key))?;
        let early = payments::Event { event_key: key, body, ..kept.clone() };
        payments::keep_event(turn, &early, audit).await?;
    }
    Ok(None)
}

/// A payment was told of: was its money told to be back before?
pub(super) async fn paid(
    turn: &mut Turn,
    paid: &payments::Event,
    request: Option<&payments::Request>,
    audit: i64,
) -> Result<(), Halt> {
    let facility = turn.facility();
    let key = format!("{BEFORE}{}", paid.event_key);
    let found = payments::event(turn.connection(), &facility, &paid.rail, &key).await?;
    let Some(early) = found.filter(|early| early.request.is_none()) else { return Ok(()) };
    let event = Kept::read(&turn.key()?.open(&early.body, &place(&paid.rail, &key))?)?;
    case(turn, &early, memo(&event), request, audit).await?;
    let placed = payments::Event { request: request.map(|request| request.id), ..early };
    Ok(payments::keep_event(turn, &placed, audit).await?)
}

async fn request_of(turn: &mut Turn, paid: Option<&payments::Event>) -> Result<Option<payments::Request>, StoreError> {
    let facility = turn.facility();
    match paid.and_then(|paid| paid.request) {
        Some(id) => payments::find(turn.connection(), &facility, id).await,
        None => Ok(None),
    }
}

fn memo(event: &Kept) -> String {
    let Kept { kind, references, raw_code, amount, currency, .. } = event;
    format!("{kind} of {}, not asked for here: {raw_code}, {amount} {currency}", references.join(" "))
}
