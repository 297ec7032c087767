//! Before plugins are loaded, and when one can not be.

use axum::http::StatusCode;

use crate::interface::{encounter, get, not_loaded, quote};

#[tokio::test]
async fn what_needs_plugins_is_refused_until_they_are_loaded() {
    let api = not_loaded(|_| {});
    let router = vienphi_web::router(api.clone());
    let early = [get(&router, "/readyz").await, get(&router, "/v1/plugins").await, quote(&router, &encounter()).await];
    for answer in early {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["type"], "urn:vienphi:problem:not-ready");
        assert_eq!(answer.header("retry-after"), "1");
    }
    for uri in ["/healthz", "/v1/catalogue", "/docs", "/openapi.json"] {
        assert_eq!(get(&router, uri).await.status, StatusCode::OK, "{uri}");
    }
    api.load();
    assert_eq!(get(&router, "/readyz").await.status, StatusCode::OK);
    assert_eq!(quote(&router, &encounter()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_plugin_that_is_not_admitted_is_named_and_stops_no_other() {
    let api = not_loaded(|packages| {
        let mut broken = packages["tariff-can-tho"].clone();
        let manifest = String::from_utf8(broken["plugin.toml"].clone()).unwrap();
        let manifest = manifest.replace("tariff-can-tho", "tariff-broken").replace("\"92\"", "\"01\"");
        broken.insert("plugin.toml".into(), manifest.into_bytes());
        broken.insert("component.wasm".into(), b"not a component".to_vec());
        packages.insert("tariff-broken".into(), broken);
    });
    api.load();
    let router = vienphi_web::router(api);
    let problem = get(&router, "/readyz").await.json();
    assert_eq!(
        (&problem["type"], &problem["status"]),
        (&"urn:vienphi:problem:plugin-not-admitted".into(), &503.into())
    );
    assert_eq!(problem["errors"][0]["path"], "plugins.tariff-broken");
    assert!(problem["detail"].as_str().unwrap().contains("tariff-broken"), "{problem}");
    let plugins = get(&router, "/v1/plugins").await.json();
    assert!(plugins["plugins"][0]["error"].is_string(), "{plugins}");
    assert_eq!(quote(&router, &encounter()).await.status, StatusCode::OK);
}
