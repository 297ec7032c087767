//! Defects that are there on purpose, so that the harnesses can show that they would find them. Compiled only with the
//! feature `planted`; acting only when `VIENPHI_PLANTED` names one.

use std::sync::LazyLock;

/// A defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Commands are answered before their transaction is committed.
    AnswerBeforeCommit,
    /// An Idempotency-Key is not looked up.
    KeyLookedUpOutside,
    /// A handler begins a transaction in its own future.
    BeginInHandler,
    /// Refunds are not held against the deposits.
    RefundUnchecked,
    /// A journal's last posting is not written.
    PostingLost,
    /// A receipt's number is taken and not used.
    NumberBurned,
    /// What a rail has told of before counts again.
    EventCountedAgain,
    /// A refund that may have been asked for is asked for again.
    RefundAskedAgain,
}

const NAMES: [(&str, Defect); 8] = [
    ("answer-before-commit", Defect::AnswerBeforeCommit),
    ("key-looked-up-outside", Defect::KeyLookedUpOutside),
    ("begin-in-handler", Defect::BeginInHandler),
    ("refund-unchecked", Defect::RefundUnchecked),
    ("posting-lost", Defect::PostingLost),
    ("number-burned", Defect::NumberBurned),
    ("event-counted-again", Defect::EventCountedAgain),
    ("refund-asked-again", Defect::RefundAskedAgain),
];

static PLANTED: LazyLock<Option<Defect>> = LazyLock::new(|| {
    let name = std::env::var("VIENPHI_PLANTED").ok()?;
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, defect)| *defect)
});

/// Is this defect planted?
pub fn is(defect: Defect) -> bool {
    *PLANTED == Some(defect)
}
