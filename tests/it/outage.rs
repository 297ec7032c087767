//! The database away for a moment, and too many clients at once.

use std::time::Duration;

use acceptance::database::Kind;
use acceptance::storm::outages::{OF_POSTGRES, OF_SQLITE, Outage, Outages};
use acceptance::storm::spread;

use crate::program::binary;

fn passed(kind: Kind, all: &[Outage], time: impl Fn(Outage) -> Duration) {
    let mut outages = Outages::new(&binary(), kind);
    for outage in all {
        if outages.can(*outage) {
            outages.pass(*outage, time(*outage));
        } else {
            println!("{outage:?} was not tried: no disk can be mounted here");
        }
    }
    outages.overload(600);
    outages.verify();
    println!("{kind:?}: {}; recovered {}", outages.findings, spread(&outages.recovered));
    outages.findings.assert_clean();
    assert!(outages.told_to_wait > 0);
}

#[test]
fn campaign_of_outages_of_sqlite() {
    // SQLite itself waits for five seconds before it says so.
    passed(Kind::Sqlite, &OF_SQLITE, |outage| Duration::from_millis(if outage == Outage::Locked { 6500 } else { 700 }));
}

#[test]
fn campaign_of_outages_of_postgres() {
    // The server waits for an answer of a database that stands still for some seconds.
    passed(Kind::Postgres, &OF_POSTGRES, |outage| {
        Duration::from_millis(if outage == Outage::Paused { 9000 } else { 700 })
    });
}
