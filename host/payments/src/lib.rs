//! Collecting without cash: what is pure of it.
//!
//! * [`mac`]: what signs messages and what proves them
//! * [`reference`]: the reference that a payment carries through banks and back
//! * [`state`]: requests, attempts and what money does to them

pub mod mac;
pub mod reference;
pub mod state;

pub use reference::Reference;
pub use state::{AttemptState, Fate, Request, RequestState};
