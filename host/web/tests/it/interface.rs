//! The routes over a pricer of the checkout, and requests to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;
use vienphi_domain::Day;
use vienphi_runtime::CompiledCache;
use vienphi_service::{Files, Offer, Pricer, Setup};
use vienphi_web::Api;

/// The day taken as today.
pub(crate) const TODAY: &str = "2026-03-10";

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A pricer with the packages of the checkout and what `change` makes of them.
pub(crate) fn pricer(change: impl FnOnce(&mut BTreeMap<String, Files>)) -> Pricer {
    let mut packages = BTreeMap::new();
    let folder = target().join("plugins/tariff-can-tho");
    assert!(folder.is_dir(), "cargo xtask plugins builds {}", folder.display());
    packages.insert("tariff-can-tho".to_owned(), files(&folder));
    change(&mut packages);
    let setup = Setup {
        benefit: files(&root().join("policies/benefit")),
        facilities: files(&root().join("policies/facilities")),
        packages: packages.into_iter().map(|(name, files)| Offer::unsigned(name, files)).collect(),
        cache: CompiledCache::in_folder(&target().join("compiled")),
        ..Setup::default()
    };
    setup.build().unwrap_or_else(|error| panic!("{error}")).0
}

/// An interface that has not loaded its plugins yet.
pub(crate) fn not_loaded(change: impl FnOnce(&mut BTreeMap<String, Files>)) -> Arc<Api> {
    Arc::new(Api::new(pricer(change), || Day::parse(TODAY).unwrap()))
}

/// The routes, ready.
pub(crate) fn router() -> Router {
    let api = not_loaded(|_| {});
    api.load();
    vienphi_web::router(api)
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get(router: &Router, uri: &str) -> Answer {
    send(router, Request::get(uri).body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(router: &Router, uri: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    send(router, Request::post(uri).header("content-type", content_type).body(body.into()).unwrap()).await
}

pub(crate) async fn quote(router: &Router, encounter: &Value) -> Answer {
    post(router, "/v1/quotes", "application/json", encounter.to_string()).await
}

/// An exam at the sample hospital of Cần Thơ.
pub(crate) fn encounter() -> Value {
    json!({
        "id": "L1", "facility": "92114",
        "patient": {"name": "Nguyễn Văn Mẫu", "birth_date": "1961-04-02", "sex": "female"},
        "visit": {"type": "01", "subject": "1.1", "arrived_at": "2026-03-02T08:10", "discharged_at": "2026-03-02T11:00"},
        "coverages": [{"card": "DN4920000000001", "valid_from": "2026-01-01", "registered_facility": "92114"}],
        "lines": [{"id": "1", "kind": "exam", "code": "02.03", "quantity": "1", "performed_at": "2026-03-02T08:20"}],
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}
