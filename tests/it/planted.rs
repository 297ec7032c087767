//! Defects that were put in on purpose: each is found by a harness. The binary has them by the feature `planted`, which
//! the release does not have.

use std::path::Path;
use std::time::{Duration, Instant};

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::hospital::Hospital;
use acceptance::orders::{Rail, Trial};
use acceptance::storm::aftermath::Findings;
use acceptance::storm::deliveries::Storm;
use acceptance::storm::kills::Kills;
use acceptance::storm::{leavers, races};
use postgres_for_tests::Cluster;
use simulators::Fault;

use crate::gateway::{Scene, text};
use crate::program::binary;

/// A hospital whose server has a defect.
fn with_defect(defect: &str, database: &Database) -> Hospital {
    let mut hospital = Hospital::closed(Path::new(&binary()), database, &[]);
    hospital.set("VIENPHI_PLANTED", defect);
    hospital.open();
    hospital
}

/// What is found of a defect by some races and by the check of all records.
fn found(defect: &str, race: impl Fn(&Hospital) -> Vec<String>) -> (Vec<String>, String) {
    let database = Database::new(Kind::Sqlite, defect);
    let hospital = with_defect(defect, &database);
    let wrong = race(&hospital);
    let mut findings = Findings::default();
    findings.verify(&hospital);
    (wrong, findings.violations.join("\n"))
}

#[test]
fn campaign_finds_answers_before_their_commit() {
    let mut kills = Kills::new(&binary(), Kind::Sqlite, 11, Some("answer-before-commit"));
    let cycles = (1..=60).find(|_| {
        kills.cycle();
        !kills.findings.lost.is_empty()
    });
    println!("found in cycle {cycles:?}: {}", kills.findings);
    assert!(cycles.is_some(), "{}", kills.findings);
}

/// A notification that counts again is found by the storm.
#[test]
fn campaign_finds_events_that_count_again() {
    let database = Database::new(Kind::Sqlite, "event-counted-again");
    let storm = Storm { events: 20, deliveries: 60, second: false, seed: 1 };
    let weathered = storm.on(&binary(), &database, Kind::Sqlite, Some("event-counted-again"));
    assert!(
        weathered.findings.iter().any(|found| found.starts_with("receipts") || found.contains("đồng")),
        "{weathered:?}"
    );
}

/// So is it by the orders of what a rail tells: it was told, then came the crash, then it was told again.
#[test]
fn orders_find_events_that_count_again() {
    let database = Database::new(Kind::Sqlite, "orders-planted");
    let mut trial = Trial::on(Rail::SePay, database, &binary(), Some("event-counted-again"));
    let right_twice = [1, 2];
    assert!(trial.tell(&right_twice, true).is_err());
}

/// Waits until a refund was asked for so often.
fn until(scene: &Scene, asked: &serde_json::Value, times: usize) {
    let began = Instant::now();
    while scene.gateway.refunds_asked(text(asked)) < times && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A refund that is sent again after a crash is found by the scenario of one.
#[test]
fn the_scenario_of_a_lost_answer_finds_refunds_that_are_asked_for_again() {
    let mut scene = Scene::new(Kind::Sqlite, "refund-asked-again");
    scene.hospital.set("VIENPHI_PLANTED", "refund-asked-again");
    let (asked, refund) = scene.refund_of("S1", 70_000, 70_000);
    scene.gateway.fail_next(Fault::SilentAfterDoing);
    scene.pay_back(&asked, &refund);
    until(&scene, &asked, 1);
    scene.hospital.kill();
    scene.database.tamper("update payment_attempt set due_at = 1 where due_at is not null");
    scene.hospital.open();
    until(&scene, &asked, 2);
    assert_eq!(
        scene.gateway.refunds_asked(text(&asked)),
        2,
        "the defect is not there any more: nothing shows that it would be found"
    );
}

#[test]
fn campaign_finds_keys_that_are_not_looked_up() {
    let (wrong, _) = found("key-looked-up-outside", |hospital| races::retries(hospital, "K", 4, 3));
    assert!(wrong.iter().any(|wrong| wrong.contains("of deposits")), "{wrong:?}");
}

/// What a client leaves behind that goes away while a handler is in a transaction.
#[test]
fn campaign_finds_transactions_begun_in_handlers() {
    let cluster = Cluster::start(&checkout::target().join("postgres")).unwrap();
    let database = Database::on(&cluster.url("postgres"), "begin-in-handler");
    let hospital = with_defect("begin-in-handler", &database);
    let bursts = (1..=20).find(|burst| {
        let name = format!("L{burst}-");
        let left = leavers::leave(&hospital, (&database, Kind::Postgres), &name, (32, 400));
        left.idle_in_transaction > 0 || leavers::begun_twice(&cluster) > 0
    });
    println!("found in burst {bursts:?}: begun twice {}", leavers::begun_twice(&cluster));
    assert!(bursts.is_some());
}

#[test]
fn campaign_finds_refunds_beyond_the_deposits() {
    let (wrong, violations) = found("refund-unchecked", |hospital| races::refunds(hospital, "R", 8, 6));
    assert!(!wrong.is_empty() || violations.contains("I8") || violations.contains("I2 "), "{violations}");
}

#[test]
fn verify_finds_a_posting_that_is_lost() {
    let (_, violations) = found("posting-lost", |hospital| races::books(hospital, "B", 2, 2));
    assert!(violations.contains("I1 "), "{violations}");
}

#[test]
fn verify_finds_a_number_that_is_not_used() {
    let (_, violations) = found("number-burned", |hospital| races::books(hospital, "B", 2, 2));
    assert!(violations.contains("I26"), "{violations}");
}
