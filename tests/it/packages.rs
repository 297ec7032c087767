//! The life of a package in a store, as its people do it on the command line.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acceptance::folder::Folder;
use acceptance::guests;
use acceptance::town::{NEW, OLD, Town, visit, words, write_package};
use serde_json::{Value, json};

use crate::program::{Server, binary, command, vienphi};

#[test]
fn a_package_is_signed_tried_approved_by_two_others_and_activated() {
    let town = Town::new("life", &binary());
    let (v1, v2) = (town.at("v1"), town.at("v2"));
    town.refuses(1, "REFUSED signature", &["plugin", "install", &v1]);
    // A price was changed after signing.
    town.succeeds(&["plugin", "sign", "--key", &town.at("author.pem"), &v1]);
    let prices = std::fs::read_to_string(format!("{v1}/prices.csv")).unwrap();
    std::fs::write(format!("{v1}/prices.csv"), prices.replace("45000", "46000")).unwrap();
    town.refuses(1, "was changed after it was signed", &["plugin", "install", &v1]);
    // Its case no longer comes out.
    town.succeeds(&["plugin", "sign", "--key", &town.at("author.pem"), &v1]);
    town.refuses(1, "expected 45000, got 46000", &["plugin", "install", &v1]);
    std::fs::write(format!("{v1}/prices.csv"), prices).unwrap();
    assert!(town.tries(&["plugin", "list"]).1.lines().count() <= 2, "what was refused is not kept");

    let one = town.installs("v1");
    town.refuses(2, "installed already", &["plugin", "install", &v1]);
    town.refuses(2, "is too short", &["plugin", "approve", "--key", &town.at("an.pem"), "abc"]);
    town.refuses(2, "is installed", &["plugin", "approve", "--key", &town.at("an.pem"), "00000000"]);
    town.refuses(2, "0 of 2 approvals", &["plugin", "activate", "--key", &town.at("an.pem"), &one]);
    assert_eq!(town.approves("author", &one).0, Some(2), "nobody approves their own");
    assert_eq!(town.approves("an", &one[..12]).0, Some(0));
    assert!(town.approves("an", &one).1.contains("has approved it already"));
    town.refuses(2, "1 of 2 approvals", &["plugin", "activate", "--key", &town.at("an.pem"), &one]);
    assert!(town.tries(&["price", &town.at("visit.json")]).1.contains("no package is active"));
    assert_eq!(town.approves("binh", &one).0, Some(0));
    town.activates(&one);
    let old = town.statement();
    assert_eq!(old["totals"]["cash_due"], OLD);
    assert!(!town.tries(&["price", &town.at("visit.json")]).1.contains("unsigned"));
    std::fs::write(town.at("old.json"), old.to_string()).unwrap();

    let unsigned = vienphi(&["price", &town.at("visit.json")], b"");
    assert!(words(&unsigned.stdout).contains("unsigned"), "a package in development says so");

    let said = town.tries(&["plugin", "diff", &v1, &v2, "--encounters", &town.at("visits.jsonl"), "--json"]);
    let diff: Value = serde_json::from_str(&said.1).unwrap_or_else(|error| panic!("{error}: {}", said.1));
    assert_eq!(said.0, Some(1));
    assert_eq!((&diff["prices"][0]["percent"], &diff["rules"]), (&json!("+11.1 %"), &json!([])));
    assert_eq!(diff["visits"]["changed"][1]["patient"], json!({"before": OLD, "after": NEW, "more": "5000"}));
    let people = town.tries(&["plugin", "diff", &v1, &v2, "--encounters", &town.at("visits.jsonl")]).1;
    assert!(people.contains("2 of 2 change") && people.contains("10\u{202f}000"), "{people}");
    assert_eq!(town.tries(&["plugin", "diff", &v1, &v1]).0, Some(0));

    let two = town.installs_approved("v2");
    town.activates(&two);
    assert_eq!(town.statement()["totals"]["cash_due"], NEW);
    // A price of the past is replayed by the package that made it.
    let replay = |town: &Town| town.tries(&["replay", &town.at("old.json"), "--encounter", &town.at("visit.json")]);
    assert_eq!(replay(&town).0, Some(0), "{}", replay(&town).1);
    town.rolls_back();
    assert_eq!(town.statement()["totals"]["cash_due"], OLD);
    town.succeeds(&["plugin", "retire", "--key", &town.at("an.pem"), "--from", "2026-03-02", &one]);
    town.refuses(2, "no tariff package rates province 92", &["price", "--json", &town.at("visit.json")]);
    town.succeeds(&["plugin", "revoke", "--key", &town.at("an.pem"), "--reason", "wrong prices", &one]);
    town.refuses(2, "revoked: wrong prices", &["plugin", "activate", "--key", &town.at("an.pem"), &one]);
    town.refuses(1, "REVOKED: wrong prices", &["plugin", "verify", &v1]);
    let (code, said) = replay(&town);
    assert!(code == Some(0) && said.contains("was revoked since: wrong prices"), "{said}");

    let log = words(&town.succeeds(&["plugin", "list", "--log"]));
    for said in [
        "installed tariff-can-tho 1.0.0",
        "approved by An",
        "activated for discharges from",
        "by Bình",
        "revoked: wrong prices",
    ] {
        assert!(log.contains(said), "{said} is not in\n{log}");
    }
    let list: Value = serde_json::from_slice(&town.succeeds(&["plugin", "list", "--json"])).unwrap();
    let held = list.as_array().unwrap().iter().find(|held| held["digest"] == one).unwrap();
    assert_eq!((&held["version"], &held["revoked"]), (&json!("1.0.0"), &json!("wrong prices")));
}

/// Every answer while packages change is whole, and of one package or the other.
#[test]
fn a_serving_process_follows_its_store_without_a_failed_or_mixed_request() {
    let town = Town::new("follow", &binary());
    let (one, two) = (town.installs_approved("v1"), town.installs_approved("v2"));
    town.activates(&one);
    let store = town.store();
    let server = Server::start(&store.each_ref().map(String::as_str));
    let ended = AtomicBool::new(false);
    let quote = || {
        let (status, _, body) = server.post("/v1/quotes", "application/json", visit("V1").to_string().as_bytes());
        assert_eq!(status, 200, "{body}");
        let statement: Value = serde_json::from_str(&body).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (
            text(&statement["totals"]["cash_due"]),
            text(&statement["tariff"]["version"]),
            text(&statement["digests"]["component"]),
        )
    };
    let until = |due: &str| {
        let began = Instant::now();
        while quote().0 != due {
            assert!(began.elapsed() < Duration::from_secs(60), "it is never {due}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let whole = match quote() {
                        (due, version, digest) if version == "1.0.0" => due == OLD && digest == one,
                        (due, version, digest) => due == NEW && version == "2.0.0" && digest == two,
                    };
                    assert!(whole, "a mixed answer");
                }
            });
        }
        until(OLD);
        for _ in 0..3 {
            town.activates(&two);
            until(NEW);
            town.rolls_back();
            until(OLD);
        }
        ended.store(true, Ordering::Relaxed);
    });
    let plugins: Value = serde_json::from_str(&server.get("/v1/plugins").2).unwrap();
    assert_eq!(plugins["plugins"][0]["signed"], true);
    // A store that cannot be believed changes nothing.
    let log = town.at("store/log.jsonl");
    let mut end = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    end.write_all(b"{\"line\":99}\n").unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(quote().0, OLD);
    let whole = std::fs::read_to_string(&log).unwrap().replace("{\"line\":99}\n", "");
    std::fs::write(&log, whole).unwrap();
    // Nor does one that is not there for a while.
    std::fs::rename(town.at("store"), town.at("away")).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(quote().0, OLD);
    std::fs::rename(town.at("away"), town.at("store")).unwrap();
    // The last package is revoked: nothing rates any more.
    town.succeeds(&["plugin", "revoke", "--key", &town.at("an.pem"), "--reason", "wrong", &one]);
    let began = Instant::now();
    loop {
        let (status, _, body) = server.post("/v1/quotes", "application/json", visit("V1").to_string().as_bytes());
        if status == 422 {
            assert!(body.contains("no tariff package rates province 92"), "{body}");
            break;
        }
        assert!(status == 200 && began.elapsed() < Duration::from_secs(60), "{status}: {body}");
    }
}

/// Whenever an installation is killed, the store is what it was or has the package whole.
#[test]
fn a_killed_installation_leaves_nothing_half_done() {
    let town = Town::new("killed", &binary());
    town.succeeds(&["plugin", "sign", "--key", &town.at("author.pem"), &town.at("v1")]);
    let (store, approvers, package) = (town.at("store"), town.at("approvers.toml"), town.at("v1"));
    let install = ["plugin", "install", &package, "--plugin-store", &store, "--approvers", &approvers];
    // How long a whole one takes, in a store that is thrown away.
    let began = Instant::now();
    assert!(command(&install).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    let whole = began.elapsed();
    let digest = list(&town)[0]["digest"].as_str().unwrap().to_owned();
    const KILLS: u32 = 24;
    for kill in 0..KILLS {
        std::fs::remove_dir_all(&store).unwrap_or_default();
        let mut child = command(&install).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * kill / KILLS + whole / 100);
        child.kill().unwrap();
        child.wait().unwrap();
        if list(&town).is_empty() {
            town.succeeds(&["plugin", "install", &package]);
        }
        for who in ["an", "binh"] {
            assert_eq!(town.approves(who, &digest).0, Some(0), "after kill {kill}");
        }
        town.activates(&digest);
        assert_eq!(town.statement()["totals"]["cash_due"], OLD, "after kill {kill}");
    }
}

fn list(town: &Town) -> Vec<Value> {
    serde_json::from_slice(&town.succeeds(&["plugin", "list", "--json"])).unwrap()
}

#[test]
fn what_was_changed_in_a_store_prices_nothing() {
    let town = Town::new("changed", &binary());
    let one = town.installs_approved("v1");
    town.activates(&one);
    let prices = town.at(&format!("store/packages/{one}/prices.csv"));
    let right = std::fs::read_to_string(&prices).unwrap();
    std::fs::write(&prices, right.replace("45000", "46000")).unwrap();
    town.refuses(2, "were changed after it was installed", &["price", &town.at("visit.json")]);
    std::fs::write(&prices, right).unwrap();
    // Nor a log with another version in the line of an installation.
    let log = town.at("store/log.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replacen("1.0.0", "1.0.1", 1)).unwrap();
    town.refuses(2, "does not follow the line before it", &["price", &town.at("visit.json")]);
    std::fs::write(&log, text).unwrap();
    assert_eq!(town.statement()["totals"]["cash_due"], OLD);
}

/// What a plugin was asked when it failed is kept, and its author sees it fail again.
#[test]
fn a_failure_is_kept_and_run_again() {
    let town = Town::new("failure", &binary());
    let (broken, kept) = (town.at("plugins/v1"), town.at("kept"));
    write_package(Path::new(&broken), "1.0.0", OLD);
    let guests = guests::all();
    let loops = guests.iter().find(|guest| guest.name == "loops-in-price").unwrap();
    std::fs::write(format!("{broken}/component.wasm"), &loops.component).unwrap();
    let (plugins, visit) = (town.at("plugins"), town.at("visit.json"));
    for _ in 0..2 {
        let output = vienphi(&["price", "--json", "--plugins", &plugins, "--keep-failures", &kept, &visit], b"");
        let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &problem["type"]),
            (Some(2), &json!("urn:vienphi:problem:plugin-out-of-fuel"))
        );
    }
    let files: Vec<_> = std::fs::read_dir(&kept).unwrap().flatten().map(|entry| entry.path()).collect();
    assert_eq!(files.len(), 1, "equal questions are kept once: {files:?}");
    let input = files[0].to_str().unwrap();
    let text = std::fs::read_to_string(input).unwrap();
    assert!(!text.contains("V1") && !text.contains("1961"), "nothing of the patient: {text}");
    let again = vienphi(&["plugin", "run", &broken, "--input", input], b"");
    let answer: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((again.status.code(), &answer["error"]), (Some(1), &json!("out-of-fuel")));
    let right = vienphi(&["plugin", "run", &town.at("v1"), "--input", input], b"");
    let answer: Value = serde_json::from_slice(&right.stdout).unwrap();
    assert_eq!(right.status.code(), Some(0), "{answer}");
    assert!(answer["decision"]["Ok"]["parts"].is_object() || answer["decision"]["ok"]["parts"].is_object(), "{answer}");
    assert_eq!(vienphi(&["plugin", "run", &broken, "--input", &visit], b"").status.code(), Some(2));
    // A question that no host would ask.
    let mut uneven: Value = serde_json::from_str(&text).unwrap();
    uneven["told"]["visit"]["lines"]["quantities"] = json!([]);
    std::fs::write(town.at("uneven.json"), uneven.to_string()).unwrap();
    let refused = vienphi(&["plugin", "run", &broken, "--input", &town.at("uneven.json")], b"");
    assert_eq!(refused.status.code(), Some(2), "{}", words(&refused.stderr));
}

/// Names that would stand for something else, and packages that could rate nothing, are refused with what to do.
#[test]
fn what_a_package_may_not_say_is_refused_at_admission() {
    let town = Town::new("says", &binary());
    let change = |file: &str, old: &str, new: &str| {
        let path = town.at(&format!("v1/{file}"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old:?}");
        std::fs::write(&path, text.replacen(old, new, 1)).unwrap();
        town.succeeds(&["plugin", "sign", "--key", &town.at("author.pem"), &town.at("v1")]);
    };
    for (old, new, says) in [
        ("name = \"tariff-can-tho\"", "name = \"tariff-central\"", "the component \"tariff-can-tho\""),
        ("province = \"92\"", "province = \"Cần Thơ\"", "province must be two digits"),
        (
            "effective_from = \"2025-01-01\"",
            "effective_from = \"2025-01-01\"\neffective_to = \"2024-01-01\"",
            "is before",
        ),
    ] {
        change("plugin.toml", old, new);
        let (code, said) = town.tries(&["plugin", "install", &town.at("v1")]);
        assert!(code != Some(0) && said.contains(says), "{new}: {code:?} {said}");
        change("plugin.toml", new, old);
    }
    assert!(list(&town).is_empty());
}

/// Keys are those that OpenSSL makes and reads.
#[test]
fn a_key_is_read_by_openssl() {
    let folder = Folder::new("key");
    let key = folder.at("key.pem");
    let made = vienphi(&["plugin", "key", &key], b"");
    let read = std::process::Command::new("openssl")
        .args(["pkey", "-in", &key, "-noout", "-text"])
        .output()
        .expect("openssl is installed with everything that is built here");
    let text = words(&read.stdout).replace([':', ' ', '\n'], "");
    assert!(text.contains(words(&made.stdout).trim()), "{text} {}", words(&read.stderr));
    let again = vienphi(&["plugin", "key", &key], b"");
    assert_eq!(again.status.code(), Some(2), "a key is never written over");
}

/// What no plugin may consist of is refused by the real binary too, which has it looked at and compiled in a process of
/// its own.
#[test]
fn components_are_looked_at_in_a_process_of_their_own() {
    let town = Town::new("process", &binary());
    let package = town.at("plugins/v1");
    write_package(Path::new(&package), "1.0.0", OLD);
    let (plugins, visit) = (town.at("plugins"), town.at("visit.json"));
    let refused = guests::all().into_iter().filter(|guest| guest.expected.stage == guests::Stage::Admission);
    let mut count = 0;
    for guest in refused {
        std::fs::write(format!("{package}/component.wasm"), &guest.component).unwrap();
        let output = vienphi(&["price", "--json", "--plugins", &plugins, &visit], b"");
        let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
        let says = problem["detail"].as_str().unwrap_or_default().to_lowercase();
        assert_eq!(problem["type"], "urn:vienphi:problem:plugin-not-admitted", "{}: {problem}", guest.name);
        assert!(says.contains(&guest.expected.says.to_lowercase()), "{}: {problem}", guest.name);
        count += 1;
    }
    assert!(count > 30, "only {count} guests");
}

/// Looking at somebody's package runs nothing of it, follows no link and waits for no pipe.
#[test]
fn a_foreign_folder_is_only_read() {
    let town = Town::new("foreign", &binary());
    town.succeeds(&["plugin", "sign", "--key", &town.at("author.pem"), &town.at("v1")]);
    // cargo would fail at it; as a file of the package it makes the signature void.
    std::fs::write(town.at("v1/Cargo.toml"), "this is no manifest").unwrap();
    for command in ["verify", "install"] {
        town.refuses(1, "was changed after it was signed", &["plugin", command, &town.at("v1")]);
    }
    town.succeeds(&["plugin", "inspect", &town.at("v1")]);
    std::fs::remove_file(town.at("v1/Cargo.toml")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", town.at("v1/cases/hostname")).unwrap();
    town.refuses(2, "is neither a file nor a folder", &["plugin", "install", &town.at("v1")]);
    std::fs::remove_file(town.at("v1/cases/hostname")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(town.at("v1/cases/pipe")).status().unwrap().success());
    town.refuses(2, "is neither a file nor a folder", &["plugin", "verify", &town.at("v1")]);
}

/// A person with a new key is the same person.
#[test]
fn one_person_does_not_approve_twice_with_two_keys() {
    let town = Town::new("rotation", &binary());
    let digest = town.installs("v1");
    assert_eq!(town.approves("an", &digest).0, Some(0));
    let key = words(&town.succeeds(&["plugin", "key", &town.at("an2.pem")]));
    let list = std::fs::read_to_string(town.at("approvers.toml")).unwrap();
    let ended =
        list.replacen("[[approver]]\nname = \"Bình\"", "until = \"2099-12-31\"\n[[approver]]\nname = \"Bình\"", 1);
    let new = format!("{ended}[[approver]]\nname = \"An\"\nkey = \"{}\"\n", key.trim());
    std::fs::write(town.at("approvers.toml"), new).unwrap();
    let (code, said) = town.approves("an2", &digest);
    assert!(code == Some(2) && said.contains("that person has approved it already"), "{said}");
}

/// What stands in the log is what the files say, and its end is not cut off unseen.
#[test]
fn a_log_that_says_something_else_is_not_believed() {
    let town = Town::new("log", &binary());
    let digest = town.installs("v1");
    let (log, head) = (town.at("store/log.jsonl"), town.at("store/head"));
    let (text, noted) = (std::fs::read_to_string(&log).unwrap(), std::fs::read_to_string(&head).unwrap());
    // Another name in the line that no key has signed, and nothing that notes what it was.
    std::fs::write(&log, text.replace("\"1.0.0\"", "\"9.9.9\"")).unwrap();
    town.refuses(2, "it was changed", &["plugin", "list"]);
    std::fs::remove_file(&head).unwrap();
    assert!(town.approves("an", &digest).1.contains("another name, version or province"));
    std::fs::write(&log, text).unwrap();
    std::fs::write(&head, noted).unwrap();
    for who in ["an", "binh"] {
        assert_eq!(town.approves(who, &digest).0, Some(0));
    }
    town.activates(&digest);
    town.succeeds(&["plugin", "revoke", "--key", &town.at("an.pem"), "--reason", "wrong", &digest]);
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, &whole[..whole.len() - 1]).unwrap();
    town.refuses(2, "lines were taken out at its end", &["price", &town.at("visit.json")]);
    let shorter = whole.lines().take(4).map(|line| line.to_owned() + "\n").collect::<String>();
    std::fs::write(&log, shorter).unwrap();
    town.refuses(2, "lines were taken out at its end", &["plugin", "activate", "--key", &town.at("an.pem"), &digest]);
}

/// A damaged package takes its own province with it and no other, and revocations hold meanwhile.
#[test]
fn a_damaged_package_costs_its_own_province() {
    let town = Town::new("damaged", &binary());
    let manifest = std::fs::read_to_string(town.at("v2/plugin.toml")).unwrap();
    std::fs::write(town.at("v2/plugin.toml"), manifest.replace("province = \"92\"", "province = \"38\"")).unwrap();
    let case = std::fs::read_to_string(town.at("v2/cases/visits.toml")).unwrap();
    std::fs::write(town.at("v2/cases/visits.toml"), case.replace("92114", "38001")).unwrap();
    let (one, other) = (town.installs_approved("v1"), town.installs_approved("v2"));
    town.activates(&one);
    town.activates(&other);
    let store = town.store();
    let server = Server::start(&store.each_ref().map(String::as_str));
    let quote = |facility: &str| {
        let mut visit = visit("V");
        visit["facility"] = json!(facility);
        server.post("/v1/quotes", "application/json", visit.to_string().as_bytes()).0
    };
    assert_eq!((quote("92114"), quote("38001")), (200, 200));
    std::fs::remove_file(town.at(&format!("store/packages/{other}/prices.csv"))).unwrap();
    town.succeeds(&["plugin", "revoke", "--key", &town.at("an.pem"), "--reason", "wrong", &one]);
    let began = Instant::now();
    while quote("92114") != 422 {
        assert!(began.elapsed() < Duration::from_secs(60), "a revocation must hold");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(quote("38001"), 422, "a package whose files are gone rates nothing");
}

#[test]
fn days_and_differences_are_those_of_the_manifest() {
    let town = Town::new("manifest", &binary());
    let digest = town.installs_approved("v1");
    let early = ["plugin", "activate", "--key", &town.at("an.pem"), "--from", "1900-01-01", &digest];
    town.refuses(2, "lets it rate discharges from 2025-01-01", &early);
    let manifest = std::fs::read_to_string(town.at("v1/plugin.toml")).unwrap();
    let changed = manifest.replace("province = \"92\"", "province = \"96\"").replace("episode_start", "service_date");
    write_package(Path::new(&town.at("v3")), "1.0.0", OLD);
    std::fs::write(town.at("v3/plugin.toml"), changed).unwrap();
    let (code, said) = town.tries(&["plugin", "diff", &town.at("v1"), &town.at("v3")]);
    assert!(code == Some(1) && said.contains("province: 92 → 96") && said.contains("transition"), "{said}");
    for (old, new, says) in [
        ("name = \"tariff-can-tho\"", "name = \"../escaped\"", "name must be at most 60"),
        ("version = \"1.0.0\"", "version = \"1.0\\u001b[1A\"", "one line of printable text"),
    ] {
        std::fs::write(town.at("v3/plugin.toml"), manifest.replace(old, new)).unwrap();
        let (code, said) = town.tries(&["plugin", "inspect", &town.at("v3")]);
        assert!(code == Some(2) && said.contains(says), "{new}: {said}");
    }
    std::fs::write(town.at("v1/cases/visits.toml"), "[[case]]\nname = \"x\"\nfires = true\nground = \"x\"\nfacility = \"92114\"\nvisit = { type = \"01\", subject = \"9\", arrived_at = \"2026-03-02T08:00\", discharged_at = \"2026-03-02T10:00\" }\nlines = \"\"\"\nid | kind | code | quantity | performed_at\n1 | exam | 02.03 | 1 | 2026-03-02T09:00\n\"\"\"\nno_findings = [\"nonsense\"]\n").unwrap();
    town.refuses(1, "an amount, a finding or a rule to compare", &["plugin", "test", &town.at("v1")]);
}
