//! What a payment plugin imports.
//!
//! A plugin implements [`Rail`] and exports it. It is a pure function: it says what is to be signed, sent or shown, and the
//! host does it. Secrets are named and never seen; what comes from outside is believed only after the checks that the plugin
//! asks for have held.
//!
//! * [`confirming`]: what notifiers of bank transfers have in common
//! * [`vietnam`]: times as providers write them
//! * [`vietqr`]: the codes that bank apps scan

#![deny(missing_docs)]

pub mod confirming;
pub mod vietnam;

pub use vienphi_vietqr as vietqr;

/// The types of the contract, generated from `sdk/wit`.
#[allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit/payment-0.1.0",
        world: "payment-provider",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_rail",
        default_bindings_module: "vienphi_rail::bindings",
    });
}

pub use bindings::vienphi::payment::types::*;

/// A payment rail. Whatever a rail cannot do stays as it is here.
pub trait Rail {
    /// What it is.
    fn describe() -> Manifest;

    /// Begins an operation.
    fn begin(context: &Context) -> Progress {
        failed(format!("{} is not an operation of this rail", word(context.operation)))
    }

    /// Goes on behind a step.
    fn resume(_context: &Context, _state: &[u8], _input: Input) -> Progress {
        failed("nothing was begun".to_owned())
    }

    /// What must hold before a message is believed: one check of each group.
    fn checks(_incoming: &Incoming) -> Result<Vec<Vec<Check>>, String> {
        Err("this rail is told nothing".to_owned())
    }

    /// What a message tells, once its checks have held.
    fn accept(_incoming: &Incoming) -> Result<Vec<Event>, String> {
        Err("this rail is told nothing".to_owned())
    }

    /// How the provider is answered.
    fn reply(_incoming: &Incoming, verdict: Verdict) -> Reply {
        confirming::reply(verdict, "{}")
    }

    /// Reads a piece of a statement.
    fn parse_settlement(_chunk: &[u8], _carry: &[u8], _last: bool) -> Result<Settlement, String> {
        Err("this rail has no statements".to_owned())
    }

    /// A provider's code in words.
    fn explain(raw_code: &str) -> Explanation {
        Explanation { vi: format!("Mã {raw_code}"), en: format!("Code {raw_code}"), retry: Retry::OtherMeans }
    }
}

/// It cannot be done.
pub fn failed(why: String) -> Progress {
    Progress { step: Step::Failed(why), state: Vec::new() }
}

/// It is done.
pub fn done(outcome: Outcome) -> Progress {
    Progress { step: Step::Done(outcome), state: Vec::new() }
}

/// What is known of an operation, and nothing besides: the rest is filled in by `..outcome(status, code)`.
pub fn outcome(status: Status, raw_code: &str) -> Outcome {
    Outcome {
        status,
        provider_reference: None,
        amount: None,
        event_key: None,
        occurred: None,
        display: None,
        raw_code: raw_code.to_owned(),
    }
}

/// An operation's word.
pub fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Query => "query",
        Operation::Cancel => "cancel",
        Operation::Refund => "refund",
        Operation::QueryRefund => "query-refund",
    }
}

/// A setting that must be there.
pub fn setting<'a>(settings: &'a [Setting], name: &str) -> Result<&'a str, String> {
    optional(settings, name).ok_or_else(|| format!("the rail's setting `{name}` is missing"))
}

/// A setting, if it was made.
pub fn optional<'a>(settings: &'a [Setting], name: &str) -> Option<&'a str> {
    settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
}

/// A header, whatever the case of its name.
pub fn header<'a>(incoming: &'a Incoming, name: &str) -> Option<&'a str> {
    incoming.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
}

/// Exports a [`Rail`] from a plugin. Does nothing outside Wasm, where the functions are called directly.
#[macro_export]
macro_rules! export {
    ($rail:ident) => {
        #[cfg(target_arch = "wasm32")]
        mod exported {
            use $crate::Rail;

            struct Component;

            impl $crate::bindings::Guest for Component {
                fn describe() -> $crate::Manifest {
                    super::$rail::describe()
                }

                fn begin(context: $crate::Context) -> $crate::Progress {
                    super::$rail::begin(&context)
                }

                fn resume(context: $crate::Context, state: Vec<u8>, input: $crate::Input) -> $crate::Progress {
                    super::$rail::resume(&context, &state, input)
                }

                fn checks(incoming: $crate::Incoming) -> Result<Vec<Vec<$crate::Check>>, String> {
                    super::$rail::checks(&incoming)
                }

                fn accept(incoming: $crate::Incoming) -> Result<Vec<$crate::Event>, String> {
                    super::$rail::accept(&incoming)
                }

                fn reply(incoming: $crate::Incoming, verdict: $crate::Verdict) -> $crate::Reply {
                    super::$rail::reply(&incoming, verdict)
                }

                fn parse_settlement(
                    chunk: Vec<u8>,
                    carry: Vec<u8>,
                    last: bool,
                ) -> Result<$crate::Settlement, String> {
                    super::$rail::parse_settlement(&chunk, &carry, last)
                }

                fn explain(raw_code: String) -> $crate::Explanation {
                    super::$rail::explain(&raw_code)
                }
            }

            $crate::bindings::export_rail!(Component with_types_in $crate::bindings);
        }
    };
}
