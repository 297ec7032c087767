//! Payment rails: the plugins that are loaded, by the name that facilities call them by.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use vienphi_runtime::SandboxPolicy;
use vienphi_runtime::rail::{Manifest, PluginRail, Rail};

use crate::pricer::Pricer;
use crate::rail_cases::CASE_RAIL;
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

/// Says what is wrong with an address, and whether it may be this machine's own.
pub(crate) type AddressCheck<'a> = &'a dyn Fn(&str, bool) -> Result<(), String>;

/// The places on the network that payment plugins may ask for.
const ENDPOINTS: &str = "endpoints.toml";

/// Where messages may go: `policies/sandbox/endpoints.toml`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoints {
    /// This machine itself may be sent to, by http too: for tests and demonstrations.
    #[serde(default)]
    allow_loopback: bool,
    /// An answer is waited for so long.
    #[serde(default = "usual_seconds")]
    seconds: u64,
    /// Addresses by rail and by the name that its plugin has for them.
    #[serde(default)]
    rail: BTreeMap<String, BTreeMap<String, String>>,
    /// Addresses of the insurer's portal by name.
    #[serde(default)]
    portal: BTreeMap<String, String>,
}

impl Default for Endpoints {
    fn default() -> Endpoints {
        Endpoints { allow_loopback: false, seconds: usual_seconds(), rail: BTreeMap::new(), portal: BTreeMap::new() }
    }
}

/// Some providers want half a minute for a refund.
fn usual_seconds() -> u64 {
    40
}

/// An attempt is held longer than the longest answer takes.
const SECONDS_AT_MOST: u64 = 60;

/// The rails there are.
#[derive(Default, Clone)]
pub struct Rails {
    rails: BTreeMap<String, Arc<dyn Rail>>,
    endpoints: Endpoints,
}

impl Rails {
    /// A rail by its name.
    pub fn get(&self, name: &str) -> Option<&dyn Rail> {
        self.rails.get(name).map(|rail| &**rail)
    }

    /// A plugin by itself, each of its endpoints somewhere.
    pub(crate) fn for_cases(rail: &Arc<dyn Rail>) -> Rails {
        let address = |name: &String| (name.clone(), format!("https://{name}.example"));
        let addresses = rail.manifest().endpoints.iter().map(address).collect();
        let endpoints = Endpoints { rail: BTreeMap::from([(CASE_RAIL.to_owned(), addresses)]), ..Endpoints::default() };
        Rails { rails: BTreeMap::from([(CASE_RAIL.to_owned(), Arc::clone(rail))]), endpoints }
    }

    /// Every rail by its name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &dyn Rail)> {
        self.rails.iter().map(|(name, rail)| (name.as_str(), &**rail))
    }

    /// The address of an endpoint that a rail's plugin has declared.
    pub fn endpoint(&self, rail: &str, name: &str) -> Option<&str> {
        let is_declared = self.get(rail).is_some_and(|rail| rail.manifest().endpoints.iter().any(|own| own == name));
        self.endpoints.rail.get(rail)?.get(name).filter(|_| is_declared).map(String::as_str)
    }

    /// The names of the insurer's portals.
    pub fn portals(&self) -> impl Iterator<Item = &str> {
        self.endpoints.portal.keys().map(String::as_str)
    }

    /// The address of an insurer's portal.
    pub fn portal(&self, name: &str) -> Option<&str> {
        self.endpoints.portal.get(name).map(String::as_str)
    }

    /// An answer is waited for so long.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.endpoints.seconds.clamp(1, SECONDS_AT_MOST))
    }

    /// May this machine itself be sent to?
    pub fn allow_loopback(&self) -> bool {
        self.endpoints.allow_loopback
    }
}

impl Pricer {
    /// A package's plugin by itself, whatever its endpoints are.
    pub fn rail_of_package(&self, files: &Files, sandbox: &Files) -> Result<Arc<dyn Rail>, String> {
        let policy = read_limits(sandbox, LIMITS, SandboxPolicy::rail()).map_err(|error| error.to_string())?;
        let (_, rail) = self.admitted(files, &policy)?;
        Ok(Arc::new(rail))
    }

    /// Loads rails into this pricer's sandbox, and puts those beside them that are a part of the product, by name, when the
    /// policies say where they send to. One that is not admitted is left out with a warning: the others go on.
    pub fn rails(
        &self,
        packages: &BTreeMap<String, Files>,
        own: Vec<(&str, Arc<dyn Rail>)>,
        sandbox: &Files,
        check: AddressCheck<'_>,
    ) -> Result<(Rails, Vec<Warning>), SetupError> {
        let policy = read_limits(sandbox, LIMITS, SandboxPolicy::rail())?;
        let endpoints = match sandbox.get(ENDPOINTS) {
            Some(bytes) => toml::from_str::<Endpoints>(&String::from_utf8_lossy(bytes)).map_err(|error| {
                SetupError::Endpoints { file: format!("sandbox/{ENDPOINTS}"), reason: error.to_string() }
            })?,
            None => Endpoints::default(),
        };
        let (mut rails, mut warnings) = (Rails { endpoints, ..Rails::default() }, Vec::new());
        let allow_loopback = rails.endpoints.allow_loopback;
        rails.endpoints.portal.retain(|name, address| match check(address, allow_loopback) {
            Ok(()) => true,
            Err(why) => {
                let message = format!("portal {name:?}: {why}");
                warnings.push(Warning { file: format!("sandbox/{ENDPOINTS}"), message });
                false
            }
        });
        for (name, rail) in own {
            if !rails.endpoints.rail.contains_key(name) {
                continue;
            }
            match reachable(name, rail.manifest(), &rails.endpoints, check) {
                Ok(()) => drop(rails.rails.insert(name.to_owned(), rail)),
                Err(message) => warnings.push(Warning { file: name.to_owned(), message }),
            }
        }
        for (folder, files) in packages {
            let loaded = self.admitted(files, &policy).and_then(|(name, rail)| {
                reachable(&name, rail.manifest(), &rails.endpoints, check)?;
                Ok((name, rail))
            });
            match loaded {
                Ok((name, rail)) if !rails.rails.contains_key(&name) => drop(rails.rails.insert(name, Arc::new(rail))),
                Ok((name, _)) => {
                    let message = format!("rail {name:?} is another's already: this one is not used");
                    warnings.push(Warning { file: format!("{folder}/plugin.toml"), message });
                }
                Err(message) => warnings.push(Warning { file: folder.clone(), message }),
            }
        }
        Ok((rails, warnings))
    }

    fn admitted(&self, files: &Files, policy: &SandboxPolicy) -> Result<(String, PluginRail), String> {
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
        Ok((package.rail, rail))
    }
}

/// Does the policy name a usable address for each endpoint of a rail?
fn reachable(name: &str, manifest: &Manifest, endpoints: &Endpoints, check: AddressCheck<'_>) -> Result<(), String> {
    let known = endpoints.rail.get(name);
    for endpoint in &manifest.endpoints {
        let Some(address) = known.and_then(|known| known.get(endpoint)) else {
            return Err(format!(
                "it asks for the endpoint {endpoint:?}, which sandbox/{ENDPOINTS} does not name under [rail.{name}]"
            ));
        };
        let is_usable = check(address, endpoints.allow_loopback);
        is_usable.map_err(|why| format!("its endpoint {endpoint:?} in sandbox/{ENDPOINTS}: {why}"))?;
    }
    Ok(())
}
