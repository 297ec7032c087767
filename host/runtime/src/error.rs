//! What stopped a plugin, in words that name it.

use vienphi_domain::Digest;
use wasmtime::Trap;

use crate::answer::BadAnswer;

/// Why a plugin gave no usable answer. The visit is for a person to look at; the host and its other calls go on.
#[derive(Debug, thiserror::Error)]
#[error("plugin {plugin} ({}) {why}; it had used {fuel} units of fuel", short(.digest))]
pub struct PluginError {
    /// The package's name.
    pub plugin: String,
    /// SHA-256 of the component.
    pub digest: Digest,
    /// What it had used of its fuel.
    pub fuel: u64,
    /// What it did.
    pub why: Misdeed,
}

/// What a plugin did that it may not do.
#[derive(Debug, thiserror::Error)]
pub enum Misdeed {
    /// It does not compile, link or describe itself.
    #[error("is not admitted: {0}")]
    NotAdmitted(String),
    /// It used up its fuel: a loop, most likely.
    #[error("used up its {limit} units of fuel")]
    OutOfFuel {
        /// What it had.
        limit: u64,
    },
    /// It ran into the wall-clock backstop. Not a property of the visit: the call may be tried again.
    #[error("took longer than its {limit} ms")]
    OutOfTime {
        /// Milliseconds it had.
        limit: u64,
    },
    /// It asked for more memory than it may have.
    #[error("asked for more than its {limit} bytes of memory")]
    OutOfMemory {
        /// What it may have.
        limit: usize,
    },
    /// It asked for larger tables than it may have.
    #[error("asked for more than its {limit} table entries")]
    OutOfTable {
        /// What it may have.
        limit: usize,
    },
    /// It called itself too often.
    #[error("needed more than its {limit} bytes of stack")]
    OutOfStack {
        /// What it may have.
        limit: usize,
    },
    /// It answered more than it may.
    #[error("answered more than its {limit} bytes")]
    TooMuchAnswer {
        /// What it may answer.
        limit: usize,
    },
    /// It trapped or broke the contract's encoding.
    #[error("failed: {0}")]
    Trapped(String),
    /// It answered something that can not be an answer to the question.
    #[error("answered nonsense: {0}")]
    Nonsense(BadAnswer),
}

impl Misdeed {
    /// A stable name, for metrics and problems.
    pub const fn name(&self) -> &'static str {
        match self {
            Misdeed::NotAdmitted(_) => "not-admitted",
            Misdeed::OutOfFuel { .. } => "out-of-fuel",
            Misdeed::OutOfTime { .. } => "out-of-time",
            Misdeed::OutOfMemory { .. } => "out-of-memory",
            Misdeed::OutOfTable { .. } => "out-of-table",
            Misdeed::OutOfStack { .. } => "out-of-stack",
            Misdeed::TooMuchAnswer { .. } => "answer-too-large",
            Misdeed::Trapped(_) => "trapped",
            Misdeed::Nonsense(_) => "answer-refused",
        }
    }
}

impl PluginError {
    /// Did the call cost as much as a call may? One such call is stopped soon enough; many at once would take the
    /// processors from others.
    pub fn is_costly(&self) -> bool {
        match self.why {
            Misdeed::OutOfFuel { .. }
            | Misdeed::OutOfMemory { .. }
            | Misdeed::OutOfTable { .. }
            | Misdeed::OutOfStack { .. }
            | Misdeed::TooMuchAnswer { .. } => true,
            // Out of time is the machine's: fuel bounds what a call can do in it.
            Misdeed::OutOfTime { .. } | Misdeed::NotAdmitted(_) | Misdeed::Trapped(_) | Misdeed::Nonsense(_) => false,
        }
    }
}

/// The limits of one call, as an error names them.
pub(crate) struct Given {
    pub(crate) fuel: u64,
    pub(crate) millis: u64,
    pub(crate) memory_bytes: usize,
    pub(crate) table_entries: usize,
    pub(crate) stack_bytes: usize,
    pub(crate) answer_bytes: usize,
}

impl Misdeed {
    /// Names what stopped a call.
    pub(crate) fn of(error: &wasmtime::Error, given: &Given) -> Misdeed {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return Misdeed::OutOfFuel { limit: given.fuel },
            Some(Trap::Interrupt) => return Misdeed::OutOfTime { limit: given.millis },
            Some(Trap::StackOverflow) => return Misdeed::OutOfStack { limit: given.stack_bytes },
            Some(trap) => return Misdeed::Trapped(trap.to_string()),
            None => {}
        }
        // None of these has a type of its own.
        let chain = format!("{error:#}");
        if chain.contains("forcing trap when growing memory") || chain.contains("memory minimum size") {
            Misdeed::OutOfMemory { limit: given.memory_bytes }
        } else if chain.contains("forcing trap when growing table") || chain.contains("table minimum size") {
            Misdeed::OutOfTable { limit: given.table_entries }
        } else if chain.contains("fuel allocated for hostcalls") {
            Misdeed::TooMuchAnswer { limit: given.answer_bytes }
        } else {
            Misdeed::Trapped(chain)
        }
    }
}

/// Enough of a digest to tell two components apart.
fn short(digest: &Digest) -> String {
    digest.to_string()[..12].to_owned()
}
