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

static RAIL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../rail/src");
static VIETQR: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../vietqr/src");
static TEXT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../text/src");
static PAYMENT_WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../wit/payment-0.1.0");

const RAIL_MANIFEST: &str = "\
[package]
name = \"vienphi-rail\"
description = \"What a payment plugin imports: the contract and what notifiers of transfers have in common.\"
version = \"0.1.0\"
edition = \"2024\"
license = \"Apache-2.0\"
publish = false

[dependencies]
serde = { version = \"1\", features = [\"derive\"] }
serde_json = \"1\"
vienphi-vietqr = { path = \"../vietqr\" }
wit-bindgen = { version = \"=0.61.1\", default-features = false, features = [\"macros\", \"realloc\", \"bitflags\", \"std\"] }
";

const VIETQR_MANIFEST: &str = "\
[package]
name = \"vienphi-vietqr\"
description = \"VietQR codes, written and read.\"
version = \"0.1.0\"
edition = \"2024\"
license = \"Apache-2.0\"
publish = false

[dependencies]
crc = \"3.4\"
thiserror = \"2\"
vienphi-text = { path = \"../text\" }
";

const TEXT_MANIFEST: &str = "\
[package]
name = \"vienphi-text\"
description = \"Vietnamese text without its marks.\"
version = \"0.1.0\"
edition = \"2024\"
license = \"Apache-2.0\"
publish = false
";

/// Every file of the SDK of payment plugins by its path in the folder `sdk`.
pub(crate) fn rail_files() -> Vec<(PathBuf, &'static [u8])> {
    let mut files: Vec<(PathBuf, &'static [u8])> = vec![
        ("rail/Cargo.toml".into(), RAIL_MANIFEST.as_bytes()),
        ("vietqr/Cargo.toml".into(), VIETQR_MANIFEST.as_bytes()),
        ("text/Cargo.toml".into(), TEXT_MANIFEST.as_bytes()),
    ];
    let folders =
        [("rail/src", &RAIL), ("vietqr/src", &VIETQR), ("text/src", &TEXT), ("wit/payment-0.1.0", &PAYMENT_WIT)];
    for (folder, sources) in folders {
        files.extend(sources.files().map(|file| (PathBuf::from(folder).join(file.path()), file.contents())));
    }
    files
}

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
