//! What is refused, by whichever layer: always a problem with a stable `type`.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode};
use http_body::Frame;
use serde_json::json;

use crate::interface::{Answer, encounter, get, post, quote, router, send};

const JSON: &str = "application/json";

fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status.as_u16(), status, "{:?}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], format!("urn:vienphi:problem:{kind}"));
    assert_eq!(problem["status"], status);
    assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["errors"].is_array(), "{problem}");
    assert!(!answer.header("x-request-id").is_empty());
    assert_eq!(answer.header("retry-after").is_empty(), status != 503);
}

#[tokio::test]
async fn each_refusal_is_a_problem() {
    let router = router();
    let good = encounter().to_string();
    let plain = Request::post("/v1/quotes").body(Body::from(good.clone())).unwrap();
    let rows = [
        (get(&router, "/nowhere").await, 404, "not-found"),
        (get(&router, "/v1/nowhere").await, 404, "not-found"),
        (get(&router, "/docs/nowhere.js").await, 404, "not-found"),
        (get(&router, "/docs/%ff").await, 404, "not-found"),
        (get(&router, "/v1/quotes").await, 405, "method-not-allowed"),
        (post(&router, "/healthz", JSON, "").await, 405, "method-not-allowed"),
        (post(&router, "/docs", JSON, "").await, 405, "method-not-allowed"),
        (send(&router, plain).await, 415, "unsupported-media-type"),
        (post(&router, "/v1/quotes", "text/plain", good.clone()).await, 415, "unsupported-media-type"),
        (post(&router, "/v1/quotes", "application/jsonp", good.clone()).await, 415, "unsupported-media-type"),
        (post(&router, "/v1/quotes?today=tomorrow", JSON, good.clone()).await, 400, "invalid-query"),
        (post(&router, "/v1/quotes?day=2026-03-02", JSON, good.clone()).await, 400, "invalid-query"),
        (get(&router, "/v1/plugins?all=1").await, 400, "invalid-query"),
        (get(&router, "/v1/catalogue?limit=0").await, 400, "invalid-query"),
        (get(&router, "/v1/catalogue?limit=201").await, 400, "invalid-query"),
        (get(&router, "/v1/catalogue?limit=many").await, 400, "invalid-query"),
        (get(&router, "/v1/catalogue?query=02.03").await, 400, "invalid-query"),
        (post(&router, "/v1/quotes", JSON, "{").await, 422, "invalid-encounter"),
        (post(&router, "/v1/quotes", JSON, "").await, 422, "invalid-encounter"),
        (post(&router, "/v1/quotes", JSON, vec![0xff, 0xfe]).await, 422, "invalid-encounter"),
    ];
    for (answer, status, kind) in rows {
        assert_problem(&answer, status, kind);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let router = router();
    assert_eq!(get(&router, "/v1/quotes").await.header("allow"), "POST");
    assert_eq!(post(&router, "/v1/catalogue", JSON, "").await.header("allow"), "GET,HEAD");
    let delete = Request::builder().method(Method::DELETE).uri("/v1/plugins").body(Body::empty()).unwrap();
    assert_problem(&send(&router, delete).await, 405, "method-not-allowed");
}

#[tokio::test]
async fn every_fault_is_named_at_once() {
    let mut wrong = encounter();
    wrong["lines"][0]["quantity"] = json!("-1");
    wrong["lines"][0]["kind"] = json!("magic");
    wrong["patient"]["sex"] = json!(7);
    wrong["colour"] = json!("red");
    let answer = quote(&router(), &wrong).await;
    assert_problem(&answer, 422, "invalid-encounter");
    let problem = answer.json();
    assert_eq!(problem["encounter"], "L1");
    let errors = problem["errors"].as_array().unwrap();
    let paths: Vec<&str> = errors.iter().map(|error| error["path"].as_str().unwrap()).collect();
    for path in ["lines[0].quantity", "lines[0].kind", "patient.sex", "colour"] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
    let named = post(&router(), "/v1/catalogue?a=1&limit=x", JSON, "").await;
    assert_eq!(named.status, StatusCode::METHOD_NOT_ALLOWED);
    let named = get(&router(), "/v1/catalogue?a=1&limit=x").await.json();
    assert_eq!(named["errors"].as_array().unwrap().len(), 2, "{named}");
}

/// A body of endless pieces that counts nothing and ends never.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 64 * 1024])))))
    }
}

/// A body that never arrives.
struct Silent;

impl http_body::Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

/// A body that announces 100 MB and must not be read.
struct Announced;

impl http_body::Body for Announced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("it was read")
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(100 * 1024 * 1024)
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_received() {
    let router = router();
    assert_problem(&post(&router, "/v1/quotes", JSON, Body::new(Announced)).await, 413, "document-too-long");
    assert_problem(&post(&router, "/v1/quotes", JSON, Body::new(Endless)).await, 413, "document-too-long");
    let longest = vec![b' '; 8 * 1024 * 1024];
    assert_problem(&post(&router, "/v1/quotes", JSON, longest).await, 422, "invalid-encounter");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let answer = post(&router(), "/v1/quotes", JSON, Body::new(Silent)).await;
    assert_problem(&answer, 408, "document-too-slow");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_much_is_refused_at_once_and_health_is_still_answered() {
    let router = router();
    let waiting: Vec<_> = (0..256)
        .map(|_| {
            let router = router.clone();
            tokio::spawn(async move { post(&router, "/v1/quotes", JSON, Body::new(Silent)).await })
        })
        .collect();
    // The clock stands still until every one of them waits.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_problem(&quote(&router, &encounter()).await, 503, "overloaded");
    assert_eq!(get(&router, "/healthz").await.status, StatusCode::OK);
    assert_eq!(get(&router, "/readyz").await.status, StatusCode::OK);
    for request in waiting {
        assert_problem(&request.await.unwrap(), 408, "document-too-slow");
    }
    assert_eq!(quote(&router, &encounter()).await.status, StatusCode::OK);
}
