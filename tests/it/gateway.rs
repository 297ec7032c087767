//! A redirect gateway from end to end, with its failures: VNPay as the simulator plays it.

use std::time::{Duration, Instant};

use acceptance::database::{BOTH, Database, Kind};
use acceptance::folder::Folder;
use acceptance::hospital::{Hospital, fresh_key, visit};
use acceptance::rails::{policies_with, set_up, watched};
use serde_json::{Value, json};
use simulators::{Fault, VnPay};

use crate::desk::{on_account, refused, with};
use crate::program::binary;

const SECRET: &str = "hash-secret-of-the-tests-0123456789";

/// A hospital, its gateway, and the database behind it.
pub(crate) struct Scene {
    pub(crate) hospital: Hospital,
    pub(crate) gateway: VnPay,
    pub(crate) database: Database,
    _policies: Folder,
}

/// The product's policies, with the gateway on this machine.
fn policies(name: &str, gateway: &VnPay) -> Folder {
    let endpoints = format!(
        "allow_loopback = true\nseconds = 2\n[rail.vnpay]\npay = \"{}\"\napi = \"{}\"\n",
        gateway.pay_url(),
        gateway.api_url()
    );
    policies_with(name, &endpoints)
}

impl Scene {
    pub(crate) fn new(kind: Kind, name: &str) -> Scene {
        let gateway = VnPay::start("VIENPHI1", SECRET, 0);
        let policies = policies(&format!("{name}-{kind:?}"), &gateway);
        let database = Database::new(kind, name);
        let options = ["--policies", &policies.at("")];
        let hospital = Hospital::start(&binary(), &database, &options);
        let settings = json!({
            "settings": {
                "tmn-code": "VIENPHI1", "return-url": "https://vienphi.example/da-thanh-toan", "ip-address": "203.0.113.7",
            },
            "keys": { "hash-secret": SECRET }, "reason": "cổng thanh toán",
        });
        set_up(&hospital, "vnpay", &settings);
        let scene = Scene { hospital, gateway, database, _policies: policies };
        scene.tell();
        scene
    }

    pub(crate) fn tell(&self) {
        self.gateway.tell(&format!("http://{}/callbacks/92114/vnpay", self.hospital.address));
    }

    /// A bill, and a request for it that the payer has opened.
    pub(crate) fn asked(&self, encounter: &str, amount: u64) -> Value {
        with(201, self.hospital.put(&visit(encounter, &[amount])));
        let body = json!({"for": "balance", "rail": "vnpay"});
        let asked = with(201, self.hospital.post("an", &format!("/encounters/{encounter}/payment-requests"), body));
        self.gateway.open(asked["url"].as_str().unwrap()).unwrap();
        asked
    }

    pub(crate) fn read(&self, asked: &Value) -> Value {
        with(200, self.hospital.get("an", &format!("/payment-requests/{}", asked["id"])))
    }

    /// Waits until the request's attempt says so, without asking the rail.
    fn look_on(&self, asked: &Value, kind: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.wait(asked, kind, is_so, || {})
    }

    /// The rail is asked now and not in a quarter of an hour; waits until the request's attempt says so.
    fn look(&self, asked: &Value, kind: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.wait(asked, kind, is_so, || {
            self.database.tamper("update payment_attempt set due_at = 1 where phase = 'begin'");
        })
    }

    fn wait(&self, asked: &Value, kind: &str, is_so: impl Fn(&Value) -> bool, between: impl Fn()) -> Value {
        watched(&self.hospital, asked, kind, is_so, between)
    }

    pub(crate) fn ledger(&self, account: &str) -> Value {
        let accounts = with(200, self.hospital.get("nga", "/ledger/accounts"));
        on_account(&accounts, account, "balance").unwrap_or(json!("0"))
    }

    /// A deposit by the gateway, asked back and approved; the approval.
    pub(crate) fn refund_of(&self, encounter: &str, amount: u64, back: u64) -> (Value, Value) {
        with(201, self.hospital.put(&visit(encounter, &[1_000])));
        let body = json!({"for": "deposit", "amount": amount.to_string(), "rail": "vnpay"});
        let asked = with(201, self.hospital.post("an", &format!("/encounters/{encounter}/payment-requests"), body));
        self.gateway.open(asked["url"].as_str().unwrap()).unwrap();
        self.gateway.pay(text(&asked), Fault::None);
        let body = json!({"amount": back.to_string(), "reason": "ra viện", "to": "tài khoản đã trả"});
        let refund = with(202, self.hospital.post("an", &format!("/encounters/{encounter}/refunds"), body));
        with(200, self.hospital.post("dung", &format!("/approvals/{}/approve", refund["id"]), json!({})));
        (asked, refund)
    }

    pub(crate) fn pay_back(&self, asked: &Value, refund: &Value) -> Value {
        let body = json!({"method": "rail", "request": asked["id"]});
        with(202, self.hospital.post("an", &format!("/approvals/{}/pay", refund["id"]), body))
    }
}

pub(crate) fn text(asked: &Value) -> &str {
    asked["reference"].as_str().unwrap()
}

fn codes(answers: &[Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["RspCode"].as_str().unwrap()).collect()
}

#[test]
fn a_payer_is_redirected_and_the_gateway_tells() {
    for kind in BOTH {
        let scene = Scene::new(kind, "redirect");
        let asked = scene.asked("G1", 162_000);
        assert_eq!((&asked["attempt"], &asked["amount"]), (&json!("instructed"), &json!("162000")));
        let url = asked["url"].as_str().unwrap();
        assert!(url.contains("vnp_Amount=16200000") && !url.contains(SECRET), "{url}");
        // Who changes the amount in the address is not let in.
        assert!(scene.gateway.open(&url.replace("vnp_Amount=16200000", "vnp_Amount=100")).is_err());
        // Forged, it changes nothing; then it is told, and told again.
        assert_eq!(codes(&scene.gateway.pay(text(&asked), Fault::WrongSignature)), ["97"]);
        assert_eq!(scene.read(&asked)["state"], "open");
        assert_eq!(codes(&scene.gateway.pay(text(&asked), Fault::Twice)), ["00", "02"]);
        let paid = scene.read(&asked);
        assert_eq!((&paid["state"], &paid["attempts"][0]["state"]), (&json!("paid"), &json!("succeeded")));
        // The gateway has the money, and not the bank.
        assert_eq!((scene.ledger("in-transit"), scene.ledger("bank")), (json!("162000"), json!("0")));
        assert_eq!(scene.hospital.account("G1")["due"], "0");
        // A failure that is told late does not undo it.
        let late = scene.asked("G2", 50_000);
        assert_eq!(codes(&scene.gateway.pay(text(&late), Fault::OutOfOrder)), ["00", "00"]);
        assert_eq!(scene.read(&late)["state"], "paid");
        // Another amount is money, and not this bill's.
        let other = scene.asked("G3", 50_000);
        assert_eq!(codes(&scene.gateway.pay(text(&other), Fault::OtherAmount(49_000))), ["04"]);
        let now = scene.read(&other);
        assert_eq!((&now["state"], &now["events"][0]["fate"]), (&json!("mismatch"), &json!("short")));
        assert_eq!((scene.ledger("in-transit"), scene.ledger("unapplied-credit")), (json!("261000"), json!("-49000")));
        // Refused by the payer's bank: the bill is still there to be paid.
        let refused = scene.asked("G4", 50_000);
        assert_eq!(codes(&scene.gateway.pay(text(&refused), Fault::Refused)), ["00"]);
        let now = scene.read(&refused);
        assert_eq!((&now["state"], &now["attempt"]), (&json!("open"), &json!("failed")));
        scene.hospital.verify();
    }
}

#[test]
fn what_is_not_told_is_asked() {
    for kind in BOTH {
        let scene = Scene::new(kind, "asked");
        // Nobody has paid: it stays open, and is asked for again.
        let open = scene.asked("A1", 20_000);
        let attempt = scene.look(&open, "pay", |one| one["state"] == "pending");
        assert_eq!((&attempt["next"], &attempt["owner"]), (&json!("query"), &json!("an")));
        // Paid, and never told.
        let asked = scene.asked("A2", 50_000);
        scene.gateway.pay(text(&asked), Fault::Never);
        scene.look(&asked, "pay", |one| one["state"] == "succeeded");
        assert_eq!(scene.read(&asked)["state"], "paid");
        // What it tells after all is the same money.
        assert_eq!(scene.gateway.tell_again(text(&asked)).unwrap()["RspCode"], "02");
        assert_eq!(scene.ledger("in-transit"), json!("50000"));
        // An answer that is not VNPay's is none: unknown, asked for again, and at last work for a person.
        let forged = scene.asked("A3", 30_000);
        scene.gateway.pay(text(&forged), Fault::Never);
        scene.database.tamper("update payment_attempt set tries = 4 where state = 'instructed'");
        scene.gateway.fail_next(Fault::WrongSignature);
        let attempt = scene.look(&forged, "pay", |one| one["state"] == "unknown" || one["state"] == "succeeded");
        if attempt["state"] == "unknown" {
            let work = with(200, scene.hospital.get("an", "/unapplied"));
            assert_eq!(work["items"][0]["kind"], "payment-unknown", "{work}");
        }
        scene.look(&forged, "pay", |one| one["state"] == "succeeded");
        let work = with(200, scene.hospital.get("an", "/unapplied"));
        assert_eq!(work["items"].as_array().unwrap().len(), 0, "{work}");
        scene.hospital.verify();
    }
}

#[test]
fn money_goes_back_the_way_it_came() {
    for kind in BOTH {
        let scene = Scene::new(kind, "back");
        let (asked, refund) = scene.refund_of("B1", 100_000, 40_000);
        let other = json!({"method": "rail", "request": 999_999});
        refused(422, "invalid-request", scene.hospital.post("an", &format!("/approvals/{}/pay", refund["id"]), other));
        let submitted = scene.pay_back(&asked, &refund);
        assert_eq!((&submitted["state"], &submitted["amount"]), (&json!("submitted"), &json!("40000")));
        // Nobody pays it a second time meanwhile.
        let cash = json!({"method": "transfer", "reference": "FT1"});
        refused(
            409,
            "refund-not-approved",
            scene.hospital.post("an", &format!("/approvals/{}/pay", refund["id"]), cash.clone()),
        );
        scene.look(&asked, "refund", |one| one["state"] == "pending");
        assert_eq!(scene.ledger("refunds-due"), json!("-40000"));
        scene.gateway.decide_refund(text(&asked), "00");
        let attempt = scene.look(&asked, "refund", |one| one["state"] == "succeeded");
        let receipt = attempt["receipt"].as_str().unwrap().to_owned();
        assert_eq!((scene.ledger("refunds-due"), scene.ledger("in-transit")), (json!("0"), json!("60000")));
        assert_eq!(with(200, scene.hospital.get("an", &format!("/receipts/{receipt}")))["amount"], "40000");
        scene.hospital.verify();
        // A week later the patient's bank sends it back: it is owed again, and paid in another way.
        scene.gateway.decide_refund(text(&asked), "09");
        scene.look(&asked, "refund", |one| one["state"] == "reversed");
        assert_eq!((scene.ledger("refunds-due"), scene.ledger("in-transit")), (json!("-40000"), json!("100000")));
        assert_eq!(with(200, scene.hospital.get("an", &format!("/receipts/{receipt}")))["state"], "reversed");
        let work = with(200, scene.hospital.get("an", "/unapplied"));
        assert_eq!(work["items"][0]["kind"], "refund-reversed", "{work}");
        with(201, scene.hospital.post("an", &format!("/approvals/{}/pay", refund["id"]), cash));
        assert_eq!(scene.ledger("refunds-due"), json!("0"));
        // Refused at once: it waits to be paid in another way.
        let (asked, refund) = scene.refund_of("B2", 50_000, 50_000);
        scene.gateway.fail_next(Fault::Refused);
        scene.pay_back(&asked, &refund);
        scene.look(&asked, "refund", |one| one["state"] == "failed");
        let waiting = with(200, scene.hospital.get("dung", "/approvals?state=approved"));
        assert!(waiting["items"].as_array().unwrap().iter().any(|item| item["id"] == refund["id"]), "{waiting}");
        scene.hospital.verify();
        // The plugin, asked again what it was asked, answers the same; no secret is in what is kept.
        let output = scene.hospital.runs(&["plugin", "replay", "--json", "--policies", &scene._policies.at("")]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &answer["different"], &answer["of_others"]),
            (Some(0), &json!([]), &json!(0))
        );
        assert!(answer["same"].as_u64() >= Some(12), "{answer}");
    }
}

/// Given back, and the answer never came: it is asked for once, and the gateway is asked what became of it.
#[test]
fn a_refund_without_an_answer_is_not_asked_for_twice() {
    for kind in BOTH {
        let mut scene = Scene::new(kind, "silent");
        let (asked, refund) = scene.refund_of("S1", 80_000, 80_000);
        scene.gateway.fail_next(Fault::SilentAfterDoing);
        scene.pay_back(&asked, &refund);
        scene.look(&asked, "refund", |one| one["state"] != "submitted");
        scene.look(&asked, "refund", |one| one["state"] == "pending");
        // Killed between sending and the answer.
        let (again, second) = scene.refund_of("S2", 70_000, 70_000);
        scene.gateway.fail_next(Fault::SilentAfterDoing);
        scene.pay_back(&again, &second);
        let began = Instant::now();
        while scene.gateway.refunds_asked(text(&again)) == 0 && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        scene.hospital.kill();
        scene.database.tamper("update payment_attempt set due_at = 1 where due_at is not null");
        scene.hospital.open();
        scene.tell();
        scene.look(&again, "refund", |one| one["state"] == "pending");
        for asked in [&asked, &again] {
            scene.gateway.decide_refund(text(asked), "00");
            scene.look(asked, "refund", |one| one["state"] == "succeeded");
            assert_eq!(scene.gateway.refunds_asked(text(asked)), 1);
        }
        assert_eq!((scene.gateway.given_back(text(&asked)), scene.gateway.given_back(text(&again))), (80_000, 70_000));
        assert_eq!((scene.ledger("refunds-due"), scene.ledger("in-transit")), (json!("0"), json!("0")));
        scene.hospital.verify();
    }
}

/// Nobody answers at all: a refund that never left is tried again, and goes once the gateway is back.
#[test]
fn a_gateway_that_cannot_be_reached_is_tried_again() {
    let scene = Scene::new(Kind::Sqlite, "away");
    let (asked, refund) = scene.refund_of("W1", 60_000, 60_000);
    // Nobody listens there, and no other test is given it while this one thinks so.
    let (nowhere, is_back) = ("http://127.0.0.1:1/", "the gateway's own address");
    let file = scene._policies.path().join("sandbox/endpoints.toml");
    let known = std::fs::read_to_string(&file).unwrap();
    let away = known.replace(&format!("api = \"{}\"", scene.gateway.api_url()), &format!("api = \"{nowhere}\""));
    assert_ne!(away, known, "{is_back}");
    let mut scene = scene;
    std::fs::write(&file, away).unwrap();
    scene.hospital.kill();
    scene.hospital.open();
    scene.pay_back(&asked, &refund);
    // It is due at once and not again for a while: a server that is killed while it tries leaves what nobody knows.
    let tried = scene.look_on(&asked, "refund", |one| one["tries"].as_i64() >= Some(1));
    assert_eq!(tried["state"], "submitted");
    std::fs::write(&file, known).unwrap();
    scene.hospital.kill();
    scene.hospital.open();
    scene.tell();
    scene.database.tamper("update payment_attempt set due_at = 1 where due_at is not null");
    scene.look(&asked, "refund", |one| one["state"] == "pending");
    assert_eq!(scene.gateway.refunds_asked(text(&asked)), 1);
    scene.hospital.verify();
}

/// Nobody answers and nobody knows: a person asks at the provider, and it is not the one whose attempt it is.
#[test]
fn what_stays_unknown_is_resolved_by_another_person() {
    for kind in BOTH {
        let scene = Scene::new(kind, "resolved");
        let mut ends = Vec::new();
        for (encounter, outcome, state) in [("U1", "succeeded", "paid"), ("U2", "failed", "approved")] {
            let (asked, refund) = scene.refund_of(encounter, 60_000, 60_000);
            scene.gateway.fail_next(Fault::SilentAfterDoing);
            scene.pay_back(&asked, &refund);
            let attempt = scene.look_on(&asked, "refund", |one| one["state"] == "unknown");
            let path = format!("/payment-attempts/{}/resolve", attempt["id"]);
            let body = json!({"outcome": outcome, "reason": "theo sao kê VNPay"});
            refused(403, "forbidden", scene.hospital.post("an", &path, body.clone()));
            let wrong = json!({"outcome": "perhaps", "reason": "x"});
            refused(422, "invalid-request", scene.hospital.post("chi", &path, wrong));
            let resolved = with(200, scene.hospital.post("chi", &path, body.clone()));
            assert_eq!(resolved["state"], outcome);
            refused(409, "attempt-not-unknown", scene.hospital.post("chi", &path, body));
            ends.push((refund["id"].clone(), state));
        }
        for (refund, state) in ends {
            let found = with(200, scene.hospital.get("dung", &format!("/approvals?state={state}")));
            assert!(found["items"].as_array().unwrap().iter().any(|item| item["id"] == refund), "{state}: {found}");
        }
        scene.hospital.verify();
    }
}

/// A refund that may have been asked for stays so while its plugin is away: it is never asked for again.
#[test]
fn a_refund_that_was_sent_is_not_sent_again_when_its_plugin_was_away() {
    let mut scene = Scene::new(Kind::Sqlite, "plugin-away");
    let (asked, refund) = scene.refund_of("P1", 40_000, 40_000);
    scene.gateway.fail_next(Fault::SilentAfterDoing);
    scene.pay_back(&asked, &refund);
    let began = Instant::now();
    while scene.gateway.refunds_asked(text(&asked)) == 0 && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    scene.hospital.kill();
    let file = scene._policies.path().join("sandbox/endpoints.toml");
    let known = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, "seconds = 2\n").unwrap();
    scene.database.tamper("update payment_attempt set due_at = 1 where due_at is not null");
    scene.hospital.open();
    scene.look_on(&asked, "refund", |one| one["tries"].as_i64() >= Some(2));
    scene.hospital.kill();
    std::fs::write(&file, known).unwrap();
    scene.database.tamper("update payment_attempt set due_at = 1 where due_at is not null");
    scene.hospital.open();
    scene.tell();
    scene.look(&asked, "refund", |one| one["state"] == "pending");
    assert_eq!(scene.gateway.refunds_asked(text(&asked)), 1);
    scene.hospital.verify();
}

/// Money that comes for a request that was taken back is found by asking, too, and waits.
#[test]
fn a_request_that_was_taken_back_is_still_asked_for() {
    for kind in BOTH {
        let scene = Scene::new(kind, "taken-back");
        let asked = scene.asked("T1", 30_000);
        let path = scene.hospital.path(&format!("/payment-requests/{}", asked["id"]));
        let token = Some(scene.hospital.token("an"));
        with(200, scene.hospital.connect().ask("DELETE", &path, token, Some(&fresh_key()), b""));
        scene.gateway.pay(text(&asked), Fault::Never);
        scene.look(&asked, "pay", |one| one["state"] == "succeeded");
        let now = scene.read(&asked);
        assert_eq!((&now["state"], &now["events"][0]["fate"]), (&json!("cancelled"), &json!("late")), "{now}");
        assert_eq!(scene.ledger("unapplied-credit"), json!("-30000"));
        scene.hospital.verify();
    }
}

/// The address that a payer was given is signed with the same key, and is no notification.
#[test]
fn a_payers_address_is_no_notification() {
    let scene = Scene::new(Kind::Sqlite, "no-notification");
    let asked = scene.asked("N1", 30_000);
    let query = asked["url"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
    for more in ["", "&x=1", "&x=2"] {
        let path = format!("/callbacks/92114/vnpay?{query}{more}");
        let answer = scene.hospital.connect().ask("GET", &path, None, None, b"");
        assert_eq!(answer.json["RspCode"], "97", "{answer:?}");
    }
    let work = with(200, scene.hospital.get("an", "/unapplied"));
    assert_eq!(work["items"].as_array().unwrap().len(), 0, "{work}");
}

/// Paid in time and found out later: it is in time. Told without a time, after it: it is late.
#[test]
fn money_that_a_query_finds_is_as_old_as_the_rail_says() {
    for kind in BOTH {
        let scene = Scene::new(kind, "in-time");
        with(201, scene.hospital.put(&visit("E1", &[30_000])));
        let body = json!({"for": "balance", "rail": "vnpay", "expires_at": "2099-01-01T00:00"});
        let asked = with(201, scene.hospital.post("an", "/encounters/E1/payment-requests", body));
        scene.gateway.open(asked["url"].as_str().unwrap()).unwrap();
        scene.gateway.pay(text(&asked), Fault::Never);
        // Its time is over two seconds after it was made.
        std::thread::sleep(Duration::from_secs(3));
        scene.database.tamper("update payment_request set expires_at = created_at + 2000000");
        assert_eq!(scene.read(&asked)["state"], "expired");
        scene.look(&asked, "pay", |one| one["state"] == "succeeded");
        let now = scene.read(&asked);
        assert_eq!((&now["state"], &now["events"][0]["fate"]), (&json!("paid"), &json!("paid")), "{now}");
        scene.hospital.verify();
    }
}
