//! Who looked at which patient's data. It is in the audit before anything is shown; whoever looks again within minutes is not
//! written down again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use vienphi_domain::{Action, Actor, Role};
use vienphi_store::{Change, Command, Halt, Turn};

use super::Desk;

/// Looking again within so long (ten minutes) is one look, in microseconds.
const ONE_LOOK: i64 = 600 * 1_000_000;

/// So many looks are remembered. One that is forgotten is written down again, which does no harm.
const REMEMBERED: usize = 50_000;

/// Facility, name and what was looked at.
type Look = (Box<str>, Box<str>, Box<str>);

/// Looks of the last minutes, with when they were.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<HashMap<Look, i64>>);

impl Looks {
    /// Was this looked at by the same person minutes ago?
    fn is_known(&self, look: &Look, now: i64) -> bool {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.get(look).is_some_and(|at| now - at < ONE_LOOK)
    }

    fn remember(&self, look: Look, now: i64) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= REMEMBERED {
            looks.retain(|_, at| now - *at < ONE_LOOK);
        }
        if looks.len() >= REMEMBERED {
            looks.clear();
        }
        looks.insert(look, now);
    }
}

/// Somebody looked at something.
struct Looked {
    action: Action,
    subject: Box<str>,
    reason: String,
}

impl Command for Looked {
    type Answer = ();

    async fn run(self, turn: &mut Turn) -> Result<(), Halt> {
        let Looked { action, subject, reason } = self;
        turn.audit(&Change { action, subject: &subject, reason: &reason, before: None, after: None })?;
        Ok(())
    }
}

impl Desk {
    /// Writes down that somebody looks at a patient's data, such as `encounter/L1`. The hospital's own software, which sent it, is
    /// not written down.
    pub(super) async fn looks_at(&self, actor: &Actor, action: Action, subject: &str) -> Result<(), Halt> {
        if actor.role == Role::His {
            return Ok(());
        }
        let now = self.store.now().count();
        let look = (actor.facility.clone(), actor.name.clone(), subject.into());
        if self.looks.is_known(&look, now) {
            return Ok(());
        }
        let looked = Looked { action, subject: subject.into(), reason: String::new() };
        self.store.write(&Arc::new(actor.clone()), looked).await?;
        self.looks.remember(look, now);
        Ok(())
    }

    /// Writes down that somebody looked for patients, and how many they were shown. What they typed is nobody's business.
    pub(super) async fn looked_for(&self, actor: &Actor, found: usize) -> Result<(), Halt> {
        if actor.role == Role::His || found == 0 {
            return Ok(());
        }
        let looked =
            Looked { action: Action::PatientRead, subject: "patients".into(), reason: format!("{found} found") };
        self.store.write(&Arc::new(actor.clone()), looked).await
    }
}
