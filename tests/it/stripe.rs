//! Stripe from end to end, with its failures: a rail that is a part of the product, as the simulator plays its other side.

use acceptance::database::{BOTH, Database, Kind};
use acceptance::folder::Folder;
use acceptance::hospital::{Hospital, visit};
use acceptance::rails::{policies_with, set_up, watched};
use serde_json::{Value, json};
use simulators::{Fault, Stripe};

use crate::desk::{on_account, with};
use crate::program::binary;

const KEY: &str = "sk_test_of_the_tests_0123456789";
const SECRET: &str = "whsec_of_the_tests_0123456789";

struct Scene {
    hospital: Hospital,
    stripe: Stripe,
    database: Database,
    policies: Folder,
}

impl Scene {
    fn new(kind: Kind, name: &str) -> Scene {
        let stripe = Stripe::start(KEY, SECRET, 0);
        let (api, page) = (stripe.api_url(), stripe.page_url());
        let endpoints =
            format!("allow_loopback = true\nseconds = 2\n[rail.stripe]\napi = \"{api}\"\ncheckout = \"{page}\"\n");
        let policies = policies_with(&format!("{name}-{kind:?}"), &endpoints);
        let database = Database::new(kind, name);
        let hospital = Hospital::start(&binary(), &database, &["--policies", &policies.at("")]);
        let settings = json!({
            "settings": { "return-url": "https://vienphi.example/da-thanh-toan", "site": "bv-92114" },
            "keys": { "secret-key": KEY, "webhook-secret": SECRET }, "reason": "thẻ nước ngoài",
        });
        set_up(&hospital, "stripe", &settings);
        let scene = Scene { hospital, stripe, database, policies };
        scene.tell();
        scene
    }

    fn tell(&self) {
        self.stripe.tell(&format!("http://{}/callbacks/92114/stripe", self.hospital.address));
    }

    /// A request, before the rail has been asked for its page.
    fn began(&self, encounter: &str, amount: u64) -> Value {
        with(201, self.hospital.put(&visit(encounter, &[amount])));
        let body = json!({"for": "balance", "rail": "stripe"});
        with(201, self.hospital.post("an", &format!("/encounters/{encounter}/payment-requests"), body))
    }

    /// A request whose payer has a page.
    fn asked(&self, encounter: &str, amount: u64) -> Value {
        let asked = self.began(encounter, amount);
        self.look_on(&asked, "pay", |one| one["state"] == "instructed");
        self.read(&asked)
    }

    fn read(&self, asked: &Value) -> Value {
        with(200, self.hospital.get("an", &format!("/payment-requests/{}", asked["id"])))
    }

    fn look_on(&self, asked: &Value, kind: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        watched(&self.hospital, asked, kind, is_so, || {})
    }

    /// The rail is asked now, and not in a quarter of an hour.
    fn look(&self, asked: &Value, kind: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let now = || {
            self.database.tamper("update payment_attempt set due_at = 1 where phase in ('begin', 'sent')");
        };
        watched(&self.hospital, asked, kind, is_so, now)
    }

    /// The open work of a kind about a visit: amounts and what is said of them.
    fn work(&self, kind: &str, encounter: &str) -> Vec<String> {
        let open = with(200, self.hospital.get("an", "/unapplied"));
        let items = open["items"].as_array().unwrap().iter();
        let own = items.filter(|one| one["kind"] == kind && one["encounter"] == encounter);
        own.map(|one| format!("{} {}", one["amount"].as_str().unwrap(), one["memo"].as_str().unwrap())).collect()
    }

    fn ledger(&self, account: &str) -> Value {
        let accounts = with(200, self.hospital.get("nga", "/ledger/accounts"));
        on_account(&accounts, account, "balance").unwrap_or(json!("0"))
    }

    /// A deposit by card, of which a part is to go back; the approval of that.
    fn refund_of(&self, encounter: &str, amount: u64, back: u64) -> (Value, Value) {
        with(201, self.hospital.put(&visit(encounter, &[1_000])));
        let body = json!({"for": "deposit", "amount": amount.to_string(), "rail": "stripe"});
        let asked = with(201, self.hospital.post("an", &format!("/encounters/{encounter}/payment-requests"), body));
        self.look_on(&asked, "pay", |one| one["state"] == "instructed");
        assert_eq!(self.stripe.pay(text(&asked), Fault::None), [200]);
        let body = json!({"amount": back.to_string(), "reason": "ra viện", "to": "thẻ đã trả"});
        let refund = with(202, self.hospital.post("an", &format!("/encounters/{encounter}/refunds"), body));
        with(200, self.hospital.post("dung", &format!("/approvals/{}/approve", refund["id"]), json!({})));
        (asked, refund)
    }

    fn pay_back(&self, asked: &Value, refund: &Value) {
        let body = json!({"method": "rail", "request": asked["id"]});
        with(202, self.hospital.post("an", &format!("/approvals/{}/pay", refund["id"]), body));
    }
}

fn text(asked: &Value) -> &str {
    asked["reference"].as_str().unwrap()
}

#[test]
fn a_card_pays_a_bill() {
    for kind in BOTH {
        let scene = Scene::new(kind, "card");
        let asked = scene.asked("C1", 1_250_000);
        let url = asked["url"].as_str().unwrap();
        assert!(url.starts_with(&scene.stripe.page_url()) && url.contains("/c/pay/cs_test_"), "{url}");
        let page = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
        assert!(page.contains("1250000 đ") && page.contains("Viện phí C1"), "{page}");
        // Forged, it changes nothing; told twice, it is money once.
        assert_eq!(scene.stripe.pay(text(&asked), Fault::WrongSignature), [400]);
        assert_eq!(scene.read(&asked)["state"], "open");
        let asked = scene.asked("C2", 300_000);
        assert_eq!(scene.stripe.pay(text(&asked), Fault::Twice), [200, 200]);
        assert_eq!(scene.read(&asked)["state"], "paid");
        assert_eq!((scene.ledger("in-transit"), scene.ledger("bank")), (json!("300000"), json!("0")));
        // A failure that is told late does not undo it, and another amount is another's money.
        let late = scene.asked("C3", 50_000);
        assert_eq!(scene.stripe.pay(text(&late), Fault::OutOfOrder), [200, 200]);
        assert_eq!(scene.read(&late)["state"], "paid");
        let other = scene.asked("C4", 50_000);
        assert_eq!(scene.stripe.pay(text(&other), Fault::OtherAmount(49_000)), [200]);
        assert_eq!(scene.read(&other)["state"], "mismatch");
        assert_eq!((scene.ledger("in-transit"), scene.ledger("unapplied-credit")), (json!("399000"), json!("-49000")));
        let refused = scene.asked("C5", 50_000);
        assert_eq!(scene.stripe.pay(text(&refused), Fault::Refused), [200]);
        let now = scene.read(&refused);
        assert_eq!((&now["state"], &now["attempt"]), (&json!("open"), &json!("failed")));
        // Paid and never told: Stripe is asked, and what it tells after all is the same money.
        let silent = scene.asked("C6", 60_000);
        scene.stripe.pay(text(&silent), Fault::Never);
        scene.look(&silent, "pay", |one| one["state"] == "succeeded");
        assert_eq!(scene.read(&silent)["state"], "paid");
        scene.hospital.verify();
        // What was asked of it can be asked again, and no secret is in what is kept.
        let output = scene.hospital.runs(&["plugin", "replay", "--json", "--policies", &scene.policies.at("")]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &answer["different"]), (Some(0), &json!([])), "{answer}");
        assert!(answer["same"].as_u64() >= Some(12), "{answer}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains(KEY));
    }
}

/// The page was made and the answer lost: the same key brings the same page, and none is made twice.
#[test]
fn a_page_whose_answer_was_lost_is_asked_for_again() {
    for kind in BOTH {
        let scene = Scene::new(kind, "lost-page");
        scene.stripe.fail_next(Fault::SilentAfterDoing);
        let asked = scene.began("L1", 70_000);
        scene.look(&asked, "pay", |one| one["state"] == "instructed");
        assert_eq!(scene.stripe.sessions(text(&asked)), 1);
        assert_eq!(scene.stripe.pay(text(&asked), Fault::None), [200]);
        assert_eq!(scene.read(&asked)["state"], "paid");
        // Refused with a reason: the bill is still there, to be paid in another way.
        scene.stripe.fail_next(Fault::Refused);
        let asked = scene.began("L2", 70_000);
        scene.look_on(&asked, "pay", |one| one["state"] == "failed");
        assert_eq!((scene.stripe.sessions(text(&asked)), &scene.read(&asked)["state"]), (0, &json!("open")));
        scene.hospital.verify();
    }
}

#[test]
fn money_goes_back_to_the_card_once_and_may_come_back() {
    for kind in BOTH {
        let scene = Scene::new(kind, "card-back");
        let (asked, refund) = scene.refund_of("R1", 100_000, 40_000);
        // It is given back and the answer is lost: the same key gives nothing back a second time.
        scene.stripe.fail_next(Fault::SilentAfterDoing);
        scene.pay_back(&asked, &refund);
        scene.look(&asked, "refund", |one| one["state"] == "pending");
        assert_eq!(scene.stripe.given_back(text(&asked)), (40_000, 1));
        scene.stripe.decide_refund(text(&asked), "succeeded");
        scene.look_on(&asked, "refund", |one| one["state"] == "succeeded");
        assert_eq!((scene.ledger("refunds-due"), scene.ledger("in-transit")), (json!("0"), json!("60000")));
        // The card's bank sends it back: it is owed again.
        scene.stripe.decide_refund(text(&asked), "failed");
        scene.look_on(&asked, "refund", |one| one["state"] == "reversed");
        assert_eq!((scene.ledger("refunds-due"), scene.ledger("in-transit")), (json!("-40000"), json!("100000")));
        // Not told of, and found by asking.
        let (asked, refund) = scene.refund_of("R2", 50_000, 50_000);
        scene.pay_back(&asked, &refund);
        scene.look_on(&asked, "refund", |one| one["state"] == "pending");
        scene.stripe.tell("http://127.0.0.1:1/");
        scene.stripe.decide_refund(text(&asked), "succeeded");
        scene.tell();
        scene.look(&asked, "refund", |one| one["state"] == "succeeded");
        // Refused at once.
        let (asked, refund) = scene.refund_of("R3", 50_000, 50_000);
        scene.stripe.fail_next(Fault::Refused);
        scene.pay_back(&asked, &refund);
        scene.look_on(&asked, "refund", |one| one["state"] == "failed");
        scene.hospital.verify();
    }
}

/// What nobody here asked for is work for a person; what is another shop's is nobody's here.
#[test]
fn money_that_goes_back_by_itself_is_work_for_a_person() {
    for kind in BOTH {
        let scene = Scene::new(kind, "card-dispute");
        let cases = || scene.work("payment-conflict", "D1");
        let asked = scene.asked("D1", 90_000);
        assert_eq!(scene.stripe.pay(text(&asked), Fault::None), [200]);
        assert_eq!(scene.stripe.refund_by_hand(text(&asked), 20_000), Some(200));
        for _ in 0..2 {
            assert_eq!(scene.stripe.dispute(text(&asked), "charge.dispute.funds_withdrawn"), Some(200));
        }
        assert_eq!(scene.stripe.dispute(text(&asked), "charge.dispute.funds_reinstated"), Some(200));
        let found = cases();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found.iter().any(|one| one.starts_with("20000 refunded") && one.contains("not asked for")),
            "{found:?}"
        );
        assert!(found.iter().any(|one| one.contains("funds_reinstated")), "{found:?}");
        // Told before the payment is: the payment finds it.
        let early = scene.asked("D2", 70_000);
        scene.stripe.mark_paid(text(&early));
        assert_eq!(scene.stripe.refund_by_hand(text(&early), 10_000), Some(200));
        assert_eq!(scene.work("payment-conflict", "D2"), Vec::<String>::new());
        for _ in 0..2 {
            assert_eq!(scene.stripe.tell_of(text(&early), "checkout.session.completed", true), Some(200));
            assert_eq!(scene.work("payment-conflict", "D2").len(), 1);
        }
        let before = scene.ledger("in-transit");
        // The books say what they said: a person decides.
        assert_eq!(before, json!("160000"));
        let unapplied = scene.ledger("unapplied-credit");
        assert_eq!(scene.stripe.pay_another_shop(35_000), Some(200));
        assert_eq!((scene.ledger("unapplied-credit"), scene.ledger("in-transit")), (unapplied, before));
        scene.hospital.verify();
    }
}

/// Paid in time, and only found out about when its time had passed.
#[test]
fn money_that_is_found_late_was_not_late() {
    for kind in BOTH {
        let scene = Scene::new(kind, "card-found");
        let asked = scene.asked("F1", 45_000);
        scene.stripe.mark_paid(text(&asked));
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        scene.database.tamper(&format!("update payment_request set expires_at = {}", a_second_ago()));
        scene.look(&asked, "pay", |one| one["state"] == "succeeded");
        assert_eq!(scene.read(&asked)["state"], "paid");
        scene.hospital.verify();
    }
}

fn a_second_ago() -> u128 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_micros() - 1_000_000
}

/// The book of receipts is full when the money has gone back, at night: another follows it.
#[test]
fn a_refund_that_went_has_a_number_though_the_book_is_full() {
    for kind in BOTH {
        let scene = Scene::new(kind, "card-book");
        let (asked, refund) = scene.refund_of("B1", 100_000, 40_000);
        scene.pay_back(&asked, &refund);
        scene.look_on(&asked, "refund", |one| one["state"] == "pending");
        scene.database.tamper("update receipt_book set next = 10000000");
        scene.stripe.decide_refund(text(&asked), "succeeded");
        let went = scene.look_on(&asked, "refund", |one| one["state"] == "succeeded");
        assert_eq!(went["receipt"], "PTB0000001");
        scene.stripe.decide_refund(text(&asked), "failed");
        scene.look_on(&asked, "refund", |one| one["state"] == "reversed");
        assert_eq!((scene.ledger("refunds-due"), scene.ledger("in-transit")), (json!("-40000"), json!("100000")));
        let typed = json!({"amount": "1000", "method": "cash", "receipt_book": "PT"});
        let refused = with(409, scene.hospital.post("an", "/encounters/B1/deposits", typed));
        assert_eq!(refused["type"], "urn:vienphi:problem:receipt-book-full");
    }
}

/// What may have been sent is not sent again when its key may be forgotten: it is asked for.
#[test]
fn a_refund_is_not_sent_again_after_a_day() {
    for kind in BOTH {
        let scene = Scene::new(kind, "card-day");
        let (asked, refund) = scene.refund_of("T1", 100_000, 40_000);
        scene.stripe.fail_next(Fault::SilentAfterDoing);
        scene.pay_back(&asked, &refund);
        let began = std::time::Instant::now();
        while scene.stripe.given_back(text(&asked)).1 == 0 && began.elapsed().as_secs() < 20 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        scene.stripe.forget_keys();
        scene.database.tamper("update payment_attempt set created_at = created_at - 90000000000 where kind = 'refund'");
        scene.look(&asked, "refund", |one| one["state"] == "pending");
        assert_eq!(scene.stripe.given_back(text(&asked)), (40_000, 1));
        scene.hospital.verify();
    }
}

/// Killed while the answer to a refund is waited for.
#[test]
fn a_refund_to_a_card_outlives_the_server() {
    let mut scene = Scene::new(Kind::Sqlite, "card-killed");
    let (asked, refund) = scene.refund_of("K1", 80_000, 80_000);
    scene.stripe.fail_next(Fault::SilentAfterDoing);
    scene.pay_back(&asked, &refund);
    let began = std::time::Instant::now();
    while scene.stripe.given_back(text(&asked)).1 == 0 && began.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    scene.hospital.kill();
    scene.database.tamper("update payment_attempt set due_at = 1 where due_at is not null");
    scene.hospital.open();
    scene.tell();
    scene.look(&asked, "refund", |one| one["state"] == "pending");
    assert_eq!(scene.stripe.given_back(text(&asked)), (80_000, 1));
    scene.stripe.decide_refund(text(&asked), "succeeded");
    scene.look_on(&asked, "refund", |one| one["state"] == "succeeded");
    scene.hospital.verify();
}
