//! Components that nobody wrote: random modules with a plugin's exports, and mutations of modules that work. Whatever
//! they do, the sandbox names it and stays as it was.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arbitrary::Unstructured;
use fastrand::Rng;
use vienphi_runtime::{Answer, CompiledCache, Plugin, PluginError, Sandbox, SandboxPolicy, Told};
use wasm_mutate::WasmMutate;
use wasm_smith::{Config, Module};
use wasmparser::{Parser, Payload};

use crate::{checkout, guests};

/// Where mutants come from.
pub struct Mutants {
    sandbox: Sandbox,
    visit: Told,
    /// The smallest module that answers right.
    small: Vec<u8>,
    /// A province's.
    real: Vec<u8>,
    right: Plugin,
    expected: Answer,
}

/// What became of mutants.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many ended how: `no component`, `not-admitted`, `answered`, or the name of the error of a call.
    pub endings: BTreeMap<&'static str, u64>,
    /// What the sandbox did wrong, with the seed.
    pub failures: Vec<String>,
}

impl Mutants {
    /// With a sandbox of their own.
    #[allow(clippy::new_without_default)] // it reads files
    pub fn new() -> Mutants {
        let visit = guests::visit();
        let sandbox = Sandbox::new(SandboxPolicy::default(), CompiledCache::none()).expect("a sandbox");
        let guests = guests::all();
        let right = guests.iter().find(|guest| guest.name == "right").expect("a guest that answers right");
        let path = checkout::plugins().join("tariff-can-tho/component.wasm");
        let real = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (small, real) = (main_module(&right.component), main_module(&real));
        let right = sandbox.load("right", &right.component).expect("it is admitted");
        let expected = right.price(&visit).expect("it answers");
        Mutants { sandbox, visit, small, real, right, expected }
    }

    /// Tries the mutants of some seeds.
    pub fn run(&self, seeds: Range<u64>) -> Outcome {
        let mut outcome = Outcome::default();
        for seed in seeds {
            let Some(component) = self.component(seed) else {
                *outcome.endings.entry("no component").or_default() += 1;
                continue;
            };
            match catch_unwind(AssertUnwindSafe(|| self.attempt(&component))) {
                Ok(Ok(ending)) => *outcome.endings.entry(ending).or_default() += 1,
                Ok(Err(wrong)) => outcome.failures.push(format!("seed {seed}: {wrong}")),
                Err(_) => outcome.failures.push(format!("seed {seed}: the host panicked")),
            }
        }
        outcome
    }

    /// How a mutant ends, or what the sandbox did wrong.
    fn attempt(&self, component: &[u8]) -> Result<&'static str, String> {
        let ending = match self.sandbox.load("mutant", component) {
            Err(error) if error.why.name() == "not-admitted" => "not-admitted",
            Err(error) => return Err(format!("refused otherwise than at admission: {error}")),
            Ok(plugin) => {
                let (first, again) = (plugin.price(&self.visit), plugin.price(&self.visit));
                if told(&first) != told(&again) {
                    return Err(format!("two calls differ: {first:?} and {again:?}"));
                }
                first.map_or_else(|error| error.why.name(), |_| "answered")
            }
        };
        if self.right.price(&self.visit).ok().as_ref() != Some(&self.expected) {
            return Err("the next call of another plugin is not right".into());
        }
        Ok(ending)
    }

    /// The mutant of a seed; none when what was made cannot become a component.
    fn component(&self, seed: u64) -> Option<Vec<u8>> {
        let mut rng = Rng::with_seed(seed);
        match seed % 8 {
            0..3 => guests::encoded("mutant", random_module(&mut rng, &self.small)?, "0.1.0").ok(),
            3..6 => guests::encoded("mutant", mutated(&mut rng, &self.small)?, "0.1.0").ok(),
            6 => guests::encoded("mutant", mutated(&mut rng, &self.real)?, "0.1.0").ok(),
            _ => {
                let mut component = guests::encoded("mutant", self.small.clone(), "0.1.0").ok()?;
                for _ in 0..rng.usize(1..4) {
                    let place = rng.usize(..component.len());
                    component[place] = rng.u8(..);
                }
                Some(component)
            }
        }
    }
}

/// What two calls must agree on.
fn told(outcome: &Result<Answer, PluginError>) -> Result<&Answer, (&'static str, String)> {
    outcome.as_ref().map_err(|error| (error.why.name(), error.to_string()))
}

/// A valid module with the exports of a plugin and random bodies, now and then with what tariffs may not use.
fn random_module(rng: &mut Rng, like: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 16 * 1024];
    rng.fill(&mut bytes);
    let config = Config {
        exports: Some(like.to_vec()),
        allow_floats: rng.u8(..4) == 0,
        simd_enabled: rng.u8(..8) == 0,
        threads_enabled: false,
        memory64_enabled: false,
        // An import of the module would have to be one of the contract's.
        max_imports: 0,
        ..Config::default()
    };
    let mut random = Unstructured::new(&bytes);
    Some(Module::new(config, &mut random).ok()?.to_bytes())
}

/// A module with some mutations, one upon the other.
fn mutated(rng: &mut Rng, module: &[u8]) -> Option<Vec<u8>> {
    let mut module = module.to_vec();
    let (wanted, mut done) = (rng.usize(1..6), 0);
    // A mutation that finds nothing to change is drawn again.
    for _ in 0..50 {
        if done == wanted {
            break;
        }
        let mut mutate = WasmMutate::default();
        mutate.seed(rng.u64(..)).fuel(200).preserve_semantics(false);
        if let Some(Ok(next)) = mutate.run(&module).ok().and_then(|mut mutants| mutants.next()) {
            module = next;
            done += 1;
        }
    }
    (done > 0).then_some(module)
}

/// The first core module of a component: the plugin itself.
fn main_module(component: &[u8]) -> Vec<u8> {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload.expect("a component") {
            return component[unchecked_range].to_vec();
        }
    }
    panic!("a component without a module");
}
