//! What is answered when all is well.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use vienphi_domain::Day;
use vienphi_web::{Api, Quoted};

use crate::interface::{self, TODAY, encounter, get, post, quote, router, send};

#[tokio::test]
async fn a_quote_is_a_statement() {
    let answer = quote(&router(), &encounter()).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let statement = answer.json();
    // 45 000 is below 15 % of L: the insurer pays it whole.
    assert_eq!(statement["totals"]["insurer"], "45000");
    assert_eq!(statement["totals"]["cash_due"], "0");
    assert_eq!(statement["encounter"], "L1");
}

#[tokio::test]
async fn today_is_the_servers_unless_the_request_names_it() {
    let router = router();
    let mut open = encounter();
    open["visit"]["discharged_at"] = json!(null);
    let rows = [("/v1/quotes", TODAY), ("/v1/quotes?today=2026-03-04", "2026-03-04"), ("/v1/quotes?today=", TODAY)];
    for (uri, expected) in rows {
        let answer = post(&router, uri, "application/json; charset=utf-8", open.to_string()).await;
        assert_eq!(answer.json()["as_of"], expected, "{uri}");
    }
}

#[tokio::test]
async fn a_long_document_is_priced_like_a_short_one() {
    let router = router();
    let short = quote(&router, &encounter()).await;
    let spaces = " ".repeat(1024 * 1024);
    let long = post(&router, "/v1/quotes", "application/json", format!("{}{spaces}", encounter())).await;
    assert_eq!(long.status, StatusCode::OK);
    assert_eq!(short.body, long.body);
}

#[tokio::test]
async fn every_quote_is_counted_by_its_outcome() {
    let counted = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&counted);
    let api = Api::new(interface::pricer(|_| {}), || Day::parse(TODAY).unwrap())
        .observed_by(move |quoted: &Quoted| seen.lock().unwrap().push(quoted.outcome));
    api.load();
    let router = vienphi_web::router(Arc::new(api));
    quote(&router, &encounter()).await;
    quote(&router, &json!({})).await;
    assert_eq!(*counted.lock().unwrap(), ["priced", "urn:vienphi:problem:invalid-encounter"]);
}

#[tokio::test]
async fn packages_and_rows_are_listed() {
    let router = router();
    let plugins = get(&router, "/v1/plugins").await.json();
    assert_eq!(plugins["plugins"][0]["name"], "tariff-can-tho");
    assert_eq!(plugins["plugins"][0]["error"], json!(null));

    let rows = [
        ("/v1/catalogue?q=02.03&limit=1", 1),
        ("/v1/catalogue?limit=7", 7),
        ("/v1/catalogue", 50),
        ("/v1/catalogue?q=&limit=200", 200),
        ("/v1/catalogue?q=no+such+service", 0),
    ];
    for (uri, expected) in rows {
        let found = get(&router, uri).await.json();
        assert_eq!(found["rows"].as_array().unwrap().len(), expected, "{uri}");
    }
    // As people type it, without marks.
    let found = get(&router, "/v1/catalogue?q=kham+noi&limit=1").await.json();
    assert_eq!(found["rows"][0]["name"], "Khám Nội tổng hợp");
}

#[tokio::test]
async fn a_request_keeps_its_plain_id_and_gets_one_otherwise() {
    let router = router();
    let request = |id: &str| Request::get("/healthz").header("x-request-id", id).body(Body::empty()).unwrap();
    let kept = send(&router, request("HIS-42.a_b")).await;
    assert_eq!(kept.header("x-request-id"), "HIS-42.a_b");
    for id in ["a b", "", &"x".repeat(65), "<script>"] {
        let replaced = send(&router, request(id)).await;
        let new = replaced.header("x-request-id");
        assert!(new != id && new.len() > 16, "{id:?} became {new:?}");
    }
}

#[tokio::test]
async fn answers_are_protected() {
    let router = router();
    for uri in ["/healthz", "/v1/plugins", "/nowhere", "/docs"] {
        let answer = get(&router, uri).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{uri}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{uri}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{uri}");
        assert_eq!(answer.header("cache-control") == "no-store", uri.starts_with("/v1") || uri == "/nowhere", "{uri}");
    }
}
