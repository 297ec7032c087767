//! A workspace for the tests of rules that read `cargo metadata`.

use serde_json::{Value, json};

use crate::checkout::Checkout;

/// One package in `folder` that depends on `to`, beside the packages that `to` may be.
pub(super) fn workspace(folder: &str, from: &str, to: &str, kind: Option<&str>) -> Checkout {
    let mut packages = vec![package(folder, from, &json!([{"name": to, "kind": kind}]))];
    for (folder, name) in [
        ("sdk/money", "vienphi-money"),
        ("sdk/guest", "vienphi-guest"),
        ("host/domain", "vienphi-domain"),
        ("host/runtime", "vienphi-runtime"),
        ("host/service", "vienphi-service"),
        ("host/store", "vienphi-store"),
    ] {
        if name != from {
            packages.push(package(folder, name, &json!([])));
        }
    }
    let metadata = json!({"workspace_root": "/r", "target_directory": "/r/target", "packages": packages});
    serde_json::from_value(metadata).expect("the sample has every field")
}

fn package(folder: &str, name: &str, dependencies: &Value) -> Value {
    let manifest_path = format!("/r/{folder}/Cargo.toml");
    json!({"name": name, "manifest_path": manifest_path, "dependencies": dependencies})
}
