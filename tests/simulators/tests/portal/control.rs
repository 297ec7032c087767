//! The simulator's own side over HTTP: what a demo and another process use.

use serde_json::{Value, json};
use simulators::portal::Faults;
use vienphi_portal::Kind;

use crate::hospital::{CARD, FACILITY, Hospital, good_claim};

fn get(hospital: &Hospital, path: &str) -> String {
    let mut answer = ureq::get(format!("{}{path}", hospital.insurer.url())).call().unwrap();
    answer.body_mut().read_to_string().unwrap()
}

fn post(hospital: &Hospital, path: &str, body: &Value) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}{path}", hospital.insurer.url())).header("content-type", "application/json");
    request.send(body.to_string()).unwrap().status().as_u16()
}

#[test]
fn it_is_steered_and_seen_over_http() {
    let hospital = Hospital::new();
    assert_eq!(post(&hospital, "/simulator/faults", &json!({"only": "claim", "lost_percent": 100})), 204);
    assert_eq!(post(&hospital, "/simulator/faults", &json!({"lots_percent": 100})), 422);
    let standing: Faults = serde_json::from_str(&get(&hospital, "/simulator/faults")).unwrap();
    assert_eq!((standing.only.as_str(), standing.lost_percent), ("claim", 100));
    assert_eq!(hospital.send(&good_claim("<b>1")).status.kind, Kind::Unknown);
    assert_eq!(post(&hospital, "/simulator/faults", &json!({})), 204);
    assert_eq!(post(&hospital, "/simulator/faults/next", &json!({"busy_percent": 100, "busy_seconds": 3})), 204);
    assert_eq!(hospital.send(&good_claim("L1")).status.retry_after, Some(3));
    assert_eq!(hospital.send(&good_claim("L1")).status.kind, Kind::Accepted);
    hospital.send(b"<A/>");

    let seen: Value = serde_json::from_str(&get(&hospital, "/simulator/claims")).unwrap();
    assert_eq!(seen["claims"][0]["visit"], "L1");
    assert_eq!(seen["claims"][0]["count"], 1);
    assert_eq!(seen["claims"][0]["facility"], FACILITY);
    assert_eq!(seen["refused"].as_array().unwrap().last().unwrap()["code"], "201");
    let calls: Value = serde_json::from_str(&get(&hospital, "/simulator/calls")).unwrap();
    assert_eq!(calls, json!({"sign-in": 1, "claim": 4}));
    assert!(get(&hospital, "/").contains("<dt>L1<dd>GD92114"));

    assert_eq!(post(&hospital, "/simulator/settings", &json!({"is_past_deadline": true})), 204);
    assert!(get(&hospital, "/simulator/settings").contains("\"is_past_deadline\":true"));
    assert_eq!(hospital.send(&good_claim("L2")).status.kind, Kind::Refused);
    let account = json!({"facility": "92115", "username": "92115_BV", "password": "x"});
    assert_eq!(post(&hospital, "/simulator/accounts", &account), 204);
    assert_eq!(post(&hospital, "/simulator/cards", &json!({"number": CARD, "name": "A"})), 204);
    assert_eq!(post(&hospital, "/simulator/cards", &json!({"number": CARD, "nom": "A"})), 422);
}
