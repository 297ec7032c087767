//! What a component may consist of, looked at before anything compiles it.
//!
//! Compiling is where a hostile component could cost most, so whatever no tariff rule needs is refused by reading alone:
//! imports, floating-point numbers, vectors, threads, and functions of a size that only a program makes.

use wasmparser::{ComponentTypeRef, Encoding, Imports, Parser, Payload, Validator, WasmFeatures};

use crate::worlds::{Contract, World};

/// What a component may consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// Bytes of the component.
    pub component_bytes: usize,
    /// Core modules in it.
    pub modules: u32,
    /// Instances of them, those for the contract's own wiring included.
    pub instances: u32,
    /// Components within it.
    pub components: u32,
    /// Functions of all modules.
    pub functions: u32,
    /// Bytes of one function.
    pub function_bytes: usize,
    /// Locals of one function.
    pub locals: u32,
    /// Blocks in blocks of one function.
    pub blocks: u32,
    /// Places that one branch may choose from.
    pub branch_targets: u32,
    /// Globals of all modules.
    pub globals: u32,
    /// May it compute with binary fractions? Only prototypes in languages that cannot do without.
    pub floats: bool,
}

impl Admission {
    /// The limits of the tariff world.
    pub const TARIFF: Admission = Admission {
        component_bytes: 512 * 1024,
        modules: 8,
        instances: 16,
        components: 8,
        functions: 10_000,
        function_bytes: 64 * 1024,
        locals: 5_000,
        blocks: 2_000,
        branch_targets: 10_000,
        globals: 500,
        floats: false,
    };

    /// Reads a component and says why it may not be compiled, if it may not.
    pub(crate) fn check(&self, component: &[u8]) -> Result<(), String> {
        if component.len() > self.component_bytes {
            return Err(format!("it is {} bytes large; at most {} are allowed", component.len(), self.component_bytes));
        }
        // Limits first: they need no more than reading, and what they refuse is not even validated.
        let mut seen = Seen::default();
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.map_err(|error| format!("it is not WebAssembly: {error}"))?;
            seen.look(self, &payload).map_err(Refused::words)?;
        }
        if !seen.is_component {
            return Err("it is a core module, not a component".into());
        }
        Validator::new_with_features(features(self.floats))
            .validate_all(component)
            .map_err(|error| error.to_string())?;
        match seen.world {
            Some(_) => Ok(()),
            None => Err(NO_CONTRACT.into()),
        }
    }
}

const NO_CONTRACT: &str = "it does not export `price` of the tariff world: it does not use the contract's types";

const NO_RAIL: &str = "it is no payment plugin: it does not use the types of that world";

impl World {
    /// What an admitted component is built for, by what it imports: nothing else of it is looked at.
    fn of_component(component: &[u8]) -> Result<Option<World>, String> {
        let unreadable = |error: wasmparser::BinaryReaderError| error.to_string();
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::ComponentImportSection(imports) = payload.map_err(unreadable)? {
                for import in imports {
                    if let Some(world) = World::of_import(import.map_err(unreadable)?.name.name) {
                        return world.map(Some);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Is it a payment plugin?
    pub(crate) fn check_rail(component: &[u8]) -> Result<(), String> {
        match World::of_component(component)? {
            Some(World::Rail) => Ok(()),
            Some(World::Tariff(_)) | None => Err(NO_RAIL.into()),
        }
    }
}

impl Contract {
    /// The version of the tariff world that an admitted component is built for.
    pub(crate) fn of_component(component: &[u8]) -> Result<Contract, String> {
        match World::of_component(component)? {
            Some(World::Tariff(contract)) => Ok(contract),
            Some(World::Rail) | None => Err(NO_CONTRACT.into()),
        }
    }
}

/// What a component consists of, as reading it tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Anatomy {
    /// The version of the contract it is built for, if it is.
    pub contract: Option<&'static str>,
    /// Bytes.
    pub bytes: usize,
    /// Core modules in it.
    pub modules: u32,
    /// Functions of all modules.
    pub functions: u32,
    /// What it asks of the host, types aside; a tariff plugin asks for nothing.
    pub imports: Vec<String>,
    /// What it offers.
    pub exports: Vec<String>,
}

impl Anatomy {
    /// Reads a component, whether it would be admitted or not.
    pub fn of(component: &[u8]) -> Result<Anatomy, String> {
        let mut anatomy = Anatomy { bytes: component.len(), ..Anatomy::default() };
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            let unreadable = |error: wasmparser::BinaryReaderError| format!("it is not WebAssembly: {error}");
            match payload.map_err(unreadable)? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ModuleSection { .. } => anatomy.modules += 1,
                Payload::FunctionSection(functions) => anatomy.functions += functions.count(),
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        let import = import.map_err(unreadable)?;
                        match World::of_import(import.name.name) {
                            Some(world) => {
                                anatomy.contract = world.ok().map(World::version).or(anatomy.contract);
                            }
                            None if matches!(import.ty, ComponentTypeRef::Type(_)) => {}
                            None => anatomy.imports.push(import.name.name.to_owned()),
                        }
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    for export in exports {
                        anatomy.exports.push(export.map_err(unreadable)?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(anatomy)
    }
}

/// What plugins may use of WebAssembly: what Rust's compiler uses for whole numbers, and nothing whose result could
/// differ between machines.
fn features(floats: bool) -> WasmFeatures {
    let floats = match floats {
        true => WasmFeatures::FLOATS | WasmFeatures::SATURATING_FLOAT_TO_INT,
        false => WasmFeatures::empty(),
    };
    floats
        | WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}

/// Counts over a whole component.
#[derive(Default)]
struct Seen {
    is_component: bool,
    /// How deep reading is in components and modules within each other; the outermost is 1.
    depth: u32,
    world: Option<World>,
    components: u32,
    modules: u32,
    instances: u32,
    functions: u32,
    globals: u32,
}

/// Why reading stopped.
enum Refused {
    Unreadable(wasmparser::BinaryReaderError),
    Words(String),
}

impl Refused {
    fn words(self) -> String {
        match self {
            Refused::Unreadable(error) => error.to_string(),
            Refused::Words(words) => words,
        }
    }
}

impl From<wasmparser::BinaryReaderError> for Refused {
    fn from(error: wasmparser::BinaryReaderError) -> Refused {
        Refused::Unreadable(error)
    }
}

impl Seen {
    fn look(&mut self, limits: &Admission, payload: &Payload<'_>) -> Result<(), Refused> {
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => {
                self.is_component = true;
                self.depth += 1;
                self.components += 1;
                within("components", self.components - 1, limits.components)
            }
            Payload::Version { encoding: Encoding::Module, .. } => {
                self.depth += 1;
                self.modules += 1;
                within("core modules", self.modules, limits.modules)
            }
            Payload::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            Payload::InstanceSection(instances) => {
                self.instances = self.instances.saturating_add(instances.count());
                within("instances", self.instances, limits.instances)
            }
            // What a component within the component imports, the outer one gives it.
            Payload::ComponentImportSection(imports) if self.depth == 1 => {
                for import in imports.clone() {
                    let import = import?;
                    let name = import.name.name;
                    // The contract's types come as imports, but nothing that could be called.
                    let world = match import.ty {
                        ComponentTypeRef::Instance(_) => World::of_import(name),
                        _ => None,
                    };
                    if let Some(world) = world {
                        self.world = Some(world.map_err(Refused::Words)?);
                    } else if !matches!(import.ty, ComponentTypeRef::Type(_)) {
                        return Err(Refused::Words(format!(
                            "it imports `{name}`, but a tariff plugin imports nothing"
                        )));
                    }
                }
                Ok(())
            }
            Payload::FunctionSection(functions) => {
                self.functions = self.functions.saturating_add(functions.count());
                within("functions", self.functions, limits.functions)
            }
            Payload::GlobalSection(globals) => {
                self.globals = self.globals.saturating_add(globals.count());
                within("globals", self.globals, limits.globals)
            }
            Payload::ImportSection(imports) => {
                // Between a component's own modules; still bounded.
                let count = imports.clone().into_iter().try_fold(0_u32, |count, group| {
                    Ok::<_, wasmparser::BinaryReaderError>(count.saturating_add(match group? {
                        Imports::Single(..) => 1,
                        Imports::Compact1 { items, .. } => items.count(),
                        Imports::Compact2 { names, .. } => names.count(),
                    }))
                })?;
                within("imports of a module", count, limits.functions)
            }
            Payload::CodeSectionEntry(body) => look_into(limits, body),
            _ => Ok(()),
        }
    }
}

/// The size and shape of one function.
fn look_into(limits: &Admission, body: &wasmparser::FunctionBody<'_>) -> Result<(), Refused> {
    use wasmparser::Operator;
    let bytes = body.range().len();
    if bytes > limits.function_bytes {
        return Err(Refused::Words(format!(
            "it has a function {bytes} bytes long; at most {} are allowed",
            limits.function_bytes
        )));
    }
    let mut locals: u32 = 0;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(group?.0);
    }
    within("locals in one function", locals, limits.locals)?;
    let mut depth: u32 = 0;
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth += 1;
                within("blocks in blocks: they nest", depth, limits.blocks)?;
            }
            Operator::End => depth = depth.saturating_sub(1),
            Operator::BrTable { targets } => within("places of one branch", targets.len(), limits.branch_targets)?,
            _ => {}
        }
    }
    Ok(())
}

fn within(what: &str, count: u32, limit: u32) -> Result<(), Refused> {
    if count > limit {
        return Err(Refused::Words(format!("it has {count} {what}; at most {limit} are allowed")));
    }
    Ok(())
}
