//! The HTTP interface over the policies and packages of the checkout.

#![allow(clippy::unwrap_used, clippy::panic)]

mod description;
mod interface;
mod load;
mod page;
mod quotes;
mod refusals;
mod shutdown;
mod validate;
