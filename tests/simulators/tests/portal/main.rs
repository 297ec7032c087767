//! The product's calls against the simulated portal, over real HTTP and through every failure of it.

mod cards;
mod claims;
mod control;
mod hospital;
mod storm;
