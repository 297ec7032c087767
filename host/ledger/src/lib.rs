//! Double entry: accounts, journals that balance, posting rules and reversal. Pure.
//!
//! * [`Account`]: the chart; [`Method`]: how money came; [`Dimensions`]: what a posting is about
//! * [`rules`]: the one table that says which accounts an event moves
//! * [`Journal`]: postings that add up to zero; one that does not cannot be made
//! * [`balance`]: what a patient owes and holds, and what desk commands make of it
//! * [`earned`]: what a statement says was earned, and from whom

mod account;
pub mod balance;
pub mod earned;
mod journal;
pub mod rules;

pub use account::{Account, Method, Payer};
pub use balance::Balance;
pub use earned::Earned;
pub use journal::{Dimensions, Draft, Journal, Posting, Unbalanced};
pub use rules::{Event, Movement};
