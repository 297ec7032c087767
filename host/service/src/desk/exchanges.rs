//! What payment plugins were asked and answered is asked again: the same question has the same answer.

use vienphi_store::attempts::{self, Exchange};
use vienphi_store::{Halt, Store, StoreError};

use super::attempts::Call;
use super::reader;
use crate::rails::Rails;

/// What came of asking again.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Calls that were answered the same.
    pub same: u64,
    /// Calls of a component that is not loaded here.
    pub of_others: u64,
    /// Calls that were answered otherwise: facility, attempt and number.
    pub different: Vec<String>,
}

/// Calls of one look.
const PAGE: i64 = 500;

/// Asks every recorded call again.
pub async fn replay(store: &Store, rails: &Rails) -> Result<Replayed, Halt> {
    let mut replayed = Replayed::default();
    let (mut facility, mut attempt, mut number) = (String::new(), 0, 0);
    loop {
        let behind = (facility.as_str(), attempt, number);
        let page = attempts::all_exchanges(&mut *reader(store).await?, behind, PAGE).await?;
        for (code, exchange) in &page {
            replay_one(store, rails, code, exchange, &mut replayed).await?;
        }
        let Some((code, last)) = page.into_iter().next_back() else { return Ok(replayed) };
        (facility, attempt, number) = (code, last.attempt, last.number);
    }
}

async fn replay_one(
    store: &Store,
    rails: &Rails,
    facility: &str,
    exchange: &Exchange,
    replayed: &mut Replayed,
) -> Result<(), Halt> {
    let place = attempts::exchange_place(exchange.attempt, exchange.number);
    let plain = store.key(facility).await?.open(&exchange.body, &place)?;
    let call: Call = serde_json::from_slice(&plain)
        .map_err(|_| StoreError::Damaged(format!("{place} of {facility} cannot be read")))?;
    let Some((_, rail)) = rails.all().find(|(_, rail)| rail.digest().bytes()[..] == exchange.component[..]) else {
        replayed.of_others += 1;
        return Ok(());
    };
    let answer = match &call.input {
        None => rail.begin(&call.context),
        Some((state, input)) => rail.resume(&call.context, state, input),
    };
    match answer {
        Ok(answer) if answer == call.answer => replayed.same += 1,
        Ok(_) => replayed.different.push(format!("{facility}/{}/{}", exchange.attempt, exchange.number)),
        Err(error) => replayed.different.push(format!("{facility}/{}/{}: {error}", exchange.attempt, exchange.number)),
    }
    Ok(())
}
