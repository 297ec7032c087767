//! The HTTP interface: a JSON API, its description and a page to read it.
//!
//! A handler extracts, calls one use case and converts; what surrounds every request (its id, its span, its time limit,
//! the refusal of what is too much) stands in `frame` and `admission`; who comes in and how, in `doors` and `peer`. Whatever is refused, by whichever
//! layer, is `application/problem+json` with a stable `type`.
//!
//! * [`Api`]: what handlers work with; [`router`] makes the routes over it; [`serve`] answers connections
//! * [`schema`]: what is sent and answered, as `/openapi.json` describes it

mod admission;
mod api;
mod callbacks;
mod catalogue;
mod claim_check;
mod desk;
mod document;
mod doors;
mod frame;
mod health;
mod lane;
mod openapi;
mod page;
mod pages;
mod peer;
mod plugins;
mod query;
mod quotes;
mod refusal;
mod router;
pub mod schema;
mod serve;

pub use api::{Api, Quoted};
pub use doors::{Identity, ThroughProxy, UnderTls};
pub use router::router;
pub use serve::{Doors, serve};
