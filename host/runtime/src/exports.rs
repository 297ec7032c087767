//! The functions of the tariff world in one component.
//!
//! Their types belong to the component, not to an instance of it, so they are checked once, at admission; checking them
//! for each fresh instance would cost a tenth of a call.

use wasmtime::StoreLimits;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};

use crate::contract::{Decision, Description, Refusal, Visit};

type Store = wasmtime::Store<StoreLimits>;
type Decided = Result<Decision, Refusal>;

/// Where the world's functions stand among a component's exports.
pub(crate) struct Exports {
    describe: ComponentExportIndex,
    price: ComponentExportIndex,
    price_batch: ComponentExportIndex,
}

impl Exports {
    /// Finds them by name.
    pub(crate) fn of(pre: &InstancePre<StoreLimits>) -> Result<Exports, String> {
        let find = |name: &str| {
            let missing = || format!("it does not export `{name}`, which the tariff world asks for");
            pre.component().get_export_index(None, name).ok_or_else(missing)
        };
        Ok(Exports { describe: find("describe")?, price: find("price")?, price_batch: find("price-batch")? })
    }

    /// Are they of the world's types?
    pub(crate) fn check_types(&self, instance: &Instance, store: &mut Store) -> wasmtime::Result<()> {
        instance.get_typed_func::<(), (Description,)>(&mut *store, &self.describe)?;
        instance.get_typed_func::<(&Visit,), (Decided,)>(&mut *store, &self.price)?;
        instance.get_typed_func::<(&[Visit],), (Vec<Decided>,)>(&mut *store, &self.price_batch)?;
        Ok(())
    }

    pub(crate) fn describe(&self, instance: &Instance, store: &mut Store) -> wasmtime::Result<Description> {
        let (description,) = typed::<(), (Description,)>(instance, store, &self.describe)?.call(store, ())?;
        Ok(description)
    }

    pub(crate) fn price(&self, instance: &Instance, store: &mut Store, visit: &Visit) -> wasmtime::Result<Decided> {
        let (decided,) = typed::<(&Visit,), (Decided,)>(instance, store, &self.price)?.call(store, (visit,))?;
        Ok(decided)
    }

    pub(crate) fn price_batch(
        &self,
        instance: &Instance,
        store: &mut Store,
        visits: &[Visit],
    ) -> wasmtime::Result<Vec<Decided>> {
        let (decided,) =
            typed::<(&[Visit],), (Vec<Decided>,)>(instance, store, &self.price_batch)?.call(store, (visits,))?;
        Ok(decided)
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
