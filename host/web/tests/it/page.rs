//! The page to read and try the interface, whole without a network.

use axum::http::StatusCode;

use crate::interface::{get, router};

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let router = router();
    let home = get(&router, "/").await;
    assert_eq!((home.status, home.header("location")), (StatusCode::TEMPORARY_REDIRECT, "/docs"));
    let page = get(&router, "/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let mut wanted = 0;
    for piece in html.split(['"', '\'']).filter(|piece| piece.starts_with("/")) {
        assert_eq!(get(&router, piece).await.status, StatusCode::OK, "{piece}");
        wanted += 1;
    }
    assert_eq!(wanted, 4, "{html}");
    assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    let script = get(&router, "/docs/swagger-ui-bundle.js").await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(script.body.len() > 500_000);
    let start = String::from_utf8(get(&router, "/docs/page.js").await.body.to_vec()).unwrap();
    assert!(start.contains("\"/openapi.json\"") && start.contains("validatorUrl: null"));
}
