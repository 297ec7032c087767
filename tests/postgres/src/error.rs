//! Why a server could not do what was asked.

use std::error::Error;
use std::fmt;

/// Why a server could not do what was asked: a sentence that says what to do.
#[derive(Debug)]
pub struct PostgresError(String);

impl PostgresError {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for PostgresError {}
