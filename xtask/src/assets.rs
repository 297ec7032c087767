//! `cargo xtask assets`: script of others that the pages load, fetched by the lock file in `host/web/assets` and put beside it.
//!
//! The files are part of the source, so that a checkout builds without npm; `cargo xtask test` holds them against what the lock file
//! names, whose digests npm checks.

use std::fs;
use std::io;

use crate::checkout::Checkout;
use crate::tools;
use vienphi_kit::step::{Failure, say};

/// Where each file is in its package, and what it is called here.
const FILES: [(&str, &str); 2] =
    [("htmx.org/dist/htmx.min.js", "htmx.min.js"), ("htmx.org/dist/ext/hx-sse.min.js", "hx-sse.min.js")];

/// Fetches them, and puts them in their place or, for a check, says which differ.
pub(crate) fn run(checkout: &Checkout, is_check: bool) -> Result<(), Failure> {
    let (place, fetched) = (checkout.root.join("host/web/assets"), checkout.target.join("assets"));
    tools::need_npm_packages(&place, &fetched, "script that the pages load")?;
    let failed = |file: &str, cause: io::Error| Failure::new(format!("{file}: {cause}"));
    for (there, here) in FILES {
        let wanted = fs::read(fetched.join("node_modules").join(there)).map_err(|cause| failed(there, cause))?;
        let is_same = fs::read(place.join(here)).is_ok_and(|found| found == wanted);
        if is_check && !is_same {
            return Err(Failure::new(format!(
                "host/web/assets/{here} is not what its lock file names: run `cargo xtask assets`"
            )));
        }
        if !is_same {
            fs::write(place.join(here), &wanted).map_err(|cause| failed(here, cause))?;
            say(&format!("assets: {here}, {} bytes", wanted.len()));
        }
    }
    say(&format!("assets: {} files are as the lock file names them", FILES.len()));
    Ok(())
}
