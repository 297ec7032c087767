//! Payment providers and the insurer's portal as a hospital meets them: real HTTP servers with their protocols, signatures and
//! failures, and a page each that plays the payer or shows what came in.
//!
//! Nothing of the product is used here, so that what both have wrong does not cancel out: strings are put together and signed
//! after the providers' own documents (the sources are named where they are used).
//!
//! * [`vnpay`], [`stripe`]: the redirect gateways
//! * `sign`: signatures
//! * [`portal`]: the portal of Vietnam Social Security
//! * [`bank`]: a bank account with an app, and the notifiers that watch it

#![allow(clippy::expect_used)] // a simulator that cannot work is a test that fails

mod fault;
mod page;
mod server;
pub mod sign;

pub mod bank;
pub mod portal;
pub mod stripe;
pub mod vnpay;

pub use bank::Bank;
pub use fault::Fault;
pub use portal::InsurerPortal;
pub use stripe::Stripe;
pub use vnpay::VnPay;
