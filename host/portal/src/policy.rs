//! `policies/portal`: services by day, and what each code means; read once and checked whole.

/// Policies that cannot be used. Nothing in them is secret, so errors quote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or keys that are absent or unknown.
    #[error("portal/{file} cannot be read: {error}")]
    Unreadable {
        /// `portal.toml` or `outcomes.toml`.
        file: &'static str,
        /// What the reader says.
        error: toml::de::Error,
    },
    /// A service that is not complete.
    #[error("portal/portal.toml: service {operation:?}: {problem}")]
    Service {
        /// Which.
        operation: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An outcome that contradicts another, or that is missing.
    #[error("portal/outcomes.toml: {place}: {problem}")]
    Outcome {
        /// Which.
        place: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A number outside its range.
    #[error("portal/portal.toml: {key} must be from {from} to {to} seconds")]
    Seconds {
        /// Which.
        key: &'static str,
        /// The least.
        from: u32,
        /// The most.
        to: u32,
    },
}

/// Whether a row says where it comes from and how sure it is.
pub(crate) fn is_known(source: &str, certainty: &str) -> bool {
    !source.is_empty() && ["V", "V2", "U"].contains(&certainty)
}
