//! The product as its users meet it, in one test binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod access;
mod bad_input;
mod browser;
mod cases;
mod catalogues;
mod claim_check;
mod claim_faults;
mod claims;
mod cli;
mod complaints;
mod contract;
mod corners;
mod crash;
mod demo;
mod desk;
mod documents;
mod gateway;
mod guests;
mod hostile_rails;
mod http;
mod model;
mod new_plugin;
mod new_rail;
mod notifiers;
mod oidc;
mod outage;
mod packages;
mod pages;
mod payments;
mod permutations;
mod planted;
mod policies;
mod program;
mod races;
mod random;
mod sandbox;
mod stripe;
mod submissions;
mod tutorial;
mod verifier;
