//! A cashier's day in Debian's Chromium, against the real server on both databases, with the bank as it is simulated. What the
//! browser does stands in `tests/browser/day.cjs`; pictures of every page are in `target/screenshots`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use acceptance::checkout;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::{Hospital, visit};
use serde_json::json;

use crate::desk::{account, with};
use crate::program::binary;

/// Debian's; its file cannot be anywhere else.
const CHROMIUM: &str = "/usr/bin/chromium";

#[test]
fn a_cashier_works_a_day_in_a_browser() {
    for kind in BOTH {
        let database = Database::new(kind, "browser");
        let mut hospital = Hospital::start(&binary(), &database, &[]);
        day(&mut hospital, if kind == Kind::Sqlite { "sqlite" } else { "postgres" });
        hospital.verify();
    }
}

fn day(hospital: &mut Hospital, name: &str) {
    let mut bank = crate::payments::set_up(hospital);
    let mut first = visit("HS1", &[200_000, 150_000]);
    first["patient"]["id_number"] = json!("092161000001");
    first["patient"]["name"] = json!("Nguyễn Thị <img src=x onerror='window.injected=1'>");
    first["lines"][0]["name"] = json!("<script>window.injected = 1</script>");
    with(201, hospital.put(&first));
    with(201, hospital.put(&acceptance::portal::insured("HS2")));
    let told = crate::pages::person(hospital, "92114", "cashier", "thu");
    let modules = checkout::target().join("browser/node_modules");
    assert!(modules.is_dir(), "{} is missing: `cargo xtask test` installs it", modules.display());
    let pictures = checkout::target().join("screenshots").join(name);
    std::fs::create_dir_all(&pictures).unwrap();
    let mut script = Command::new("node")
        .arg(checkout::root().join("tests/browser/day.cjs"))
        .env("NODE_PATH", modules)
        .env("BASE", format!("http://{}", hospital.address()))
        .envs([("FACILITY", "92114"), ("NAME", "thu"), ("TOLD", &told), ("CHROMIUM", CHROMIUM)])
        .env("OUT", pictures)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is there: `cargo xtask test` installs it");
    let mut answers = script.stdin.take().unwrap();
    let mut is_done = false;
    for line in BufReader::new(script.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["restart"] => {
                hospital.reopen_there();
                writeln!(answers, "open").unwrap();
            }
            ["pay", reference, amount] => {
                let transfer = bank.transfer(amount.parse().unwrap(), reference);
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
                assert_eq!(bank.tell(&transfer).status, 200);
                writeln!(answers, "{now}").unwrap();
            }
            ["done", ..] => {
                is_done = true;
                println!("{name}: {line}");
            }
            _ => panic!("{line}"),
        }
    }
    assert!(script.wait().unwrap().success() && is_done, "the browser did not come to its end; its words are above");
    account(hospital, "HS1", &[("due", "0"), ("paid", "350000"), ("deposits", "0")]);
    account(hospital, "HS2", &[("deposits", "60000")]);
}
