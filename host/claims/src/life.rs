//! The life of a claim's version: what it is, and what may become of it.
//!
//! ```text
//! draft ─► checked ─► signed ─► sending ─► sent ─► received
//!             └────────────────────┘  ▲     ├────► refused
//!                                     │     ▼
//!                                     └── unknown ─► received, refused
//! ```
//!
//! What may have left this house is `sent` before it is sent. When its answer is lost it is `unknown`, and only a query or a
//! person's word leads on from there: a portal does not know that two files are one.

use ClaimEvent as Event;
use ClaimState as State;

/// What a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimState {
    /// Made, and not fit to be sent.
    Draft,
    /// Nothing that a check found keeps it from being sent.
    Checked,
    /// Checked, with the hospital's signature in it.
    Signed,
    /// It waits to be sent; nothing of it has left.
    Sending,
    /// It has left or is about to, and no answer was seen yet.
    Sent,
    /// The portal has it.
    Received,
    /// The portal does not take it.
    Refused,
    /// It may be with the portal: nobody saw the answer.
    Unknown,
    /// Taken back.
    Withdrawn,
    /// A later version is in its place.
    Replaced,
}

/// What happens to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimEvent {
    /// A check found nothing that keeps it from being sent.
    Cleared,
    /// A check found something that does.
    Blocked,
    /// A signature was put into it.
    Signed,
    /// Somebody wants it sent.
    Submitted,
    /// It is sent in a moment.
    Left,
    /// It certainly did not arrive, or was not looked at.
    NotTaken,
    /// The portal took it.
    Accepted,
    /// The portal refused it.
    Refused,
    /// No answer came.
    Lost,
    /// The portal, or a person who looked there, says that it is not there.
    Absent,
    /// Somebody takes it back.
    Withdrawn,
    /// A later version takes its place.
    Replaced,
}

impl Event {
    /// Every event with its word.
    pub const WORDS: [(&str, ClaimEvent); 12] = [
        ("cleared", Event::Cleared),
        ("blocked", Event::Blocked),
        ("signed", Event::Signed),
        ("submitted", Event::Submitted),
        ("left", Event::Left),
        ("not-taken", Event::NotTaken),
        ("accepted", Event::Accepted),
        ("refused", Event::Refused),
        ("lost", Event::Lost),
        ("absent", Event::Absent),
        ("withdrawn", Event::Withdrawn),
        ("replaced", Event::Replaced),
    ];

    /// As it is kept.
    pub fn word(self) -> &'static str {
        Event::WORDS.iter().find(|(_, event)| *event == self).map_or("", |(word, _)| word)
    }

    /// The event of a word.
    pub fn parse(word: &str) -> Option<ClaimEvent> {
        Event::WORDS.iter().find(|(known, _)| *known == word).map(|(_, event)| *event)
    }
}

impl State {
    /// Every state with its word.
    pub const WORDS: [(&str, ClaimState); 10] = [
        ("draft", State::Draft),
        ("checked", State::Checked),
        ("signed", State::Signed),
        ("sending", State::Sending),
        ("sent", State::Sent),
        ("received", State::Received),
        ("refused", State::Refused),
        ("unknown", State::Unknown),
        ("withdrawn", State::Withdrawn),
        ("replaced", State::Replaced),
    ];

    /// As it is kept and shown.
    pub fn word(self) -> &'static str {
        State::WORDS.iter().find(|(_, state)| *state == self).map_or("", |(word, _)| word)
    }

    /// The state of a word.
    pub fn parse(word: &str) -> Option<ClaimState> {
        State::WORDS.iter().find(|(known, _)| *known == word).map(|(_, state)| *state)
    }

    /// On its way: no other version of the claim may be sent meanwhile.
    pub fn is_in_flight(self) -> bool {
        matches!(self, State::Sending | State::Sent | State::Unknown)
    }

    /// Nothing of it has left this house: it is ours alone.
    pub fn is_ours(self) -> bool {
        matches!(self, State::Draft | State::Checked | State::Signed | State::Sending)
    }

    /// What it is after an event; none when the event cannot happen to it.
    pub fn after(self, event: Event) -> Option<ClaimState> {
        match (self, event) {
            (State::Draft | State::Checked, Event::Cleared) => Some(State::Checked),
            (State::Draft | State::Checked, Event::Blocked) => Some(State::Draft),
            (State::Checked, Event::Signed) => Some(State::Signed),
            (State::Checked | State::Signed, Event::Submitted) => Some(State::Sending),
            (State::Sending, Event::Left) => Some(State::Sent),
            (State::Sent, Event::NotTaken) | (State::Unknown, Event::Absent) => Some(State::Sending),
            // An answer that comes late is an answer.
            (State::Sent | State::Unknown, Event::Accepted) => Some(State::Received),
            (State::Sent | State::Unknown, Event::Refused) => Some(State::Refused),
            (State::Sent | State::Unknown, Event::Lost) => Some(State::Unknown),
            // What may be with the portal and is not known to be cannot be taken back, nor stepped over.
            (
                State::Draft | State::Checked | State::Signed | State::Sending | State::Received | State::Refused,
                Event::Withdrawn,
            ) => Some(State::Withdrawn),
            (
                State::Draft | State::Checked | State::Signed | State::Sending | State::Received | State::Refused,
                Event::Replaced,
            ) => Some(State::Replaced),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
