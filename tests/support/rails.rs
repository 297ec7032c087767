//! Rails as tests set them up.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::checkout;
use crate::folder::Folder;
use crate::hospital::{Hospital, fresh_key};

/// The product's policies, with other endpoints.
pub fn policies_with(name: &str, endpoints: &str) -> Folder {
    let folder = Folder::new(&format!("policies-{name}"));
    for part in ["access", "benefit", "facilities", "sandbox"] {
        std::fs::create_dir_all(folder.path().join(part)).unwrap();
        for file in std::fs::read_dir(checkout::root().join("policies").join(part)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.path().join(part).join(file.file_name())).unwrap();
        }
    }
    std::fs::write(folder.path().join("sandbox/endpoints.toml"), endpoints).unwrap();
    folder
}

/// Sets a rail up: one person asks, another approves.
pub fn set_up(hospital: &Hospital, rail: &str, body: &Value) {
    let path = hospital.path(&format!("/rails/{rail}"));
    let token = Some(hospital.token("minh"));
    let asked = hospital.connect().ask("PUT", &path, token, Some(&fresh_key()), body.to_string().as_bytes());
    let asked = asked.with(202);
    hospital.post("dung", &format!("/approvals/{}/approve", asked["id"]), json!({})).with(200);
}

/// Waits until the last attempt of a kind at a request says so.
pub fn watched(
    hospital: &Hospital,
    asked: &Value,
    kind: &str,
    is_so: impl Fn(&Value) -> bool,
    between: impl Fn(),
) -> Value {
    let began = Instant::now();
    loop {
        let now = hospital.get("an", &format!("/payment-requests/{}", asked["id"])).with(200);
        let attempt = now["attempts"].as_array().into_iter().flatten().rfind(|one| one["kind"] == kind).cloned();
        if let Some(attempt) = attempt.filter(&is_so) {
            return attempt;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{now}");
        between();
        std::thread::sleep(Duration::from_millis(100));
    }
}
