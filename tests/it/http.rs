//! The real server over HTTP.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use acceptance::checkout;
use acceptance::folder::Folder;
use acceptance::guests;
use acceptance::town::{OLD, write_package};
use serde_json::{Value, json};

use crate::program::{Server, binary};

fn encounter() -> Value {
    json!({
        "id": "HTTP1", "facility": "92114", "patient": {"name": "Nguyễn Văn Mẫu", "birth_date": "1961-04-02", "sex": "female"},
        "visit": {"type": "01", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:00"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "registered_facility": "92114"}],
        "lines": [{"id": "1", "kind": "exam", "code": "02.03", "quantity": 1, "performed_at": "2026-03-02T08:20"}],
    })
}

#[test]
fn quotes_plugins_catalogue_and_documents_are_served() {
    let server = Server::start(&[]);
    let (status, head, body) = server.post("/v1/quotes", "application/json", encounter().to_string().as_bytes());
    assert_eq!(status, 200, "{body}");
    assert!(head.contains("content-type: application/json") && head.contains("x-request-id:"), "{head}");
    let statement: Value = serde_json::from_str(&body).unwrap();
    // 45 000 is below 15 % of L: the insurer pays it whole.
    assert_eq!(statement["totals"]["insurer"], "45000");

    let mut bad = encounter();
    bad["lines"][0]["quantity"] = "-1".into();
    let (status, head, body) = server.post("/v1/quotes", "application/json", bad.to_string().as_bytes());
    assert_eq!(status, 422, "{body}");
    assert!(head.contains("content-type: application/problem+json"), "{head}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["errors"][0]["path"], "lines[0].quantity");

    let plugins: Value = serde_json::from_str(&server.get("/v1/plugins").2).unwrap();
    assert!(plugins.to_string().contains("tariff-can-tho") && plugins.to_string().contains("sample"), "{plugins}");
    let found: Value = serde_json::from_str(&server.get("/v1/catalogue?q=02.03").2).unwrap();
    assert!(found.to_string().contains("02.03"), "{found}");
    assert_eq!(server.get("/healthz").0, 200);
    let api: Value = serde_json::from_str(&server.get("/openapi.json").2).unwrap();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in ["/v1/quotes", "/v1/plugins", "/v1/catalogue", "/healthz", "/readyz"] {
        assert!(api["paths"].get(path).is_some(), "{path} is not described");
    }

    let rows = [
        (server.get("/nowhere"), 404),
        (server.get("/v1/quotes"), 405),
        (server.post("/v1/quotes", "text/plain", b"{}"), 415),
        (server.post("/v1/quotes", "application/json", b"{"), 422),
        (server.get("/v1/catalogue?limit=many"), 400),
    ];
    for ((status, head, body), expected) in rows {
        assert_eq!(status, expected, "{body}");
        assert!(head.contains("application/problem+json"), "{expected}: {head}");
    }
    let (status, _, _) = server.post("/v1/quotes", "application/json", &vec![b' '; 100 * 1024 * 1024]);
    assert!(status == 413 || status == 0, "a body of 100 MB is refused, got {status}");
    assert_eq!(server.get("/healthz").0, 200);
}

/// A province's hostile tariff costs its own visits: each is refused by name, and others are priced beside them.
#[test]
fn a_hostile_tariff_is_asked_apart_and_others_are_priced() {
    let folder = Folder::new("apart");
    write_package(&folder.path().join("tariff-can-tho"), "1.0.0", OLD);
    let hostile = folder.path().join("tariff-hostile");
    write_package(&hostile, "1.0.0", OLD);
    let guests = guests::all();
    let loops = guests.iter().find(|guest| guest.name == "loops-in-price").unwrap();
    std::fs::write(hostile.join("component.wasm"), &loops.component).unwrap();
    let manifest = std::fs::read_to_string(hostile.join("plugin.toml")).unwrap();
    std::fs::write(hostile.join("plugin.toml"), manifest.replace("province = \"92\"", "province = \"38\"")).unwrap();
    let server = Server::start(&["--plugins", &folder.path().display().to_string()]);
    let elsewhere = json!({
        "id": "H", "facility": "38001", "patient": {"birth_date": "1980-01-01", "sex": "male"},
        "visit": {"type": "01", "subject": "9", "arrived_at": "2026-03-02T08:00", "discharged_at": "2026-03-02T10:00"},
        "lines": [{"id": "1", "kind": "drug", "code": "D", "quantity": 1, "unit_price": "1000", "performed_at": "2026-03-02T09:00"}],
    })
    .to_string();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let (status, _, body) = server.post("/v1/quotes", "application/json", elsewhere.as_bytes());
                    assert_eq!(status, 500, "{body}");
                    assert!(body.contains("urn:vienphi:problem:plugin-out-of-fuel"), "{body}");
                }
            });
        }
        for _ in 0..200 {
            let body = encounter().to_string();
            let (status, _, body) = server.post("/v1/quotes", "application/json", body.as_bytes());
            assert_eq!(status, 200, "{body}");
        }
        ended.store(true, Ordering::Relaxed);
    });
}

#[test]
fn only_loopback_may_be_listened_on() {
    let output =
        Command::new(binary()).args(["serve", "--listen", "0.0.0.0:0"]).current_dir(checkout::root()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"));
}
