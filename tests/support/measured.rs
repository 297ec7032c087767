//! The encounter that benches measure.

use serde_json::{Value, json};

/// In which it ended.
pub const MONTH: &str = "2026-03";

/// An encounter of a realistic mix with so many lines: exams, a bed, tests, drugs and supplies at one facility.
pub fn encounter(lines: usize) -> Value {
    let services = ["18.0119.0028", "18.0015.0001", "23.0075.1494", "23.0206.1596", "22.0121.1369", "21.0014.1778"];
    let line = |place: usize| {
        let id = (place + 1).to_string();
        let at = format!("2026-03-0{}T{:02}:{:02}", 2 + place % 3, 9 + place % 8, place % 60);
        match place % 10 {
            0 if place == 0 => json!({"id": id, "kind": "bed", "code": "K03.NO1", "segments": [
                {"from": "2026-03-02T09:00", "to": "2026-03-03T15:00", "department": "K03", "code": "K03.NO1"},
                {"from": "2026-03-03T15:00", "to": "2026-03-06T10:00", "department": "K19", "code": "K19.NO2"}]}),
            1 => json!({"id": id, "kind": "exam", "code": "02.03", "quantity": "1", "performed_at": at}),
            2..=5 => {
                json!({"id": id, "kind": "lab", "group": 1, "code": services[place % services.len()], "quantity": "1", "ordered_at": at, "practitioner": "004567/CT-CCHN"})
            }
            6 => {
                json!({"id": id, "kind": "supply", "group": 10, "code": "N07.01", "quantity": "2", "unit_price": "35000.5", "insured_ratio": "80", "performed_at": at})
            }
            _ => {
                json!({"id": id, "kind": "drug", "group": 4, "code": "40.30", "name": "Thuốc mẫu", "quantity": "10", "unit_price": "1250", "insured_ratio": "100", "performed_at": at})
            }
        }
    };
    json!({
        "id": "BENCH", "facility": "92114",
        "patient": {"id": "BN1", "name": "Người Mẫu", "birth_date": "1961-04-02", "sex": "female"},
        "visit": {"type": "03", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "admitted_at": "2026-03-02T09:00", "discharged_at": "2026-03-06T10:00", "result": 1, "discharge": 1},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-12-31", "registered_facility": "92114"}],
        "diagnoses": {"main": "J18.9"},
        "lines": (0..lines).map(line).collect::<Vec<_>>(),
    })
}
