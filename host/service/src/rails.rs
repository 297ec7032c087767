//! Payment rails: the plugins that are loaded, by the name that facilities call them by.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use vienphi_runtime::SandboxPolicy;
use vienphi_runtime::rail::Rail;

use crate::pricer::Pricer;
use crate::setup::{Files, SetupError, Warning, read_limits};

/// What a package of a rail says of itself in `plugin.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Package {
    name: String,
    version: String,
    world: String,
    rail: String,
    #[expect(dead_code, reason = "read so that a package without it is refused")]
    status: String,
    #[expect(dead_code, reason = "no payment plugin has any yet")]
    capabilities: [String; 0],
    #[expect(dead_code, reason = "for people")]
    note: Option<String>,
}

/// The world of payment plugins, as packages name it.
const WORLD: &str = "payment-provider";

/// The limits of payment plugins.
const LIMITS: &str = "payment.toml";

/// The rails there are.
#[derive(Default, Clone)]
pub struct Rails(BTreeMap<String, Arc<Rail>>);

impl Rails {
    /// A rail by its name.
    pub fn get(&self, name: &str) -> Option<&Arc<Rail>> {
        self.0.get(name)
    }

    /// Every rail by its name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Arc<Rail>)> {
        self.0.iter().map(|(name, rail)| (name.as_str(), rail))
    }
}

impl Pricer {
    /// Loads rails into this pricer's sandbox. One that is not admitted is left out with a warning: the others go on.
    pub fn rails(
        &self,
        packages: &BTreeMap<String, Files>,
        sandbox: &Files,
    ) -> Result<(Rails, Vec<Warning>), SetupError> {
        let policy = read_limits(sandbox, LIMITS, SandboxPolicy::rail())?;
        let (mut rails, mut warnings) = (Rails::default(), Vec::new());
        for (folder, files) in packages {
            match self.rail(files, &policy) {
                Ok((name, rail)) if !rails.0.contains_key(&name) => drop(rails.0.insert(name, Arc::new(rail))),
                Ok((name, _)) => {
                    let message = format!("rail {name:?} is another package's already: this one is not used");
                    warnings.push(Warning { file: format!("{folder}/plugin.toml"), message });
                }
                Err(message) => warnings.push(Warning { file: folder.clone(), message }),
            }
        }
        Ok((rails, warnings))
    }

    fn rail(&self, files: &Files, policy: &SandboxPolicy) -> Result<(String, Rail), String> {
        let file = |name: &str| files.get(name).ok_or_else(|| format!("{name} is missing"));
        let text = std::str::from_utf8(file("plugin.toml")?).map_err(|error| format!("plugin.toml: {error}"))?;
        let package: Package = toml::from_str(text).map_err(|error| format!("plugin.toml: {error}"))?;
        if package.world != WORLD {
            return Err(format!("plugin.toml: world must be {WORLD:?}, not {:?}", package.world));
        }
        let is_plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
        if package.rail.is_empty() || package.rail.len() > 30 || !package.rail.bytes().all(is_plain) {
            return Err("plugin.toml: rail must be 1 to 30 small letters, digits and dashes".into());
        }
        let rail = self.sandbox.load_rail(&package.name, file("component.wasm")?, policy);
        let rail = rail.map_err(|error| error.to_string())?;
        let manifest = rail.manifest();
        if (&manifest.name, &manifest.version) != (&package.name, &package.version) {
            return Err(format!("the component says it is {} {}", manifest.name, manifest.version));
        }
        if let Some(endpoint) = manifest.endpoints.first() {
            return Err(format!("it asks for the endpoint {endpoint:?}, but this host sends nothing for plugins"));
        }
        Ok((package.rail, rail))
    }
}
