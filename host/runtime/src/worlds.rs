//! The versions of the contract that this host speaks, one file each.
//!
//! A plugin is built for one version and goes on working when others are added. What is newest is told by [`Told`]; each
//! file here tells a plugin of its version as much of it as that version knows.

mod v0_1_0;
mod v0_2_0;

use wasmtime::StoreLimits;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};

use crate::contract::{Decision, Description, Refusal, Visit};

pub(crate) type Store = wasmtime::Store<StoreLimits>;
pub(crate) type Decided = Result<Decision, Refusal>;

/// The interface of the contract's types, without its version.
const TYPES: &str = "vienphi:tariff/types@";

/// That of payment plugins.
const RAIL_TYPES: &str = "vienphi:payment/types@";

/// The version of the world of payment plugins that this host speaks.
const RAIL_VERSION: &str = "0.1.0";

/// What a component was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    Tariff(Contract),
    Rail,
}

impl World {
    /// The world whose types an import names; `None` for any other import.
    pub(crate) fn of_import(name: &str) -> Option<Result<World, String>> {
        match name.strip_prefix(RAIL_TYPES) {
            Some(RAIL_VERSION) => Some(Ok(World::Rail)),
            Some(version) => Some(Err(format!(
                "is built for version {version} of the world of payments, but this host speaks {RAIL_VERSION}"
            ))),
            None => Contract::of_import(name).map(|contract| contract.map(World::Tariff)),
        }
    }

    /// The version as it is written.
    pub(crate) fn version(self) -> &'static str {
        match self {
            World::Tariff(contract) => contract.version(),
            World::Rail => RAIL_VERSION,
        }
    }
}

/// A visit as the newest version of the contract tells it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Told {
    /// What every version tells.
    pub visit: Visit,
    /// The patient came in by the emergency department (from 0.2.0).
    pub via_emergency: bool,
}

/// A version of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contract {
    /// 0.1.0.
    V0_1_0,
    /// 0.2.0, a draft.
    V0_2_0,
}

impl Contract {
    const ALL: [(Contract, &str); 2] = [(Contract::V0_1_0, "0.1.0"), (Contract::V0_2_0, "0.2.0")];

    /// The version as it is written.
    pub fn version(self) -> &'static str {
        Contract::ALL.iter().find(|(contract, _)| *contract == self).map_or("", |(_, version)| version)
    }

    /// The version that an import of the contract's types names; `None` for any other import.
    pub(crate) fn of_import(name: &str) -> Option<Result<Contract, String>> {
        let version = name.strip_prefix(TYPES)?;
        if let Some((contract, _)) = Contract::ALL.iter().find(|(_, known)| *known == version) {
            return Some(Ok(*contract));
        }
        let spoken: Vec<&str> = Contract::ALL.iter().map(|(_, known)| *known).collect();
        let newest = Contract::ALL.iter().filter_map(|(_, known)| numbers(known)).max();
        let spoken = spoken.join(" and ");
        Some(Err(match numbers(version) {
            Some(asked) if Some(asked) > newest => format!("needs host >= {version}: this host speaks {spoken}"),
            _ => format!("is built for version {version} of the contract, but this host speaks {spoken}"),
        }))
    }
}

fn numbers(version: &str) -> Option<[u32; 3]> {
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// A plugin's functions.
pub(crate) struct Exports {
    contract: Contract,
    describe: ComponentExportIndex,
    price: ComponentExportIndex,
    price_batch: ComponentExportIndex,
}

impl Exports {
    /// Finds them by name.
    pub(crate) fn of(contract: Contract, pre: &InstancePre<StoreLimits>) -> Result<Exports, String> {
        let find = |name: &str| {
            let missing = || format!("it does not export `{name}`, which the tariff world asks for");
            pre.component().get_export_index(None, name).ok_or_else(missing)
        };
        Ok(Exports { contract, describe: find("describe")?, price: find("price")?, price_batch: find("price-batch")? })
    }

    pub(crate) fn contract(&self) -> Contract {
        self.contract
    }

    /// Are they of the world's types?
    ///
    /// Types belong to the component, not to an instance of it, so they are checked once, at admission; checking them
    /// for each fresh instance would cost a tenth of a call.
    pub(crate) fn check_types(&self, instance: &Instance, store: &mut Store) -> wasmtime::Result<()> {
        instance.get_typed_func::<(), (Description,)>(&mut *store, &self.describe)?;
        match self.contract {
            Contract::V0_1_0 => v0_1_0::check_types(self, instance, store),
            Contract::V0_2_0 => v0_2_0::check_types(self, instance, store),
        }
    }

    pub(crate) fn describe(&self, instance: &Instance, store: &mut Store) -> wasmtime::Result<Description> {
        let (description,) = typed::<(), (Description,)>(instance, store, &self.describe)?.call(store, ())?;
        Ok(description)
    }

    pub(crate) fn price(&self, instance: &Instance, store: &mut Store, told: &Told) -> wasmtime::Result<Decided> {
        match self.contract {
            Contract::V0_1_0 => v0_1_0::price(self, instance, store, told),
            Contract::V0_2_0 => v0_2_0::price(self, instance, store, told),
        }
    }

    pub(crate) fn price_batch(
        &self,
        instance: &Instance,
        store: &mut Store,
        told: &[Told],
    ) -> wasmtime::Result<Vec<Decided>> {
        match self.contract {
            Contract::V0_1_0 => v0_1_0::price_batch(self, instance, store, told),
            Contract::V0_2_0 => v0_2_0::price_batch(self, instance, store, told),
        }
    }
}

/// One of the functions, which `check_types` has found to be of these types.
#[allow(unsafe_code)]
fn typed<Params, Results>(
    instance: &Instance,
    store: &mut Store,
    export: &ComponentExportIndex,
) -> wasmtime::Result<TypedFunc<Params, Results>>
where
    Params: ComponentNamedList + Lower,
    Results: ComponentNamedList + Lift,
{
    let function = instance.get_func(store, export).ok_or_else(|| wasmtime::format_err!("not a function"))?;
    // SAFETY: `Plugin::admit` does not make a plugin before `check_types` has checked this export of the same component
    // against these types.
    Ok(unsafe { TypedFunc::new_unchecked(function) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_newer_than_the_host_says_which_host_it_needs() {
        let of = |version: &str| Contract::of_import(&format!("{TYPES}{version}")).unwrap();
        assert_eq!(of("0.1.0"), Ok(Contract::V0_1_0));
        assert_eq!(of("0.2.0"), Ok(Contract::V0_2_0));
        for newer in ["0.2.1", "0.3.0", "1.0.0"] {
            assert!(of(newer).unwrap_err().starts_with(&format!("needs host >= {newer}")), "{newer}");
        }
        for other in ["0.0.9", "0.1.5", "x"] {
            assert!(of(other).unwrap_err().contains("is built for version"), "{other}");
        }
        assert_eq!(Contract::of_import("wasi:clocks/monotonic-clock@0.2.0"), None);
    }
}
