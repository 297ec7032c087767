//! What an author waits for.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use acceptance::checkout;
use acceptance::folder::Folder;
use acceptance::town::{case, write_package};
use vienphi_runtime::{CompiledCache, Sandbox, SandboxPolicy};

use crate::{Bench, micros};

impl Bench {
    /// Cases, catalogues and loading.
    pub(crate) fn kit(&mut self, binary: &Path) {
        let folder = Folder::new("bench-kit");
        let package = folder.path().join("v1");
        write_package(&package, "1.0.0", "45000");
        let cases: String = (0..100).map(|_| case("45000")).collect();
        std::fs::write(package.join("cases/visits.toml"), cases).expect("a file");
        let package = folder.at("v1");
        seconds(binary, &folder, &["plugin", "test", &package]);
        let test = seconds(binary, &folder, &["plugin", "test", &package]);
        self.add("plugin test of a package, 100 cases", test, "s", Some(2.0));
        let catalogue = folder.at("catalogue.csv");
        std::fs::write(&catalogue, five_thousand_rows()).expect("a file");
        let new = seconds(binary, &folder, &["plugin", "new", "tariff-x", "--from-catalogue", &catalogue]);
        self.add("plugin new --from-catalogue, 5,000 rows", new, "s", Some(1.0));
        let component = std::fs::read(checkout::plugins().join("tariff-can-tho/component.wasm")).expect("it is built");
        let cache = CompiledCache::in_folder(&checkout::target().join("compiled"));
        let sandbox = Sandbox::new(SandboxPolicy::default(), cache).expect("a sandbox");
        let (load, _) = micros(|| drop(sandbox.load("tariff-can-tho", &component).expect("it is admitted")));
        self.add("load of a compiled plugin from the cache, p50", load / 1e3, "ms", Some(1.0));
    }
}

/// How long a command takes, as a whole process.
fn seconds(binary: &Path, folder: &Folder, args: &[&str]) -> f64 {
    let began = Instant::now();
    let output = Command::new(binary).args(args).current_dir(folder.path()).output().expect("the binary is built");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    began.elapsed().as_secs_f64()
}

fn five_thousand_rows() -> String {
    let header = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n";
    (0..5_000).fold(header.to_owned(), |text, number| {
        let price = 20_000 + number * 37;
        text + &format!(
            "{:02}.{number:04}.{:04},Dịch vụ kỹ thuật số {number},{price},{price},20260101,,20251210_1/NQ-HĐND,,\n",
            number % 28 + 1,
            number * 7 % 2000,
        )
    })
}
