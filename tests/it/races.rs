//! Many clients on a few visits at once, and clients that go away.

use acceptance::checkout;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::{Hospital, visit};
use acceptance::storm::deliveries::Storm;
use acceptance::storm::{leavers, races};
use postgres_for_tests::Cluster;
use serde_json::{Value, json};

use crate::desk::{on_both, with};
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

/// Each transfer told ten times, out of order, forged and stale ones among them, while a server is killed; on PostgreSQL one
/// of two.
#[test]
fn campaign_of_notifications_in_a_storm() {
    for kind in BOTH {
        let database = Database::new(kind, "storm");
        let second = kind == Kind::Postgres;
        let storm = Storm { events: 1_000, deliveries: 10_000, second, seed: 7 };
        let weathered = storm.on(&binary(), &database, kind, None);
        assert!(weathered.findings.is_empty(), "{weathered:?}");
        assert!(weathered.refused > 100 && weathered.answered == 10_000, "{weathered:?}");
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

/// What a refused command takes back is its own, not what others did in the same transaction before it.
#[test]
fn campaign_of_refused_reversals_beside_deposits() {
    raced("reversal-race", |hospital| races::refused_reversals(hospital, "V", CLIENTS, 15));
}

#[test]
fn campaign_of_retries_at_once() {
    raced("retry-race", |hospital| races::retries(hospital, "K", 8, 40));
}

fn left_alone(database: &Database, kind: Kind) {
    let hospital = Hospital::start(&binary(), database, &[]);
    for burst in 0..2 {
        let left = leavers::leave(&hospital, (database, kind), &format!("L{burst}-"), (CLIENTS, 1000));
        assert_eq!(left.idle_in_transaction, 0, "{kind:?}");
        assert!(left.wrong.is_empty(), "{kind:?}: {:?}", left.wrong);
        assert!(left.sent_again > 20, "{left:?}");
    }
    hospital.verify();
}

#[test]
fn campaign_of_clients_that_go_away_on_sqlite() {
    left_alone(&Database::new(Kind::Sqlite, "leavers"), Kind::Sqlite);
}

#[test]
fn campaign_of_clients_that_go_away_on_postgres() {
    let cluster = Cluster::start(&checkout::target().join("postgres")).unwrap();
    left_alone(&Database::on(&cluster.url("postgres"), "leavers"), Kind::Postgres);
    assert_eq!(leavers::begun_twice(&cluster), 0);
}

/// Whoever got no answer asks again with the key, and meanwhile others have gone on.
fn alike(hospital: &Hospital, name: &str, rest: &str, body: Value, meanwhile: impl FnOnce(&Value)) {
    let first = hospital.post_keyed(name, rest, rest, body.clone());
    assert!((200..300).contains(&first.status), "{first:?}");
    meanwhile(&first.json);
    let again = hospital.post_keyed(name, rest, rest, body);
    let texts = [&first, &again].map(|answer| String::from_utf8_lossy(&answer.bytes).into_owned());
    assert_eq!((first.status, &texts[0]), (again.status, &texts[1]), "{rest}");
}

#[test]
fn a_retry_of_a_reversal_is_answered_alike_after_the_shift_was_counted() {
    on_both("retried-reversal", |hospital| {
        with(201, hospital.put(&visit("V1", &[100_000])));
        let shift = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1"})));
        let cash = json!({"amount": "1000", "method": "cash"});
        let receipt = with(201, hospital.post("an", "/encounters/V1/deposits", cash));
        let path = format!("/receipts/{}/reverse", receipt["number"].as_str().unwrap());
        alike(hospital, "an", &path, json!({"reason": "nhầm"}), |_| {
            let counted = json!({"counted": {"cash": "0"}});
            with(200, hospital.post("an", &format!("/shifts/{}/count", shift["id"]), counted));
        });
    });
}

#[test]
fn a_retry_of_a_request_to_reopen_is_answered_alike_after_it_was_approved() {
    on_both("retried-reopen", |hospital| {
        with(201, hospital.put(&visit("V1", &[100_000])));
        with(200, hospital.post("an", "/encounters/V1/close", json!({})));
        alike(hospital, "an", "/encounters/V1/reopen", json!({"reason": "thiếu"}), |asked| {
            with(200, hospital.post("chi", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        });
    });
}

#[test]
fn a_retry_of_a_repricing_is_answered_alike_after_it_was_applied() {
    on_both("retried-repricing", |hospital| {
        with(201, hospital.put(&visit("V1", &[100_000])));
        let scope = json!({"scope": {"encounters": ["V1"]}, "reason": "giá mới"});
        alike(hospital, "lan", "/repricings", scope, |started| {
            with(200, hospital.post("dung", &format!("/approvals/{}/approve", started["approval"]), json!({})));
            with(200, hospital.post("lan", &format!("/repricings/{}/apply", started["id"]), json!({})));
        });
    });
}
