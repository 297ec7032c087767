//! A small hospital whose records are made through the store's own face, on either database.

pub(crate) mod database;
pub(crate) mod story;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use vienphi_domain::{Actor, Moment, Role};
use vienphi_store::keys::MasterKey;
use vienphi_store::{Clock, Store};

use database::Place;

/// Its code.
pub(crate) const FACILITY: &str = "92114";

/// Somebody who works there.
pub(crate) fn actor(name: &str, role: Role) -> Arc<Actor> {
    Arc::new(Actor { facility: FACILITY.into(), name: name.into(), role })
}

/// A clock that is a second later each time it is asked.
pub(crate) fn clock() -> Clock {
    let now = AtomicI64::new(1_772_400_000_000_000);
    Arc::new(move || Moment::from_count(now.fetch_add(1_000_000, Ordering::Relaxed)))
}

impl Place {
    /// Opens the database with the key file of the tests.
    pub(crate) async fn open(&self) -> Store {
        let key = MasterKey::open_or_create(&self.key_file()).unwrap();
        Store::open(&self.url(), key, clock()).await.unwrap()
    }

    /// A database with everything that a hospital's day leaves in it.
    pub(crate) async fn with_story(&self) {
        story::tell(&self.open().await).await;
    }
}
