//! The SDK as a new plugin carries it along: a plugin builds wherever Rust is, with or without our tree.

use std::path::PathBuf;

use include_dir::{Dir, include_dir};

static MONEY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../money/src");
static GUEST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../guest/src");
static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../wit/0.1.0");

const MONEY_MANIFEST: &str = "\
[package]
name = \"vienphi-money\"
description = \"Exact amounts, prices, quantities and rates, the same on both sides of the sandbox wall.\"
version = \"0.1.0\"
edition = \"2024\"
license = \"Apache-2.0\"
publish = false

[features]
serde = [\"dep:serde\"]

[dependencies]
serde = { version = \"1\", features = [\"derive\"], optional = true }
";

const GUEST_MANIFEST: &str = "\
[package]
name = \"vienphi-guest\"
description = \"What a tariff plugin imports: the contract and the national rules as plain functions.\"
version = \"0.1.0\"
edition = \"2024\"
license = \"Apache-2.0\"
publish = false

[features]
native = [\"dep:serde\", \"dep:serde_json\"]

[dependencies]
serde = { version = \"1\", features = [\"derive\"], optional = true }
serde_json = { version = \"1\", optional = true }
vienphi-money = { path = \"../money\" }
wit-bindgen = { version = \"=0.61.1\", default-features = false, features = [\"macros\", \"realloc\", \"bitflags\", \"std\"] }
";

/// Every file of the SDK by its path in the folder `sdk`.
pub(crate) fn files() -> Vec<(PathBuf, &'static [u8])> {
    let mut files: Vec<(PathBuf, &'static [u8])> = vec![
        ("money/Cargo.toml".into(), MONEY_MANIFEST.as_bytes()),
        ("guest/Cargo.toml".into(), GUEST_MANIFEST.as_bytes()),
    ];
    for (folder, sources) in [("money/src", &MONEY), ("guest/src", &GUEST), ("wit/0.1.0", &WIT)] {
        files.extend(sources.files().map(|file| (PathBuf::from(folder).join(file.path()), file.contents())));
    }
    files
}
