//! The description is complete and true.

use std::collections::BTreeSet;

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::interface::{encounter, get, quote, router};
use crate::validate::differences;

async fn description(router: &Router) -> Value {
    get(router, "/openapi.json").await.json()
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[tokio::test]
async fn every_route_is_described_with_every_status() {
    let description = description(&router()).await;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let rows = [
        ("/v1/quotes", "post", "200 400 408 413 415 422 500 503"),
        ("/v1/plugins", "get", "200 400 500 503"),
        ("/v1/catalogue", "get", "200 400 500 503"),
        ("/v1/claims/check", "post", "200 400 408 413 415 422 500 503"),
        ("/callbacks/{facility}/{rail}", "post", "200 400 401 404 408 413 500 503"),
        ("/callbacks/{facility}/{rail}/bank/api/transaction-sync", "post", "200 400 401 404 408 413 500 503"),
        ("/callbacks/{facility}/{rail}/api/token_generate", "post", "200 401 404 408 413 500 503"),
        ("/healthz", "get", "200 500"),
        ("/readyz", "get", "200 500 503"),
    ];
    let paths: Vec<&str> = description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let (of_facilities, others): (Vec<&str>, Vec<&str>) =
        paths.into_iter().partition(|path| path.starts_with("/v1/facilities/{facility}/"));
    assert_eq!(others.len(), rows.len(), "{others:?}");
    // A route of a facility says who is not let in, and a command what else may go wrong.
    for path in of_facilities {
        for (method, route) in description["paths"][path].as_object().unwrap() {
            let responses = route["responses"].as_object().unwrap();
            let wanted: &[&str] = match method.as_str() {
                "get" => &["400", "401", "403", "404", "422", "500", "503"],
                _ => &["400", "401", "403", "404", "408", "409", "412", "413", "415", "422", "428", "500", "503"],
            };
            for status in wanted {
                assert!(responses.contains_key(*status), "{method} {path} {status}");
            }
            assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
        }
    }
    for (path, method, expected) in rows {
        let responses = description["paths"][path][method]["responses"].as_object().unwrap();
        let statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
        assert_eq!(statuses.join(" "), expected, "{path}");
        for (status, response) in responses {
            // A provider that may not have a token is told by a header alone.
            if path.ends_with("/token_generate") && status == "401" {
                assert_eq!(response.get("content"), None, "{path} {status}");
                continue;
            }
            let content = response["content"].as_object().unwrap();
            // A provider is answered in its own words.
            let is_own = path.starts_with("/callbacks/") && matches!(status.as_str(), "200" | "400" | "401");
            let media = match status.as_str() {
                _ if is_own => "*/*",
                "200" => "application/json",
                _ => "application/problem+json",
            };
            assert!(content.contains_key(media), "{path} {status}");
            assert_eq!(response["headers"].get("Retry-After").is_some(), status == "503", "{path} {status}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'d>(value: &'d Value, found: &mut BTreeSet<&'d str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let description = description(&router()).await;
    let mut found = BTreeSet::new();
    references(&description, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        assert!(description.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn answers_are_as_described() {
    let router = router();
    let description = description(&router).await;
    let rows = [
        ("Statement", quote(&router, &encounter()).await),
        ("Problem", quote(&router, &json!({"id": "X", "lines": [{}]})).await),
        ("Problem", get(&router, "/nowhere").await),
        ("Plugins", get(&router, "/v1/plugins").await),
        ("Catalogue", get(&router, "/v1/catalogue?limit=200").await),
        ("Health", get(&router, "/healthz").await),
        ("Health", get(&router, "/readyz").await),
    ];
    for (name, answer) in rows {
        assert_eq!(differences(&description, &schema(name), &answer.json()), Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn the_example_is_an_encounter_and_prices() {
    let router = router();
    let description = description(&router).await;
    let example = &description["components"]["schemas"]["Encounter"]["examples"][0];
    assert_eq!(differences(&description, &schema("Encounter"), example), Vec::<String>::new());
    let answer = quote(&router, example).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
}

/// An encounter with an unknown field in every object there is: the refusals name the fields that are known.
fn with_unknown_fields() -> Value {
    let unknown = json!({"?": 1});
    json!({
        "?": 1,
        "patient": {"?": 1, "newborn": unknown},
        "visit": {
            "?": 1,
            "evidence": {"?": 1, "referral": unknown},
            "original_visit": unknown,
            "prior_exams_today": [unknown],
        },
        "coverages": [{"?": 1, "copayments": [unknown]}],
        "diagnoses": unknown,
        "lines": [{
            "?": 1,
            "consent": unknown,
            "other_sources": [unknown],
            "operation": unknown,
            "segments": [unknown],
            "transport": unknown,
        }],
    })
}

#[tokio::test]
async fn an_encounter_has_the_described_fields_and_no_others() {
    let router = router();
    let description = description(&router).await;
    let rows = [
        ("?", "Encounter"),
        ("patient.?", "Patient"),
        ("patient.newborn.?", "Newborn"),
        ("visit.?", "Visit"),
        ("visit.evidence.?", "Evidence"),
        ("visit.evidence.referral.?", "Referral"),
        ("visit.original_visit.?", "OriginalVisit"),
        ("visit.prior_exams_today[0].?", "PriorExam"),
        ("coverages[0].?", "Coverage"),
        ("coverages[0].copayments[0].?", "Copayment"),
        ("diagnoses.?", "Diagnoses"),
        ("lines[0].?", "EncounterLine"),
        ("lines[0].consent.?", "Consent"),
        ("lines[0].other_sources[0].?", "OtherSource"),
        ("lines[0].operation.?", "LineOperation"),
        ("lines[0].segments[0].?", "BedSegment"),
        ("lines[0].transport.?", "TransportBy"),
    ];
    let problem = quote(&router, &with_unknown_fields()).await.json();
    let errors = problem["errors"].as_array().unwrap();
    for (path, name) in rows {
        let error = errors.iter().find(|error| error["path"] == path).unwrap_or_else(|| panic!("{path}: {problem}"));
        let (_, known) = error["message"].as_str().unwrap().split_once("known: ").unwrap();
        let known: BTreeSet<&str> = known.split(", ").collect();
        let described = &description["components"]["schemas"][name];
        let properties: BTreeSet<&str> =
            described["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(known, properties, "{name}");
        assert_eq!(described["additionalProperties"], false, "{name}");
        // What is missing from an empty object is what is required, as far as the object alone decides.
        let place = path.trim_end_matches('?');
        let required: BTreeSet<String> = errors
            .iter()
            .filter(|error| error["message"].as_str().unwrap().starts_with("is required"))
            .filter_map(|error| error["path"].as_str().unwrap().strip_prefix(place))
            .filter(|field| !field.contains(['.', '[']) && !["quantity", "performed_at"].contains(field))
            .map(str::to_owned)
            .collect();
        let described: BTreeSet<String> = described["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|field| field.as_str().map(str::to_owned))
            // These were sent.
            .filter(|field| !with_unknown_fields().as_object().unwrap().contains_key(field) || !place.is_empty())
            .collect();
        assert_eq!(required, described, "{name}");
    }
}
