//! One wasmtime engine and its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vienphi_domain::Digest;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, StoreLimits,
    StoreLimitsBuilder,
};

use crate::cache::CompiledCache;
use crate::error::PluginError;
use crate::limits::{CallLimits, Limits};
use crate::plugin::{Plugin, not_admitted};
use crate::policy::SandboxPolicy;
use crate::rail::PluginRail;
use crate::worlds::{Contract, World};

/// How often the wall clock is looked at.
pub(crate) const MILLIS_PER_EPOCH: u64 = 10;

/// Instances at one time; calls are short, so a few for each processor are plenty.
const INSTANCES: u32 = 64;

/// How much of a used memory is cleared in place instead of being given back, where the kernel can not tell which
/// pages were written. More than a guest's stack and data.
const KEEP_RESIDENT: usize = 128 * 1024;

/// The same with `pagemap_scan`, which looks only at written pages.
const KEEP_RESIDENT_SCANNED: usize = 4 * 1024 * 1024;

/// An engine in which plugins run. One for each process.
pub struct Sandbox {
    engine: Engine,
    linker: Linker<StoreLimits>,
    policy: SandboxPolicy,
    cache: CompiledCache,
    digest: Digest,
    ticking: Arc<AtomicBool>,
}

/// Why the engine could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine could not be started: {0}")]
pub struct SandboxError(String);

impl Sandbox {
    /// Starts an engine with its wall clock. Compiled components are kept in `cache`.
    pub fn new(policy: SandboxPolicy, cache: CompiledCache) -> Result<Sandbox, SandboxError> {
        let engine = start_engine(&policy.world().call).map_err(|error| SandboxError(format!("{error:#}")))?;
        let ticking = Arc::new(AtomicBool::new(true));
        let (clock, goes_on) = (engine.weak(), Arc::clone(&ticking));
        std::thread::Builder::new()
            .name("sandbox-clock".into())
            .spawn(move || {
                while goes_on.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(MILLIS_PER_EPOCH));
                    match clock.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => break,
                    }
                }
            })
            .map_err(|error| SandboxError(error.to_string()))?;
        let linker = Linker::new(&engine);
        let digest = Digest::of(format!("wasmtime 48 cranelift; {policy:?}").as_bytes());
        Ok(Sandbox { engine, linker, policy, cache, digest, ticking })
    }

    /// Admits a component: has it looked at and compiled, or takes what was compiled before, and asks it to describe
    /// itself.
    pub fn load(&self, name: &str, component: &[u8]) -> Result<Plugin, PluginError> {
        let digest = Digest::of(component);
        let limits = self.policy.of(name);
        let prepared = self.compiled(&digest, component, &limits).and_then(|(contract, compiled)| {
            let pre = self.prepare(&compiled).map_err(|error| format!("{error:#}"))?;
            Ok((contract, pre))
        });
        let (contract, pre) = prepared.map_err(|reason| not_admitted(name, digest, reason))?;
        Plugin::admit(name, digest, self.engine.clone(), contract, pre, limits.call)
    }

    /// Admits a payment plugin, with limits of its own world.
    pub fn load_rail(&self, name: &str, component: &[u8], policy: &SandboxPolicy) -> Result<PluginRail, PluginError> {
        let digest = Digest::of(component);
        let limits = policy.of(name);
        let prepared = limits.within(self.policy.world()).and_then(|()| World::check_rail(component)).and_then(|()| {
            let kept = self.cache.kept(&self.engine, &digest, &limits.admission);
            let compiled = match kept {
                Some(kept) => kept,
                None => self.cache.compile(&self.engine, &digest, component, &limits)?,
            };
            self.prepare(&compiled).map_err(|error| format!("{error:#}"))
        });
        let pre = prepared.map_err(|reason| not_admitted(name, digest, reason))?;
        PluginRail::admit(name, digest, self.engine.clone(), pre, limits.call)
    }

    /// The compiled component. What is kept passed the same limits before.
    fn compiled(&self, digest: &Digest, component: &[u8], limits: &Limits) -> Result<(Contract, Component), String> {
        let compiled = match self.cache.kept(&self.engine, digest, &limits.admission) {
            Some(kept) => kept,
            None => self.cache.compile(&self.engine, digest, component, limits)?,
        };
        Ok((Contract::of_component(component)?, compiled))
    }

    /// No imports are offered: a component that wants any does not link.
    fn prepare(&self, component: &Component) -> wasmtime::Result<InstancePre<StoreLimits>> {
        self.linker.instantiate_pre(component)
    }

    /// What decides how much fuel an input costs: the engine's line and the limits.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.ticking.store(false, Ordering::Relaxed);
    }
}

/// A store for one instance, which grows no further than it may.
pub(crate) fn store_within(engine: &Engine, limits: &CallLimits) -> Store<StoreLimits> {
    let limits = StoreLimitsBuilder::new()
        .memory_size(limits.memory_bytes)
        .table_elements(limits.table_entries)
        .instances(limits.core_instances)
        .memories(limits.core_instances)
        .tables(limits.core_instances)
        .trap_on_grow_failure(true)
        .build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store
}

/// Tries the fastest settings first: not every kernel tells written pages, not every machine has the address space.
fn start_engine(limits: &CallLimits) -> wasmtime::Result<Engine> {
    let scanned = configure(limits, Some((Enabled::Yes, KEEP_RESIDENT_SCANNED)));
    Engine::new(&scanned)
        .or_else(|_| Engine::new(&configure(limits, Some((Enabled::No, KEEP_RESIDENT)))))
        .or_else(|_| Engine::new(&configure(limits, None)))
}

pub(crate) fn configure(limits: &CallLimits, pool: Option<(Enabled, usize)>) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack_bytes)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_simd(false)
        .wasm_tail_call(false)
        .wasm_extended_const(true)
        .wasm_memory64(false)
        .wasm_multi_memory(false);
    if let Some((pagemap_scan, keep_resident)) = pool {
        // A policy's number is far below any overflow.
        let each = u32::try_from(limits.core_instances).unwrap_or(1);
        let total = INSTANCES.saturating_mul(each);
        let mut pooling = PoolingAllocationConfig::new();
        pooling
            .total_component_instances(INSTANCES)
            .total_core_instances(total)
            .total_memories(total)
            .total_tables(total)
            .max_core_instances_per_component(each)
            .max_memories_per_component(each)
            .max_tables_per_component(each)
            .max_memory_size(limits.memory_bytes)
            .linear_memory_keep_resident(keep_resident)
            .table_keep_resident(keep_resident)
            .pagemap_scan(pagemap_scan);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling));
    }
    config
}
