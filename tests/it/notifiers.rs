//! Who watches a bank account tells of its transfers: each notifier in its own layout, proven in its own way.

use acceptance::database::{BOTH, Database};
use acceptance::hospital::{Hospital, visit};
use acceptance::rails::set_up;
use serde_json::{Value, json};
use simulators::Bank;
use simulators::bank::Notifier;

use crate::desk::{on_account, with};
use crate::program::binary;

const SECRET: &str = "secret-of-the-tests-0123456789";

/// Rail, settings, key, and who tells.
fn notifiers() -> Vec<(&'static str, Value, &'static str, Notifier)> {
    let secret = || SECRET.to_owned();
    let bank = |layout: &str, authentication: &str| json!({"layout": layout, "authentication": authentication});
    vec![
        ("sepay", json!({"authentication": "hmac"}), "webhook", Notifier::SePay(secret())),
        ("casso", json!({}), "checksum-key", Notifier::Casso(secret())),
        ("payos", json!({}), "checksum-key", Notifier::PayOs(secret())),
        ("bank-va", bank("bank-hub", "secret"), "secret", Notifier::BankHub(secret())),
        ("bank-va", bank("bank-hub", "hmac-raw"), "mac", Notifier::BankRaw(secret())),
        ("bank-va", bank("bank-hub", "hmac-sorted"), "mac", Notifier::BankSorted(secret())),
        (
            "bank-va",
            json!({"layout": "vietqr-vn", "authentication": "token", "token-user": "vietqr"}),
            "token-password",
            Notifier::VietQrVn("vietqr".to_owned(), secret()),
        ),
    ]
}

#[test]
fn each_notifier_is_believed_when_it_proves_itself_and_counts_once() {
    for kind in BOTH {
        let database = Database::new(kind, "notifiers");
        let hospital = Hospital::start(&binary(), &database, &[]);
        set_up(
            &hospital,
            "vietqr",
            &json!({"settings": {"bin": "970403", "account": "0011012345678"}, "reason": "VietQR"}),
        );
        let mut bank_has = 0;
        for (place, (rail, mut settings, key, notifier)) in notifiers().into_iter().enumerate() {
            settings["accounts"] = "0011012345678".into();
            let name = format!("{notifier:?}").split(['(', ' ']).next().unwrap().to_owned();
            set_up(&hospital, rail, &json!({"settings": settings, "keys": {key: SECRET}, "reason": name}));
            let callback = format!("http://{}/callbacks/92114/{rail}", hospital.address);
            let bank = Bank::new("0011012345678", notifier.clone(), &callback);
            let encounter = format!("N{place}");
            with(201, hospital.put(&visit(&encounter, &[50_000])));
            let body = json!({"for": "balance", "rail": "vietqr"});
            let asked = with(201, hospital.post("an", &format!("/encounters/{encounter}/payment-requests"), body));
            let read = || with(200, hospital.get("an", &format!("/payment-requests/{}", asked["id"])));
            // The numbers of a simulated bank begin anew for each.
            let mut told = bank.transfer(50_000, asked["reference"].as_str().unwrap());
            told.id += 100 * place as u64;
            told.reference = format!("{}-{place}", told.reference);
            assert_eq!(bank.tell_at(&told, 0, false).status, 401, "{name}: another secret");
            assert_eq!(read()["state"], "open", "{name}");
            if matches!(notifier, Notifier::SePay(_) | Notifier::Casso(_)) {
                assert_eq!(bank.tell_at(&told, -600, true).status, 401, "{name}: too old");
            }
            for _ in 0..3 {
                let answer = bank.tell(&told);
                let said: Value = serde_json::from_str(&answer.body).unwrap();
                let is_success = said["success"] == true || said["error"] == false;
                assert!(answer.status == 200 && is_success, "{name}: {answer:?}");
            }
            let paid = read();
            assert_eq!(
                (&paid["state"], paid["events"].as_array().unwrap().len()),
                (&json!("paid"), 1),
                "{name}: {paid}"
            );
            bank_has += 50_000;
            let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
            assert_eq!(on_account(&accounts, "bank", "balance"), Some(json!(bank_has.to_string())), "{name}");
            // Another account's money is not ours.
            let mut foreign = bank.transfer(7_000, "x");
            (foreign.account, foreign.id) = ("999".to_owned(), foreign.id + 100 * place as u64);
            assert_eq!(bank.tell(&foreign).status, 200, "{name}");
            let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
            assert_eq!(on_account(&accounts, "bank", "balance"), Some(json!(bank_has.to_string())), "{name}");
        }
        hospital.verify();
    }
}

#[test]
fn a_token_is_given_for_the_right_password_and_for_its_rail_alone() {
    let database = Database::new(acceptance::database::Kind::Sqlite, "tokens-of-rails");
    let hospital = Hospital::start(&binary(), &database, &[]);
    let settings = json!({"layout": "vietqr-vn", "authentication": "token", "token-user": "vietqr", "accounts": "1"});
    set_up(
        &hospital,
        "bank-va",
        &json!({"settings": settings, "keys": {"token-password": SECRET}, "reason": "ngân hàng"}),
    );
    let ask = |rail: &str, authorization: &str| {
        let path = format!("/callbacks/92114/{rail}/api/token_generate");
        let header = format!("Authorization: {authorization}\r\n");
        hospital.connect().ask_with("POST", &path, None, None, &header, b"")
    };
    // vietqr:secret-of-the-tests-0123456789, vietqr:wrong, wrong:secret-…
    let right = "Basic dmlldHFyOnNlY3JldC1vZi10aGUtdGVzdHMtMDEyMzQ1Njc4OQ==";
    for wrong in ["", "Basic", "Basic !!", "Bearer x", "Basic dmlldHFyOndyb25n"] {
        assert_eq!(ask("bank-va", wrong).status, 401, "{wrong}");
    }
    assert_eq!((ask("sepay", right).status, ask("nobody", right).status), (401, 401));
    let given = with(200, ask("bank-va", right));
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(300)));
    let token = given["access_token"].as_str().unwrap();
    let tell = |token: &str| {
        let body = json!({
            "bankaccount": "1", "amount": "5000", "transType": "C", "content": "x", "transactionid": "q1",
            "transactiontime": 1_795_619_535_000_i64, "referencenumber": "r1", "orderId": "",
        });
        let header = format!("Authorization: Bearer {token}\r\n");
        let path = "/callbacks/92114/bank-va/bank/api/transaction-sync";
        hospital.connect().ask_with("POST", path, None, None, &header, body.to_string().as_bytes()).status
    };
    let until: i64 = token.split('.').nth(1).unwrap().parse().unwrap();
    for wrong in [
        "".to_owned(),
        hospital.token("an").to_owned(),
        token.replace(&until.to_string(), &(until + 1).to_string()),
        token.replace(&until.to_string(), &(until - 1000).to_string()),
        token[..token.len() - 1].to_owned(),
    ] {
        assert_eq!(tell(&wrong), 401, "{wrong}");
    }
    assert_eq!(tell(token), 200);
    // It opens nothing else.
    let stranger = hospital.connect().ask("GET", "/v1/facilities/92114/rails", Some(token), None, b"");
    assert_eq!(stranger.status, 401);
    hospital.verify();
}

/// Two notifiers watch one account, as while one is changed for another: it is the same money.
#[test]
fn two_notifiers_of_one_account_tell_of_the_same_money() {
    for kind in BOTH {
        let database = Database::new(kind, "two-notifiers");
        let hospital = Hospital::start(&binary(), &database, &[]);
        set_up(
            &hospital,
            "vietqr",
            &json!({"settings": {"bin": "970403", "account": "0011012345678"}, "reason": "VietQR"}),
        );
        let mut banks = Vec::new();
        for (rail, mut settings, key, notifier) in notifiers().into_iter().take(2) {
            settings["accounts"] = "0011012345678".into();
            set_up(&hospital, rail, &json!({"settings": settings, "keys": {key: SECRET}, "reason": "x"}));
            let callback = format!("http://{}/callbacks/92114/{rail}", hospital.address);
            banks.push(Bank::new("0011012345678", notifier, &callback));
        }
        with(201, hospital.put(&visit("Z1", &[50_000])));
        let body = json!({"for": "balance", "rail": "vietqr"});
        let asked = with(201, hospital.post("an", "/encounters/Z1/payment-requests", body));
        let told = banks[0].transfer(50_000, asked["reference"].as_str().unwrap());
        let nobody = banks[0].transfer(9_000, "khong ghi ma");
        for transfer in [&told, &nobody] {
            for bank in &banks {
                assert_eq!(bank.tell(transfer).status, 200);
            }
        }
        let accounts = with(200, hospital.get("nga", "/ledger/accounts"));
        assert_eq!(on_account(&accounts, "bank", "balance"), Some(json!("59000")));
        assert_eq!(on_account(&accounts, "unapplied-credit", "balance"), Some(json!("-9000")));
        hospital.verify();
    }
}
