//! Many clients on a few visits at once, and clients that go away.

use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::Hospital;
use acceptance::storm::{leavers, races};

use crate::program::binary;

const CLIENTS: usize = 32;

fn raced(name: &str, race: impl Fn(&Hospital) -> Vec<String>) {
    for kind in BOTH {
        let database = Database::new(kind, name);
        let hospital = Hospital::start(&binary(), &database, &[]);
        let wrong = race(&hospital);
        assert!(
            wrong.is_empty(),
            "{kind:?}: {} findings, the first:\n{}",
            wrong.len(),
            wrong[..wrong.len().min(5)].join("\n")
        );
        hospital.verify();
    }
}

#[test]
fn campaign_of_refund_races() {
    raced("refund-race", |hospital| races::refunds(hospital, "R", CLIENTS, 6));
}

#[test]
fn campaign_of_desks_on_one_book() {
    raced("book-race", |hospital| races::books(hospital, "B", CLIENTS, 25));
}

#[test]
fn campaign_of_bills_that_change_while_they_are_paid() {
    raced("bill-race", |hospital| races::changing_bills(hospital, "C", CLIENTS, 20));
}

#[test]
fn campaign_of_retries_at_once() {
    raced("retry-race", |hospital| races::retries(hospital, "K", 8, 40));
}

#[test]
fn campaign_of_clients_that_go_away() {
    for kind in BOTH {
        let database = Database::new(kind, "leavers");
        let hospital = Hospital::start(&binary(), &database, &[]);
        let left = leavers::leave(&hospital, (&database, kind), "L", (CLIENTS, 3000), |_| {});
        assert_eq!(left.idle_in_transaction, 0, "{kind:?}");
        assert!(left.wrong.is_empty(), "{kind:?}: {:?}", left.wrong);
        assert!(left.sent_again > 50, "{left:?}");
        assert!(kind == Kind::Sqlite || left.requests == 3000);
        hospital.verify();
    }
}
