//! Who works at the facilities of the demonstration.

use std::sync::Arc;

use vienphi_domain::{Actor, Role};
use vienphi_service::desk::people;
use vienphi_store::Store;

use super::house::words;

/// Names at a facility, and what each is there. The first of a role does what is done in it.
pub(super) type Crew = &'static [(&'static str, Role)];

/// A hospital: two at the counter, so that one can stand in for the other.
pub(super) const OF_HOSPITAL: Crew = &[
    ("an", Role::Cashier),
    ("binh", Role::Cashier),
    ("chi", Role::CashSupervisor),
    ("dung", Role::Director),
    ("giang", Role::ClaimsOfficer),
    ("phuong", Role::PriceOfficer),
    ("minh", Role::Administrator),
    ("nga", Role::Auditor),
    ("his", Role::His),
];

/// A commune's health station: the head decides.
pub(super) const OF_STATION: Crew = &[
    ("lan", Role::Cashier),
    ("tam", Role::Director),
    ("uyen", Role::ClaimsOfficer),
    ("quyen", Role::Administrator),
    ("his", Role::His),
];

/// Somebody who works there.
pub(super) struct Member {
    pub(super) facility: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) password: String,
    pub(super) token: String,
}

/// Gives everybody a token and a password, which need not be changed.
pub(super) async fn hire(store: &Store, facility: &'static str, crew: Crew) -> Result<Vec<Member>, String> {
    let by = actor(facility, "demo", Role::Administrator);
    let mut staff = Vec::with_capacity(crew.len());
    for &(name, role) in crew {
        let token = store.create_token("demo", &actor(facility, name, role), None).await;
        let token = token.map_err(|error| error.to_string())?;
        let password = people::make(store, &by, name, role, false).await.map_err(words)?;
        staff.push(Member { facility, name, role, password, token });
    }
    Ok(staff)
}

pub(super) fn actor(facility: &str, name: &str, role: Role) -> Arc<Actor> {
    Arc::new(Actor { facility: facility.into(), name: name.into(), role })
}
