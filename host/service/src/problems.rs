//! Problems that are nobody's input.

use vienphi_domain::{Encounter, Problem};
use vienphi_runtime::{Misdeed, PluginError};

/// A plugin failed: named, never blamed on the sender.
pub(crate) fn plugin_failed(encounter: &Encounter, error: &PluginError) -> Problem {
    tracing::error!(%error, "the tariff plugin gave no usable answer");
    let (kind, status) = match error.why {
        // The machine was busy: the same call may well succeed.
        Misdeed::OutOfTime { .. } => ("urn:vienphi:problem:plugin-out-of-time", 503),
        Misdeed::OutOfFuel { .. } => ("urn:vienphi:problem:plugin-out-of-fuel", 500),
        Misdeed::OutOfMemory { .. } => ("urn:vienphi:problem:plugin-out-of-memory", 500),
        Misdeed::OutOfTable { .. } => ("urn:vienphi:problem:plugin-out-of-table", 500),
        Misdeed::OutOfStack { .. } => ("urn:vienphi:problem:plugin-out-of-stack", 500),
        Misdeed::TooMuchAnswer { .. } => ("urn:vienphi:problem:plugin-answer-too-large", 500),
        Misdeed::Trapped(_) => ("urn:vienphi:problem:plugin-trapped", 500),
        Misdeed::Nonsense(_) => ("urn:vienphi:problem:plugin-answer-refused", 500),
        Misdeed::NotAdmitted(_) => ("urn:vienphi:problem:plugin-not-admitted", 500),
    };
    Problem {
        kind,
        title: "The tariff plugin gave no usable answer",
        status,
        encounter: Some(encounter.id.to_string()),
        detail: error.to_string(),
        errors: Vec::new(),
    }
}

/// A check of our own failed.
pub(crate) fn internal(encounter: Option<&str>, detail: &str) -> Problem {
    tracing::error!(detail, "an internal check failed");
    Problem {
        kind: "urn:vienphi:problem:internal",
        title: "An internal check failed",
        status: 500,
        encounter: encounter.map(str::to_owned),
        detail: detail.to_owned(),
        errors: Vec::new(),
    }
}
