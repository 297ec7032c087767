//! The policies of the repository, and what is refused in their place.

use std::collections::BTreeMap;

use vienphi_domain::{Action, Actor, Role};

use crate::{About, Access, Decision};

mod broken;
mod log;
mod owners;
mod scopes;
mod table;

const HERE: &str = "79001";
const ME: &str = "an";
const OTHER: &str = "binh";

type Files = BTreeMap<String, Vec<u8>>;

/// The files of `policies/access`.
fn files() -> Files {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/access");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

/// Access by them.
fn access() -> Access {
    Access::read(&files()).unwrap()
}

fn actor(role: Role) -> Actor {
    Actor { facility: HERE.into(), name: ME.into(), role }
}

/// A refund that somebody else asked for in a shift that is open.
fn neutral() -> About<'static> {
    About { facility: HERE, made_by: Some(OTHER), in_open_shift: true, kind: Some("refund") }
}

/// Every role with every action.
fn pairs() -> impl Iterator<Item = (Role, Action)> {
    Role::WORDS.iter().flat_map(|(_, role)| Action::WORDS.iter().map(|(_, action)| (*role, *action)))
}

fn decide(access: &Access, role: Role, action: Action, about: &About<'_>) -> Decision {
    access.decide(&actor(role), action, about)
}

#[test]
fn access_is_one_for_all_threads() {
    fn is_for_all<T: Send + Sync>() {}
    is_for_all::<Access>();
}
