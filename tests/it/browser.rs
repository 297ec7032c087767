//! Days in Debian's Chromium, against the real server on both databases, with the bank as it is simulated. What the browser does
//! stands in `tests/browser/*.cjs`; pictures of every page are in `target/screenshots`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use acceptance::checkout;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::demonstration::Demonstration;
use acceptance::folder::Folder;
use acceptance::hospital::{Hospital, visit};
use acceptance::sepay::SePay;
use serde_json::json;

use crate::desk::{account, with};
use crate::program::binary;

/// Debian's; its file cannot be anywhere else.
pub(crate) const CHROMIUM: &str = "/usr/bin/chromium";

/// A day on both databases, and what must hold after it.
fn on_both(name: &str, day: impl Fn(&mut Hospital, &str)) {
    for kind in BOTH {
        let database = Database::new(kind, name);
        let mut hospital = Hospital::start(&binary(), &database, &[]);
        day(&mut hospital, if kind == Kind::Sqlite { "sqlite" } else { "postgres" });
        hospital.verify();
    }
}

/// Lets a browser do what a script says, as somebody in a role, and does what it asks for meanwhile.
fn browse(
    hospital: &mut Hospital,
    pictures: &str,
    (script, role, name): (&str, &str, &str),
    files: &[(&str, &str)],
    mut bank: Option<&mut SePay>,
) {
    let told = acceptance::people::person(hospital, "92114", role, name);
    let base = format!("http://{}", hospital.address());
    let more = [&[("BASE", base.as_str()), ("NAME", name), ("TOLD", &told)], files].concat();
    run(script, pictures, &more, |words| match (words, bank.as_deref_mut()) {
        (["restart"], _) => {
            hospital.reopen_there();
            "open".to_owned()
        }
        (["pay", reference, amount], Some(bank)) => {
            let transfer = bank.transfer(amount.parse().unwrap(), reference);
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
            assert_eq!(bank.tell(&transfer).status, 200);
            now.to_string()
        }
        _ => panic!("{words:?}"),
    });
}

/// Runs a script to its end, and does what it asks for: its words, to what it is told.
fn run(script: &str, pictures: &str, more: &[(&str, &str)], mut does: impl FnMut(&[&str]) -> String) {
    let modules = checkout::target().join("browser/node_modules");
    assert!(modules.is_dir(), "{} is missing: `cargo xtask test` installs it", modules.display());
    let out = checkout::target().join("screenshots").join(pictures);
    std::fs::create_dir_all(&out).unwrap();
    let mut browser = Command::new("node")
        .arg(checkout::root().join("tests/browser").join(script))
        .env("NODE_PATH", modules)
        .envs([("FACILITY", "92114"), ("CHROMIUM", CHROMIUM)])
        .envs(more.iter().copied())
        .env("OUT", out)
        // What a page looks like does not depend on the database behind it.
        .env("LOOKS", if pictures == "postgres" { "no" } else { "yes" })
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is there: `cargo xtask test` installs it");
    let mut answers = browser.stdin.take().unwrap();
    let mut is_done = false;
    for line in BufReader::new(browser.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.starts_with("done ") {
            is_done = true;
            println!("{pictures}, {script}: {line}");
        } else {
            let words: Vec<&str> = line.split(' ').collect();
            writeln!(answers, "{}", does(&words)).unwrap();
        }
    }
    assert!(browser.wait().unwrap().success() && is_done, "the browser did not come to its end; its words are above");
}

/// What README says of the first five minutes can be done, with what the demonstration prints.
#[test]
fn a_newcomer_walks_through_the_demonstration() {
    let folder = Folder::new("browser-demo");
    let demo = Demonstration::begin(&binary(), folder.path());
    let file = folder.at("printed.txt");
    std::fs::write(&file, &demo.printed).unwrap();
    let desk = demo.line("The desk").trim().trim_start_matches("The desk");
    let base = desk.trim().trim_end_matches("/desk");
    run("newcomer.cjs", "demo", &[("BASE", base), ("PRINTED", &file)], |words| panic!("{words:?}"));
    assert_eq!(demo.interrupt(), Some(0));
}

#[test]
fn a_cashier_works_a_day_in_a_browser() {
    on_both("browser", |hospital, pictures| {
        let mut bank = crate::payments::set_up(hospital);
        let mut first = visit("HS1", &[200_000, 150_000]);
        first["patient"]["id_number"] = json!("092161000001");
        first["patient"]["name"] = json!("Nguyễn Thị <img src=x onerror='window.injected=1'>");
        first["lines"][0]["name"] = json!("<script>window.injected = 1</script>");
        with(201, hospital.put(&first));
        with(201, hospital.put(&acceptance::portal::insured("HS2")));
        with(201, hospital.put(&visit("HS3", &[90_000])));
        browse(hospital, pictures, ("cashier.cjs", "cashier", "thu"), &[], Some(&mut bank));
        account(hospital, "HS1", &[("due", "0"), ("paid", "350000"), ("deposits", "0")]);
        account(hospital, "HS2", &[("deposits", "100000")]);
    });
}

#[test]
fn a_verifier_checks_a_month_in_a_browser() {
    let folder = Folder::new("browser-verifier");
    let zip = acceptance::claims::broken(&binary(), &folder, 120);
    let file = folder.at("claims.zip");
    std::fs::write(&file, zip).unwrap();
    on_both("browser-verifier", |hospital, pictures| {
        browse(hospital, pictures, ("verifier.cjs", "verifier", "kiem"), &[("CLAIMS", &file)], None);
    });
}

#[test]
fn an_integrator_looks_at_tariffs_in_a_browser() {
    on_both("browser-integrator", |hospital, pictures| {
        browse(hospital, pictures, ("integrator.cjs", "integrator", "noi"), &[], None);
    });
}

#[test]
fn a_director_approves_and_reads_the_overview_in_a_browser() {
    on_both("browser-director", |hospital, pictures| {
        for (id, price) in [("HS1", 200_000), ("HS2", 1_250_000), ("HS3", 90_500)] {
            with(201, hospital.put(&visit(id, &[price])));
            let deposit =
                json!({"amount": "50000", "method": if id == "HS2" { "card" } else { "cash" }, "reference": id});
            with(201, hospital.post("an", &format!("/encounters/{id}/deposits"), deposit));
        }
        with(201, hospital.put(&acceptance::portal::insured("HS4")));
        let refund = json!({"amount": "30000", "reason": "huỷ dịch vụ"});
        with(202, hospital.post("an", "/encounters/HS1/refunds", refund));
        browse(hospital, pictures, ("director.cjs", "director", "toan"), &[], None);
    });
}
