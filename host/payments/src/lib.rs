//! Collecting without cash: what is pure of it.
//!
//! * [`mac`]: what signs messages and what proves them
//! * [`parts`]: a bill that is too large for one payment
//! * [`reference`]: the reference that a payment carries through banks and back
//! * [`state`]: requests, attempts and what money does to them

pub mod mac;
mod parts;
pub mod reference;
pub mod state;

pub use parts::parts;
pub use reference::Reference;
pub use state::{AttemptState, Fate, RefundState, Request, RequestState};
