//! Activations and roll-backs under load: no request fails, and few wait.

use std::path::Path;
use std::time::Duration;

use acceptance::measured::encounter;
use acceptance::town::Town;

use crate::Bench;
use crate::client::{Server, steady};

const QUOTES_A_SECOND: f64 = 2_000.0;
const SECONDS: f64 = 12.0;
/// Changes within that time.
const CHANGES: u32 = 10;

impl Bench {
    /// A quiet run, and one in which the package that rates the visit changes every second.
    pub(crate) fn swap(&mut self, binary: &Path) {
        let town = Town::new("bench-swap", binary);
        let (one, two) = (town.installs_approved("v1"), town.installs_approved("v2"));
        town.activates(&one);
        let server = Server::start(binary, &town.store());
        let body = encounter(50).to_string();
        steady(&server.address, &body, QUOTES_A_SECOND, 2.0, || {});
        let quiet = steady(&server.address, &body, QUOTES_A_SECOND, SECONDS, || {});
        let changing = steady(&server.address, &body, QUOTES_A_SECOND, SECONDS, || {
            for change in 0..CHANGES {
                std::thread::sleep(Duration::from_secs(1));
                if change % 2 == 0 { town.activates(&two) } else { town.rolls_back() }
            }
        });
        let (before, after) = (quiet.below(990), changing.below(990));
        self.add("2,000 quotes/s, 50 lines, quiet, p50", quiet.below(500), "ms", None);
        self.add("2,000 quotes/s, 50 lines, quiet, p99", before, "ms", None);
        self.add("the same while packages change each second, p50", changing.below(500), "ms", None);
        self.add("the same while packages change each second, p99", after, "ms", None);
        self.add("p99 while they change, against quiet", after / before, "ratio", Some(3.0));
        self.add("failed requests while they change", (quiet.failed + changing.failed) as f64, "requests", Some(0.0));
    }
}
