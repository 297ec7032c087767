//! A facility of the demonstration: who works there, and how they do things at the desk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};
use simulators::Bank;
use vienphi_domain::{Actor, Role};
use vienphi_service::desk::{Answered, Halt, Sent};
use vienphi_service::{Desk, Pricer};

use super::clock::Clock;
use super::staff::{Crew, actor};

/// Nothing of a demonstration takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// What waits for another process looks again so soon.
const LOOK: Duration = Duration::from_millis(20);

/// A facility. Everything that happens there happens by the use cases that pages and programs call.
pub(super) struct House {
    pub(super) facility: &'static str,
    pub(super) desk: Arc<Desk>,
    pub(super) pricer: Arc<Pricer>,
    pub(super) clock: Arc<Clock>,
    pub(super) bank: Arc<Bank>,
    crew: Crew,
    keys: AtomicU32,
}

impl House {
    pub(super) fn new(
        (facility, crew): (&'static str, Crew),
        desk: &Arc<Desk>,
        pricer: &Arc<Pricer>,
        clock: &Arc<Clock>,
        bank: Bank,
    ) -> House {
        House {
            facility,
            desk: Arc::clone(desk),
            pricer: Arc::clone(pricer),
            clock: Arc::clone(clock),
            bank: Arc::new(bank),
            crew,
            keys: AtomicU32::new(1),
        }
    }

    /// The first of a role.
    pub(super) fn one(&self, role: Role) -> Arc<Actor> {
        self.all(role).next().unwrap_or_else(|| actor(self.facility, "demo", role))
    }

    /// Everybody of a role.
    pub(super) fn all(&self, role: Role) -> impl Iterator<Item = Arc<Actor>> {
        let of_role = self.crew.iter().filter(move |(_, known)| *known == role);
        of_role.map(|(name, role)| actor(self.facility, name, *role))
    }

    /// Does a command, under a key of its own.
    pub(super) async fn once<F>(&self, body: &Value, command: F) -> Result<Value, String>
    where
        F: AsyncFnOnce(Sent<'_>) -> Result<Answered, Halt>,
    {
        let (key, body) = (format!("demo-{}", self.keys.fetch_add(1, Ordering::Relaxed)), body.to_string());
        let answered = command(Sent { key: &key, route: "demo", document: body.as_bytes() }).await.map_err(words)?;
        let value: Value = serde_json::from_slice(&answered.body).map_err(|error| error.to_string())?;
        if answered.status < 300 { Ok(value) } else { Err(value.to_string()) }
    }

    /// What was asked for is decided by the director.
    pub(super) async fn decide(&self, asked: &Value) -> Result<(), String> {
        let (director, id) = (self.one(Role::Director), asked["id"].to_string());
        self.once(&json!({}), async |sent| self.desk.decide(&director, sent, &id, true).await).await.map(drop)
    }

    /// What a patient owes and holds.
    pub(super) async fn account(&self, visit: &str) -> Result<Value, String> {
        shown(self.desk.account(&self.one(Role::Cashier), visit).await)
    }

    /// A request for payment, once it is so.
    pub(super) async fn request_when(&self, id: &Value, is_so: impl Fn(&Value) -> bool) -> Result<Value, String> {
        let (began, cashier, id) = (Instant::now(), self.one(Role::Cashier), id.to_string());
        loop {
            let request = shown(self.desk.payment_request(&cashier, &id).await)?;
            if is_so(&request) {
                return Ok(request);
            }
            wait(began, || format!("payment request {id} does not go on: {request}")).await?;
        }
    }
}

/// Waits a little, unless it was waited for long enough.
pub(super) async fn wait(began: Instant, why: impl FnOnce() -> String) -> Result<(), String> {
    if began.elapsed() > PATIENCE {
        return Err(why());
    }
    tokio::time::sleep(LOOK).await;
    Ok(())
}

/// What was read, as JSON shows it.
pub(super) fn shown<T: Serialize>(read: Result<T, Halt>) -> Result<Value, String> {
    serde_json::to_value(read.map_err(words)?).map_err(|error| error.to_string())
}

/// Why something was not done.
pub(super) fn words(halt: Halt) -> String {
    match halt {
        Halt::Refused(problem) => {
            let faults = problem.errors.iter().map(|fault| format!("; {} {}", fault.path, fault.message));
            format!("{}: {}{}", problem.title, problem.detail, faults.collect::<String>())
        }
        Halt::Failed(error) => error.to_string(),
    }
}

/// An amount in whole đồng as an answer has it.
pub(super) fn dong(answer: &Value, name: &str) -> i64 {
    let text = answer[name].as_str().unwrap_or_default();
    text.split('.').next().unwrap_or_default().parse().unwrap_or(0)
}

pub(super) fn text<'v>(answer: &'v Value, name: &str) -> &'v str {
    answer[name].as_str().unwrap_or_default()
}
