//! Claims of the visits of a database: one thread reads, all of them write.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use vienphi_claims::{Exported, NoClaim, ended_on, export};
use vienphi_store::documents::{self, OfVisit};
use vienphi_store::encounters::Scope;
use vienphi_store::keys::FacilityKey;
use vienphi_store::{Store, StoreError};

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
    /// It cannot be claimed, what is kept of it is damaged, or its file cannot be written.
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
            |Kept { visit, key }| (visit.encounter.clone(), one(args, facility, visit, &key)),
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
        let (page, key) = (page(&store, facility, scope, &after).await?, store.key(facility).await?);
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.encounter);
        for visit in page {
            if visits.send(Kept { visit, key: Arc::clone(&key) }).is_err() {
                return Ok(());
            }
        }
    }
}

fn one(args: &ExportArgs, facility: &str, visit: OfVisit, key: &FacilityKey) -> Made {
    let OfVisit { encounter: id, snapshot, statement } = visit;
    let failed = |error: &dyn std::fmt::Display| {
        complain(&format!("error: {id}: {error}"));
        Made::Failed(None)
    };
    let encounter = match snapshot.open(key) {
        Ok(encounter) => encounter,
        Err(error) => return failed(&error),
    };
    if let Some(Month(first, last)) = args.month {
        match ended_on(&encounter) {
            Ok(Some(day)) if (first..=last).contains(&day) => {}
            Ok(_) => return Made::Elsewhere,
            Err(error) => return failed(&error),
        }
    }
    let statement = match statement.open(key) {
        Ok(statement) => statement,
        Err(error) => return failed(&error),
    };
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
        Err(error) => failed(&error),
    }
}

/// A visit as it is kept, and what opens it.
struct Kept {
    visit: OfVisit,
    key: Arc<FacilityKey>,
}

async fn page(store: &Store, facility: &str, scope: &Scope, after: &str) -> Result<Vec<OfVisit>, StoreError> {
    documents::in_scope(&mut *store.reader().await?, facility, scope, after, PAGE).await
}
