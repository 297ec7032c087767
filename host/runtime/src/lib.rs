//! The sandbox in which plugins decide: tariffs ([`Plugin`]) and payment rails ([`rail::Rail`]).
//!
//! A [`Sandbox`] is one wasmtime engine with its limits; a [`Plugin`] is a component admitted to it. Every call runs in
//! a fresh instance without imports, under a reproducible limit (fuel), a wall-clock backstop (epochs), a memory
//! limit and a limit on what may come back; every answer is checked against the question before it is used.
//! A trap discards the instance; the next call has a new one.

mod admission;
mod answer;
mod cache;
mod compile;
mod decision;
mod error;
mod limits;
mod plugin;
mod policy;
pub mod rail;
mod sandbox;
mod visit;
mod worlds;

/// The contract's types, generated from `sdk/wit`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction)]
pub mod contract {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/0.1.0",
        world: "tariff",
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });

    pub use vienphi::tariff::types::*;
}

pub use admission::{Admission, Anatomy};
pub use answer::BadAnswer;
pub use cache::CompiledCache;
pub use compile::{CompileLimits, Compiler, SUBCOMMAND, compile_stdin, limit_this_process};
pub use decision::Part;
pub use error::{Misdeed, PluginError};
pub use limits::{CallLimits, Limits};
pub use plugin::{Answer, Plugin, WarmPlugin};
pub use policy::{LimitError, SandboxPolicy};
pub use sandbox::{Sandbox, SandboxError};
pub use visit::{Candidate, Line, Operation};
pub use worlds::{Contract, Told};
