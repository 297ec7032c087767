//! The limits of a world as a policy file (`policies/sandbox/tariff.toml`).

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Table;

use crate::admission::Admission;
use crate::compile::CompileLimits;
use crate::limits::{CallLimits, Limits};

/// The limits of every plugin of a world, with those of plugins that have their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxPolicy {
    world: Limits,
    plugins: BTreeMap<String, Limits>,
}

impl Default for SandboxPolicy {
    /// The limits of the tariff world, for every plugin.
    fn default() -> SandboxPolicy {
        SandboxPolicy { world: Limits::TARIFF, plugins: BTreeMap::new() }
    }
}

impl SandboxPolicy {
    /// The limits of payment plugins, for every one.
    pub fn rail() -> SandboxPolicy {
        SandboxPolicy { world: Limits::RAIL, plugins: BTreeMap::new() }
    }
}

/// Why a policy of limits can not be used: which key, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LimitError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    call: Table,
    admission: Table,
    compile: Table,
    #[serde(default)]
    plugin: BTreeMap<String, Own>,
}

/// What one plugin has of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(default)]
    call: Table,
    #[serde(default)]
    admission: Table,
    #[serde(default)]
    compile: Table,
}

impl SandboxPolicy {
    /// Reads a policy. Every key of the world must be there; a plugin's own are laid over them.
    pub fn read(text: &str) -> Result<SandboxPolicy, LimitError> {
        let file: File = toml::from_str(text).map_err(|error| LimitError(error.to_string()))?;
        let none = Own { call: Table::new(), admission: Table::new(), compile: Table::new() };
        let world = limits(&file, &none).map_err(LimitError)?;
        let mut plugins = BTreeMap::new();
        for (name, own) in &file.plugin {
            let own = limits(&file, own).and_then(|own| own.within(&world).map(|()| own));
            plugins.insert(name.clone(), own.map_err(|error| LimitError(format!("plugin.{name}: {error}")))?);
        }
        Ok(SandboxPolicy { world, plugins })
    }

    /// The limits of the world: an engine is made for these.
    pub fn world(&self) -> &Limits {
        &self.world
    }

    /// The limits of one plugin.
    pub fn of(&self, plugin: &str) -> Limits {
        *self.plugins.get(plugin).unwrap_or(&self.world)
    }
}

fn limits(file: &File, own: &Own) -> Result<Limits, String> {
    let call: CallLimits = laid_over(&file.call, &own.call).map_err(|error| format!("call: {error}"))?;
    let admission: Admission =
        laid_over(&file.admission, &own.admission).map_err(|error| format!("admission: {error}"))?;
    let compile: CompileLimits = laid_over(&file.compile, &own.compile).map_err(|error| format!("compile: {error}"))?;
    Ok(Limits { call, admission, compile })
}

fn laid_over<T: serde::de::DeserializeOwned>(world: &Table, own: &Table) -> Result<T, String> {
    let mut keys = world.clone();
    keys.extend(own.clone());
    for (key, value) in &keys {
        let is_limit = value.as_integer().is_some_and(|value| (1..=MOST).contains(&value));
        if !is_limit && !value.is_bool() {
            return Err(format!("{key} must be a whole number from 1 to {MOST}, not {value}"));
        }
    }
    T::deserialize(keys).map_err(|error| error.message().to_owned())
}

/// Beyond every sensible limit, and far from overflowing in a sum of them.
const MOST: i64 = 1_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: &str = include_str!("../../../policies/sandbox/tariff.toml");

    #[test]
    fn the_policy_in_the_tree_is_what_is_used_without_one() {
        assert_eq!(SandboxPolicy::read(STANDARD).unwrap(), SandboxPolicy::default());
    }

    #[test]
    fn so_is_that_of_payment_plugins() {
        let text = include_str!("../../../policies/sandbox/payment.toml");
        assert_eq!(SandboxPolicy::read(text).unwrap(), SandboxPolicy::rail());
    }

    #[test]
    fn a_plugin_may_have_limits_of_its_own() {
        let text = format!("{STANDARD}\n[plugin.tariff-slow.call]\nfuel = 9_000_000\n");
        let policy = SandboxPolicy::read(&text).unwrap();
        assert_eq!(policy.of("tariff-slow").call.fuel, 9_000_000);
        assert_eq!(policy.of("tariff-slow").call.fuel_per_item, Limits::TARIFF.call.fuel_per_item);
        assert_eq!(policy.of("tariff-other"), Limits::TARIFF);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let rows = [
            (STANDARD.replace("fuel = 1_000_000", "feul = 1"), "feul"),
            (STANDARD.replace("fuel = 1_000_000", "fuel = 0"), "fuel must be a whole number from 1"),
            (STANDARD.replace("fuel = 1_000_000", "fuel = \"much\""), "fuel must be a whole number"),
            (STANDARD.replace("fuel = 1_000_000\n", ""), "missing field `fuel`"),
            (format!("{STANDARD}\n[plugin.x.call]\nmemory_bytes = 99_999_999"), "plugin.x: call.memory_bytes"),
            (format!("{STANDARD}\n[plugin.x.calls]\nfuel = 1"), "calls"),
            (format!("{STANDARD}\nfuel = 3\n[call]"), "duplicate"),
        ];
        for (text, says) in rows {
            let error = SandboxPolicy::read(&text).expect_err(says).to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
