//! What rails tell of one bill, in every order and with a crash between: the end is the same.

use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::{Hospital, visit};
use acceptance::sepay::SePay;
use serde_json::{Value, json};

use crate::desk::with;
use crate::gateway::{Scene, set_up};
use crate::program::binary;

const SECRET: &str = "whsec-of-the-tests-0123456789";

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for place in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

fn hospital(database: &Database) -> Hospital {
    let hospital = Hospital::start(&binary(), database, &[]);
    set_up(&hospital, "vietqr", &json!({"settings": {"bin": "970403", "account": "0011012345678"}, "reason": "x"}));
    let settings = json!({"authentication": "hmac", "accounts": "0011012345678"});
    set_up(&hospital, "sepay", &json!({"settings": settings, "keys": {"webhook": SECRET}, "reason": "x"}));
    hospital
}

/// What may happen to a bill of 50 000 đ that is paid by transfer.
const TRANSFERS: [&str; 7] = ["short", "right", "right again", "over", "second", "forged", "of nobody"];

/// The bank tells of these in an order; what the request and its money have become.
fn transfers(hospital: &mut Hospital, name: &str, order: &[usize], crash: bool) -> Value {
    with(201, hospital.put(&visit(name, &[50_000])));
    let body = json!({"for": "balance", "rail": "vietqr"});
    let asked = with(201, hospital.post("an", &format!("/encounters/{name}/payment-requests"), body));
    let reference = asked["reference"].as_str().unwrap();
    let mut bank = SePay::of(hospital, SECRET);
    let base = asked["id"].as_u64().unwrap() * 10;
    let mut transfer = |amount: u64, text: &str, number: u64| {
        let mut told = bank.transfer(amount, text);
        told["id"] = json!(base + number);
        told["referenceCode"] = json!(format!("FT{}", base + number));
        told
    };
    let told = [
        transfer(49_000, reference, 0),
        transfer(50_000, reference, 1),
        transfer(50_000, reference, 1),
        transfer(60_000, reference, 3),
        transfer(50_000, reference, 4),
        transfer(50_000, reference, 5),
        transfer(8_000, "khong ghi ma", 6),
    ];
    for place in order {
        let teller = SePay::of(hospital, if *place == 5 { "somebody-elses-secret-01" } else { SECRET });
        let status = teller.tell(&told[*place]).status;
        assert_eq!(status, if *place == 5 { 401 } else { 200 }, "{}", TRANSFERS[*place]);
        if crash {
            hospital.kill();
            hospital.open();
        }
    }
    let now = with(200, hospital.get("an", &format!("/payment-requests/{}", asked["id"])));
    let account = hospital.account(name);
    json!([now["state"], now["attempt"], now["received"], account["due"], account["paid"], account["deposits"]])
}

/// The end of these events, whatever their order: the sums of the short, right, over and second money.
fn end_of(order: &[usize]) -> Value {
    let came = |place: usize| order.contains(&place);
    let is_paid = came(1) || came(2) || came(4);
    let rights = u64::from(came(1) || came(2)) + u64::from(came(4));
    let received = 50_000 * rights + 49_000 * u64::from(came(0)) + 60_000 * u64::from(came(3));
    let (state, attempt) = if is_paid {
        ("paid", "succeeded")
    } else if received > 0 {
        ("mismatch", "mismatch")
    } else {
        ("open", "instructed")
    };
    let (due, paid) = if is_paid { ("0", "50000") } else { ("50000", "0") };
    json!([state, attempt, received.to_string(), due, paid, "0"])
}

fn all_transfers(kind: Kind, count: usize, crash: bool) {
    let database = Database::new(kind, "orders");
    let mut hospital = hospital(&database);
    for (number, order) in orders(count).into_iter().enumerate() {
        let end = transfers(&mut hospital, &format!("P{number}"), &order, crash);
        assert_eq!(end, end_of(&order), "{:?}", order.iter().map(|place| TRANSFERS[*place]).collect::<Vec<_>>());
    }
    hospital.verify();
}

#[test]
fn transfers_in_every_order_end_the_same() {
    for kind in BOTH {
        all_transfers(kind, 5, false);
    }
}

#[test]
fn transfers_in_every_order_end_the_same_with_a_crash_between_each_two() {
    all_transfers(Kind::Sqlite, 4, true);
}

/// What VNPay may tell of a payment: two cards that were refused, one that paid, that again, and a query beside them.
const TOLD: [&str; 5] = ["refused", "refused too", "paid", "paid again", "asked"];

#[test]
fn what_a_gateway_tells_in_every_order_ends_the_same() {
    let scene = Scene::new(Kind::Sqlite, "orders-of-vnpay");
    let mut bank = 0;
    for (number, order) in orders(TOLD.len()).into_iter().enumerate() {
        let asked = scene.asked(&format!("V{number}"), 50_000);
        let reference = asked["reference"].as_str().unwrap();
        let first = 10 * number as u64;
        for place in &order {
            let code = match place {
                0 => scene.gateway.tell_of(reference, ("51", "02"), first, 50_000),
                1 => scene.gateway.tell_of(reference, ("24", "02"), first + 1, 50_000),
                2 | 3 => scene.gateway.tell_of(reference, ("00", "00"), first + 2, 50_000),
                _ => {
                    scene.database.tamper("update payment_attempt set due_at = 1 where phase = 'begin'");
                    None
                }
            };
            assert!(code.is_none_or(|answer| matches!(answer["RspCode"].as_str(), Some("00" | "02"))));
        }
        bank += 50_000;
        let now = scene.read(&asked);
        let named: Vec<&str> = order.iter().map(|place| TOLD[*place]).collect();
        assert_eq!((&now["state"], &now["attempt"]), (&json!("paid"), &json!("succeeded")), "{named:?}: {now}");
        assert_eq!(now["received"], "50000", "{named:?}");
    }
    assert_eq!(scene.ledger("in-transit"), json!(bank.to_string()));
    scene.hospital.verify();
}
