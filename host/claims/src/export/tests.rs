//! What a statement's rules say of the visit.

use serde_json::{Value, json};

use super::*;

/// A visit of two drugs with their parts' rules.
fn exported(rules: [&str; 2], exempt_from: Option<&str>) -> NewClaim {
    let (encounter, statement) = visit(rules, exempt_from, None);
    export(encounter.as_bytes(), statement.as_bytes()).unwrap().claim
}

/// The encounter and its statement.
fn visit(rules: [&str; 2], exempt_from: Option<&str>, clinical: Option<Value>) -> (String, String) {
    let line = |id: &str, minute: &str| json!({"id": id, "code": "40.2", "performed_at": format!("2026-03-02T{minute}"), "department": "K02"});
    let encounter = json!({
        "id": "K1", "facility": "92114",
        "patient": {"birth_date": "1980-03-02", "sex": "male"},
        "visit": {"type": "01", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:30"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "exempt_from": exempt_from}],
        "lines": [line("1", "08:30"), line("2", "09:05")], "clinical": clinical,
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
    (encounter.to_string(), statement.to_string())
}

fn exempt(mut claim: NewClaim) -> Option<String> {
    claim.tables[0].rows_mut()[0].text("NGAY_MIEN_CCT").map(str::to_owned)
}

/// A text of nothing is as none: what the claim knows itself stands there.
#[test]
fn an_empty_text_of_clinical_leaves_room() {
    let clinical = json!({"xml1": {"MA_KHOA": ""}, "xml4": [{"STT": "", "MA_DICH_VU": "22.1"}]});
    let (encounter, statement) = visit(["card-and-route", "card-and-route"], None, Some(clinical));
    let mut claim = export(encounter.as_bytes(), statement.as_bytes()).unwrap().claim;
    assert_eq!(claim.tables[0].rows_mut()[0].text("MA_KHOA"), Some("K02"));
    assert_eq!(claim.tables.last_mut().unwrap().rows_mut()[0].text("STT"), Some("1"));
}

/// What was taken when it came is read however it was written: null is nothing, a whole number may be its digits.
#[test]
fn a_visit_is_exported_however_its_fields_were_written() {
    let (encounter, statement) = visit(["card-and-route", "card-and-route"], None, None);
    let plain: Value = serde_json::from_str(&encounter).unwrap();
    let with = |digits: fn(u8) -> Value, nothing: bool| {
        let mut encounter = plain.clone();
        let visit = &mut encounter["visit"];
        (visit["result"], visit["discharge"]) = (digits(2), digits(1));
        let line = &mut encounter["lines"][0];
        (line["scope"], line["payment_method"], line["anaesthesia"]) = (digits(1), digits(1), digits(2));
        if nothing {
            (line["segments"], line["other_sources"], line["operation"]) = (Value::Null, Value::Null, Value::Null);
            encounter["visit"]["evidence"] = Value::Null;
            encounter["diagnoses"] = json!({"main": null, "others": null});
            encounter["clinical"] = json!({"lines": null, "xml1": null, "xml4": null});
        }
        let encounter = encounter.to_string();
        let mut claim = export(encounter.as_bytes(), statement.as_bytes()).unwrap().claim;
        let rows = claim.tables.iter_mut().flat_map(NewTable::rows_mut);
        let fields = ["KET_QUA_DTRI", "MA_LOAI_RV", "PHAM_VI", "MA_PTTT", "PP_VO_CAM", "MA_BENH_CHINH", "TT_THAU"];
        let told = |row: &mut NewRow| fields.map(|field| row.text(field).map(str::to_owned));
        let written: Vec<_> = rows.map(told).collect();
        (written, stay(encounter.as_bytes(), statement.as_bytes()).unwrap())
    };
    let expected = with(|number| number.into(), false);
    assert_eq!(with(|number| number.to_string().into(), true), expected);
    assert_eq!(expected.1.department.as_deref(), Some("K02"));
}

#[test]
fn the_day_on_which_a_visit_ended_is_read_alone() {
    let day = |document: &str| ended_on(document.as_bytes());
    assert_eq!(day(r#"{"lines": [{}], "visit": {"discharged_at": "2026-03-02T11:30"}}"#), Ok(Day::parse("2026-03-02")));
    assert_eq!(day(r#"{"visit": {}}"#), Ok(None));
    for document in ["", "{}", "[1]", r#"{"visit": 1}"#] {
        assert!(matches!(day(document), Err(NoClaim::Unreadable { .. })), "{document}");
    }
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
