//! Who may do what: decisions by the Cedar policies of `policies/access/`. The only crate that names Cedar.
//!
//! * [`Access::read`] checks every policy against the schema, and the schema against the words of the program
//! * [`Access::decide`] asks them whether an [`Actor`](vienphi_domain::Actor) may do something; what no policy permits
//!   is denied

mod about;
mod access;
mod question;
mod read;
mod scope;
#[cfg(test)]
mod tests;

pub use about::{About, Decision};
pub use access::Access;
pub use read::AccessError;
