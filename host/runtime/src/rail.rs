//! Payment rails: pure functions that say what is to be signed, sent or shown.
//!
//! A [`Rail`] is either a plugin ([`PluginRail`]) or a part of the product. Every call of a plugin runs in a fresh instance without imports, within the limits of `policies/sandbox/payment.toml`. What a plugin
//! may name, keys, endpoints, operations, is what its manifest says; the caller holds it to that.

use vienphi_domain::Digest;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store, StoreLimits};

use crate::error::{Given, Misdeed, PluginError};
use crate::limits::CallLimits;
use crate::plugin::not_admitted;
use crate::sandbox::{MILLIS_PER_EPOCH, store_within};

/// The world's types, generated from `sdk/wit`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/payment-0.1.0",
        world: "payment-provider",
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

use bindings::{PaymentProvider, PaymentProviderPre};

pub use bindings::vienphi::payment::types::*;

/// The most bytes of a plugin's own state.
pub const STATE_AT_MOST: usize = 4096;

/// A payment rail. The host asks it, and signs, proves and sends for it; it has no key, no socket and no clock.
pub trait Rail: Send + Sync {
    /// The package's name.
    fn name(&self) -> &str;

    /// SHA-256 of what answers: calls that are asked again later are asked of the same.
    fn digest(&self) -> &Digest;

    /// What it says of itself.
    fn manifest(&self) -> &Manifest;

    /// Begins an operation.
    fn begin(&self, context: &Context) -> Result<Progress, PluginError>;

    /// Goes on behind a step.
    fn resume(&self, context: &Context, state: &[u8], input: &Input) -> Result<Progress, PluginError>;

    /// What must hold before a message is believed.
    fn checks(&self, incoming: &Incoming) -> Result<Result<Vec<Vec<Check>>, String>, PluginError>;

    /// What a message tells; only to be asked when its checks held.
    fn accept(&self, incoming: &Incoming) -> Result<Result<Vec<Event>, String>, PluginError>;

    /// How the provider is answered.
    fn reply(&self, incoming: &Incoming, verdict: Verdict) -> Result<Reply, PluginError>;

    /// Reads a piece of a statement; `carry` is what is left of the piece before.
    fn parse_settlement(
        &self,
        chunk: &[u8],
        carry: &[u8],
        last: bool,
    ) -> Result<Result<Settlement, String>, PluginError>;

    /// A provider's code in words.
    fn explain(&self, raw_code: &str) -> Result<Explanation, PluginError>;
}

/// A payment plugin, ready to be called.
pub struct PluginRail {
    name: String,
    digest: Digest,
    engine: Engine,
    pre: PaymentProviderPre<StoreLimits>,
    limits: CallLimits,
    manifest: Manifest,
}

impl PluginRail {
    pub(crate) fn admit(
        name: &str,
        digest: Digest,
        engine: Engine,
        pre: InstancePre<StoreLimits>,
        limits: CallLimits,
    ) -> Result<PluginRail, PluginError> {
        let refused = |reason: String| not_admitted(name, digest, reason);
        let pre = PaymentProviderPre::new(pre).map_err(|error| refused(format!("{error:#}")))?;
        let manifest = Manifest {
            name: String::new(),
            version: String::new(),
            instructs: false,
            confirms: false,
            operations: Vec::new(),
            minimum: 0,
            maximum: 0,
            reference_length: 0,
            reference_alphabet: String::new(),
            keys: Vec::new(),
            settings: Vec::new(),
            endpoints: Vec::new(),
            tells_failures: false,
            notes: Vec::new(),
        };
        let mut rail = PluginRail { name: name.to_owned(), digest, engine, pre, limits, manifest };
        let described = rail.call(0, |plugin, store| plugin.call_describe(store));
        let stopped = |error: PluginError| PluginError { why: Misdeed::NotAdmitted(error.why.to_string()), ..error };
        rail.manifest = described.map_err(stopped)?;
        check(&rail.manifest).map_err(refused)?;
        Ok(rail)
    }

    /// One call in a fresh instance, with limits in proportion to the bytes that it is told.
    fn call<T>(
        &self,
        told: usize,
        work: impl FnOnce(&PaymentProvider, &mut Store<StoreLimits>) -> wasmtime::Result<T>,
    ) -> Result<T, PluginError> {
        let items = told / 256;
        let fuel = self.limits.fuel.saturating_add(self.limits.fuel_per_item.saturating_mul(items as u64));
        let answer_bytes =
            self.limits.answer_bytes.saturating_add(self.limits.answer_bytes_per_item.saturating_mul(items));
        let millis = self.limits.millis + self.limits.millis_per_hundred_items * (items as u64 / 100);
        let mut store = store_within(&self.engine, &self.limits);
        let given = Given {
            fuel,
            millis,
            memory_bytes: self.limits.memory_bytes,
            table_entries: self.limits.table_entries,
            stack_bytes: self.limits.stack_bytes,
            answer_bytes,
        };
        let done = store.set_fuel(fuel).and_then(|()| {
            store.set_epoch_deadline(millis / MILLIS_PER_EPOCH + 1);
            store.set_hostcall_fuel(answer_bytes);
            let plugin = self.pre.instantiate(&mut store)?;
            work(&plugin, &mut store)
        });
        done.map_err(|error| {
            let used = fuel.saturating_sub(store.get_fuel().unwrap_or(fuel));
            let why = Misdeed::of(&error, &given);
            PluginError { plugin: self.name.clone(), digest: self.digest, fuel: used, why }
        })
    }

    fn small(&self, progress: Progress) -> Result<Progress, PluginError> {
        if progress.state.len() <= STATE_AT_MOST {
            return Ok(progress);
        }
        let why = Misdeed::TooMuchAnswer { limit: STATE_AT_MOST };
        Err(PluginError { plugin: self.name.clone(), digest: self.digest, fuel: 0, why })
    }
}

impl Rail for PluginRail {
    fn name(&self) -> &str {
        &self.name
    }

    fn digest(&self) -> &Digest {
        &self.digest
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn begin(&self, context: &Context) -> Result<Progress, PluginError> {
        let progress = self.call(0, |plugin, store| plugin.call_begin(store, context))?;
        self.small(progress)
    }

    fn resume(&self, context: &Context, state: &[u8], input: &Input) -> Result<Progress, PluginError> {
        let told = match input {
            Input::Response(response) => response.body.len(),
            Input::Signed | Input::Proven(_) | Input::Silence => 0,
        };
        let progress = self.call(told, |plugin, store| plugin.call_resume(store, context, state, input))?;
        self.small(progress)
    }

    fn checks(&self, incoming: &Incoming) -> Result<Result<Vec<Vec<Check>>, String>, PluginError> {
        self.call(size(incoming), |plugin, store| plugin.call_checks(store, incoming))
    }

    fn accept(&self, incoming: &Incoming) -> Result<Result<Vec<Event>, String>, PluginError> {
        self.call(size(incoming), |plugin, store| plugin.call_accept(store, incoming))
    }

    fn reply(&self, incoming: &Incoming, verdict: Verdict) -> Result<Reply, PluginError> {
        self.call(size(incoming), |plugin, store| plugin.call_reply(store, incoming, verdict))
    }

    fn parse_settlement(
        &self,
        chunk: &[u8],
        carry: &[u8],
        last: bool,
    ) -> Result<Result<Settlement, String>, PluginError> {
        let told = chunk.len() + carry.len();
        self.call(told, |plugin, store| plugin.call_parse_settlement(store, chunk, carry, last))
    }

    fn explain(&self, raw_code: &str) -> Result<Explanation, PluginError> {
        self.call(raw_code.len(), |plugin, store| plugin.call_explain(store, raw_code))
    }
}

fn size(incoming: &Incoming) -> usize {
    incoming.body.len() + incoming.query.len()
}

/// A manifest must make sense before anything relies on it.
fn check(manifest: &Manifest) -> Result<(), String> {
    if !manifest.instructs && !manifest.confirms {
        return Err("it neither instructs nor confirms".into());
    }
    if manifest.minimum > manifest.maximum {
        return Err(format!("its minimum {} is above its maximum {}", manifest.minimum, manifest.maximum));
    }
    if !(10..=100).contains(&manifest.reference_length) {
        return Err(format!("references of {} characters are too few or too many", manifest.reference_length));
    }
    let letters = &manifest.reference_alphabet;
    if letters.len() < 10 || !letters.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err("its alphabet of references must be ASCII letters and digits, ten at least".into());
    }
    let mut names: Vec<&str> = manifest.keys.iter().map(|key| key.name.as_str()).collect();
    names.extend(manifest.settings.iter().map(|setting| setting.name.as_str()));
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("two of its keys and settings are called {:?}", pair[0]));
    }
    Ok(())
}
