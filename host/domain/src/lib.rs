//! The nouns of the business, without clock, files or network.
//!
//! * [`encounter`]: what a hospital sends; read whole, with every fault named
//! * [`statement`]: what it gets back; the one number everywhere
//! * [`card`], [`code`], [`facility`], [`time`]: the words both are made of
//! * [`fault`], [`finding`]: what is wrong with the input, what is odd about the bill

pub mod actor;
pub mod card;
pub mod code;
pub mod digest;
pub mod encounter;
pub mod facility;
pub mod fault;
pub mod finding;
pub mod heading;
pub mod json;
mod json_writer;
pub mod patient;
pub mod reader;
pub mod spoken;
pub mod statement;
pub use vienphi_text as text;
pub mod time;
mod words;

pub use actor::{Action, Actor, Role};
pub use card::Card;
pub use code::Code;
pub use digest::Digest;
pub use encounter::Encounter;
pub use facility::{Facility, Registry};
pub use fault::{Fault, Faults, Problem};
pub use finding::{Finding, Severity, Words};
pub use patient::Identity;
pub use statement::Statement;
pub use time::{Day, Minute, Moment};
