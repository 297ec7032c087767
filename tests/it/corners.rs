//! Corners of the desk that somebody once found a wrong amount, a lost one or a dead end in.

use std::sync::atomic::{AtomicU64, Ordering};

use acceptance::database::{Database, Kind};
use acceptance::hospital::{Hospital, fresh_key, visit};
use serde_json::{Value, json};

use crate::desk::{on_account, on_both, refused, with};
use crate::program::binary;

fn transfer(amount: &str, reference: &str) -> Value {
    json!({"amount": amount, "method": "transfer", "reference": reference})
}

fn cash(amount: &str) -> Value {
    json!({"amount": amount, "method": "cash"})
}

fn held(hospital: &Hospital, encounter: &str) -> String {
    hospital.account(encounter)["deposits"].as_str().unwrap().to_owned()
}

#[test]
fn a_credit_applied_to_the_wrong_visit_waits_again_when_its_receipt_is_reversed() {
    on_both("credit-back", |hospital| {
        with(201, hospital.put(&visit("C1", &[50_000])));
        with(201, hospital.put(&visit("C2", &[50_000])));
        let credit = with(201, hospital.post("an", "/unapplied", transfer("50000", "FT1")));
        let rest = format!("/unapplied/{}/apply", credit["id"]);
        let receipt = with(201, hospital.post("an", &rest, json!({"encounter": "C1"})));
        let rest = format!("/receipts/{}/reverse", receipt["number"].as_str().unwrap());
        with(201, hospital.post("chi", &rest, json!({"reason": "nhầm người"})));
        assert_eq!(held(hospital, "C1"), "0");
        let waiting = with(200, hospital.get("an", "/unapplied"));
        let [again] = waiting["items"].as_array().unwrap().as_slice() else { panic!("{waiting}") };
        assert_eq!((&again["amount"], &again["reference"]), (&"50000".into(), &"FT1".into()));
        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        assert_eq!(on_account(&accounts, "unapplied-credit", "balance"), Some("-50000".into()));
        // It is still the same money, and nobody's but whose it is given to now.
        refused(409, "reference-used", hospital.post("an", "/encounters/C2/deposits", transfer("50000", "FT1")));
        with(201, hospital.post("an", &format!("/unapplied/{}/apply", again["id"]), json!({"encounter": "C2"})));
        assert_eq!(held(hospital, "C2"), "50000");
    });
}

#[test]
fn a_promise_that_fails_is_undone_and_its_reference_is_free() {
    on_both("failed", |hospital| {
        with(201, hospital.put(&visit("F1", &[50_000])));
        let promise = json!({"amount": "50000", "method": "transfer", "reference": "FT1", "provisional": true});
        let receipt = with(201, hospital.post("an", "/encounters/F1/settlements", promise));
        assert_eq!(
            (&hospital.account("F1")["due"], &hospital.account("F1")["provisional"]),
            (&"0".into(), &"50000".into())
        );
        let rest = format!("/receipts/{}/confirm", receipt["number"].as_str().unwrap());
        let failure = json!({"outcome": "failed", "reason": "ngân hàng báo không có"});
        with(200, hospital.post("chi", &rest, failure.clone()));
        assert_eq!(
            (&hospital.account("F1")["due"], &hospital.account("F1")["provisional"]),
            (&"50000".into(), &"0".into())
        );
        refused(409, "receipt-not-provisional", hospital.post("chi", &rest, failure));
        let work = with(200, hospital.get("an", "/unapplied"));
        assert_eq!(work["items"][0]["kind"], "failed-transfer");
        with(201, hospital.post("an", "/encounters/F1/settlements", transfer("50000", "FT1")));
    });
}

#[test]
fn a_reference_is_the_same_however_it_is_typed() {
    on_both("spelling", |hospital| {
        with(201, hospital.put(&visit("R1", &[50_000])));
        with(201, hospital.put(&visit("R2", &[50_000])));
        let first = with(201, hospital.post("an", "/encounters/R1/deposits", transfer("1000", "FT 26001 ab")));
        let again = with(200, hospital.post("binh", "/encounters/R1/deposits", transfer("1000", "ft26001AB")));
        assert_eq!(first["number"], again["number"]);
        refused(409, "reference-used", hospital.post("an", "/encounters/R2/deposits", transfer("1000", " fT26001aB")));
        assert_eq!((held(hospital, "R1"), held(hospital, "R2")), ("1000".into(), "0".into()));
    });
}

/// 150 000 are billed, 100 000 forgiven, 50 000 paid; then 50 000 of the bill go: nothing comes out as money.
#[test]
fn what_was_forgiven_is_never_given_out() {
    on_both("forgiven", |hospital| {
        with(201, hospital.put(&visit("W1", &[100_000, 50_000])));
        let asked = with(
            202,
            hospital.post("an", "/encounters/W1/write-offs", json!({"amount": "100000", "reason": "hộ nghèo"})),
        );
        with(200, hospital.post("dung", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        with(201, hospital.post("an", "/encounters/W1/settlements", cash("50000")));
        with(200, hospital.put(&visit("W1", &[100_000])));
        let account = hospital.account("W1");
        assert_eq!(
            (&account["due"], &account["deposits"], &account["paid"]),
            (&"0".into(), &"0".into(), &"50000".into())
        );
        refused(
            422,
            "invalid-request",
            hospital.post("an", "/encounters/W1/refunds", json!({"amount": "1", "reason": "x"})),
        );
    });
}

#[test]
fn text_with_a_zero_character_is_refused_by_name() {
    on_both("zero", |hospital| {
        with(201, hospital.put(&visit("Z1", &[50_000])));
        let problem = hospital.post(
            "an",
            "/encounters/Z1/deposits",
            json!({"amount": "1000", "method": "transfer", "reference": "FT\u{0}1"}),
        );
        let problem = refused(422, "invalid-request", problem);
        assert_eq!(problem["errors"][0]["path"], "reference", "{problem}");
        let mut sent = visit("Z2", &[50_000]);
        sent["patient"]["name"] = "Nguyễn\u{0}Mẫu".into();
        refused(422, "invalid-encounter", hospital.put(&sent));
        let found = hospital.get("an", "/patients?q=a%00b");
        assert!((200..500).contains(&found.status), "{found:?}");
    });
}

/// The drawer goes to somebody who meanwhile has opened another: the request is rejected, and the shift closed.
#[test]
fn a_hand_over_that_cannot_be_does_not_jam_the_shift() {
    on_both("jam", |hospital| {
        let shift = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "100000"})));
        let path = format!("/shifts/{}", shift["id"]);
        with(200, hospital.post("an", &format!("{path}/count"), json!({"counted": {"cash": "99000"}})));
        let asked = with(202, hospital.post("an", &format!("{path}/hand-over"), json!({"to": "binh"})));
        with(201, hospital.post("binh", "/shifts", json!({"desk": "Quầy 2"})));
        let word = format!("/approvals/{}", asked["id"]);
        refused(409, "shift-open", hospital.post("chi", &format!("{word}/approve"), json!({})));
        with(200, hospital.post("chi", &format!("{word}/reject"), json!({"reason": "Bình đã có ca"})));
        let asked = with(202, hospital.post("an", &format!("{path}/close"), json!({})));
        with(200, hospital.post("chi", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        assert_eq!(with(200, hospital.get("chi", &path))["state"], "closed");
    });
}

#[test]
fn a_count_is_taken_once_from_whoever_stands_at_the_drawer() {
    on_both("blind", |hospital| {
        let shift = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "100000"})));
        let path = format!("/shifts/{}/count", shift["id"]);
        let counted = with(200, hospital.post("an", &path, json!({"counted": {"cash": "90000"}})));
        assert_eq!(counted["expected"]["cash"], "100000");
        // Now she knows what should be there.
        refused(409, "shift-ended", hospital.post("an", &path, json!({"counted": {"cash": "100000"}})));
        let again = with(200, hospital.post("chi", &path, json!({"counted": {"cash": "95000"}})));
        assert_eq!(again["difference"]["cash"], "-5000");
    });
}

#[test]
fn two_books_never_have_one_number() {
    on_both("prefixes", |hospital| {
        with(201, hospital.post("chi", "/receipt-books", json!({"prefix": "BL"})));
        for taken in ["BL", "BL1", "BL007"] {
            let again = hospital.post("chi", "/receipt-books", json!({ "prefix": taken }));
            refused(409, "receipt-book-exists", again);
        }
        with(201, hospital.post("chi", "/receipt-books", json!({"prefix": "BLX"})));
    });
}

#[test]
fn an_old_request_to_reopen_opens_nothing_new() {
    on_both("stale", |hospital| {
        with(201, hospital.put(&visit("O1", &[50_000])));
        with(200, hospital.post("an", "/encounters/O1/close", json!({})));
        let ask = || with(202, hospital.post("an", "/encounters/O1/reopen", json!({"reason": "thiếu thuốc"})));
        let (first, second) = (ask(), ask());
        with(200, hospital.post("chi", &format!("/approvals/{}/approve", first["id"]), json!({})));
        with(200, hospital.put(&visit("O1", &[60_000])));
        with(200, hospital.post("an", "/encounters/O1/close", json!({})));
        let late = hospital.post("chi", &format!("/approvals/{}/approve", second["id"]), json!({}));
        refused(409, "changed-meanwhile", late);
    });
}

/// What was taken into one drawer comes out of it again, not out of that of whoever reverses.
#[test]
fn a_reversal_comes_out_of_the_drawer_that_took_it() {
    on_both("drawer", |hospital| {
        with(201, hospital.put(&visit("D1", &[50_000])));
        let an = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "100000"})));
        let chi = with(201, hospital.post("chi", "/shifts", json!({"desk": "Quầy 2", "float": "70000"})));
        let receipt = with(201, hospital.post("an", "/encounters/D1/deposits", cash("50000")));
        let rest = format!("/receipts/{}/reverse", receipt["number"].as_str().unwrap());
        with(201, hospital.post("chi", &rest, json!({"reason": "nhầm"})));
        for (name, shift, wanted) in [("an", &an, "100000"), ("chi", &chi, "70000")] {
            let path = format!("/shifts/{}/count", shift["id"]);
            let counted = with(200, hospital.post(name, &path, json!({"counted": {"cash": "0"}})));
            assert_eq!(counted["expected"]["cash"], wanted, "{name}");
        }
    });
}

/// When that drawer is closed, it comes out of the supervisor's, if there is enough in it.
#[test]
fn a_reversal_takes_no_more_out_of_a_drawer_than_is_in_it() {
    on_both("drawer-closed", |hospital| {
        with(201, hospital.put(&visit("D1", &[50_000])));
        let an = with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "100000"})));
        let receipt = with(201, hospital.post("an", "/encounters/D1/deposits", cash("50000")));
        let path = format!("/shifts/{}", an["id"]);
        with(200, hospital.post("an", &format!("{path}/count"), json!({"counted": {"cash": "150000"}})));
        with(200, hospital.post("an", &format!("{path}/close"), json!({})));
        let rest = format!("/receipts/{}/reverse", receipt["number"].as_str().unwrap());
        let reason = || json!({"reason": "nhầm"});
        refused(409, "drawer-short", hospital.post("chi", &rest, reason()));
        // No shift was opened for it.
        with(201, hospital.post("chi", "/shifts", json!({"desk": "Quầy 2", "float": "50000"})));
        with(201, hospital.post("chi", &rest, reason()));
        assert_eq!(hospital.account("D1")["deposits"], "0");
    });
}

#[test]
fn cash_is_not_paid_out_of_a_drawer_that_does_not_have_it() {
    on_both("short", |hospital| {
        with(201, hospital.put(&visit("P1", &[50_000])));
        with(201, hospital.post("an", "/encounters/P1/deposits", transfer("30000", "FT1")));
        let asked =
            with(202, hospital.post("an", "/encounters/P1/refunds", json!({"amount": "30000", "reason": "thừa"})));
        with(200, hospital.post("chi", &format!("/approvals/{}/approve", asked["id"]), json!({})));
        let rest = format!("/approvals/{}/pay", asked["id"]);
        with(201, hospital.post("an", "/shifts", json!({"desk": "Quầy 1", "float": "29999"})));
        refused(409, "drawer-short", hospital.post("an", &rest, json!({"method": "cash"})));
        with(201, hospital.post("an", &rest, json!({"method": "transfer", "reference": "FT2"})));
    });
}

/// Two servers of one province on one PostgreSQL, and the same people at both.
#[test]
fn two_servers_on_one_database_give_one_number_once() {
    let database = Database::new(Kind::Postgres, "two-servers");
    let servers = [(); 2].map(|()| Hospital::start(&binary(), &database, &[]));
    with(201, servers[0].put(&visit("T1", &[50_000])));
    let done = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for client in 0..8 {
            let (servers, done) = (&servers, &done);
            scope.spawn(move || {
                let name = ["an", "binh"][client % 2];
                for round in 0..25 {
                    let key = fresh_key();
                    let send =
                        |server: &Hospital| server.post_keyed(name, "/encounters/T1/deposits", &key, cash("1000"));
                    let (first, second) = (&servers[(client + round) % 2], &servers[(client + round + 1) % 2]);
                    let answer = send(first);
                    assert_eq!(answer.status, 201, "{answer:?}");
                    done.fetch_add(1, Ordering::Relaxed);
                    // The retry goes to the other server.
                    let again = send(second);
                    assert_eq!((again.status, again.bytes), (201, answer.bytes));
                }
            });
        }
        for server in &servers {
            scope.spawn(move || {
                for round in 0..25 {
                    let status = server.put(&visit("T1", &[50_000, 1_000 + round])).status;
                    assert!(matches!(status, 200 | 412), "{status}");
                }
            });
        }
    });
    let receipts = done.load(Ordering::Relaxed);
    assert_eq!(held(&servers[0], "T1"), (receipts * 1000).to_string());
    let books = with(200, servers[1].get("an", "/receipt-books"));
    assert_eq!(books["items"][0]["next"], receipts + 1);
    servers[0].verify();
}

/// The same key at both servers at the same moment: one effect.
#[test]
fn a_key_sent_to_two_servers_at_once_has_one_effect() {
    let database = Database::new(Kind::Postgres, "two-keys");
    let servers = [(); 2].map(|()| Hospital::start(&binary(), &database, &[]));
    with(201, servers[0].put(&visit("T1", &[50_000])));
    for _ in 0..40 {
        let key = fresh_key();
        let answers: Vec<_> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..8)
                .map(|place| {
                    let (server, key) = (&servers[place % 2], &key);
                    scope.spawn(move || server.post_keyed("an", "/encounters/T1/deposits", key, cash("1000")))
                })
                .collect();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let done: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(!done.is_empty() && done.iter().all(|answer| answer.bytes == done[0].bytes), "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer.status, 201 | 409)), "{answers:?}");
    }
    assert_eq!(held(&servers[1], "T1"), "40000");
    servers[0].verify();
}
