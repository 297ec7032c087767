//! Version 0.1.0 of the contract: the types in [`crate::contract`] are its own.

use wasmtime::component::Instance;

use super::{Decided, Exports, Store, Told, typed};
use crate::contract::Visit;

pub(super) fn check_types(exports: &Exports, instance: &Instance, store: &mut Store) -> wasmtime::Result<()> {
    instance.get_typed_func::<(&Visit,), (Decided,)>(&mut *store, &exports.price)?;
    instance.get_typed_func::<(&[&Visit],), (Vec<Decided>,)>(&mut *store, &exports.price_batch)?;
    Ok(())
}

pub(super) fn price(
    exports: &Exports,
    instance: &Instance,
    store: &mut Store,
    told: &Told,
) -> wasmtime::Result<Decided> {
    let (decided,) = typed::<(&Visit,), (Decided,)>(instance, store, &exports.price)?.call(store, (&told.visit,))?;
    Ok(decided)
}

pub(super) fn price_batch(
    exports: &Exports,
    instance: &Instance,
    store: &mut Store,
    told: &[Told],
) -> wasmtime::Result<Vec<Decided>> {
    let visits: Vec<&Visit> = told.iter().map(|told| &told.visit).collect();
    let function = typed::<(&[&Visit],), (Vec<Decided>,)>(instance, store, &exports.price_batch)?;
    let (decided,) = function.call(store, (&visits,))?;
    Ok(decided)
}
