//! Random commands to the server and to a page of arithmetic: the same answers and the same states, on both databases.

use acceptance::database::{BOTH, Database};
use acceptance::hospital::Hospital;
use acceptance::model::Sequence;

use crate::program::binary;

#[test]
fn campaign_of_random_commands_against_a_small_model() {
    for kind in BOTH {
        for seed in 1..=3 {
            let database = Database::new(kind, "model");
            let hospital = Hospital::start(&binary(), &database, &[]);
            Sequence::new(&hospital, seed).run(150).unwrap_or_else(|why| panic!("{kind:?}, seed {seed}: {why}"));
            hospital.verify();
        }
    }
}
