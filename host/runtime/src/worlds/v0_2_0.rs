//! Version 0.2.0 of the contract, a draft: a visit says whether the patient came in by the emergency department. All
//! else is as in 0.1.0, and types of one shape are one type to the component model.

use wasmtime::component::{ComponentType, Instance, Lower};

use super::{Decided, Exports, Store, Told, typed};
use crate::contract::{Candidates, Ending, GivenRatio, Lines, Operated, PriorExam, Queued, Segment, UsedFor};

/// A visit in the order of this version's fields; it borrows what 0.1.0 tells too.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Visit<'t> {
    #[component(name = "visit-type")]
    visit_type: u32,
    inpatient: bool,
    arrived: i64,
    admitted: i64,
    ended: i64,
    open: bool,
    #[component(name = "via-emergency")]
    via_emergency: bool,
    ending: Ending,
    #[component(name = "supplies-ceiling")]
    supplies_ceiling: i64,
    lines: &'t Lines,
    operations: &'t [Operated],
    #[component(name = "given-ratios")]
    given_ratios: &'t [GivenRatio],
    queue: &'t [Queued],
    supplies: &'t [UsedFor],
    segments: &'t [Segment],
    candidates: &'t Candidates,
    #[component(name = "prior-exams")]
    prior_exams: &'t [PriorExam],
}

impl<'t> Visit<'t> {
    fn of(told: &'t Told) -> Visit<'t> {
        let visit = &told.visit;
        Visit {
            visit_type: visit.visit_type,
            inpatient: visit.inpatient,
            arrived: visit.arrived,
            admitted: visit.admitted,
            ended: visit.ended,
            open: visit.open,
            via_emergency: told.via_emergency,
            ending: visit.ending,
            supplies_ceiling: visit.supplies_ceiling,
            lines: &visit.lines,
            operations: &visit.operations,
            given_ratios: &visit.given_ratios,
            queue: &visit.queue,
            supplies: &visit.supplies,
            segments: &visit.segments,
            candidates: &visit.candidates,
            prior_exams: &visit.prior_exams,
        }
    }
}

pub(super) fn check_types(exports: &Exports, instance: &Instance, store: &mut Store) -> wasmtime::Result<()> {
    instance.get_typed_func::<(Visit<'_>,), (Decided,)>(&mut *store, &exports.price)?;
    instance.get_typed_func::<(&[Visit<'_>],), (Vec<Decided>,)>(&mut *store, &exports.price_batch)?;
    Ok(())
}

pub(super) fn price(
    exports: &Exports,
    instance: &Instance,
    store: &mut Store,
    told: &Told,
) -> wasmtime::Result<Decided> {
    let function = typed::<(Visit<'_>,), (Decided,)>(instance, store, &exports.price)?;
    let (decided,) = function.call(store, (Visit::of(told),))?;
    Ok(decided)
}

pub(super) fn price_batch(
    exports: &Exports,
    instance: &Instance,
    store: &mut Store,
    told: &[Told],
) -> wasmtime::Result<Vec<Decided>> {
    let visits: Vec<Visit<'_>> = told.iter().map(Visit::of).collect();
    let function = typed::<(&[Visit<'_>],), (Vec<Decided>,)>(instance, store, &exports.price_batch)?;
    let (decided,) = function.call(store, (&visits,))?;
    Ok(decided)
}
