//! Synthetic visits and claims: nobody in them is real.
//!
//! * [`name`]: what somebody is called
//! * [`visit`]: the encounter of a plausible visit, the same bytes for the same seed and number
//! * [`Places`]: facilities and prices, which the caller brings
//! * [`faults`]: claims broken in one named way each, with the code by which each is found
//!
//! What is made is clean: priced by the product and exported, no check of it finds more than a note. Names are put together
//! from common parts; numbers of cards begin with 9999 and those of identity papers with 999, which no province has.

mod cards;
mod care;
mod clinical;
mod faults;
mod goods;
mod lines;
mod people;
mod places;
mod plot;
mod random;
mod reference;
mod route;
mod surgery;
mod twists;
mod visit;
mod ward;

pub use faults::{Broken, Fault, Needs, faults};
pub use people::name;
pub use places::{Place, Places, Service};
pub use plot::{Plot, Twist};
pub use visit::{FIRST_DAY, LAST_DAY, Sample, Wish, visit};

#[cfg(test)]
mod tests;
