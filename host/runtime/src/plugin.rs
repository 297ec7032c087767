//! A component admitted to the sandbox, and calls to it.

use vienphi_domain::Digest;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store, StoreLimits};

use crate::answer::{BadAnswer, check};
use crate::contract::{Decision, Description, Refusal, Rule};
use crate::error::{Given, Misdeed, PluginError};
use crate::limits::CallLimits;
use crate::sandbox::{MILLIS_PER_EPOCH, store_within};
use crate::worlds::{Contract, Exports, Told};

/// A tariff plugin, ready to be called.
pub struct Plugin {
    name: String,
    digest: Digest,
    engine: Engine,
    pre: InstancePre<StoreLimits>,
    exports: Exports,
    limits: CallLimits,
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

/// One instance with its store.
struct Instance {
    store: Store<StoreLimits>,
    instance: wasmtime::component::Instance,
}

impl Plugin {
    pub(crate) fn admit(
        name: &str,
        digest: Digest,
        engine: Engine,
        contract: Contract,
        pre: InstancePre<StoreLimits>,
        limits: CallLimits,
    ) -> Result<Plugin, PluginError> {
        let not_admitted = |reason| not_admitted(name, digest, reason);
        let exports = Exports::of(contract, &pre).map_err(not_admitted)?;
        let mut plugin = Plugin {
            name: name.to_owned(),
            digest,
            engine,
            pre,
            exports,
            limits,
            description: Description { name: String::new(), version: String::new(), rules: Vec::new() },
            rules: RuleBook::default(),
        };
        // What stopped it, and the fuel it had used by then, are what its author needs.
        let stopped = |error: PluginError| PluginError { why: Misdeed::NotAdmitted(error.why.to_string()), ..error };
        let mut instance = plugin.instantiate(&[]).map_err(stopped)?;
        plugin
            .exports
            .check_types(&instance.instance, &mut instance.store)
            .map_err(|error| not_admitted(format!("{error:#}")))?;
        let described = plugin.exports.describe(&instance.instance, &mut instance.store);
        let description = described.map_err(|error| stopped(plugin.failure(&error, &instance.store, &[])))?;
        plugin.rules = RuleBook::of(&description.rules).map_err(not_admitted)?;
        plugin.description = description;
        Ok(plugin)
    }

    /// The package's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The version of the contract it is built for.
    pub fn contract(&self) -> Contract {
        self.exports.contract()
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
    pub fn price(&self, told: &Told) -> Result<Answer, PluginError> {
        let visits = std::slice::from_ref(told);
        let mut instance = self.instantiate(visits)?;
        self.call_price(&mut instance, told)
    }

    /// Did an answer cost a great part of what a call about this visit may? Rules of the SDK use a fiftieth.
    pub fn is_costly(&self, told: &Told, answer: &Answer) -> bool {
        answer.fuel > self.limits.fuel_for(std::slice::from_ref(told)) / 4
    }

    /// Decides several visits in one fresh instance.
    pub fn price_batch(&self, visits: &[Told]) -> Result<(Vec<Result<Decision, Refusal>>, u64), PluginError> {
        let mut instance = self.instantiate(visits)?;
        let fuel = self.limits.fuel_for(visits);
        let decisions = self
            .exports
            .price_batch(&instance.instance, &mut instance.store, visits)
            .map_err(|error| self.failure(&error, &instance.store, visits))?;
        let fuel = self.fuel_used(&instance.store, fuel);
        if decisions.len() != visits.len() {
            return Err(self.nonsense(BadAnswer::WrongCount { asked: visits.len(), answered: decisions.len() }, fuel));
        }
        for (decision, told) in decisions.iter().zip(visits) {
            check(&told.visit, decision, &self.rules).map_err(|bad| self.nonsense(bad, fuel))?;
        }
        Ok((decisions, fuel))
    }

    /// An instance that is kept for several calls. Only for measuring what freshness costs.
    pub fn warm(&self) -> Result<WarmPlugin<'_>, PluginError> {
        Ok(WarmPlugin { plugin: self, instance: self.instantiate(&[])? })
    }

    fn call_price(&self, instance: &mut Instance, told: &Told) -> Result<Answer, PluginError> {
        let visits = std::slice::from_ref(told);
        let fuel = self.limits.fuel_for(visits);
        let decision = self
            .exports
            .price(&instance.instance, &mut instance.store, told)
            .map_err(|error| self.failure(&error, &instance.store, visits))?;
        let fuel = self.fuel_used(&instance.store, fuel);
        check(&told.visit, &decision, &self.rules).map_err(|bad| self.nonsense(bad, fuel))?;
        Ok(Answer { decision, fuel })
    }

    fn instantiate(&self, visits: &[Told]) -> Result<Instance, PluginError> {
        let mut store = store_within(&self.engine, &self.limits);
        self.refill(&mut store, visits)?;
        match self.pre.instantiate(&mut store) {
            Ok(instance) => Ok(Instance { store, instance }),
            Err(error) => Err(self.failure(&error, &store, visits)),
        }
    }

    /// Gives a store the limits of one call.
    fn refill(&self, store: &mut Store<StoreLimits>, visits: &[Told]) -> Result<(), PluginError> {
        store.set_fuel(self.limits.fuel_for(visits)).map_err(|error| self.failure(&error, store, visits))?;
        store.set_epoch_deadline(self.limits.millis_for(visits) / MILLIS_PER_EPOCH + 1);
        store.set_hostcall_fuel(self.limits.answer_bytes_for(visits));
        Ok(())
    }

    fn fuel_used(&self, store: &Store<StoreLimits>, given: u64) -> u64 {
        given.saturating_sub(store.get_fuel().unwrap_or(given))
    }

    fn failure(&self, error: &wasmtime::Error, store: &Store<StoreLimits>, visits: &[Told]) -> PluginError {
        let given = Given {
            fuel: self.limits.fuel_for(visits),
            millis: self.limits.millis_for(visits),
            memory_bytes: self.limits.memory_bytes,
            table_entries: self.limits.table_entries,
            stack_bytes: self.limits.stack_bytes,
            answer_bytes: self.limits.answer_bytes_for(visits),
        };
        self.error(Misdeed::of(error, &given), self.fuel_used(store, given.fuel))
    }

    fn nonsense(&self, bad: BadAnswer, fuel: u64) -> PluginError {
        self.error(Misdeed::Nonsense(bad), fuel)
    }

    fn error(&self, why: Misdeed, fuel: u64) -> PluginError {
        PluginError { plugin: self.name.clone(), digest: self.digest, fuel, why }
    }
}

/// The error of a component that never became a plugin.
pub(crate) fn not_admitted(name: &str, digest: Digest, reason: String) -> PluginError {
    PluginError { plugin: name.to_owned(), digest, fuel: 0, why: Misdeed::NotAdmitted(reason) }
}

/// An instance that is kept for several calls.
pub struct WarmPlugin<'p> {
    plugin: &'p Plugin,
    instance: Instance,
}

impl WarmPlugin<'_> {
    /// Decides one visit in the kept instance.
    pub fn price(&mut self, told: &Told) -> Result<Answer, PluginError> {
        self.plugin.refill(&mut self.instance.store, std::slice::from_ref(told))?;
        self.plugin.call_price(&mut self.instance, told)
    }
}
