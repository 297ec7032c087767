//! A component admitted to the sandbox, and calls to it.

use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder, Trap};

use crate::answer::{BadAnswer, check};
use crate::contract::{Decision, Description, Refusal, Rule, Visit};
use crate::exports::Exports;
use crate::limits::Limits;
use crate::sandbox::MILLIS_PER_EPOCH;

/// A tariff plugin, ready to be called.
pub struct Plugin {
    name: String,
    engine: Engine,
    pre: InstancePre<StoreLimits>,
    exports: Exports,
    limits: Limits,
    description: Description,
    rules: RuleBook,
}

/// The rules that a plugin describes, by number.
#[derive(Default)]
pub(crate) struct RuleBook {
    /// For each number one more than the rule's place in the description; 0 for none.
    places: Vec<u16>,
}

/// Rules are numbered below this.
const RULE_NUMBERS: u32 = 10_000;

impl RuleBook {
    fn of(rules: &[Rule]) -> Result<RuleBook, String> {
        let mut places = vec![0; RULE_NUMBERS as usize];
        for (place, rule) in (1..).zip(rules) {
            match places.get_mut(rule.id as usize) {
                None => return Err(format!("rule {} is not numbered below {RULE_NUMBERS}", rule.id)),
                Some(0) => places[rule.id as usize] = place,
                Some(_) => return Err(format!("two of its rules have number {}", rule.id)),
            }
        }
        Ok(RuleBook { places })
    }

    /// The rule's place in the description.
    pub(crate) fn place_of(&self, id: u32) -> Option<usize> {
        self.places.get(id as usize).and_then(|place| usize::from(*place).checked_sub(1))
    }
}

/// What a call answered and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The checked decision, or why there is none.
    pub decision: Result<Decision, Refusal>,
    /// Units of fuel; the same input costs the same.
    pub fuel: u64,
}

/// Why a plugin gave no usable answer. The visit is for a person to look at; the host and its other calls go on.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It does not compile, link or describe itself.
    #[error("plugin {plugin} is not admitted: {reason}")]
    NotAdmitted {
        /// Which.
        plugin: String,
        /// Why.
        reason: String,
    },
    /// It used up its fuel: a loop, most likely.
    #[error("plugin {plugin} used up its {limit} units of fuel")]
    OutOfFuel {
        /// Which.
        plugin: String,
        /// What it had.
        limit: u64,
    },
    /// It ran into the wall-clock backstop. Not a property of the visit: the call may be tried again.
    #[error("plugin {plugin} took longer than its wall-clock limit")]
    OutOfTime {
        /// Which.
        plugin: String,
    },
    /// It asked for more memory than it may have.
    #[error("plugin {plugin} asked for more than its {limit} bytes of memory")]
    OutOfMemory {
        /// Which.
        plugin: String,
        /// What it may have.
        limit: usize,
    },
    /// It answered more than it may.
    #[error("plugin {plugin} answered more than its {limit} bytes")]
    TooMuchAnswer {
        /// Which.
        plugin: String,
        /// What it may answer.
        limit: usize,
    },
    /// It trapped or broke the contract's encoding.
    #[error("plugin {plugin} failed: {reason}")]
    Trapped {
        /// Which.
        plugin: String,
        /// How.
        reason: String,
    },
    /// It answered something that can not be an answer to the question.
    #[error("plugin {plugin} answered nonsense: {bad}")]
    Nonsense {
        /// Which.
        plugin: String,
        /// What was wrong.
        bad: BadAnswer,
    },
}

/// One instance with its store.
struct Instance {
    store: Store<StoreLimits>,
    instance: wasmtime::component::Instance,
}

impl Plugin {
    pub(crate) fn admit(
        name: &str,
        engine: Engine,
        pre: InstancePre<StoreLimits>,
        limits: Limits,
    ) -> Result<Plugin, PluginError> {
        let not_admitted = |reason| PluginError::NotAdmitted { plugin: name.to_owned(), reason };
        let exports = Exports::of(&pre).map_err(not_admitted)?;
        let mut plugin = Plugin {
            name: name.to_owned(),
            engine,
            pre,
            exports,
            limits,
            description: Description { name: String::new(), version: String::new(), rules: Vec::new() },
            rules: RuleBook::default(),
        };
        plugin.check_exports()?;
        let description = plugin.ask_description()?;
        plugin.rules = RuleBook::of(&description.rules).map_err(|reason| plugin.not_admitted(&reason))?;
        plugin.description = description;
        Ok(plugin)
    }

    /// The package's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the component says of itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// A rule by its number.
    pub fn rule(&self, id: u32) -> Option<&Rule> {
        self.description.rules.get(self.rules.place_of(id)?)
    }

    /// Decides one visit in a fresh instance.
    pub fn price(&self, visit: &Visit) -> Result<Answer, PluginError> {
        let visits = std::slice::from_ref(visit);
        let mut instance = self.instantiate(visits)?;
        self.call_price(&mut instance, visit)
    }

    /// Decides several visits in one fresh instance.
    pub fn price_batch(&self, visits: &[Visit]) -> Result<(Vec<Result<Decision, Refusal>>, u64), PluginError> {
        let mut instance = self.instantiate(visits)?;
        let fuel = self.limits.fuel_for(visits);
        let decisions = self
            .exports
            .price_batch(&instance.instance, &mut instance.store, visits)
            .map_err(|error| self.failure(&error, visits))?;
        if decisions.len() != visits.len() {
            return Err(self.nonsense(BadAnswer::WrongCount { asked: visits.len(), answered: decisions.len() }));
        }
        for (decision, visit) in decisions.iter().zip(visits) {
            if let Ok(decision) = decision {
                check(visit, decision, &self.rules).map_err(|bad| self.nonsense(bad))?;
            }
        }
        Ok((decisions, self.fuel_used(&instance, fuel)))
    }

    /// An instance that is kept for several calls. Only for measuring what freshness costs.
    pub fn warm(&self) -> Result<WarmPlugin<'_>, PluginError> {
        Ok(WarmPlugin { plugin: self, instance: self.instantiate(&[])? })
    }

    fn call_price(&self, instance: &mut Instance, visit: &Visit) -> Result<Answer, PluginError> {
        let visits = std::slice::from_ref(visit);
        let fuel = self.limits.fuel_for(visits);
        let decision = self
            .exports
            .price(&instance.instance, &mut instance.store, visit)
            .map_err(|error| self.failure(&error, visits))?;
        if let Ok(decision) = &decision {
            check(visit, decision, &self.rules).map_err(|bad| self.nonsense(bad))?;
        }
        Ok(Answer { decision, fuel: self.fuel_used(instance, fuel) })
    }

    /// Are the exports of the types that every later call takes them to be?
    fn check_exports(&self) -> Result<(), PluginError> {
        let mut instance = self.instantiate(&[]).map_err(|error| self.not_admitted(&error.to_string()))?;
        self.exports
            .check_types(&instance.instance, &mut instance.store)
            .map_err(|error| self.not_admitted(&format!("{error:#}")))
    }

    fn ask_description(&self) -> Result<Description, PluginError> {
        let mut instance = self.instantiate(&[])?;
        self.exports
            .describe(&instance.instance, &mut instance.store)
            .map_err(|error| self.not_admitted(&self.failure(&error, &[]).to_string()))
    }

    fn instantiate(&self, visits: &[Visit]) -> Result<Instance, PluginError> {
        let limits = StoreLimitsBuilder::new()
            .memory_size(self.limits.memory_bytes)
            .instances(1)
            .memories(1)
            .tables(1)
            .trap_on_grow_failure(true)
            .build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        self.refill(&mut store, visits)?;
        let instance = self.pre.instantiate(&mut store).map_err(|error| self.failure(&error, visits))?;
        Ok(Instance { store, instance })
    }

    /// Gives a store the limits of one call.
    fn refill(&self, store: &mut Store<StoreLimits>, visits: &[Visit]) -> Result<(), PluginError> {
        store.set_fuel(self.limits.fuel_for(visits)).map_err(|error| self.failure(&error, visits))?;
        store.set_epoch_deadline(self.limits.epochs_for(visits, MILLIS_PER_EPOCH));
        store.set_hostcall_fuel(self.limits.answer_bytes_for(visits));
        Ok(())
    }

    fn fuel_used(&self, instance: &Instance, given: u64) -> u64 {
        given.saturating_sub(instance.store.get_fuel().unwrap_or(given))
    }

    /// Names what stopped a call.
    fn failure(&self, error: &wasmtime::Error, visits: &[Visit]) -> PluginError {
        let plugin = self.name.clone();
        let chain = format!("{error:#}");
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => PluginError::OutOfFuel { plugin, limit: self.limits.fuel_for(visits) },
            Some(Trap::Interrupt) => PluginError::OutOfTime { plugin },
            Some(trap) => PluginError::Trapped { plugin, reason: trap.to_string() },
            // Neither of these has a type of its own.
            None if chain.contains("forcing trap when growing") => {
                PluginError::OutOfMemory { plugin, limit: self.limits.memory_bytes }
            }
            None if chain.contains("fuel allocated for hostcalls") => {
                PluginError::TooMuchAnswer { plugin, limit: self.limits.answer_bytes_for(visits) }
            }
            None => PluginError::Trapped { plugin, reason: chain },
        }
    }

    fn not_admitted(&self, reason: &str) -> PluginError {
        PluginError::NotAdmitted { plugin: self.name.clone(), reason: reason.to_owned() }
    }

    fn nonsense(&self, bad: BadAnswer) -> PluginError {
        PluginError::Nonsense { plugin: self.name.clone(), bad }
    }
}

/// An instance that is kept for several calls.
pub struct WarmPlugin<'p> {
    plugin: &'p Plugin,
    instance: Instance,
}

impl WarmPlugin<'_> {
    /// Decides one visit in the kept instance.
    pub fn price(&mut self, visit: &Visit) -> Result<Answer, PluginError> {
        self.plugin.refill(&mut self.instance.store, std::slice::from_ref(visit))?;
        self.plugin.call_price(&mut self.instance, visit)
    }
}
