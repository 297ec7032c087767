//! What a tariff plugin imports.
//!
//! A plugin implements [`Tariff`] and exports it. The national rules are plain functions over plain values, one
//! file per rule family, and run natively in tests just as they run in the sandbox:
//!
//! * [`exams`]: examination sequence, ceilings, queue places (R16)
//! * [`beds`]: bed days, departments, surgical level, sharing, day beds (R17–R20)
//! * [`operations`]: several operations at once (R21)
//! * [`lines`]: everything else: stopped services, overrides, supplies, transport (R22, R23, R29)
//!
//! "R" numbers are the readings of the law in `docs/READINGS.md`, "C" numbers the choices in `docs/PRICING.md`.
//!
//! ```
//! use vienphi_guest::{Tariff, Visit};
//!
//! struct CanTho;
//!
//! impl Tariff for CanTho {
//!     const NAME: &'static str = "tariff-can-tho";
//!     const VERSION: &'static str = "0.1.0";
//! }
//!
//! vienphi_guest::export!(CanTho);
//!
//! // On this machine the rules are plain functions.
//! let decision = CanTho::price(&Visit::trial(0, 60)).expect("a visit without lines has nothing to refuse");
//! assert!(decision.parts.lines.is_empty());
//! ```

#![deny(missing_docs)]
// Places in a visit's lists are below ten thousand and days within a few centuries: casts between them lose nothing.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

pub mod beds;
pub mod draft;
pub mod exams;
pub mod lines;
#[cfg(target_arch = "wasm32")]
mod memory;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;
pub mod operations;
pub mod rules;
#[cfg(not(target_arch = "wasm32"))]
mod trial;
mod visit;

/// The types of the contract, generated from `sdk/wit`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction)]
pub mod bindings {
    #[cfg(not(feature = "native"))]
    wit_bindgen::generate!({
        path: "../wit/0.1.0",
        world: "tariff",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_tariff",
        default_bindings_module: "vienphi_guest::bindings",
    });

    // Natively visits and decisions are also read and written.
    #[cfg(feature = "native")]
    wit_bindgen::generate!({
        path: "../wit/0.1.0",
        world: "tariff",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_tariff",
        default_bindings_module: "vienphi_guest::bindings",
        additional_derives: [serde::Serialize, serde::Deserialize],
    });
}

/// What rules read and answer.
pub mod types {
    pub use crate::bindings::vienphi::tariff::types::{
        Bed, Cap, CapKind, Decision, Description, Ending, Form, Kind, Note, Operated, OperationClass, Parts, PriorExam,
        Refusal, RefusedBed, RefusedDay, Rule, Segment, Severity, Span, Visit,
    };
    pub use crate::draft::{Ceiling, Share};
    pub use crate::visit::{Candidate, Line};
}

pub use draft::Draft;
pub use types::{Decision, Description, Refusal, Rule, Visit};

/// The columns in which a visit is told.
pub use bindings::vienphi::tariff::types as told;

/// Where a province's tariff differs from the national rules. Every default is the national rule.
pub trait Tariff {
    /// The package's name, as in `plugin.toml`.
    const NAME: &'static str;
    /// The package's version, as in `plugin.toml`.
    const VERSION: &'static str;
    /// The province's own clauses.
    const CLAUSES: Clauses = Clauses::NATIONAL;

    /// Rules of its own, numbered from 1000.
    fn own_rules() -> Vec<Rule> {
        Vec::new()
    }

    /// What rules of its own change in the decision by the national ones: see [`Draft::parts`], [`Draft::change`] and
    /// [`Draft::note`].
    fn apply_own_rules(_visit: &Visit, _draft: &mut Draft) -> Result<(), Refusal> {
        Ok(())
    }

    /// Decides one visit.
    fn price(visit: &Visit) -> Result<Decision, Refusal> {
        let mut draft = draft_of(visit, &Self::CLAUSES)?;
        Self::apply_own_rules(visit, &mut draft)?;
        Ok(draft.finish())
    }
}

/// The clauses in which resolutions differ.
#[derive(Debug, Clone, Copy)]
pub struct Clauses {
    /// The rule to name when beds keep the price in force on the day of arrival although services are priced by
    /// the day they are performed; `None` follows the resolution's transition alone.
    pub beds_keep_arrival_price: Option<u32>,
}

impl Clauses {
    /// No clause of its own.
    pub const NATIONAL: Clauses = Clauses { beds_keep_arrival_price: None };
}

/// The national rules, with a province's clauses.
pub fn decide(visit: &Visit, clauses: &Clauses) -> Result<Decision, Refusal> {
    Ok(draft_of(visit, clauses)?.finish())
}

fn draft_of(visit: &Visit, clauses: &Clauses) -> Result<Draft, Refusal> {
    let mut draft = Draft::new(visit);
    exams::decide(visit, &mut draft)?;
    beds::decide(visit, clauses, &mut draft)?;
    operations::decide(visit, &mut draft)?;
    lines::decide(visit, &mut draft)?;
    Ok(draft)
}

/// The answer to `describe`.
pub fn describe<T: Tariff>() -> Description {
    let mut rules = rules::national();
    rules.extend(T::own_rules());
    Description { name: T::NAME.into(), version: T::VERSION.into(), rules }
}

/// Exports a [`Tariff`] from a plugin. Does nothing outside Wasm, where the functions are called directly.
#[macro_export]
macro_rules! export {
    ($tariff:ident) => {
        #[cfg(target_arch = "wasm32")]
        mod exported {
            use $crate::Tariff;

            struct Component;

            impl $crate::bindings::Guest for Component {
                fn describe() -> $crate::Description {
                    $crate::describe::<super::$tariff>()
                }

                fn price(visit: $crate::Visit) -> Result<$crate::Decision, $crate::Refusal> {
                    super::$tariff::price(&visit)
                }

                fn price_batch(visits: Vec<$crate::Visit>) -> Vec<Result<$crate::Decision, $crate::Refusal>> {
                    visits.iter().map(super::$tariff::price).collect()
                }
            }

            $crate::bindings::export_tariff!(Component with_types_in $crate::bindings);
        }
    };
}

/// The `main` of a program that runs a [`Tariff`] natively (`examples/native.rs` of a plugin).
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
#[macro_export]
macro_rules! native {
    ($tariff:path) => {
        fn main() -> std::process::ExitCode {
            $crate::native::run::<$tariff>()
        }
    };
}
