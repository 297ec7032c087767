//! Use cases. This crate alone joins the price tables, the sandbox and the benefit rules.
//!
//! A [`Pricer`] holds everything a price depends on but the encounter and the day taken as today, which are arguments:
//! the same arguments always give the same statement.

mod admission;
pub mod cases;
mod catalogue;
mod catalogue_diff;
pub mod claim_check;
mod claim_upload;
mod conduct;
mod decide;
pub mod desk;
pub mod network;
mod places;
mod pricer;
mod problems;
mod question;
pub mod rail_cases;
mod rails;
mod setup;
pub mod shadow;
mod status;
mod submitting;
mod tried_cases;

pub use admission::{Changed, Shadow, Step, admit, compare};
pub use catalogue::CatalogueRow;
pub use catalogue_diff::{CatalogueDiff, PriceChange};
pub use desk::Desk;
pub use places::PlaceRows;
pub use pricer::{Priced, Pricer, Witness};
pub use question::Question;
pub use rails::Rails;
pub use setup::{Files, Offer, Overlay, Setup, SetupError, Warning};
pub use status::PluginStatus;
pub use submitting::{Submitting, SubmittingError};
pub use tried_cases::TriedCase;
