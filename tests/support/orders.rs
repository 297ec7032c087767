//! What a rail tells of one bill, in every order and with a crash between each two: the end is the same.

use std::path::Path;

use serde_json::{Value, json};
use simulators::{Stripe, VnPay};

use crate::database::{Database, Kind};
use crate::folder::Folder;
use crate::hospital::{Hospital, visit};
use crate::rails::{policies_with, set_up, watched};
use crate::sepay::SePay;

const SECRET: &str = "secret-of-the-orders-0123456789";

/// Who tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rail {
    /// A bank's notifier tells of transfers.
    SePay,
    /// A gateway tells of payments, and is asked.
    VnPay,
    /// So does Stripe.
    Stripe,
}

/// All of them.
pub const RAILS: [Rail; 3] = [Rail::SePay, Rail::VnPay, Rail::Stripe];

/// What may be told of a bill of 50 000 đ that is paid by transfer.
const TRANSFERS: [&str; 7] = ["short", "right", "right again", "over", "second", "forged", "of nobody"];

/// What a gateway may tell of it: cards that were refused, one that paid, and questions beside.
const CARDS: [&str; 7] = ["refused", "refused too", "paid", "paid again", "asked", "forged", "asked again"];

impl Rail {
    /// Its events by name.
    pub fn events(self) -> [&'static str; 7] {
        match self {
            Rail::SePay => TRANSFERS,
            Rail::VnPay | Rail::Stripe => CARDS,
        }
    }
}

/// Every order of so many things.
pub fn orders(count: usize) -> Vec<Vec<usize>> {
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

enum Teller {
    SePay,
    VnPay(VnPay),
    Stripe(Stripe),
}

/// A hospital, and whoever tells it of money.
pub struct Trial {
    hospital: Hospital,
    teller: Teller,
    database: Database,
    bills: u64,
    /// What must be in the ledger in the end.
    collected: u64,
    _policies: Folder,
}

impl Trial {
    /// A new hospital.
    pub fn new(rail: Rail, kind: Kind, binary: &Path) -> Trial {
        Trial::on(rail, Database::new(kind, "orders"), binary, None)
    }

    /// A new hospital on a database; its server has a defect from its first crash on, when one is named.
    pub fn on(rail: Rail, database: Database, binary: &Path, defect: Option<&str>) -> Trial {
        let (teller, endpoints) = match rail {
            Rail::SePay => (Teller::SePay, String::new()),
            Rail::VnPay => {
                let gateway = VnPay::start("VIENPHI1", SECRET, 0);
                let text = format!("[rail.vnpay]\npay = \"{}\"\napi = \"{}\"\n", gateway.pay_url(), gateway.api_url());
                (Teller::VnPay(gateway), text)
            }
            Rail::Stripe => {
                let stripe = Stripe::start(SECRET, SECRET, 0);
                let text =
                    format!("[rail.stripe]\napi = \"{}\"\ncheckout = \"{}\"\n", stripe.api_url(), stripe.page_url());
                (Teller::Stripe(stripe), text)
            }
        };
        let text = format!("allow_loopback = true\nseconds = 2\n{endpoints}");
        let policies = policies_with(&format!("orders-{rail:?}-{}", database.url().len()), &text);
        let mut hospital = Hospital::start(binary, &database, &["--policies", &policies.at("")]);
        if let Some(defect) = defect {
            hospital.set("VIENPHI_PLANTED", defect);
        }
        let set = |rail: &str, settings: Value, keys: Value| {
            set_up(&hospital, rail, &json!({ "settings": settings, "keys": keys, "reason": "x" }));
        };
        let back = "https://vienphi.example/xong";
        match rail {
            Rail::SePay => {
                set("vietqr", json!({ "bin": "970403", "account": "0011012345678" }), json!({}));
                let settings = json!({ "authentication": "hmac", "accounts": "0011012345678" });
                set("sepay", settings, json!({ "webhook": SECRET }));
            }
            Rail::VnPay => {
                let settings = json!({ "tmn-code": "VIENPHI1", "return-url": back, "ip-address": "203.0.113.7" });
                set("vnpay", settings, json!({ "hash-secret": SECRET }));
            }
            Rail::Stripe => {
                let keys = json!({ "secret-key": SECRET, "webhook-secret": SECRET });
                set("stripe", json!({ "return-url": back, "site": "bv-92114" }), keys);
            }
        }
        let trial = Trial { hospital, teller, database, bills: 0, collected: 0, _policies: policies };
        trial.follow();
        trial
    }

    /// Whoever tells learns where the hospital is now.
    fn follow(&self) {
        let callback = |rail: &str| format!("http://{}/callbacks/92114/{rail}", self.hospital.address);
        match &self.teller {
            Teller::SePay => {}
            Teller::VnPay(gateway) => gateway.tell(&callback("vnpay")),
            Teller::Stripe(stripe) => stripe.tell(&callback("stripe")),
        }
    }

    /// A bill is told of in an order; why its end is not the one that any order has.
    pub fn tell(&mut self, order: &[usize], crash: bool) -> Result<(), String> {
        self.bills += 1;
        let name = format!("P{}", self.bills);
        self.hospital.put(&visit(&name, &[50_000])).with(201);
        let rail = match self.teller {
            Teller::SePay => "vietqr",
            Teller::VnPay(_) => "vnpay",
            Teller::Stripe(_) => "stripe",
        };
        let body = json!({ "for": "balance", "rail": rail });
        let asked = self.hospital.post("an", &format!("/encounters/{name}/payment-requests"), body).with(201);
        match &self.teller {
            Teller::SePay => {}
            Teller::VnPay(gateway) => drop(gateway.open(asked["url"].as_str().unwrap()).unwrap()),
            Teller::Stripe(_) => {
                watched(&self.hospital, &asked, "pay", |attempt| attempt["state"] == "instructed", || {});
            }
        }
        for event in order {
            self.tell_one(&asked, *event)?;
            if crash {
                self.hospital.kill();
                self.hospital.open();
                self.follow();
            }
        }
        let now = self.hospital.get("an", &format!("/payment-requests/{}", asked["id"])).with(200);
        let account = self.hospital.account(&name);
        let end = json!([now["state"], now["attempt"], now["received"], account["due"], account["paid"]]);
        let (wanted, received) = match self.teller {
            Teller::SePay => end_of_transfers(order),
            Teller::VnPay(_) | Teller::Stripe(_) => end_of_cards(order),
        };
        self.collected += received;
        let names: Vec<&str> = order.iter().map(|event| self.event_name(*event)).collect();
        if end == wanted { Ok(()) } else { Err(format!("{names:?}: {end} and not {wanted}")) }
    }

    fn event_name(&self, event: usize) -> &'static str {
        match self.teller {
            Teller::SePay => TRANSFERS[event],
            Teller::VnPay(_) | Teller::Stripe(_) => CARDS[event],
        }
    }

    fn tell_one(&self, asked: &Value, event: usize) -> Result<(), String> {
        let reference = asked["reference"].as_str().unwrap();
        let number = 10 * self.bills;
        if CARDS[event].starts_with("asked") && !matches!(self.teller, Teller::SePay) {
            self.database.tamper("update payment_attempt set due_at = 1 where phase = 'begin'");
            return Ok(());
        }
        let is_taken = match &self.teller {
            Teller::SePay => {
                let is_forged = TRANSFERS[event] == "forged";
                let teller = SePay::of(&self.hospital, if is_forged { "somebody-elses-secret-01" } else { SECRET });
                let (amount, text, place) = match event {
                    0 => (49_000, reference, 0),
                    1 | 2 => (50_000, reference, 1),
                    3 => (60_000, reference, 3),
                    4 => (50_000, reference, 4),
                    5 => (50_000, reference, 5),
                    _ => (8_000, "khong ghi ma", 6),
                };
                let mut told = SePay::of(&self.hospital, SECRET).transfer(amount, text);
                told["id"] = json!(number + place);
                told["referenceCode"] = json!(format!("FT{}", number + place));
                teller.tell(&told).status == if is_forged { 401 } else { 200 }
            }
            Teller::VnPay(gateway) => {
                let told = match CARDS[event] {
                    "refused" => gateway.tell_of(reference, ("51", "02"), number, 50_000),
                    "refused too" => gateway.tell_of(reference, ("24", "02"), number + 1, 50_000),
                    "forged" => gateway.forge(reference),
                    _ => gateway.tell_of(reference, ("00", "00"), number + 2, 50_000),
                };
                let wanted: &[&str] = if CARDS[event] == "forged" { &["97"] } else { &["00", "02"] };
                told.is_some_and(|told| wanted.iter().any(|code| told["RspCode"] == *code))
            }
            Teller::Stripe(stripe) => match CARDS[event] {
                "refused" => stripe.tell_of(reference, "checkout.session.async_payment_failed", true) == Some(200),
                "refused too" => stripe.tell_of(reference, "checkout.session.expired", true) == Some(200),
                "forged" => stripe.tell_of(reference, "checkout.session.completed", false) == Some(400),
                _ => {
                    stripe.mark_paid(reference);
                    stripe.tell_of(reference, "checkout.session.completed", true) == Some(200)
                }
            },
        };
        if is_taken { Ok(()) } else { Err(format!("{:?} was answered otherwise", self.event_name(event))) }
    }

    /// Everything must hold together, and the money of all bills be there once.
    pub fn end(self) -> Result<(), String> {
        self.hospital.verify();
        let accounts = self.hospital.get("nga", "/ledger/accounts").with(200);
        let of = |account: &str| {
            let rows = accounts["items"].as_array().into_iter().flatten();
            let row = rows.filter(|row| row["account"] == account).find_map(|row| row["balance"].as_str());
            row.map_or(0, |balance| balance.parse::<i64>().unwrap())
        };
        let there = of("bank") + of("in-transit");
        if there == i64::try_from(self.collected).unwrap() {
            Ok(())
        } else {
            Err(format!("{there} đ are in the ledger, and {} were told of", self.collected))
        }
    }
}

/// The end of these transfers, whatever their order, and what came.
fn end_of_transfers(order: &[usize]) -> (Value, u64) {
    let came = |event: usize| order.contains(&event);
    let rights = u64::from(came(1) || came(2)) + u64::from(came(4));
    let received = 50_000 * rights + 49_000 * u64::from(came(0)) + 60_000 * u64::from(came(3));
    let (state, attempt) = match (rights, received) {
        (1.., _) => ("paid", "succeeded"),
        (0, 1..) => ("mismatch", "mismatch"),
        (0, 0) => ("open", "instructed"),
    };
    let (due, paid) = if rights > 0 { ("0", "50000") } else { ("50000", "0") };
    let of_nobody = 8_000 * u64::from(came(6));
    (json!([state, attempt, received.to_string(), due, paid]), received + of_nobody)
}

/// One payment, however often it was tried, told and asked for.
fn end_of_cards(order: &[usize]) -> (Value, u64) {
    if order.iter().any(|event| CARDS[*event].starts_with("paid")) {
        (json!(["paid", "succeeded", "50000", "0", "50000"]), 50_000)
    } else {
        (json!(["open", "failed", "0", "50000", "0"]), 0)
    }
}
