//! Payment plugins that misbehave: refused by name, nothing posted, and other rails go on.

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::folder::Folder;
use acceptance::hospital::{Answer, Hospital, visit};
use acceptance::rails::{policies_with, set_up};
use serde_json::{Value, json};

use crate::desk::{on_account, refused, with};
use crate::program::binary;

const SECRET: &str = "secret-of-the-tests-0123456789";

/// The product's rails, and the hostile one beside them.
fn rails() -> Folder {
    let folder = Folder::new("hostile-rails");
    for rail in ["pay-vietqr", "pay-sepay"] {
        std::fs::create_dir_all(folder.path().join(rail)).unwrap();
        for file in ["plugin.toml", "component.wasm"] {
            let from = checkout::target().join("rails").join(rail).join(file);
            std::fs::copy(from, folder.path().join(rail).join(file)).unwrap();
        }
    }
    let hostile = folder.path().join("hostile");
    std::fs::create_dir_all(&hostile).unwrap();
    let component = checkout::target().join("guests/hostile-rail/component.wasm");
    std::fs::copy(component, hostile.join("component.wasm")).unwrap();
    let manifest = "name = \"hostile-rail\"\nversion = \"0.1.0\"\nworld = \"payment-provider\"\nrail = \"hostile\"\n\
        status = \"sample\"\ncapabilities = []\n";
    std::fs::write(hostile.join("plugin.toml"), manifest).unwrap();
    folder
}

struct Scene {
    hospital: Hospital,
    _database: Database,
    _folders: [Folder; 2],
}

impl Scene {
    fn new(name: &str, endpoint: &str) -> Scene {
        let policies = policies_with(name, &format!("seconds = 1\n[rail.hostile]\nown = \"{endpoint}\"\n"));
        let rails = rails();
        let database = Database::new(Kind::Sqlite, name);
        let options = ["--policies", &policies.at(""), "--rails", &rails.at("")];
        let hospital = Hospital::start(&binary(), &database, &options);
        set_up(&hospital, "vietqr", &json!({"settings": {"bin": "970403", "account": "0011012345678"}, "reason": "x"}));
        with(201, hospital.put(&visit("H1", &[50_000])));
        Scene { hospital, _database: database, _folders: [policies, rails] }
    }

    fn behave(&self, misdeed: &str) {
        let keys = json!({"signs": SECRET, "verifies": SECRET, "secret": SECRET});
        set_up(&self.hospital, "hostile", &json!({"settings": {"misdeed": misdeed}, "keys": keys, "reason": "x"}));
    }

    fn ask(&self, rail: &str) -> Answer {
        let body = json!({"for": "deposit", "amount": "10000", "rail": rail});
        self.hospital.post("an", "/encounters/H1/payment-requests", body)
    }

    fn tell(&self) -> Answer {
        let header = format!("X-Secret: {SECRET}\r\n");
        self.hospital.connect().ask_with("POST", "/callbacks/92114/hostile", None, None, &header, b"{}")
    }

    /// Nothing was posted, and another rail works.
    fn assert_unharmed(&self, misdeed: &str) {
        let accounts = with(200, self.hospital.get("nga", "/ledger/accounts"));
        for account in ["bank", "in-transit", "unapplied-credit"] {
            let balance = on_account(&accounts, account, "balance");
            assert!(balance.is_none_or(|balance| balance == json!("0")), "{misdeed}: {accounts}");
        }
        assert!(with(201, self.ask("vietqr"))["qr"].is_string(), "{misdeed}");
    }
}

#[test]
fn what_a_rail_may_not_do_is_refused_by_name() {
    let scene = Scene::new("refused-rails", "https://rail.example/pay");
    for (misdeed, named) in [
        ("strange-key", "key \"stranger\" was not granted"),
        ("verifying-key", "key \"verifies\" was not granted"),
        ("secret-as-key", "key \"secret\" is no key to sign with"),
        ("signs-at-will", "1000 signatures at once"),
        ("signs-forever", "8 times and more"),
        ("strange-endpoint", "the endpoint \"elsewhere\" is none that was granted"),
        ("host-in-path", "a path begins with /"),
        ("climbing-path", "a path begins with /"),
        ("own-host", "\"Host\" is no header that a plugin sets"),
        ("broken-header", "printable ASCII"),
        ("broken-query", "percent-encoded"),
        ("key-in-body", "key \"signs\" signs: it is not put into messages"),
        ("unasked-signature", "has not asked for a signature 0"),
        ("long-message", "at most 65536 bytes"),
        ("payer-sees-secret", "must not hold a secret"),
        ("payer-sent-elsewhere", "must begin with an endpoint"),
        ("payer-sent-nearby", "goes on with / or ?"),
        ("pays-at-once", "how a payment ended that has just begun"),
        ("remembers-much", "4096"),
        ("loops", "fuel"),
        ("gives-up", "hostile-rail"),
        ("hoards", "hostile-rail"),
    ] {
        scene.behave(misdeed);
        let problem = refused(409, "rail-refused", scene.ask("hostile"));
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(named), "{misdeed}: {detail}");
        assert!(!detail.contains(SECRET), "{misdeed}: {detail}");
        scene.assert_unharmed(misdeed);
    }
    scene.hospital.verify();
}

#[test]
fn what_a_rail_may_not_tell_is_not_believed() {
    let scene = Scene::new("told-by-rails", "https://rail.example/pay");
    for (misdeed, status) in [
        ("checks-nothing", 200),
        ("checks-the-time-alone", 200),
        ("checks-either", 200),
        ("checks-an-empty-group", 200),
        ("loops-in-checks", 200),
        ("tells-of-too-much", 200),
        ("tells-without-a-key", 200),
        ("tells-of-all-the-money", 200),
        ("loops-in-accept", 200),
        ("answers-no-status", 503),
        ("answers-more-headers", 503),
    ] {
        scene.behave(misdeed);
        let answer = scene.tell();
        assert_eq!(answer.status, status, "{misdeed}: {answer:?}");
        assert!(!answer.head.contains("set-cookie"), "{misdeed}");
        scene.assert_unharmed(misdeed);
    }
    // What was proven and made no sense is kept for a person; what was not proven is not.
    let work = with(200, scene.hospital.get("an", "/unapplied"));
    let kinds: Vec<&Value> = work["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, [&json!("payment-conflict")], "{work}");
    scene.hospital.verify();
}

/// Money that a query finds is compared like any other, and counts by the key of its event alone.
#[test]
fn what_a_query_finds_is_compared() {
    let name = "found-by-rails";
    let policies = policies_with(name, "seconds = 1\n[rail.hostile]\nown = \"https://rail.example/pay\"\n");
    let rails = rails();
    let database = Database::new(Kind::Sqlite, name);
    let options = ["--policies", &policies.at(""), "--rails", &rails.at("")];
    let hospital = Hospital::start(&binary(), &database, &options);
    with(201, hospital.put(&visit("H1", &[50_000])));
    for (misdeed, state, attempt) in [("pays-without-key", "open", "unknown"), ("pays-less", "mismatch", "mismatch")] {
        let keys = json!({"signs": SECRET, "verifies": SECRET, "secret": SECRET});
        set_up(&hospital, "hostile", &json!({"settings": {"misdeed": misdeed}, "keys": keys, "reason": "x"}));
        let body = json!({"for": "deposit", "amount": "10000", "rail": "hostile"});
        let asked = with(201, hospital.post("an", "/encounters/H1/payment-requests", body));
        let began = std::time::Instant::now();
        loop {
            database.tamper("update payment_attempt set due_at = 1 where phase = 'begin'");
            let now = with(200, hospital.get("an", &format!("/payment-requests/{}", asked["id"])));
            if now["state"] == state && now["attempt"] == attempt {
                break;
            }
            assert!(began.elapsed().as_secs() < 20, "{misdeed}: {now}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(hospital.account("H1")["deposits"], "0", "{misdeed}");
    }
    hospital.verify();
}

/// An address that is not everybody's is no endpoint, whatever the policy says.
#[test]
fn a_private_address_is_no_endpoint() {
    for (place, address) in [
        "http://10.0.0.1/",
        "https://169.254.169.254/latest",
        "http://127.0.0.1:1/",
        "https://rail.internal/",
        "ftp://a.example/",
    ]
    .into_iter()
    .enumerate()
    {
        let scene = Scene::new(&format!("private-{place}"), address);
        let path = scene.hospital.path("/rails/hostile");
        let body = json!({"settings": {"misdeed": "none"}, "reason": "x"}).to_string();
        let key = acceptance::hospital::fresh_key();
        let asked =
            scene.hospital.connect().ask("PUT", &path, Some(scene.hospital.token("minh")), Some(&key), body.as_bytes());
        refused(404, "not-found", asked);
        scene.assert_unharmed(address);
    }
}
