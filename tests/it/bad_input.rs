//! Bad input: a clear error naming the path, never a panic, never a price.

use acceptance::checkout;
use serde_json::{Value, json};
use vienphi_domain::Problem;
use vienphi_service::Pricer;

fn good() -> Value {
    json!({
        "id": "B1", "facility": "92114",
        "patient": {"birth_date": "1961-04-02", "sex": "female"},
        "visit": {"type": "03", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "admitted_at": "2026-03-02T09:00", "discharged_at": "2026-03-05T10:00"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "valid_to": "2026-12-31", "registered_facility": "92114"}],
        "lines": [
            {"id": "1", "kind": "exam", "code": "02.03", "quantity": "1", "performed_at": "2026-03-02T08:20"},
            {"id": "2", "kind": "bed", "code": "K03.NO1", "segments": [{"from": "2026-03-02T09:00", "to": "2026-03-05T10:00", "department": "K03"}]},
            {"id": "3", "kind": "drug", "code": "40.30", "quantity": "10", "unit_price": "12500", "performed_at": "2026-03-03T07:00"},
        ],
    })
}

/// Sets or removes the value at a path such as `lines/0/code`.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut document = good();
    for (path, value) in changes {
        let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
        let pointer = if parent.is_empty() { String::new() } else { format!("/{parent}") };
        let parent = document.pointer_mut(&pointer).unwrap();
        match (parent, key.parse::<usize>()) {
            (Value::Array(list), Ok(place)) if place < list.len() => list[place] = value.clone(),
            (Value::Array(list), _) => list.push(value.clone()),
            (Value::Object(object), _) => {
                object.insert(key.to_owned(), value.clone());
            }
            (other, _) => panic!("{path}: {other}"),
        }
    }
    document
}

fn refused(pricer: &Pricer, document: &[u8]) -> Problem {
    match pricer.price_json(document, checkout::day("2026-03-10")) {
        Err(problem) => problem,
        Ok(_) => panic!("priced: {}", String::from_utf8_lossy(&document[..document.len().min(400)])),
    }
}

#[test]
fn the_good_encounter_is_priced() {
    let pricer = checkout::pricer(&[]);
    let priced = pricer.price_json(good().to_string().as_bytes(), checkout::day("2026-03-10"));
    assert!(priced.is_ok(), "{priced:?}");
}

/// A price that cannot be read is one fault, not two.
#[test]
fn a_bad_price_of_goods_is_not_also_a_missing_row() {
    let problem = refused(&checkout::pricer(&[]), with(&[("lines/2/unit_price", json!("-1"))]).to_string().as_bytes());
    let paths: Vec<&str> = problem.errors.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["lines[2].unit_price"], "{problem:?}");
}

/// A row of another class is named so.
#[test]
fn a_code_of_another_class_says_so() {
    let bed = with(&[("lines/1/code", json!("K03.NO3"))]);
    let problem = refused(&checkout::pricer(&[]), bed.to_string().as_bytes());
    assert!(problem.errors[0].message.contains("it is listed only for class"), "{problem:?}");
}

#[test]
fn every_fault_names_its_path() {
    let pricer = checkout::pricer(&[]);
    let long = "9".repeat(200);
    let rows: Vec<(Value, &str, &str)> = vec![
        (with(&[("colour", json!("red"))]), "colour", "not known"),
        (
            with(&[("lines/0/operation", json!({"id": "O", "started_at": "2026-02-25T08:00"}))]),
            "lines[0].operation.started_at",
            "outside the visit",
        ),
        (with(&[("lines/1/code", json!("K03.NO4"))]), "lines[1].segments[0].code", "listed"),
        (with(&[("visit/colour", json!("red"))]), "visit.colour", "not known"),
        (with(&[("lines/0/colour", json!("red"))]), "lines[0].colour", "not known"),
        (with(&[("lines/1/segments/0/colour", json!("red"))]), "lines[1].segments[0].colour", "not known"),
        (with(&[("patient/birth_date", json!("1961-02-30"))]), "patient.birth_date", "day"),
        (with(&[("patient/birth_date", json!("02/04/1961"))]), "patient.birth_date", "day"),
        (with(&[("patient/birth_date", json!("2026-04-01"))]), "patient.birth_date", "after"),
        (with(&[("patient/sex", json!("f"))]), "patient.sex", "female"),
        (with(&[("visit/arrived_at", json!("2026-03-02"))]), "visit.arrived_at", "2026-03-02T08:10"),
        (with(&[("visit/discharged_at", json!("2026-03-01T10:00"))]), "visit.discharged_at", "before"),
        (with(&[("visit/admitted_at", json!("2026-03-01T10:00"))]), "visit.admitted_at", "before"),
        (with(&[("visit/discharged_at", json!("2126-03-01T10:00"))]), "visit.discharged_at", "longer"),
        (with(&[("visit/type", json!("17"))]), "visit.type", "01 to 16"),
        (with(&[("visit/type", json!("3"))]), "visit.type", "01 to 16"),
        (with(&[("visit/type", json!(3))]), "visit.type", "text"),
        (with(&[("visit/subject", json!("4.4"))]), "visit.subject", "known"),
        (with(&[("visit/subject", json!("8"))]), "visit.subject", "recovery"),
        (with(&[("visit/subject", json!("7"))]), "visit.original_visit", "required"),
        (with(&[("visit/result", json!(9))]), "visit.result", "1 to 7"),
        (with(&[("lines/2/quantity", json!("-1"))]), "lines[2].quantity", "from 0.001"),
        (with(&[("lines/2/quantity", json!("0"))]), "lines[2].quantity", "from 0.001"),
        (with(&[("lines/2/quantity", json!("1.2345"))]), "lines[2].quantity", "3 decimals"),
        (with(&[("lines/2/quantity", json!("ten"))]), "lines[2].quantity", "decimal"),
        (with(&[("lines/2/quantity", json!("1e3"))]), "lines[2].quantity", "decimal"),
        (with(&[("lines/2/quantity", json!(0.1234567890123456))]), "lines[2].quantity", "exact"),
        (with(&[("lines/2/unit_price", json!(10_000_000_000_000_000_000_u64))]), "lines[2].unit_price", "from 0"),
        (with(&[("lines/2/unit_price", json!("10000000000000000000"))]), "lines[2].unit_price", "from 0"),
        (with(&[("lines/2/unit_price", json!(long))]), "lines[2].unit_price", "from 0"),
        (with(&[("lines/2/unit_price", json!(true))]), "lines[2].unit_price", "decimal"),
        (with(&[("lines/2/insured_ratio", json!("100.1"))]), "lines[2].insured_ratio", "from 0 to 100"),
        (with(&[("lines/2/insured_ratio", json!("47.55"))]), "lines[2].insured_ratio", "1 decimal"),
        (with(&[("lines/0/service_ratio", json!("50"))]), "lines[0].service_ratio_reason", "required"),
        (with(&[("lines/2/id", json!("1"))]), "lines[2].id", "lines[0]"),
        (with(&[("lines/2/id", json!(""))]), "lines[2].id", "empty"),
        (with(&[("lines", json!([]))]), "lines", "at least one"),
        (with(&[("lines", Value::Null)]), "lines", "required"),
        (with(&[("lines/0/code", json!("99.99"))]), "lines[0].code", "99.99"),
        (with(&[("lines/0/kind", json!("magic"))]), "lines[0].kind", "exam"),
        (with(&[("lines/0/group", json!(20))]), "lines[0].group", "1 to 19"),
        (with(&[("lines/0/performed_at", json!("2026-03-06T08:20"))]), "lines[0].performed_at", "outside"),
        (with(&[("lines/0/performed_at", Value::Null)]), "lines[0].performed_at", "required"),
        (with(&[("lines/1/segments", json!([]))]), "lines[1].segments", "required"),
        (with(&[("lines/1/segments/0/to", json!("2026-03-02T09:00"))]), "lines[1].segments[0].to", "after"),
        (with(&[("lines/1/segments/0/from", json!("2026-03-01T09:00"))]), "lines[1].segments[0].from", "outside"),
        (with(&[("lines/1/segments/0/code", json!("K99.NO1"))]), "lines[1].segments[0].code", "K99.NO1"),
        (with(&[("lines/2/for_line", json!("77"))]), "lines[2].for_line", "no line"),
        (with(&[("lines/2/for_line", json!("3"))]), "lines[2].for_line", "another"),
        (with(&[("lines/2/status", json!("stopped"))]), "lines[2].status", "cancel"),
        (
            with(&[("lines/2/other_sources", json!([{"kind": "friend", "amount": "1"}]))]),
            "lines[2].other_sources[0].kind",
            "individual",
        ),
        (
            with(&[("lines/2/other_sources", json!([{"kind": "individual", "amount": "125001"}]))]),
            "lines[2].other_sources",
            "125000",
        ),
        (with(&[("facility", json!("99999"))]), "facility", "registry"),
        (with(&[("facility", json!("nowhere"))]), "facility", "5 digits"),
        (with(&[("coverages/0/card", json!("DN492000000000"))]), "coverages[0].card", "15 characters"),
        (with(&[("coverages/0/card", json!("ZZ4920000000001"))]), "coverages[0].card", "ZZ"),
        (with(&[("coverages/0/valid_to", json!("2025-12-31"))]), "coverages[0].valid_to", "before"),
        (with(&[("coverages/0/level", json!(6))]), "coverages[0].level", "1 to 5"),
        (with(&[("clinical", json!({"xml1": {"T_BHTT": "5"}}))]), "clinical.xml1.T_BHTT", "computed"),
        (with(&[("clinical", json!({"xml99": {}}))]), "clinical.xml99", "not known"),
    ];
    let mut failures = Vec::new();
    for (document, path, says) in rows {
        let problem = refused(&pricer, document.to_string().as_bytes());
        if !problem.errors.iter().any(|error| error.path == path && error.message.contains(says)) {
            failures.push(format!("{path} ({says}): {:?}", problem.errors));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_faulty_path_is_named_at_once() {
    let pricer = checkout::pricer(&[]);
    let document = with(&[
        ("colour", json!("red")),
        ("patient/birth_date", json!("yesterday")),
        ("lines/0/code", json!("99.99")),
        ("lines/2/quantity", json!("-1")),
        ("coverages/0/card", json!("X")),
    ]);
    let problem = refused(&pricer, document.to_string().as_bytes());
    let paths: Vec<&str> = problem.errors.iter().map(|error| error.path.as_str()).collect();
    for path in ["colour", "patient.birth_date", "lines[2].quantity", "coverages[0].card"] {
        assert!(paths.contains(&path), "{path} is missing: {paths:?}");
    }
    let codes =
        with(&[("lines/0/code", json!("99.99")), ("lines/2/quantity", json!("-1")), ("facility", json!("92114"))]);
    let problem = refused(&pricer, codes.to_string().as_bytes());
    let paths: Vec<&str> = problem.errors.iter().map(|error| error.path.as_str()).collect();
    assert!(paths.contains(&"lines[0].code") && paths.contains(&"lines[2].quantity"), "{paths:?}");
    assert_eq!(problem.encounter.as_deref(), Some("B1"));
}

#[test]
fn what_a_person_is_called_never_stands_in_a_message() {
    let pricer = checkout::pricer(&[]);
    let document = with(&[
        ("patient/name", json!(["SECRET"])),
        ("patient/sex", json!("SECRET")),
        ("coverages/0/card", json!("SECRET")),
    ]);
    let problem = refused(&pricer, document.to_string().as_bytes());
    assert!(!serde_json::to_string(&problem).unwrap().contains("SECRET"), "{problem:?}");
}

#[test]
fn what_is_not_an_encounter_at_all_is_refused_in_words() {
    let pricer = checkout::pricer(&[]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = good().to_string().replacen("\"id\":\"B1\"", "\"id\":\"B1\",\"id\":\"B2\"", 1);
    let rows: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "JSON"),
        (b"{".to_vec(), "JSON"),
        (b"[]".to_vec(), "object"),
        (b"null".to_vec(), ""),
        (b"\"text\"".to_vec(), "object"),
        (b"{} {}".to_vec(), "JSON"),
        (vec![0xff, 0xfe, 0x00], "JSON"),
        (deep.into_bytes(), "nested"),
        (twice.into_bytes(), "twice"),
        (b"{\"lines\": NaN}".to_vec(), "JSON"),
    ];
    for (document, says) in rows {
        let problem = refused(&pricer, &document);
        let text = serde_json::to_string(&problem).unwrap();
        assert!(text.contains(says), "{:?}: {text}", String::from_utf8_lossy(&document[..document.len().min(40)]));
    }
}

#[test]
fn ten_thousand_lines_are_priced_and_more_are_refused() {
    let pricer = checkout::pricer(&[]);
    let many = |count: usize| {
        let line = |place: usize| json!({"id": place.to_string(), "kind": "drug", "code": "D", "quantity": "1", "unit_price": "1000", "performed_at": "2026-03-03T07:00"});
        with(&[("lines", (0..count).map(line).collect())]).to_string()
    };
    let priced = pricer.price_json(many(10_000).as_bytes(), checkout::day("2026-03-10"));
    assert!(priced.is_ok(), "{:?}", priced.err());
    let problem = refused(&pricer, many(10_001).as_bytes());
    assert!(problem.errors.iter().any(|error| error.path == "lines"), "{:?}", problem.errors);
}

/// Random damage to a good document: any answer will do, a panic will not.
#[test]
fn damaged_documents_never_panic() {
    let pricer = checkout::pricer(&[]);
    let generator = acceptance::generate::Generator::new(8);
    let mut rng = fastrand::Rng::with_seed(7);
    for seed in 0..3_000 {
        let mut bytes = generator.encounter(seed).to_string().into_bytes();
        for _ in 0..rng.usize(1..4) {
            let place = rng.usize(..bytes.len());
            match rng.u8(..4) {
                0 => bytes[place] = rng.u8(..),
                1 => {
                    bytes.remove(place);
                }
                2 => bytes.insert(place, *b"0\"{}[],:-e".get(rng.usize(..10)).unwrap()),
                _ => bytes.truncate(place.max(1)),
            }
        }
        let _ = pricer.price_json(&bytes, checkout::day("2026-11-20"));
    }
}
