//! What rails tell of one bill, in every order and with a crash between: the end is the same. `cargo xtask campaign orders`
//! does it with all seven events.

use acceptance::database::{BOTH, Kind};
use acceptance::orders::{RAILS, Rail, Trial, orders};

use crate::program::binary;

fn in_every_order(rail: Rail, kind: Kind, events: usize, crash: bool) {
    let mut trial = Trial::new(rail, kind, &binary());
    for order in orders(events) {
        trial.tell(&order, crash).unwrap();
    }
    trial.end().unwrap();
}

#[test]
fn transfers_in_every_order_end_the_same() {
    for kind in BOTH {
        in_every_order(Rail::SePay, kind, 5, false);
    }
}

#[test]
fn what_a_gateway_tells_in_every_order_ends_the_same() {
    in_every_order(Rail::VnPay, Kind::Sqlite, 5, false);
    in_every_order(Rail::VnPay, Kind::Postgres, 4, false);
}

#[test]
fn what_stripe_tells_in_every_order_ends_the_same() {
    in_every_order(Rail::Stripe, Kind::Sqlite, 4, false);
}

#[test]
fn a_crash_between_each_two_ends_the_same() {
    for rail in RAILS {
        in_every_order(rail, Kind::Sqlite, if rail == Rail::SePay { 4 } else { 3 }, true);
    }
}
