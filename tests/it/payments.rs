//! Money without cash, with amounts worked by hand: a code is shown, the bank's notifier tells of the transfer, and the ledger
//! has it once.

use acceptance::database::{Database, Kind};
use acceptance::hospital::{Answer, Hospital, visit};
use acceptance::sepay::SePay;
use serde_json::{Value, json};

use crate::desk::{on_account, on_both, refused, with};
use crate::program::{binary, vienphi};

const SECRET: &str = "whsec-of-the-tests-0123456789";

/// Both rails, set up by one person and approved by another.
pub(crate) fn set_up(hospital: &Hospital) -> SePay {
    let ask = |rail: &str, body: Value| {
        let key = acceptance::hospital::fresh_key();
        let path = hospital.path(&format!("/rails/{rail}"));
        let (token, body) = (Some(hospital.token("minh")), body.to_string());
        with(202, hospital.connect().ask("PUT", &path, token, Some(&key), body.as_bytes()))
    };
    let vietqr =
        json!({"settings": {"bin": "970403", "account": "0011012345678"}, "reason": "tài khoản của bệnh viện"});
    let sepay = json!({"settings": {"authentication": "hmac", "accounts": "0011012345678"}, "keys": {"webhook": SECRET}, "reason": "SePay"});
    for asked in [ask("vietqr", vietqr), ask("sepay", sepay)] {
        refused(403, "forbidden", hospital.post("minh", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        with(200, hospital.post("dung", &format!("/approvals/{}/approve", asked["id"]), json!({})));
    }
    SePay::of(hospital, SECRET)
}

pub(crate) fn request(hospital: &Hospital, encounter: &str, body: Value) -> Value {
    with(201, hospital.post("an", &format!("/encounters/{encounter}/payment-requests"), body))
}

fn read(hospital: &Hospital, request: &Value) -> Value {
    with(200, hospital.get("an", &format!("/payment-requests/{}", request["id"])))
}

/// A transfer comes in and is told of.
fn told(bank: &mut SePay, amount: u64, content: &str) -> Answer {
    let told = bank.transfer(amount, content);
    bank.tell(&told)
}

fn text(request: &Value) -> &str {
    request["reference"].as_str().unwrap()
}

fn success(answer: Answer) {
    assert_eq!((answer.status, &answer.json["success"]), (200, &json!(true)), "{answer:?}");
}

fn ledger(hospital: &Hospital, account: &str) -> Option<Value> {
    on_account(&with(200, hospital.get("nga", "/ledger/accounts")), account, "balance")
}

#[test]
fn a_bill_is_paid_by_a_code_and_its_money_counts_once() {
    on_both("vietqr", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("Q1", &[250_000, 12_000])));
        with(201, hospital.post("an", "/encounters/Q1/deposits", json!({"amount": "100000", "method": "cash"})));
        let asked = request(hospital, "Q1", json!({"for": "balance", "rail": "vietqr"}));
        // 262 000 less the deposit of 100 000.
        assert_eq!(
            (&asked["amount"], &asked["state"], &asked["attempt"]),
            (&json!("162000"), &json!("open"), &json!("instructed"))
        );
        let output = vienphi(&["qr", "decode", asked["qr"].as_str().unwrap()], b"");
        let code: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&code["bin"], &code["account"], &code["amount"], &code["bill"], &code["crc_ok"]),
            (&json!("970403"), &json!("0011012345678"), &json!("162000"), &asked["reference"], &json!(true))
        );
        assert_eq!(code["purpose"], format!("{} vien phi", text(&asked)));

        let told = bank.transfer(162_000, &format!("MBVCB.1234.{}.CT tu 0011", text(&asked)));
        success(bank.tell(&told));
        let paid = read(hospital, &asked);
        assert_eq!(
            (&paid["state"], &paid["attempt"], &paid["received"]),
            (&json!("paid"), &json!("succeeded"), &json!("162000"))
        );
        let account = hospital.account("Q1");
        assert_eq!(
            (&account["due"], &account["deposits"], &account["paid"]),
            (&json!("0"), &json!("0"), &json!("262000"))
        );
        assert_eq!(
            (ledger(hospital, "bank"), ledger(hospital, "cash")),
            (Some(json!("162000")), Some(json!("100000")))
        );
        // However often it is told.
        for _ in 0..3 {
            success(bank.tell(&told));
        }
        assert_eq!(ledger(hospital, "bank"), Some(json!("162000")));
        // A cashier who types the bank's number in by hand gets the same money, not more of it.
        let typed = json!({"amount": "162000", "method": "transfer", "reference": told["referenceCode"]});
        refused(409, "reference-used", hospital.post("binh", "/encounters/Q1/deposits", typed));
        let receipt = paid["receipt"].as_str().unwrap();
        let receipt = with(200, hospital.get("an", &format!("/receipts/{receipt}")));
        assert_eq!((&receipt["cashier"], &receipt["from_deposits"]), (&json!("rail:sepay"), &json!("100000")));
        refused(
            409,
            "nothing-due",
            hospital.post("an", "/encounters/Q1/payment-requests", json!({"for": "balance", "rail": "vietqr"})),
        );
    });
}

#[test]
fn what_is_not_proven_changes_nothing() {
    on_both("forged", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("F1", &[50_000])));
        let asked = request(hospital, "F1", json!({"for": "balance", "rail": "vietqr"}));
        let told = bank.transfer(50_000, text(&asked));
        let thief = SePay::of(hospital, "another-secret-0123456789");
        assert_eq!(thief.tell(&told).status, 401);
        assert_eq!(bank.tell_at(&told, -360).status, 401, "too old");
        assert_eq!(bank.tell_at(&told, 360).status, 401, "from the future");
        let mut other = told.clone();
        other["transferAmount"] = 1.into();
        assert_eq!(bank.tell_signed_as(&told, &other).status, 401, "another body under the same signature");
        assert_eq!(bank.tell_unsigned(&told).status, 401);
        assert_eq!(read(hospital, &asked)["state"], "open");
        assert_eq!(ledger(hospital, "bank"), None);
        let nowhere = hospital.connect().ask("POST", "/callbacks/92114/momo", None, None, b"{}");
        refused(404, "not-found", nowhere);
        refused(404, "not-found", hospital.connect().ask("POST", "/callbacks/99999/sepay", None, None, b"{}"));
        refused(404, "not-found", hospital.connect().ask("POST", "/callbacks/92114/vietqr", None, None, b"{}"));
        success(bank.tell(&told));
        assert_eq!(read(hospital, &asked)["state"], "paid");
    });
}

/// Short, over, twice, late, for nobody: the money is there, waits, and a person places it.
#[test]
fn money_that_does_not_fit_waits_with_candidates() {
    on_both("misfits", |hospital| {
        let mut bank = set_up(hospital);
        for id in ["M1", "M2", "M3", "M4"] {
            with(201, hospital.put(&visit(id, &[50_000])));
        }
        let balance = json!({"for": "balance", "rail": "vietqr"});
        let [short, over, twice, late] = ["M1", "M2", "M3", "M4"].map(|id| request(hospital, id, balance.clone()));
        let key = acceptance::hospital::fresh_key();
        let path = hospital.path(&format!("/payment-requests/{}", late["id"]));
        with(200, hospital.connect().ask("DELETE", &path, Some(hospital.token("an")), Some(&key), b""));
        for (amount, asked, state, fate) in [
            (49_000, &short, "mismatch", "short"),
            (51_000, &over, "mismatch", "over"),
            (50_000, &twice, "paid", "paid"),
            (50_000, &twice, "paid", "double"),
            (50_000, &late, "cancelled", "late"),
        ] {
            let told = bank.transfer(amount, &format!("CK {}", text(asked).to_lowercase()));
            success(bank.tell(&told));
            let now = read(hospital, asked);
            assert_eq!(now["state"], state, "{now}");
            assert_eq!(now["events"].as_array().unwrap().last().unwrap()["fate"], fate, "{now}");
        }
        success(told(&mut bank, 7_000, "tien vien phi cho bac Tam"));
        // 49 000 + 51 000 + 50 000 + 50 000 + 7 000 wait; 50 000 paid M3.
        assert_eq!(
            (ledger(hospital, "unapplied-credit"), ledger(hospital, "bank")),
            (Some(json!("-207000")), Some(json!("257000")))
        );
        let waiting = with(200, hospital.get("an", "/unapplied"));
        let items = waiting["items"].as_array().unwrap();
        assert_eq!(items.len(), 5);
        assert_eq!(items[0]["candidates"][0]["encounter"], "M1", "{}", items[0]);
        with(201, hospital.post("an", &format!("/unapplied/{}/apply", items[0]["id"]), json!({"encounter": "M1"})));
        assert_eq!(hospital.account("M1")["deposits"], "49000");
        // The right money still pays what had got the wrong one.
        success(told(&mut bank, 50_000, text(&over)));
        assert_eq!(read(hospital, &over)["state"], "paid");
    });
}

/// The notifier was faster than our own record: it is told to come again, and nothing is lost.
#[test]
fn a_reference_that_nobody_knows_yet_is_kept_and_asked_for_again() {
    on_both("early", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("E1", &[50_000])));
        let first = request(hospital, "E1", json!({"for": "deposit", "amount": "10000", "rail": "vietqr"}));
        let number = first["id"].as_u64().unwrap();
        // The request after the next audit entries, worked out as the server will.
        let next = acceptance::sepay::reference("92114", number + 1);
        let told = bank.transfer(20_000, &next);
        assert_eq!(bank.tell(&told).status, 503);
        assert_eq!(bank.tell(&told).status, 503);
        assert_eq!(ledger(hospital, "bank"), None);
        let second = request(hospital, "E1", json!({"for": "deposit", "amount": "20000", "rail": "vietqr"}));
        assert_eq!(text(&second), next);
        success(bank.tell(&told));
        assert_eq!(read(hospital, &second)["state"], "paid");
        success(bank.tell(&told));
        assert_eq!(hospital.account("E1")["deposits"], "20000");
    });
}

#[test]
fn a_request_for_lines_asks_for_their_share_and_releases_the_service() {
    on_both("lines", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("L1", &[45_000, 12_500, 3_000])));
        let hook = json!({"url": "https://example.com/h", "events": ["*"], "secret": "0123456789abcdef"});
        let hook = with(201, hospital.post("khanh", "/webhooks", hook));
        let body = json!({"for": "lines", "lines": ["1", "3"], "rail": "vietqr"});
        let asked = request(hospital, "L1", body);
        assert_eq!((&asked["amount"], &asked["lines"]), (&json!("48000"), &json!(["1", "3"])));
        success(told(&mut bank, 48_000, text(&asked)));
        assert_eq!(
            (&read(hospital, &asked)["state"], &hospital.account("L1")["due"]),
            (&json!("paid"), &json!("12500"))
        );
        let again = json!({"for": "lines", "lines": ["3"], "rail": "vietqr"});
        refused(409, "lines-asked-for", hospital.post("an", "/encounters/L1/payment-requests", again));
        let is_told = |topic: &str| {
            let told = with(200, hospital.get("khanh", &format!("/webhooks/{}/deliveries", hook["id"])));
            told["items"].as_array().unwrap().iter().any(|item| item["event"] == topic)
        };
        for topic in ["payment-request.created", "payment.received", "service.released"] {
            // What is to be told is looked for a moment later.
            let began = std::time::Instant::now();
            while !is_told(topic) && began.elapsed().as_secs() < 20 {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            assert!(is_told(topic), "{topic}");
        }
        for (wrong, path) in [
            (json!({"for": "lines", "lines": ["9"], "rail": "vietqr"}), "lines[0]"),
            (json!({"for": "lines", "lines": [], "rail": "vietqr"}), "lines"),
            (json!({"for": "lines", "lines": ["1"], "amount": "5", "rail": "vietqr"}), "amount"),
            (json!({"for": "balance", "amount": "12501", "rail": "vietqr"}), "amount"),
            (json!({"for": "deposit", "rail": "vietqr"}), "amount"),
            (json!({"for": "balance", "rail": "sepay"}), "rail"),
            (json!({"for": "all", "rail": "vietqr"}), "for"),
            (json!({"for": "balance", "rail": "vietqr", "expires_at": "2020-01-01T00:00"}), "expires_at"),
        ] {
            let problem = hospital.post("an", "/encounters/L1/payment-requests", wrong);
            assert_eq!(refused(422, "invalid-request", problem)["errors"][0]["path"], path);
        }
    });
}

/// 1 200 000 000 đ is above the limit of one transfer: three of 400 000 000.
#[test]
fn a_large_bill_is_several_requests() {
    on_both("large", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("B1", &[1_200_000_000])));
        let asked = request(hospital, "B1", json!({"for": "balance", "rail": "vietqr"}));
        let together: Vec<i64> = asked["together"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
        assert_eq!((together.len(), &asked["amount"]), (3, &json!("400000000")));
        for id in together {
            let one = with(200, hospital.get("an", &format!("/payment-requests/{id}")));
            success(told(&mut bank, 400_000_000, text(&one)));
        }
        assert_eq!(hospital.account("B1")["due"], "0");
    });
}

/// Whoever follows a request is told when it is paid.
#[test]
fn a_follower_is_told() {
    let database = Database::new(Kind::Sqlite, "follow");
    let hospital = Hospital::start(&binary(), &database, &[]);
    let mut bank = set_up(&hospital);
    with(201, hospital.put(&visit("S1", &[50_000])));
    let asked = request(&hospital, "S1", json!({"for": "balance", "rail": "vietqr"}));
    let mut stream = hospital.follow("an", &format!("/payment-requests/{}/events", asked["id"]));
    assert_eq!(stream.next().unwrap()["state"], "open");
    success(told(&mut bank, 50_000, text(&asked)));
    assert_eq!(stream.next().unwrap()["state"], "paid");
    assert!(stream.next().is_none(), "it ends with the request");
    hospital.verify();
}

/// Of two servers on one database one is told by the bank: whoever follows at the other hears of it, too, when that one looks next,
/// even if nobody followed there before.
#[test]
fn a_follower_at_another_server_is_told() {
    let database = Database::new(Kind::Postgres, "follow-other");
    let hospital = Hospital::start(&binary(), &database, &[]);
    let mut bank = set_up(&hospital);
    with(201, hospital.put(&visit("S1", &[50_000])));
    let asked = request(&hospital, "S1", json!({"for": "balance", "rail": "vietqr"}));
    acceptance::inside::run(async {
        let other = acceptance::inside::desk(&database).await;
        let mut seen = std::collections::HashMap::new();
        other.tell_of_others(&mut seen).await.unwrap();
        let mut changes = other.follow_payment_requests();
        success(told(&mut bank, 50_000, text(&asked)));
        assert!(changes.is_empty(), "nobody has told it yet");
        other.tell_of_others(&mut seen).await.unwrap();
        let changed = changes.try_recv().unwrap();
        assert_eq!((&*changed.facility, json!(changed.request)), ("92114", asked["id"].clone()));
    });
    hospital.verify();
}

/// A cashier was faster than the notifier: it is the same money, unless she typed it in as something else.
#[test]
fn what_was_typed_in_before_is_not_taken_twice() {
    on_both("typed", |hospital| {
        let mut bank = set_up(hospital);
        for id in ["T1", "T2", "T3"] {
            with(201, hospital.put(&visit(id, &[50_000])));
        }
        let balance = json!({"for": "balance", "rail": "vietqr"});
        let [same, other, waiting] = ["T1", "T2", "T3"].map(|id| request(hospital, id, balance.clone()));
        let [first, second, third] = [&same, &other, &waiting].map(|asked| bank.transfer(50_000, text(asked)));
        let typed = |told: &Value, amount: &str| json!({"amount": amount, "method": "transfer", "reference": told["referenceCode"]});
        let receipt = with(201, hospital.post("an", "/encounters/T1/settlements", typed(&first, "50000")));
        // For another patient, and of another amount.
        with(201, hospital.post("an", "/encounters/T1/deposits", typed(&second, "5000")));
        with(201, hospital.post("an", "/unapplied", typed(&third, "50000")));
        success(bank.tell(&first));
        let now = read(hospital, &same);
        assert_eq!(
            (&now["state"], &now["receipt"], &now["events"][0]["fate"]),
            (&json!("paid"), &receipt["number"], &json!("counted"))
        );
        success(bank.tell(&second));
        let now = read(hospital, &other);
        assert_eq!((&now["state"], &now["events"][0]["fate"]), (&json!("mismatch"), &json!("conflict")));
        assert_eq!(hospital.account("T2")["due"], "50000");
        success(bank.tell(&third));
        assert_eq!(
            (&read(hospital, &waiting)["state"], &hospital.account("T3")["deposits"]),
            (&json!("paid"), &json!("50000"))
        );
        // 50 000 + 5 000 + 50 000, as they were typed.
        assert_eq!(
            (ledger(hospital, "bank"), ledger(hospital, "unapplied-credit")),
            (Some(json!("105000")), Some(json!("0")))
        );
        let work = with(200, hospital.get("an", "/unapplied"));
        assert_eq!(work["items"][0]["kind"], "payment-conflict", "{work}");
    });
}

/// A bank calls two transfers of one batch the same: they are two payments.
#[test]
fn two_transfers_with_one_number_of_the_bank_are_two_payments() {
    on_both("batch", |hospital| {
        let mut bank = set_up(hospital);
        for id in ["B1", "B2"] {
            with(201, hospital.put(&visit(id, &[50_000])));
        }
        let balance = json!({"for": "balance", "rail": "vietqr"});
        let [first, second] = ["B1", "B2"].map(|id| request(hospital, id, balance.clone()));
        let one = bank.transfer(50_000, text(&first));
        let mut two = bank.transfer(50_000, text(&second));
        two["referenceCode"] = one["referenceCode"].clone();
        success(bank.tell(&one));
        success(bank.tell(&two));
        assert_eq!((ledger(hospital, "bank"), &hospital.account("B2")["due"]), (Some(json!("100000")), &json!("0")));
        let mut nobody = bank.transfer(9_000, "khong ro");
        nobody["referenceCode"] = one["referenceCode"].clone();
        success(bank.tell(&nobody));
        assert_eq!(ledger(hospital, "unapplied-credit"), Some(json!("-9000")));
    });
}

/// A supervisor takes back the receipt of a rail: the money is at the bank all the same, and waits.
#[test]
fn money_of_a_reversed_receipt_waits() {
    on_both("taken-back", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("R1", &[50_000])));
        with(201, hospital.put(&visit("R2", &[50_000])));
        let asked = request(hospital, "R1", json!({"for": "balance", "rail": "vietqr"}));
        let told = bank.transfer(50_000, text(&asked));
        success(bank.tell(&told));
        let receipt = read(hospital, &asked)["receipt"].as_str().unwrap().to_owned();
        with(201, hospital.post("chi", &format!("/receipts/{receipt}/reverse"), json!({"reason": "nhầm người"})));
        success(bank.tell(&told));
        assert_eq!((&hospital.account("R1")["due"], ledger(hospital, "bank")), (&json!("50000"), Some(json!("50000"))));
        let waiting = with(200, hospital.get("an", "/unapplied"));
        let rest = format!("/unapplied/{}/apply", waiting["items"][0]["id"]);
        with(201, hospital.post("an", &rest, json!({"encounter": "R2"})));
        assert_eq!(
            (&hospital.account("R2")["deposits"], ledger(hospital, "unapplied-credit")),
            (&json!("50000"), Some(json!("0")))
        );
    });
}

/// What is proven and cannot be read is kept and becomes work; the provider is asked to come again.
#[test]
fn a_message_that_cannot_be_read_is_not_lost() {
    on_both("unreadable", |hospital| {
        let mut bank = set_up(hospital);
        let mut told = bank.transfer(50_000, "x");
        told["transferAmount"] = json!("a lot");
        for _ in 0..3 {
            assert_eq!(bank.tell(&told).status, 503);
        }
        let work = with(200, hospital.get("an", "/unapplied"));
        assert_eq!(
            (work["items"].as_array().unwrap().len(), &work["items"][0]["kind"]),
            (1, &json!("payment-conflict"))
        );
        // A text that no database takes is shortened, and not in the way of the money.
        let told = bank.transfer(7_000, &format!("{}\u{0}{}", "x".repeat(5_000), "y".repeat(5_000)));
        success(bank.tell(&told));
        assert_eq!(ledger(hospital, "unapplied-credit"), Some(json!("-7000")));
        // An account that is not the hospital's is not its money.
        let mut foreign = bank.transfer(8_000, "x");
        foreign["accountNumber"] = "999".into();
        success(bank.tell(&foreign));
        assert_eq!(ledger(hospital, "unapplied-credit"), Some(json!("-7000")));
    });
}

/// Whoever approves sees where the money goes; what was asked before the last change is not approved any more.
#[test]
fn a_rail_is_approved_as_it_is_seen() {
    on_both("rails", |hospital| {
        let bank = set_up(hospital);
        let ask = |body: Value| {
            let (path, token) = (hospital.path("/rails/sepay"), Some(hospital.token("minh")));
            let key = acceptance::hospital::fresh_key();
            hospital.connect().ask("PUT", &path, token, Some(&key), body.to_string().as_bytes())
        };
        let settings = json!({"authentication": "api-key", "accounts": "0011012345678"});
        let first = with(
            202,
            ask(json!({"settings": settings, "keys": {"api-key": "a-key-of-the-tests-1"}, "reason": "khoá mới"})),
        );
        let second = with(202, ask(json!({"settings": settings, "reason": "như cũ"})));
        let waiting = with(200, hospital.get("dung", "/approvals?state=pending"));
        let seen = waiting["items"].as_array().unwrap().iter().find(|item| item["id"] == first["id"]).unwrap().clone();
        assert_eq!(seen["asked"], json!({"settings": settings, "keys": ["api-key"]}));
        with(200, hospital.post("dung", &format!("/approvals/{}/approve", first["id"]), json!({})));
        refused(
            409,
            "changed-meanwhile",
            hospital.post("dung", &format!("/approvals/{}/approve", second["id"]), json!({})),
        );
        let rails = with(200, hospital.get("an", "/rails"));
        let sepay = rails["items"].as_array().unwrap().iter().find(|rail| rail["name"] == "sepay").unwrap().clone();
        assert_eq!(
            (&sepay["state"], &sepay["keys"][0]),
            (&json!("ready"), &json!({"name": "webhook", "is_set": true}))
        );
        assert!(!rails.to_string().contains("a-key-of-the-tests-1") && !rails.to_string().contains(SECRET), "{rails}");
        let mut told = SePay::of(hospital, SECRET);
        let told = told.transfer(5_000, "x");
        // The way of proving it has changed.
        assert_eq!(bank.tell(&told).status, 401);
        success(bank.tell_with_key(&told, "a-key-of-the-tests-1"));
        assert_eq!(bank.tell_with_key(&told, "another-key-of-tests").status, 401);
        for (body, path) in [
            (json!({"settings": {"authentication": "hmac"}, "reason": "x"}), "settings.accounts"),
            (
                json!({"settings": {"authentication": "hmac", "accounts": "1", "colour": "red"}, "reason": "x"}),
                "settings.colour",
            ),
            (json!({"settings": settings, "keys": {"webhook": "short"}, "reason": "x"}), "keys.webhook"),
            (json!({"settings": settings}), "reason"),
        ] {
            assert_eq!(refused(422, "invalid-request", ask(body))["errors"][0]["path"], path);
        }
    });
}

/// What does not agree with what was told is found by `verify`.
#[test]
fn verify_finds_money_that_was_told_of_and_is_not_there() {
    for kind in acceptance::database::BOTH {
        let database = Database::new(kind, "told");
        let hospital = Hospital::start(&binary(), &database, &[]);
        let mut bank = set_up(&hospital);
        with(201, hospital.put(&visit("V1", &[50_000])));
        let asked = request(&hospital, "V1", json!({"for": "balance", "rail": "vietqr"}));
        success(told(&mut bank, 49_000, text(&asked)));
        success(told(&mut bank, 50_000, text(&asked)));
        hospital.verify();
        for (change, back, found) in [
            (
                "update payment_event set amount = amount + 100 where fate = 'paid'",
                "amount = amount - 100 where fate = 'paid'",
                "I5",
            ),
            (
                "update payment_event set amount = amount + 100 where fate = 'short'",
                "amount = amount - 100 where fate = 'short'",
                "I5",
            ),
            ("update payment_event set fate = 'noted' where fate = 'paid'", "fate = 'paid' where fate = 'noted'", "I5"),
        ] {
            database.tamper(change);
            let output = hospital.runs(&["verify"]);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(1), "{change}: {said}");
            assert!(said.contains(found) && said.contains("payment "), "{change}: {said}");
            database.tamper(&format!("update payment_event set {back}"));
        }
        database.tamper("update payment_request set state = 'open'");
        assert_eq!(hospital.runs(&["verify"]).status.code(), Some(1));
        database.tamper("update payment_request set state = 'paid'");
        hospital.verify();
    }
}

/// A patient's own code takes any amount, for the visit that is open.
#[test]
fn a_standing_code_is_a_deposit_for_the_open_visit() {
    on_both("standing", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("C1", &[50_000])));
        let patient = with(200, hospital.get("an", "/encounters/C1"))["patient"]["id"].as_str().unwrap().to_owned();
        let ask =
            || with(201, hospital.post("an", &format!("/patients/{patient}/payment-code"), json!({"rail": "vietqr"})));
        let code = ask();
        assert_eq!(ask()["reference"], code["reference"], "it stays the same");
        let output = vienphi(&["qr", "decode", code["qr"].as_str().unwrap()], b"");
        let read: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&read["dynamic"], &read["amount"]), (&json!(false), &Value::Null), "{read}");
        let first = bank.transfer(30_000, &format!("CK {} tam ung", text(&code)));
        success(bank.tell(&first));
        success(bank.tell(&first));
        success(told(&mut bank, 12_000, text(&code)));
        assert_eq!(hospital.account("C1")["deposits"], "42000");
        // Two visits are open: a person says which.
        let mut second = visit("C2", &[20_000]);
        second["patient"]["id"] = json!(patient);
        with(201, hospital.put(&second));
        success(told(&mut bank, 9_000, text(&code)));
        assert_eq!(
            (hospital.account("C1")["deposits"].clone(), hospital.account("C2")["deposits"].clone()),
            (json!("42000"), json!("0"))
        );
        assert_eq!(ledger(hospital, "unapplied-credit"), Some(json!("-9000")));
        for (wrong, status) in [(json!({"rail": "sepay"}), 422), (json!({}), 422), (json!({"rail": 7}), 422)] {
            assert_eq!(hospital.post("an", &format!("/patients/{patient}/payment-code"), wrong).status, status);
        }
        refused(404, "not-found", hospital.post("an", "/patients/nobody/payment-code", json!({"rail": "vietqr"})));
    });
}

/// An unpaid service is given by somebody's word, which stays on record.
#[test]
fn a_service_is_released_before_it_is_paid_by_somebodys_word() {
    on_both("release", |hospital| {
        let mut bank = set_up(hospital);
        with(201, hospital.put(&visit("R1", &[45_000, 12_000])));
        let asked = request(hospital, "R1", json!({"for": "lines", "lines": ["1"], "rail": "vietqr"}));
        let path = format!("/payment-requests/{}/release", asked["id"]);
        assert_eq!(
            refused(422, "invalid-request", hospital.post("an", &path, json!({})))["errors"][0]["path"],
            "reason"
        );
        refused(403, "forbidden", hospital.post("his", &path, json!({"reason": "cấp cứu"})));
        let released = with(200, hospital.post("an", &path, json!({"reason": "cấp cứu"})));
        assert_eq!((&released["released_by"], &released["state"]), (&json!("an"), &json!("open")));
        refused(409, "nothing-to-release", hospital.post("binh", &path, json!({"reason": "lần nữa"})));
        let audit = with(200, hospital.get("nga", "/audit"));
        let entry =
            audit["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "payment-request.release");
        assert_eq!(entry.unwrap()["reason"], "cấp cứu", "{audit}");
        // Paid later, it is not released a second time.
        success(told(&mut bank, 45_000, text(&asked)));
        assert_eq!(read(hospital, &asked)["state"], "paid");
        let balance = request(hospital, "R1", json!({"for": "balance", "rail": "vietqr"}));
        let path = format!("/payment-requests/{}/release", balance["id"]);
        refused(409, "nothing-to-release", hospital.post("an", &path, json!({"reason": "x"})));
    });
}
