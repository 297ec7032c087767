//! The desk's money over HTTP, on both databases, with amounts worked by hand.

use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::{Answer, Hospital, fresh_key, visit};
use serde_json::{Value, json};

use crate::program::binary;

/// Of each name: more than are counted of a word.
const NAMESAKES: usize = 2_001;

/// On both databases; at the end everything must hold together.
pub(crate) fn on_both(name: &str, scenario: impl Fn(&Hospital)) {
    for kind in BOTH {
        let database = Database::new(kind, name);
        let hospital = Hospital::start(&binary(), &database, &[]);
        scenario(&hospital);
        hospital.verify();
    }
}

/// The answer must have this status.
pub(crate) fn with(status: u16, answer: Answer) -> Value {
    answer.with(status)
}

/// The problem must be this one.
pub(crate) fn refused(status: u16, kind: &str, answer: Answer) -> Value {
    assert!(answer.head.contains("application/problem+json"), "{}", answer.head);
    let problem = with(status, answer);
    assert_eq!(problem["type"], format!("urn:vienphi:problem:{kind}"), "{problem}");
    problem
}

fn cash(amount: &str) -> Value {
    json!({"amount": amount, "method": "cash"})
}

pub(crate) fn account(hospital: &Hospital, encounter: &str, expected: &[(&str, &str)]) {
    let account = hospital.account(encounter);
    for (field, amount) in expected {
        assert_eq!(account[field], *amount, "{field} of {account}");
    }
}

/// What the ledger says of an account; none when nothing was posted on it.
pub(crate) fn on_account(accounts: &Value, name: &str, field: &str) -> Option<Value> {
    let rows = accounts["items"].as_array().unwrap();
    rows.iter().find(|row| row["account"] == name).map(|row| row[field].clone())
}

/// Somebody asks, the supervisor approves.
fn approved(hospital: &Hospital, asked: Value) -> Value {
    with(200, hospital.post("chi", &format!("/approvals/{}/approve", asked["id"]), json!({})))
}

#[test]
fn a_visit_is_deposited_for_settled_and_its_surplus_refunded() {
    on_both("flow", |hospital| {
        with(201, hospital.put(&visit("V1", &[1_000_000])));
        account(hospital, "V1", &[("due", "1000000"), ("deposits", "0"), ("paid", "0")]);
        let deposit = with(201, hospital.post("an", "/encounters/V1/deposits", cash("300000")));
        assert_eq!(deposit["number"], "PT0000001");
        let settle = json!({"payments": [
            {"amount": "500000", "method": "cash"},
            {"amount": "300000", "method": "transfer", "reference": "FT26001", "payer": "Trần Văn Con"},
        ], "use_deposits": true});
        let receipt = with(201, hospital.post("an", "/encounters/V1/settlements", settle));
        assert_eq!(
            (&receipt["from_deposits"], &receipt["surplus"], &receipt["due_after"]),
            (&"300000".into(), &"100000".into(), &"0".into())
        );
        account(hospital, "V1", &[("due", "0"), ("deposits", "100000"), ("paid", "1000000")]);
        refused(409, "nothing-due", hospital.post("an", "/encounters/V1/settlements", cash("1000")));

        let too_much = json!({"amount": "100001", "reason": "thừa", "to": "an"});
        refused(422, "invalid-request", hospital.post("an", "/encounters/V1/refunds", too_much));
        let asked = with(
            202,
            hospital.post(
                "an",
                "/encounters/V1/refunds",
                json!({"amount": "100000", "reason": "thừa", "to": "Nguyễn Thị Mẫu"}),
            ),
        );
        account(hospital, "V1", &[("deposits", "100000"), ("pending_refunds", "100000"), ("refunded", "0")]);
        let own = hospital.post("an", &format!("/approvals/{}/approve", asked["id"]), json!({}));
        refused(403, "forbidden", own);
        approved(hospital, asked.clone());
        account(hospital, "V1", &[("deposits", "0"), ("refunded", "100000"), ("pending_refunds", "0")]);
        refused(
            409,
            "already-decided",
            hospital.post("dung", &format!("/approvals/{}/approve", asked["id"]), json!({})),
        );
        let paid =
            with(201, hospital.post("an", &format!("/approvals/{}/pay", asked["id"]), json!({"method": "cash"})));
        assert_eq!((&paid["kind"], &paid["amount"]), (&"refund".into(), &"100000".into()));
        refused(
            409,
            "refund-not-approved",
            hospital.post("an", &format!("/approvals/{}/pay", asked["id"]), json!({"method": "cash"})),
        );

        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        let balance = |name: &str| on_account(&accounts, name, "balance");
        // 300 000 + 500 000 taken, 100 000 paid out.
        assert_eq!(balance("cash"), Some("700000".into()));
        assert_eq!(balance("bank"), Some("300000".into()));
        assert_eq!(balance("patient-receivable"), Some("0".into()));
        assert_eq!(balance("revenue"), Some("-1000000".into()));
    });
}

#[test]
fn a_key_has_one_answer() {
    on_both("key", |hospital| {
        with(201, hospital.put(&visit("K1", &[50_000])));
        let key = fresh_key();
        let first = hospital.post_keyed("an", "/encounters/K1/deposits", &key, cash("20000"));
        let again = hospital.post_keyed("an", "/encounters/K1/deposits", &key, cash("20000"));
        assert_eq!((first.status, &first.bytes), (201, &again.bytes));
        assert_eq!(again.status, 201);
        refused(
            422,
            "idempotency-key-reused",
            hospital.post_keyed("an", "/encounters/K1/deposits", &key, cash("30000")),
        );
        // Another person's key is another key.
        with(201, hospital.post_keyed("binh", "/encounters/K1/deposits", &key, cash("30000")));
        account(hospital, "K1", &[("deposits", "50000")]);
        // A refusal is an answer too.
        let key = fresh_key();
        let refusal =
            hospital.post_keyed("an", "/encounters/K1/refunds", &key, json!({"amount": "60000", "reason": "x"}));
        assert_eq!(refusal.status, 422);
        with(201, hospital.post("an", "/encounters/K1/deposits", cash("60000")));
        let again =
            hospital.post_keyed("an", "/encounters/K1/refunds", &key, json!({"amount": "60000", "reason": "x"}));
        assert_eq!((again.status, again.bytes), (refusal.status, refusal.bytes));
        let without = hospital.connect().ask(
            "POST",
            &hospital.path("/encounters/K1/deposits"),
            Some(hospital.token("an")),
            None,
            cash("1000").to_string().as_bytes(),
        );
        refused(400, "invalid-header", without);
    });
}

#[test]
fn a_bank_transaction_counts_once() {
    on_both("bank", |hospital| {
        with(201, hospital.put(&visit("B1", &[50_000])));
        with(201, hospital.put(&visit("B2", &[50_000])));
        let transfer = json!({"amount": "20000", "method": "transfer", "reference": "FT77"});
        let first = with(201, hospital.post("an", "/encounters/B1/deposits", transfer.clone()));
        // Another cashier enters it again, with another key.
        let again = with(200, hospital.post("binh", "/encounters/B1/deposits", transfer.clone()));
        assert_eq!(first["number"], again["number"]);
        let problem = refused(409, "reference-used", hospital.post("binh", "/encounters/B2/deposits", transfer));
        assert!(problem["detail"].as_str().unwrap().contains("PT0000001"), "{problem}");
        account(hospital, "B1", &[("deposits", "20000")]);
        account(hospital, "B2", &[("deposits", "0")]);
    });
}

#[test]
fn receipts_are_reversed_once_and_mirrored() {
    on_both("reverse", |hospital| {
        with(201, hospital.put(&visit("R1", &[100_000])));
        let receipt = with(201, hospital.post("an", "/encounters/R1/settlements", cash("100000")));
        let path = format!("/receipts/{}/reverse", receipt["number"].as_str().unwrap());
        // Not hers.
        refused(403, "forbidden", hospital.post("binh", &path, json!({"reason": "nhầm"})));
        let reversal = with(201, hospital.post("an", &path, json!({"reason": "nhầm người"})));
        assert_eq!((&reversal["kind"], &reversal["reverses"]), (&"reversal".into(), &receipt["number"]));
        refused(409, "receipt-not-reversible", hospital.post("chi", &path, json!({"reason": "nhầm"})));
        account(hospital, "R1", &[("due", "100000"), ("paid", "0")]);
        let read = with(200, hospital.get("an", &format!("/receipts/{}", receipt["number"].as_str().unwrap())));
        assert_eq!(read["state"], "reversed");
        // A deposit that was used is not there to be given back.
        let deposit = with(201, hospital.post("an", "/encounters/R1/deposits", cash("100000")));
        with(201, hospital.post("an", "/encounters/R1/settlements", json!({"use_deposits": true})));
        let path = format!("/receipts/{}/reverse", deposit["number"].as_str().unwrap());
        refused(409, "deposit-spent", hospital.post("an", &path, json!({"reason": "nhầm"})));
        refused(404, "not-found", hospital.post("chi", "/receipts/PT9999999/reverse", json!({"reason": "x"})));
    });
}

/// dhg.hospitalfees#100: a patient is asked for 1 đ. 5000.60 is paid with 5001 đ, and the bill becomes 5001.20.
#[test]
fn nobody_is_asked_for_one_dong() {
    on_both("dong", |hospital| {
        let line = |id: &str, price: &str| json!({"id": id, "kind": "drug", "code": "D", "quantity": 1, "unit_price": price, "performed_at": "2026-03-02T08:30"});
        let mut bill = visit("D1", &[]);
        bill["lines"] = json!([line("1", "5000.6")]);
        with(201, hospital.put(&bill));
        account(hospital, "D1", &[("due", "5001")]);
        with(201, hospital.post("an", "/encounters/D1/settlements", cash("5001")));
        account(hospital, "D1", &[("due", "0"), ("rounding", "0.4")]);
        bill["lines"] = json!([line("1", "5000.6"), line("2", "0.6")]);
        with(200, hospital.put(&bill));
        account(hospital, "D1", &[("due", "0"), ("deposits", "0"), ("paid", "5001")]);
    });
}

/// A line is cancelled after it was paid: what it cost becomes a deposit, which is refunded with approval.
#[test]
fn a_line_cancelled_after_payment_becomes_a_deposit() {
    on_both("cancelled", |hospital| {
        with(201, hospital.put(&visit("C1", &[60_000, 40_000])));
        with(201, hospital.post("an", "/encounters/C1/settlements", cash("100000")));
        with(200, hospital.put(&visit("C1", &[60_000])));
        account(hospital, "C1", &[("due", "0"), ("deposits", "40000"), ("paid", "60000")]);
        let asked = with(
            202,
            hospital.post("an", "/encounters/C1/refunds", json!({"amount": "40000", "reason": "huỷ dịch vụ"})),
        );
        approved(hospital, asked);
        account(hospital, "C1", &[("deposits", "0"), ("refunded", "40000")]);
        let statements = with(200, hospital.get("an", "/encounters/C1/statements"));
        let changes = statements["items"][1]["changes"].to_string();
        assert!(changes.contains("100000") && changes.contains("60000"), "{changes}");
    });
}

#[test]
fn exemptions_are_asked_for_and_approved() {
    on_both("exempt", |hospital| {
        with(201, hospital.put(&visit("X1", &[100_000])));
        refused(
            422,
            "invalid-request",
            hospital.post("an", "/encounters/X1/write-offs", json!({"amount": "100001", "reason": "hộ nghèo"})),
        );
        let asked = with(
            202,
            hospital.post("an", "/encounters/X1/write-offs", json!({"amount": "70000", "reason": "hộ nghèo"})),
        );
        // What may be forgiven is not collected meanwhile.
        with(201, hospital.post("an", "/encounters/X1/settlements", cash("30000")));
        account(hospital, "X1", &[("due", "70000"), ("pending_write_offs", "70000")]);
        approved(hospital, asked);
        account(hospital, "X1", &[("due", "0"), ("written_off", "70000"), ("paid", "30000")]);
        refused(
            409,
            "encounter-open",
            hospital.post("an", "/encounters/X1/reopen", json!({"reason": "thiếu dịch vụ"})),
        );
        with(200, hospital.post("an", "/encounters/X1/close", json!({})));
        let asked = with(202, hospital.post("an", "/encounters/X1/reopen", json!({"reason": "thiếu dịch vụ"})));
        with(200, hospital.post("chi", &format!("/approvals/{}/reject", asked["id"]), json!({"reason": "không"})));
    });
}

#[test]
fn a_closed_visit_changes_only_after_it_was_reopened() {
    on_both("closed", |hospital| {
        let mut open = visit("O1", &[10_000]);
        open["visit"].as_object_mut().unwrap().remove("discharged_at");
        open["visit"]["arrived_at"] = "2026-11-20T08:00".into();
        open["lines"][0]["performed_at"] = "2026-11-20T08:30".into();
        with(201, hospital.put(&open));
        with(200, hospital.post("his", "/encounters/O1/close", json!({"at": "2026-11-20T11:00"})));
        let kept = with(200, hospital.get("his", "/encounters/O1"));
        assert_eq!(kept["visit"]["discharged_at"], "2026-11-20T11:00");
        let mut changed = kept.clone();
        changed["lines"][0]["unit_price"] = "20000".into();
        refused(409, "encounter-closed", hospital.put(&changed));
        // Money is still taken: who left owing comes back to pay.
        with(201, hospital.post("an", "/encounters/O1/settlements", cash("10000")));
        let asked = with(202, hospital.post("his", "/encounters/O1/reopen", json!({"reason": "thiếu dịch vụ"})));
        approved(hospital, asked);
        with(200, hospital.put(&changed));
        account(hospital, "O1", &[("due", "10000"), ("paid", "10000")]);
        with(200, hospital.post("his", "/encounters/O1/close", json!({})));
    });
}

/// hmislk#10911, #17532: the drawer is what was posted to it, counted blind, closed with the difference approved.
#[test]
fn a_shift_is_counted_blind_and_its_difference_approved() {
    on_both("shift", |hospital| {
        with(201, hospital.put(&visit("S1", &[500_000])));
        let shift = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "200000"})));
        let path = format!("/shifts/{}", shift["id"]);
        refused(409, "shift-open", hospital.post("an", "/shifts", json!({"desk": "Quầy 2"})));
        with(201, hospital.post("an", "/encounters/S1/deposits", cash("300000")));
        with(
            201,
            hospital.post(
                "an",
                "/encounters/S1/settlements",
                json!({"payments": [
            {"amount": "50000", "method": "cash"}, {"amount": "150000", "method": "card", "reference": "SLIP1"}]}),
            ),
        );
        with(201, hospital.post("an", "/encounters/S1/deposits", cash("20000")));
        let asked =
            with(202, hospital.post("an", "/encounters/S1/refunds", json!({"amount": "20000", "reason": "thừa"})));
        approved(hospital, asked.clone());
        with(201, hospital.post("an", &format!("/approvals/{}/pay", asked["id"]), json!({"method": "cash"})));
        let blind = with(200, hospital.get("an", &path));
        assert!(blind.get("expected").is_none() && blind.get("difference").is_none(), "{blind}");
        refused(409, "shift-not-counted", hospital.post("an", &format!("{path}/close"), json!({})));
        refused(403, "forbidden", hospital.post("binh", &format!("{path}/count"), json!({"counted": {"cash": "1"}})));
        // 200 000 float + 300 000 + 50 000 + 20 000 − 20 000 refunded; 10 000 are missing.
        let counted = with(
            200,
            hospital.post("an", &format!("{path}/count"), json!({"counted": {"cash": "540000", "card": "150000"}})),
        );
        assert_eq!(counted["expected"], json!({"card": "150000", "cash": "550000"}));
        assert_eq!(counted["difference"], json!({"card": "0", "cash": "-10000"}));
        refused(409, "shift-counted", hospital.post("an", "/encounters/S1/deposits", cash("1000")));
        let asked = with(202, hospital.post("an", &format!("{path}/close"), json!({})));
        assert_eq!((&asked["kind"], &asked["amount"]), (&"shift-difference".into(), &"10000".into()));
        approved(hospital, asked);
        let closed = with(200, hospital.get("chi", &path));
        assert_eq!(closed["state"], "closed");
        refused(409, "shift-ended", hospital.post("chi", &format!("{path}/count"), json!({"counted": {"cash": "1"}})));
        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        let balance = |name: &str| on_account(&accounts, name, "balance");
        assert_eq!((balance("cash"), balance("shift-differences")), (Some("0".into()), Some("10000".into())));
        // 540 000 came, 200 000 had gone out.
        assert_eq!(balance("vault"), Some("340000".into()));

        let next = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "100000"})));
        let path = format!("/shifts/{}", next["id"]);
        with(200, hospital.post("an", &format!("{path}/count"), json!({"counted": {"cash": "100000"}})));
        refused(422, "invalid-request", hospital.post("an", &format!("{path}/hand-over"), json!({"to": "nobody"})));
        let over = with(200, hospital.post("an", &format!("{path}/hand-over"), json!({"to": "binh"})));
        assert_eq!((&over["state"], &over["handed_to"]), (&"closed".into(), &"binh".into()));
        refused(409, "shift-open", hospital.post("binh", "/shifts", json!({"desk": "Quầy 1"})));
    });
}

#[test]
fn money_that_names_nobody_waits_with_candidates() {
    on_both("unapplied", |hospital| {
        with(201, hospital.put(&visit("U1", &[75_000])));
        let credit = json!({"amount": "75000", "method": "transfer", "reference": "FT900", "payer": "Nguyễn Thị Mẫu", "memo": "vien phi U1"});
        let item = with(201, hospital.post("an", "/unapplied", credit.clone()));
        refused(409, "reference-used", hospital.post("binh", "/unapplied", credit));
        account(hospital, "U1", &[("unapplied", "75000"), ("deposits", "0")]);
        let listed = with(200, hospital.get("chi", "/unapplied"));
        let candidate = &listed["items"][0]["candidates"][0];
        assert_eq!(candidate["encounter"], "U1");
        assert_eq!(candidate["why"], json!(["encounter", "payer", "amount"]));
        let receipt =
            with(201, hospital.post("an", &format!("/unapplied/{}/apply", item["id"]), json!({"encounter": "U1"})));
        assert_eq!(receipt["kind"], "deposit");
        refused(
            409,
            "already-applied",
            hospital.post("an", &format!("/unapplied/{}/apply", item["id"]), json!({"encounter": "U1"})),
        );
        account(hospital, "U1", &[("unapplied", "0"), ("deposits", "75000"), ("due", "75000")]);
        assert!(with(200, hospital.get("chi", "/unapplied"))["items"].as_array().unwrap().is_empty());
    });
}

#[test]
fn a_transfer_accepted_on_proof_is_confirmed_or_becomes_work() {
    on_both("promise", |hospital| {
        with(201, hospital.put(&visit("P1", &[90_000])));
        let promise =
            |amount: &str| json!({"payments": [{"amount": amount, "method": "transfer", "provisional": true}]});
        let came = with(201, hospital.post("an", "/encounters/P1/settlements", promise("50000")));
        let failed = with(201, hospital.post("an", "/encounters/P1/settlements", promise("40000")));
        assert_eq!(came["state"], "provisional");
        account(hospital, "P1", &[("due", "0"), ("provisional", "90000")]);
        let path = |receipt: &Value| format!("/receipts/{}/confirm", receipt["number"].as_str().unwrap());
        with(200, hospital.post("an", &path(&came), json!({"outcome": "confirmed", "reference": "FT1"})));
        refused(
            409,
            "receipt-not-provisional",
            hospital.post("an", &path(&came), json!({"outcome": "confirmed", "reference": "FT1"})),
        );
        with(200, hospital.post("an", &path(&failed), json!({"outcome": "failed", "reason": "không thấy tiền"})));
        account(hospital, "P1", &[("due", "40000"), ("provisional", "0"), ("paid", "50000")]);
        let work = with(200, hospital.get("an", "/unapplied"));
        assert_eq!(
            (&work["items"][0]["kind"], &work["items"][0]["encounter"]),
            (&"failed-transfer".into(), &"P1".into())
        );
        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        let in_transit =
            accounts["items"].as_array().unwrap().iter().find(|row| row["account"] == "in-transit").unwrap();
        assert_eq!(in_transit["balance"], "0");
        // One that was confirmed is undone out of the bank.
        with(
            201,
            hospital.post(
                "chi",
                &format!("/receipts/{}/reverse", came["number"].as_str().unwrap()),
                json!({"reason": "nhầm người"}),
            ),
        );
        account(hospital, "P1", &[("due", "90000"), ("paid", "0")]);
    });
}

/// More have each word, and each pair of words, than are counted: whoever is looked for is found, and nobody else.
#[test]
fn one_is_found_among_thousands_of_namesakes() {
    on_both("namesakes", |hospital| {
        let born = |name: &str| json!({"name": name, "birth_date": "1980-05-01", "sex": "female"});
        let wanted = with(201, hospital.post("an", "/patients", born("Nguyễn Thị Long Mẫu")));
        let next = AtomicUsize::new(0);
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    while next.fetch_add(1, Ordering::Relaxed) < NAMESAKES {
                        for name in ["Nguyễn Thị Mẫu", "Nguyễn Long Mẫu", "Thị Long"] {
                            with(201, hospital.post("an", "/patients", born(name)));
                        }
                    }
                });
            }
        });
        let found = |words: &str| {
            let page = with(200, hospital.get("an", &format!("/patients?q={words}")));
            page["items"].as_array().unwrap().clone()
        };
        for words in ["nguyen%20thi%20long%20mau", "long%20thi%20nguyen", "Nguy%E1%BB%85n%20thi%20long"] {
            let found = found(words);
            assert_eq!(found.len(), 1, "{words}: {found:?}");
            assert_eq!(found[0]["id"], wanted["id"], "{words}");
        }
        // A page of the many, each with all that was asked for.
        let many = found("nguyen%20mau");
        assert_eq!(many.len(), 50);
        assert!(many.iter().all(|one| one["name"].as_str().unwrap().contains("Nguyễn")), "{many:?}");
        assert_eq!(found("mau%20thi%20hoa"), Vec::<Value>::new());
    });
}

#[test]
fn patients_are_found_by_what_people_type_and_merged() {
    on_both("patients", |hospital| {
        let mut with_card = visit("F1", &[1_000]);
        with_card["coverages"] =
            json!([{"card": "DN4920000000001", "valid_from": "2026-01-01", "registered_facility": "92114"}]);
        with_card["patient"]["id_number"] = "092061000001".into();
        with(201, hospital.put(&with_card));
        let other = with(
            201,
            hospital.post(
                "an",
                "/patients",
                json!({"name": "Nguyễn Thị Mẫn", "birth_date": "1980-05-01", "sex": "female"}),
            ),
        );
        for query in
            ["DN4920000000001", "0000000001", "092061000001", "0912345678", "nguyen%20thi%20mau", "M%E1%BA%ABu"]
        {
            let found = with(200, hospital.get("an", &format!("/patients?q={query}")));
            assert_eq!(found["items"].as_array().unwrap().len(), 1, "{query}: {found}");
            assert_eq!(found["items"][0]["id"], "BN-F1");
        }
        assert_eq!(with(200, hospital.get("an", "/patients?q=nguyen%20thi"))["items"].as_array().unwrap().len(), 2);
        let id = other["id"].as_str().unwrap();
        with(
            200,
            hospital.post(
                "chi",
                &format!("/patients/{id}/merge"),
                json!({"into": "BN-F1", "reason": "cùng một người"}),
            ),
        );
        refused(403, "forbidden", hospital.post("an", &format!("/patients/{id}/unmerge"), json!({"reason": "x"})));
        let whole = with(200, hospital.get("an", "/patients/BN-F1"));
        assert_eq!((&whole["merged"], &whole["encounters"][0]["id"]), (&json!([id]), &"F1".into()));
        refused(
            409,
            "already-merged",
            hospital.post("chi", "/patients/BN-F1/merge", json!({"into": id, "reason": "x"})),
        );
        with(200, hospital.post("chi", &format!("/patients/{id}/unmerge"), json!({"reason": "không phải"})));
        let wrong = refused(
            422,
            "invalid-request",
            hospital.post("an", "/patients", json!({"birth_date": "x", "sex": "f", "colour": 1})),
        );
        assert_eq!(wrong["errors"].as_array().unwrap().len(), 3, "{wrong}");
    });
}

/// Bad input names what is wrong and changes nothing.
#[test]
fn what_is_wrong_is_named() {
    on_both("wrong", |hospital| {
        with(201, hospital.put(&visit("W1", &[10_000])));
        let rows = [
            ("/encounters/W1/deposits", json!({"amount": "0", "method": "cash"}), "amount"),
            ("/encounters/W1/deposits", json!({"amount": "1.5", "method": "cash"}), "amount"),
            ("/encounters/W1/deposits", json!({"amount": "-5", "method": "cash"}), "amount"),
            ("/encounters/W1/deposits", json!({"amount": "1e9", "method": "cash"}), "amount"),
            ("/encounters/W1/deposits", json!({"amount": "99999999999999999999", "method": "cash"}), "amount"),
            ("/encounters/W1/deposits", json!({"amount": "5", "method": "gold"}), "method"),
            ("/encounters/W1/deposits", json!({"amount": "5", "method": "transfer"}), "reference"),
            ("/encounters/W1/deposits", json!({"amount": "5", "method": "cash", "tip": 1}), "tip"),
            (
                "/encounters/W1/deposits",
                json!({"amount": "5", "method": "cash", "receipt_book": "a/b"}),
                "receipt_book",
            ),
            ("/encounters/W1/settlements", json!({"payments": [{"amount": "5"}]}), "payments[0].method"),
            ("/encounters/W1/settlements", json!({"payments": [], "use_deposits": "10001"}), "use_deposits"),
            ("/encounters/W1/settlements", json!({"use_deposits": false}), "payments"),
            ("/encounters/W1/write-offs", json!({"amount": "5"}), "reason"),
            ("/shifts", json!({"float": "5"}), "desk"),
            ("/unapplied", json!({"amount": "5", "method": "transfer"}), "reference"),
        ];
        for (rest, body, path) in rows {
            let problem = refused(422, "invalid-request", hospital.post("an", rest, body.clone()));
            assert_eq!(problem["errors"][0]["path"], path, "{body}: {problem}");
        }
        refused(404, "not-found", hospital.post("an", "/encounters/W9/deposits", cash("5")));
        refused(
            409,
            "no-such-receipt-book",
            hospital.post(
                "an",
                "/encounters/W1/deposits",
                json!({"amount": "5", "method": "cash", "receipt_book": "ZZ"}),
            ),
        );
        account(hospital, "W1", &[("deposits", "0"), ("due", "10000")]);
        // A change names the version it changes.
        let body = visit("W1", &[20_000]).to_string();
        let path = hospital.path("/encounters/W1");
        let token = Some(hospital.token("his"));
        refused(428, "version-required", hospital.connect().ask("PUT", &path, token, None, body.as_bytes()));
        refused(
            412,
            "changed-meanwhile",
            hospital.connect().ask_with("PUT", &path, token, None, "If-Match: \"7\"\r\n", body.as_bytes()),
        );
        let other = visit("W2", &[1]).to_string();
        let problem =
            refused(422, "invalid-request", hospital.connect().ask("PUT", &path, token, None, other.as_bytes()));
        assert_eq!(problem["errors"][0]["path"], "id");
        let nobody = hospital.connect().ask("GET", &path, None, None, b"");
        assert_eq!((nobody.status, nobody.head.contains("www-authenticate: bearer")), (401, true));
        refused(401, "no-token", hospital.connect().ask("GET", &path, Some("vienphi_92114_x_y"), None, b""));
    });
}

/// Growing: what a commune station kept in SQLite goes on in PostgreSQL, and back.
#[test]
fn records_move_between_databases() {
    let small = Database::new(Kind::Sqlite, "grow");
    let large = Database::new(Kind::Postgres, "grow");
    let back = Database::new(Kind::Sqlite, "grow-back");
    {
        let hospital = Hospital::start(&binary(), &small, &[]);
        for number in 0..20 {
            with(201, hospital.put(&visit(&format!("G{number}"), &[10_000, 2_500])));
            with(201, hospital.post("an", &format!("/encounters/G{number}/deposits"), cash("5000")));
            with(201, hospital.post("binh", &format!("/encounters/G{number}/settlements"), cash("7500")));
        }
        for (from, to) in [(&small, &large), (&large, &back)] {
            small.moves(&binary(), from, to);
            small.runs(&binary(), &["verify"], to);
        }
        small.runs(&binary(), &["audit", "verify"], &back);
    }
    let first = database_rows(&small);
    assert_eq!(first, database_rows(&back));
    assert!(!first.is_empty());
}

fn database_rows(database: &Database) -> String {
    database.tamper(
        "select posting.facility, journal, place, account, amount from posting order by 1, 2, 3; \
         select number, hex(digest) from audit order by 1; select number, kind, amount, hex(body) from receipt order by 1",
    )
}
