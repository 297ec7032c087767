//! What a statement's rules say of the visit.

use serde_json::{Value, json};

use super::*;

/// A visit of two drugs with their parts' rules.
fn exported(rules: [&str; 2], exempt_from: Option<&str>) -> NewClaim {
    let line =
        |id: &str, minute: &str| json!({"id": id, "code": "40.2", "performed_at": format!("2026-03-02T{minute}")});
    let encounter = json!({
        "id": "K1", "facility": "92114",
        "patient": {"birth_date": "1980-03-02", "sex": "male"},
        "visit": {"type": "01", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:30"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "exempt_from": exempt_from}],
        "lines": [line("1", "08:30"), line("2", "09:05")],
    });
    let stated = |id: &str, rule: &str| {
        let amounts = ["amount_hospital", "amount_insured", "other_sources", "patient_own", "copayment", "insurer"];
        let mut part: Value = json!({
            "code": "40.2", "name": null, "from": "2026-03-02", "to": "2026-03-02", "unit_price": "0",
            "insured_price": "0", "quantity": "1", "service_ratio": "100", "insured_ratio": "100", "ceiling": null,
            "benefit_rate": "80", "rules": [rule],
        });
        amounts.iter().for_each(|field| part[*field] = "0".into());
        json!({"id": id, "name": null, "group": 4, "parts": [part]})
    };
    let totals = [
        "drugs",
        "supplies",
        "amount_hospital",
        "amount_insured",
        "other_sources",
        "patient_own",
        "copayment",
        "insurer",
        "insurer_fee_for_service",
    ];
    let totals: Value = totals.iter().map(|field| ((*field).to_owned(), Value::from("0"))).collect();
    let statement = json!({
        "encounter": "K1", "subject": {"declared": null, "derived": "1.1"},
        "lines": [stated("1", rules[0]), stated("2", rules[1])], "totals": totals,
    });
    export(encounter.to_string().as_bytes(), statement.to_string().as_bytes()).unwrap().claim
}

fn exempt(mut claim: NewClaim) -> Option<String> {
    claim.tables[0].rows_mut()[0].text("NGAY_MIEN_CCT").map(str::to_owned)
}

#[test]
fn the_exemption_of_the_statement_has_its_moment() {
    assert_eq!(exempt(exported(["card-and-route", "card-and-route"], None)), None);
    assert_eq!(exempt(exported(["card-and-route", "copayment-exempt"], None)).as_deref(), Some("202603020905"));
    assert_eq!(exempt(exported(["copayment-exempt", "copayment-exempt"], None)).as_deref(), Some("202603020830"));
    // What the portal says wins.
    let told = exported(["copayment-exempt", "copayment-exempt"], Some("2026-02-01"));
    assert_eq!(exempt(told).as_deref(), Some("20260201"));
    let computed = exported(["copayment-exempt", "copayment-exempt"], Some("2026-02-01T10:05"));
    assert_eq!(exempt(computed).as_deref(), Some("202602011005"));
}
