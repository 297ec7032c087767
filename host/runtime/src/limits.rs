//! What a call may use.

use crate::admission::Admission;
use crate::compile::CompileLimits;
use crate::contract::Visit;
use crate::worlds::Told;

/// What a plugin may consist of, and what a call of it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Of one call.
    pub call: CallLimits,
    /// Of the component.
    pub admission: Admission,
    /// Of compiling it.
    pub compile: CompileLimits,
}

/// Limits of one call, in proportion to the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallLimits {
    /// Fuel of any call; about one unit for each Wasm instruction.
    pub fuel: u64,
    /// Fuel for each line, bed segment and candidate price.
    pub fuel_per_item: u64,
    /// Fuel for each day of the stay, for each bed.
    pub fuel_per_bed_day: u64,
    /// Wall-clock milliseconds of any call; fuel stops a loop long before.
    pub millis: u64,
    /// Further milliseconds for each hundred lines and beds.
    pub millis_per_hundred_items: u64,
    /// Core instances, memories and tables, each: one module of its own needs one of each.
    pub core_instances: usize,
    /// Bytes of each linear memory.
    pub memory_bytes: usize,
    /// Entries of its tables.
    pub table_entries: usize,
    /// Bytes of the Wasm stack.
    pub stack_bytes: usize,
    /// Bytes that may come back from any call.
    pub answer_bytes: usize,
    /// Further bytes for each line and bed segment.
    pub answer_bytes_per_item: usize,
}

impl Limits {
    /// The limits of the tariff world.
    pub const TARIFF: Limits =
        Limits { call: CallLimits::TARIFF, admission: Admission::TARIFF, compile: CompileLimits::TARIFF };

    /// The limits of payment plugins.
    pub const RAIL: Limits = Limits {
        call: CallLimits {
            fuel: 5_000_000,
            fuel_per_bed_day: 1,
            answer_bytes: 128 * 1024,
            answer_bytes_per_item: 1024,
            ..CallLimits::TARIFF
        },
        admission: Admission { component_bytes: 1024 * 1024, floats: true, ..Admission::TARIFF },
        compile: CompileLimits::TARIFF,
    };

    /// Does a plugin's own limit stay within what the engine was made for?
    pub(crate) fn within(&self, world: &Limits) -> Result<(), String> {
        let engine = [
            ("core_instances", self.call.core_instances, world.call.core_instances),
            ("memory_bytes", self.call.memory_bytes, world.call.memory_bytes),
            ("table_entries", self.call.table_entries, world.call.table_entries),
        ];
        for (key, own, most) in engine {
            if own > most {
                return Err(format!("call.{key} may be at most the world's {most}, not {own}"));
            }
        }
        if self.call.stack_bytes != world.call.stack_bytes {
            return Err("call.stack_bytes is the same for every plugin of a world".into());
        }
        Ok(())
    }
}

impl CallLimits {
    /// The limits of the tariff world.
    pub const TARIFF: CallLimits = CallLimits {
        fuel: 1_000_000,
        fuel_per_item: 50_000,
        fuel_per_bed_day: 2_000,
        millis: 500,
        millis_per_hundred_items: 100,
        core_instances: 1,
        memory_bytes: 16 * 1024 * 1024,
        table_entries: 10_000,
        stack_bytes: 256 * 1024,
        answer_bytes: 64 * 1024,
        answer_bytes_per_item: 512,
    };

    /// The fuel of a call about these visits.
    pub(crate) fn fuel_for(&self, visits: &[Told]) -> u64 {
        let one = |visit: &Visit| {
            let items = count(visit.line_count() + visit.segments.len() + visit.candidate_count());
            let bed_days = count(visit.segments.len()).saturating_mul(stay_days(visit));
            self.fuel_per_item.saturating_mul(items).saturating_add(self.fuel_per_bed_day.saturating_mul(bed_days))
        };
        visits.iter().map(|told| one(&told.visit)).fold(self.fuel, u64::saturating_add)
    }

    /// The milliseconds of a call about these visits.
    pub(crate) fn millis_for(&self, visits: &[Told]) -> u64 {
        let items: u64 = visits.iter().map(|told| count(told.visit.line_count() + told.visit.segments.len())).sum();
        self.millis + self.millis_per_hundred_items * (items / 100)
    }

    /// How many bytes may come back.
    pub(crate) fn answer_bytes_for(&self, visits: &[Told]) -> usize {
        let one = |visit: &Visit| {
            // A bed may be answered day by day.
            let days = usize::try_from(stay_days(visit)).unwrap_or(usize::MAX).min(visit.segments.len() * 400);
            self.answer_bytes_per_item.saturating_mul(visit.line_count() + visit.segments.len() + days)
        };
        visits.iter().map(|told| one(&told.visit)).fold(self.answer_bytes, usize::saturating_add)
    }
}

fn stay_days(visit: &Visit) -> u64 {
    u64::try_from((visit.ended - visit.admitted) / (24 * 60) + 2).unwrap_or(0)
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
