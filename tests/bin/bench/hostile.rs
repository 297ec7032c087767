//! What hostile guests take from others: their time, and memory that does not come back.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use acceptance::folder::Folder;
use acceptance::guests;
use acceptance::measured::encounter;
use acceptance::town::{OLD, write_package};
use serde_json::Value;

use crate::client::{Connection, Load, Server, request, steady};
use crate::{Bench, resident_mb};

const QUOTES_A_SECOND: f64 = 2_000.0;
const SECONDS: f64 = 8.0;

/// Provinces whose tariff is a hostile guest: the guest, the province, a facility there.
const TOWNS: [(&str, &str, &str); 4] = [
    ("loops-in-price", "38", "38001"),
    ("loops-in-bulk", "96", "96001"),
    ("grows-memory-page-by-page", "33", "33001"),
    ("answers-a-million-parts", "31", "31001"),
];

impl Bench {
    /// Quotes of one province, alone and while other connections ask for those of provinces with hostile tariffs.
    pub(crate) fn hostile_guests(&mut self, binary: &Path) {
        let folder = Folder::new("bench-hostile");
        write_package(&folder.path().join("tariff-can-tho"), "1.0.0", OLD);
        let guests = guests::all();
        for (guest, province, _) in TOWNS {
            let package = folder.path().join(format!("tariff-{province}"));
            write_package(&package, "1.0.0", OLD);
            let guest = guests.iter().find(|known| known.name == guest).expect("the guest");
            std::fs::write(package.join("component.wasm"), &guest.component).expect("a file");
            let manifest = std::fs::read_to_string(package.join("plugin.toml")).expect("a manifest");
            let manifest = manifest.replace("province = \"92\"", &format!("province = \"{province}\""));
            std::fs::write(package.join("plugin.toml"), manifest).expect("a file");
        }
        let server = Server::start(binary, &["--plugins".into(), folder.path().display().to_string()]);
        let quiet = beside(&server, 0);
        let base = resident_mb(server.child.id(), "VmRSS");
        self.add("2,000 quotes/s, 50 lines, no hostile calls, p99", quiet.below(990), "ms", None);
        for connections in [1, 8] {
            let load = beside(&server, connections);
            let name = format!("the same beside {connections} connections of hostile calls, p99");
            self.add(name, load.below(990), "ms", None);
            let ratio = load.below(990) / quiet.below(990);
            self.add(format!("beside {connections}, against none"), ratio, "ratio", Some(1.5));
            self.add(format!("quotes that failed beside {connections}"), load.failed as f64, "requests", Some(0.0));
        }
        let left = resident_mb(server.child.id(), "VmRSS") - base;
        self.add("memory that hostile calls left behind", left, "MB", Some(16.0));
    }
}

/// A steady load while so many connections ask for hostile tariffs without a pause.
fn beside(server: &Server, connections: usize) -> Load {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for first in 0..connections {
            let (server, ended) = (&server, &ended);
            scope.spawn(move || {
                let mut connection = Connection::open(&server.address);
                let asked: Vec<Vec<u8>> = TOWNS.iter().map(|(_, _, facility)| request(&visit_at(facility))).collect();
                for request in asked.iter().cycle().skip(first) {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    assert!(!connection.ask(request), "a hostile tariff was answered");
                }
            });
        }
        let load = steady(&server.address, &encounter(50).to_string(), QUOTES_A_SECOND, SECONDS, || {});
        ended.store(true, Ordering::Relaxed);
        load
    })
}

/// A drug at its own price: any tariff can price it.
fn visit_at(facility: &str) -> String {
    let mut visit: Value = acceptance::town::visit("H");
    visit["facility"] = facility.into();
    visit["lines"][0] = serde_json::json!({
        "id": "1", "kind": "drug", "code": "D", "quantity": "1", "unit_price": "1000", "performed_at": "2026-03-02T08:20",
    });
    visit.to_string()
}
