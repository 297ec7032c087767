//! Claim files: made, checked, written from records, signed.

use std::path::Path;
use std::process::Command;

use acceptance::claims::identity;
use acceptance::database::{Database, Kind};
use acceptance::folder::Folder;
use acceptance::load::Load;
use acceptance::measured::MONTH;

use crate::{Bench, run};

/// Visits of a month.
const VISITS: u64 = 10_000;

/// Lines of a visit.
const LINES: u64 = 50;

/// Visits sent to the server at once.
const CLIENTS: usize = 8;

impl Bench {
    /// A month of visits of fifty lines, as files and out of SQLite.
    pub(crate) fn claims(&mut self, binary: &Path) {
        let a_second = |seconds: f64| VISITS as f64 / seconds;
        for (lines, target) in [(LINES, Some(-2_500.0)), (14, None)] {
            let seconds = exported(binary, usize::try_from(lines).unwrap_or(0));
            self.add(format!("claims export from SQLite, {lines} lines"), a_second(seconds), "visits/s", target);
        }
        let folder = Folder::new("bench-claims");
        let (files, few) = (folder.at("files"), folder.at("few"));
        let of = |count: u64, into: &str| {
            let (count, lines) = (count.to_string(), LINES.to_string());
            let made = ["claims", "generate", "--count", &count, "--seed", "5", "--lines", &lines, "-o", into];
            run(binary, &made, 0).0
        };
        self.add("claims generate, 50 lines", a_second(of(VISITS, &files)), "visits/s", None);
        let (seconds, peak) = best(|| run(binary, &["claims", "check", &files], 0));
        self.add("claims check of a folder, 50 lines", a_second(seconds), "visits/s", Some(-1_500.0));
        self.add("… peak memory at 10,000 files", peak, "MB", None);
        of(VISITS / 10, &few);
        let (_, peak) = run(binary, &["claims", "check", &few], 0);
        self.add("… peak memory at 1,000 files", peak, "MB", None);
        let book = folder.at("month.xlsx");
        let (seconds, _) = best(|| run(binary, &["claims", "check", "--xlsx", &book, &files], 0));
        self.add("… a clean month with a workbook", seconds, "s", Some(10.0));
        // No other service has a price: each line of one is a finding.
        let prices = folder.at("prices.csv");
        let catalogue = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n\
            02.03,Khám,1000,1000,20250101,,QĐ-1,,\n";
        std::fs::write(&prices, catalogue).expect("a file");
        let wrong = ["claims", "check", "--xlsx", &book, "--prices", &prices, &files];
        let (seconds, _) = best(|| run(binary, &wrong, 1));
        self.add("… where no service has a price", seconds, "s", Some(10.0));
        self.signed(binary, &folder);
    }

    /// Those of a folder signed, file to file.
    fn signed(&mut self, binary: &Path, folder: &Folder) {
        identity(folder);
        let mut files: Vec<String> = std::fs::read_dir(folder.at("few"))
            .expect("a folder")
            .map(|file| file.expect("a file").path().display().to_string())
            .collect();
        files.sort();
        let (unit, secret, signed) = (folder.at("unit.p12"), folder.at("secret"), folder.at("signed"));
        let mut sign = vec!["claims", "sign", "--p12", &unit, "--secret-file", &secret, "-o", &signed];
        sign.extend(files.iter().map(String::as_str));
        let (seconds, _) = run(binary, &sign, 0);
        self.add("claims sign, RSA-2048, 50 lines", files.len() as f64 / seconds, "visits/s", Some(-700.0));
    }
}

/// Seconds in which a month of records is written.
fn exported(binary: &Path, lines: usize) -> f64 {
    let database = Database::new(Kind::Sqlite, "bench-claims");
    let load = Load::over(binary, &database, 1, CLIENTS, 0.0);
    load.stays(VISITS, lines);
    settled();
    let code = load.facilities().first().expect("there is one").clone();
    // What is written once is there: each time another folder.
    let mut round = 0;
    let (seconds, _) = best(|| {
        round += 1;
        let into = database.at(&format!("out{round}")).display().to_string();
        let options = database.options();
        let mut export = vec!["claims", "export", "--facility", &code, "--month", MONTH, "-o", &into];
        export.extend(options.iter().map(String::as_str));
        let measured = run(binary, &export, 0);
        let written = std::fs::read_dir(&into).expect("a folder").count();
        assert_eq!(u64::try_from(written), Ok(VISITS), "a visit was not written");
        measured
    });
    seconds
}

/// What was written before is on the disk, and is not written while something else is measured.
fn settled() {
    assert!(Command::new("sync").status().expect("sync is there").success());
}

/// The quicker of two runs.
fn best(mut run: impl FnMut() -> (f64, f64)) -> (f64, f64) {
    let first = run();
    settled();
    let second = run();
    if first.0 < second.0 { first } else { second }
}
