//! `vienphi plugin new --world payment-provider`: a folder that builds, passes its cases, and is a rail of a server.

use std::path::Path;
use std::process::Command;

use acceptance::checkout;
use acceptance::database::{Database, Kind};
use acceptance::folder::Folder;
use acceptance::hospital::Hospital;
use acceptance::rails::set_up;
use serde_json::{Value, json};

use crate::desk::with;
use crate::program::binary;

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(binary());
    // The plugin's own target folder, as an author has it, but on the disk of ours.
    command.args(args).current_dir(folder).env("CARGO_TARGET_DIR", checkout::target().join("tutorial/rail"));
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

#[test]
fn a_new_rail_builds_passes_its_cases_and_serves() {
    let folder = Folder::new("new-rail");
    let (status, said) = run(folder.path(), &["plugin", "new", "pay-ngan-hang", "--world", "payment-provider"]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(folder.path(), &["plugin", "test", "pay-ngan-hang"]);
    assert!(status == Some(0) && said.contains("4 of 4 cases come out"), "{said}");

    // A case that does not come out says what is different.
    let cases = folder.path().join("pay-ngan-hang/cases/notifications.json");
    let text = std::fs::read_to_string(&cases).unwrap();
    std::fs::write(&cases, text.replace("\"amount\": 162000", "\"amount\": 7")).unwrap();
    let (status, said) = run(folder.path(), &["plugin", "test", "pay-ngan-hang", "--json"]);
    let answer: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let difference = &answer["cases"][0]["differences"][0];
    assert_eq!(
        (status, &difference["what"], &difference["actual"]),
        (Some(1), &json!("events[0].amount"), &json!("162000"))
    );
    std::fs::write(&cases, "[{\"name\": \"x\", \"now\": 1, \"becomes\": {}, \"colour\": 1}]").unwrap();
    let (status, said) = run(folder.path(), &["plugin", "test", "pay-ngan-hang"]);
    assert!(status == Some(2) && said.contains("cases/notifications.json") && said.contains("colour"), "{said}");
    std::fs::write(&cases, text).unwrap();

    let (status, said) = run(folder.path(), &["plugin", "new", "pay-ngan-hang", "--world", "payment-provider"]);
    assert!(status == Some(2) && said.contains("is there already"), "{said}");
    let (status, said) =
        run(folder.path(), &["plugin", "new", "pay-x", "--world", "payment-provider", "--province", "92"]);
    assert!(status == Some(2) && said.contains("for a tariff"), "{said}");

    let rails = Folder::new("new-rail-rails");
    let package = rails.path().join("pay-ngan-hang");
    std::fs::create_dir_all(&package).unwrap();
    for file in ["plugin.toml", "component.wasm"] {
        std::fs::copy(folder.path().join("pay-ngan-hang/package").join(file), package.join(file)).unwrap();
    }
    let database = Database::new(Kind::Sqlite, "new-rail");
    let hospital = Hospital::start(&binary(), &database, &["--rails", &rails.at("")]);
    let body = json!({"settings": {"accounts": "1"}, "keys": {"webhook": "key-of-the-tests-0123"}, "reason": "thử"});
    set_up(&hospital, "ngan-hang", &body);
    let rails = with(200, hospital.get("an", "/rails"));
    assert_eq!((&rails["items"][0]["name"], &rails["items"][0]["state"]), (&json!("ngan-hang"), &json!("ready")));
}

/// The product's own rails pass their cases as they are shipped.
#[test]
fn rails_pass_their_cases() {
    for rail in ["pay-vietqr", "pay-sepay", "pay-casso", "pay-payos", "pay-bank-va", "pay-vnpay"] {
        let package = checkout::target().join("rails").join(rail).display().to_string();
        let (status, said) = run(&checkout::root(), &["plugin", "test", &package]);
        assert_eq!(status, Some(0), "{said}");
    }
}
