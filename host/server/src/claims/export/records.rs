//! Claims of the visits of a database: one thread reads, all of them write.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, sync_channel};

use vienphi_claims::{Exported, NoClaim, export};
use vienphi_domain::{Digest, Encounter};
use vienphi_store::encounters::{self, Scope};
use vienphi_store::{Store, StoreError, documents};

use super::{ExportArgs, Into, Month, save_one};
use crate::database::Opening;
use crate::in_order::in_order;
use crate::output::{Ended, complain};
use crate::records::with;

/// Visits read at once.
const PAGE: i64 = 200;

/// Visits that were read and wait to be written.
const WAITING: usize = 256;

/// What became of a visit.
enum Made {
    /// It ended in another month.
    Elsewhere,
    /// It has not ended.
    Open,
    /// It cannot be claimed, or its file cannot be written.
    Failed(Option<Ended>),
    /// Its file is written, without these tables.
    Saved(Vec<u8>),
    /// It goes into the file of all.
    ForAll(Box<Exported>),
}

/// Writes the claims of the visits that are wanted.
pub(super) fn write(into: &mut Into<'_>) -> Result<(), Ended> {
    let args = into.args;
    let facility = args.facility.clone().unwrap_or_default();
    if args.month.is_none() && args.ids.is_empty() {
        complain("error: name visits, or a month with --month 2026-03");
        return Err(Ended::BadInput);
    }
    let scope = Scope {
        ids: args.ids.clone(),
        arrived_to: args.month.map_or_else(|| "9999-12-31".to_owned(), |Month(_, last)| last.to_string()),
        ..Scope::default()
    };
    let mut found = BTreeSet::new();
    let mut ended = Ok(());
    let read = std::thread::scope(|threads| {
        let (send, visits) = sync_channel::<Kept>(WAITING);
        let (facility, scope) = (&facility, &scope);
        let reading = threads.spawn(move || with(read(args, facility, scope, &send)));
        in_order(
            visits.into_iter(),
            |visit| (visit.id.clone(), one(args, facility, visit)),
            |(id, made)| {
                ended = into.note(facility, &id, made);
                found.insert(id);
                if ended.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            },
        );
        // A thread that ended in a panic has said so on its own.
        reading.join().unwrap_or(Err(Ended::BadInput))
    });
    ended.and(read)?;
    for missing in args.ids.iter().filter(|id| !found.contains(*id)) {
        complain(&format!("error: facility {facility} has no visit {missing:?}"));
        into.written.failed += 1;
    }
    Ok(())
}

impl Into<'_> {
    fn note(&mut self, facility: &str, id: &str, made: Made) -> Result<(), Ended> {
        match made {
            Made::Elsewhere => {}
            Made::Open => self.written.open += 1,
            Made::Failed(None) => self.written.failed += 1,
            Made::Failed(Some(ended)) => return Err(ended),
            Made::Saved(left_out) => self.count(&left_out),
            Made::ForAll(exported) => self.put_together(facility, id, *exported)?,
        }
        Ok(())
    }
}

/// Reads the visits in the order of their ids, until nobody wants more.
async fn read(args: &ExportArgs, facility: &str, scope: &Scope, visits: &SyncSender<Kept>) -> Result<(), StoreError> {
    let store = args.database.open(Opening::AsItIs).await?;
    let mut after = String::new();
    loop {
        let page = page(&store, facility, scope, &after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        for visit in page {
            if visits.send(visit).is_err() {
                return Ok(());
            }
        }
    }
}

fn one(args: &ExportArgs, facility: &str, visit: Kept) -> Made {
    let Kept { id, encounter, statement } = visit;
    if let Some(Month(first, last)) = args.month {
        let ended = Encounter::read(&encounter).encounter.and_then(|read| read.visit.discharged_at);
        if !ended.is_some_and(|minute| (first..=last).contains(&minute.day())) {
            return Made::Elsewhere;
        }
    }
    match export(&encounter, &statement) {
        Ok(exported) if args.many => Made::ForAll(Box::new(exported)),
        Ok(exported) => {
            let left_out = exported.left_out.clone();
            match save_one(args, facility, &id, exported) {
                Ok(()) => Made::Saved(left_out),
                Err(ended) => Made::Failed(Some(ended)),
            }
        }
        Err(NoClaim::Open) => Made::Open,
        Err(error) => {
            complain(&format!("error: {id}: {error}"));
            Made::Failed(None)
        }
    }
}

/// A visit as it is kept: its last document and the statement that was made of it.
struct Kept {
    id: String,
    encounter: Vec<u8>,
    statement: Vec<u8>,
}

async fn page(store: &Store, facility: &str, scope: &Scope, after: &str) -> Result<Vec<Kept>, StoreError> {
    let key = store.key(facility).await?;
    let mut connection = store.reader().await?;
    let rows = encounters::in_scope(&mut connection, facility, scope, after, PAGE).await?;
    let mut page = Vec::with_capacity(rows.len());
    for row in rows {
        let mut document = async |digest: &[u8]| {
            let digest = <[u8; 32]>::try_from(digest).map(Digest::from_bytes);
            let digest = digest.map_err(|_| StoreError::Damaged("a digest does not have 32 bytes".into()))?;
            documents::find(&mut connection, &key, facility, &row.id, &digest).await
        };
        let encounter = document(&row.snapshot).await?;
        let statement = document(&row.statement).await?;
        page.push(Kept { id: row.id.clone(), encounter, statement });
    }
    Ok(page)
}
