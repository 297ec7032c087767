//! Who pays: the patient, the insurer or somebody else.
//!
//! [`insure`] takes what the tariff decided and finds, for each part, the card and the rate of its day; then the 15 %
//! rule, the co-payment exemption, the direct-payment cap and the split. Values of the law are [`Policies`], read from
//! `policies/benefit`, each with its dates and ground.

mod cover;
mod exemption;
mod insure;
mod load;
mod policies;
mod price;
pub mod rules;
mod split;
mod subject;

pub use insure::{Ceiling, Decided, Insured, Share, SharedCap, insure};
pub use load::PolicyError;
pub use policies::Policies;
pub use price::Priced;
pub use subject::{Route, find_route};
