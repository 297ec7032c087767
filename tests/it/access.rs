//! Every route of a facility × every role × a record of its own, of another facility, and of nobody.

use std::collections::{BTreeMap, BTreeSet};

use acceptance::checkout;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::hospital::{Hospital, PEOPLE, fresh_key, visit};
use serde_json::{Value, json};

use crate::desk::with;
use crate::program::binary;

/// Which roles may ask for what, when the record is somebody else's.
fn table() -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut reader = csv::Reader::from_path(checkout::root().join("tests/fixtures/access/routes.csv")).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        ((row[0].to_owned(), row[1].to_owned()), row[2].split(' ').map(str::to_owned).collect())
    });
    rows.collect()
}

/// The routes that the interface describes.
fn described(hospital: &Hospital) -> BTreeSet<(String, String)> {
    let description = hospital.connect().ask("GET", "/openapi.json", None, None, b"").json;
    let mut routes = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        if let Some(rest) = path.strip_prefix("/v1/facilities/{facility}") {
            routes.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), rest.to_owned())));
        }
    }
    routes
}

/// Records made by An, whom nobody that is asked for is.
fn records(hospital: &Hospital) -> BTreeMap<&'static str, String> {
    with(201, hospital.put(&visit("A1", &[100_000])));
    let shift = with(201, hospital.post("an", "/shifts", json!({"desk": "1", "float": "0"})));
    let receipt =
        with(201, hospital.post("an", "/encounters/A1/deposits", json!({"amount": "50000", "method": "cash"})));
    let approval =
        with(202, hospital.post("an", "/encounters/A1/refunds", json!({"amount": "1000", "reason": "thừa"})));
    let credit = with(
        201,
        hospital.post("an", "/unapplied", json!({"amount": "1000", "method": "transfer", "reference": "F1"})),
    );
    let repricing =
        with(202, hospital.post("giang", "/repricings", json!({"scope": {"encounters": ["A1"]}, "reason": "thử"})));
    let webhook = with(
        201,
        hospital.post(
            "khanh",
            "/webhooks",
            json!({"url": "https://example.com/h", "events": ["*"], "secret": "0123456789abcdef"}),
        ),
    );
    let rail = json!({"settings": {"bin": "970403", "account": "1"}, "reason": "thử"}).to_string();
    let rail = hospital.connect().ask(
        "PUT",
        &hospital.path("/rails/vietqr"),
        Some(hospital.token("minh")),
        Some(&fresh_key()),
        rail.as_bytes(),
    );
    let rail = with(202, rail);
    with(200, hospital.post("dung", &format!("/approvals/{}/approve", rail["id"]), json!({})));
    let request = json!({"for": "deposit", "amount": "1000", "rail": "vietqr"});
    let request = with(201, hospital.post("an", "/encounters/A1/payment-requests", request));
    let text = |value: &Value| value.to_string().trim_matches('"').to_owned();
    BTreeMap::from([
        ("/patients", "BN-A1".to_owned()),
        ("/encounters", "A1".to_owned()),
        ("/receipts", text(&receipt["number"])),
        ("/shifts", text(&shift["id"])),
        ("/approvals", text(&approval["id"])),
        ("/unapplied", text(&credit["id"])),
        ("/repricings", text(&repricing["id"])),
        ("/webhooks", text(&webhook["id"])),
        ("/payment-requests", text(&request["id"])),
        ("/rails", "vietqr".to_owned()),
    ])
}

fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{number}", id).replace("{message}", "1")
}

#[test]
fn every_route_lets_in_whom_the_table_names_and_nobody_else() {
    let database = Database::new(Kind::Sqlite, "access");
    let mut hospital = Hospital::closed(&binary(), &database, &[]);
    for (name, role) in PEOPLE {
        hospital.employ("92001", name, role);
    }
    hospital.open();
    let (table, described) = (table(), described(&hospital));
    let without: Vec<_> = described.iter().filter(|route| !table.contains_key(*route)).collect();
    assert!(without.is_empty(), "routes without a row in tests/fixtures/access/routes.csv: {without:?}");
    let gone: Vec<_> = table.keys().filter(|route| !described.contains(*route)).collect();
    assert!(gone.is_empty(), "rows without a route: {gone:?}");

    let own = records(&hospital);
    let (mut probes, mut wrong) = (0, Vec::new());
    for ((method, path), roles) in &table {
        let family = own.keys().find(|family| path.starts_with(**family)).copied().unwrap_or_default();
        for (name, role) in PEOPLE.iter().filter(|(name, _)| *name != "an") {
            let is_allowed = roles.contains(*role);
            for (whose, id) in [("own", own.get(family).map_or("0", String::as_str)), ("unknown", "999999")] {
                let asked = hospital.path(&filled(path, id));
                let token = Some(hospital.token(name));
                let answer = hospital.connect().ask(method, &asked, token, Some(&fresh_key()), body(method));
                probes += 1;
                let is_right = match (is_allowed, whose) {
                    (false, "own") => answer.status == 403,
                    // Of a record that is not there a cashier might be the owner, and is told that it is not there.
                    (false, _) => matches!(answer.status, 403 | 404),
                    (true, _) => !matches!(answer.status, 401 | 403 | 0 | 500..),
                };
                if !is_right {
                    wrong.push(format!("{method} {path} {role} {whose}: {}", answer.status));
                }
            }
            // The same person's token of another facility finds nothing here, whatever its role.
            let token = Some(hospital.token(&format!("{name}@92001")));
            let asked = hospital.path(&filled(path, own.get(family).map_or("0", String::as_str)));
            let answer = hospital.connect().ask(method, &asked, token, Some(&fresh_key()), body(method));
            probes += 1;
            if answer.status != 404 {
                wrong.push(format!("{method} {path} {role} foreign: {}", answer.status));
            }
        }
        let asked = hospital.path(&filled(path, own.get(family).map_or("0", String::as_str)));
        let nobody = hospital.connect().ask(method, &asked, None, Some(&fresh_key()), body(method));
        probes += 1;
        if nobody.status != 401 {
            wrong.push(format!("{method} {path} without a token: {}", nobody.status));
        }
    }
    assert!(wrong.is_empty(), "{} of {probes} probes: {wrong:#?}", wrong.len());
    hospital.verify();
}

/// What somebody guesses.
const GUESSES: [&str; 4] = ["7", "PT0000002", "BN-A2", "%27%20or%20%271"];

/// Whoever guesses learns nothing: to somebody of another facility a record that is there answers as one that is nowhere, letter by
/// letter, on every route, in every role, by every name it goes by.
#[test]
fn nothing_tells_a_record_of_another_facility_from_none() {
    let mut probes = 0;
    for kind in BOTH {
        let database = Database::new(kind, "access-guess");
        let mut hospital = Hospital::closed(&binary(), &database, &[]);
        for (name, role) in PEOPLE {
            hospital.employ("92001", name, role);
        }
        hospital.open();
        let own = records(&hospital);
        let table = table();
        let mut told = Vec::new();
        let mut connection = hospital.connect();
        for (method, path) in table.keys() {
            for (name, role) in PEOPLE {
                let token = hospital.token(&format!("{name}@92001")).to_owned();
                // At the other facility by its own address, and here by theirs.
                for facility in ["92114", "92001"] {
                    let mut answers = |id: &str| {
                        let asked = format!("/v1/facilities/{facility}{}", filled(path, id));
                        let answer = connection.ask(method, &asked, Some(&token), Some(&fresh_key()), body(method));
                        probes += 1;
                        // What was asked for is repeated; the rest must be the same.
                        let text = String::from_utf8_lossy(&answer.bytes).replace(&asked, "ASKED");
                        (answer.status, text.replace(&format!("\\\"{id}\\\""), "ID"))
                    };
                    let none = answers("NOWHERE77");
                    for id in own.values().map(String::as_str).chain(GUESSES) {
                        let there = answers(id);
                        // Numbers count for each facility alone: what is 1 there may be 1 here, of their own.
                        let is_wrong = if facility == "92114" { there != none } else { there.1.contains("A1") };
                        if is_wrong {
                            told.push(format!("{method} {path} {role} {facility} {id}: {} and {}", there.0, none.0));
                        }
                    }
                }
            }
        }
        assert!(told.is_empty(), "{} of {probes} probes: {told:#?}", told.len());
        hospital.verify();
    }
    assert!(probes >= 20_000, "{probes} probes");
}

fn body(method: &str) -> &'static [u8] {
    if method == "GET" { b"" } else { b"{}" }
}

/// A token counts from when it was made until it is taken back or its last day is over.
#[test]
fn a_token_that_was_taken_back_does_not_count() {
    let database = Database::new(Kind::Sqlite, "token");
    let hospital = Hospital::start(&binary(), &database, &[]);
    with(201, hospital.put(&visit("T1", &[1_000])));
    let listed = hospital.runs(&["token", "list", "--facility", "92114"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let row = listed.lines().find(|line| line.contains("hoa")).unwrap();
    let id = row.split_whitespace().next().unwrap();
    with(200, hospital.get("hoa", "/encounters/T1"));
    let revoked = hospital.runs(&["token", "revoke", "--facility", "92114", id]);
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    // What was looked up a moment ago is believed for a second.
    std::thread::sleep(std::time::Duration::from_millis(1200));
    assert_eq!(hospital.get("hoa", "/encounters/T1").status, 401);
    assert_eq!(hospital.runs(&["token", "revoke", "--facility", "92114", id]).status.code(), Some(2));
    let expired =
        hospital.runs(&["token", "create", "--facility", "92114", "--role", "auditor", "--expires", "2020-01-01"]);
    let token = String::from_utf8_lossy(&expired.stdout).trim().to_owned();
    let answer = hospital.connect().ask("GET", &hospital.path("/audit"), Some(&token), None, b"");
    assert_eq!(answer.status, 401);
    for wrong in [["--facility", "9211", "--role", "his"], ["--facility", "92114", "--role", "boss"]] {
        let output = hospital.runs(&[&["token", "create"], &wrong[..]].concat());
        assert_eq!(output.status.code(), Some(2));
    }
    hospital.verify();
}

/// Nothing that names a person is in the database, beside it, or in what the server says.
#[test]
fn nobody_is_named_in_the_database() {
    let database = Database::new(Kind::Sqlite, "sealed");
    let hospital = Hospital::start(&binary(), &database, &[]);
    let mut sent = visit("N1", &[1_000]);
    sent["patient"]["name"] = "ZQMARKERNAME Ví Dụ".into();
    sent["patient"]["phone"] = "0987650001".into();
    sent["patient"]["address"] = "ZQMARKERSTREET 5".into();
    sent["patient"]["id_number"] = "092061999001".into();
    sent["coverages"] =
        json!([{"card": "DN4920000099001", "valid_from": "2026-01-01", "registered_facility": "92114"}]);
    with(201, hospital.put(&sent));
    let payment = json!({"amount": "500", "method": "transfer", "reference": "FT1", "payer": "ZQMARKERPAYER"});
    with(201, hospital.post("an", "/encounters/N1/deposits", payment));
    with(
        201,
        hospital.post(
            "khanh",
            "/webhooks",
            json!({"url": "https://example.com/h", "events": ["*"], "secret": "ZQMARKERSECRET12"}),
        ),
    );
    let archive = database.at("all.vienphi");
    assert!(hospital.runs(&["backup", &archive.display().to_string()]).status.success());
    let plain = zstd_plain(&archive);
    let mut looked_at = vec![("archive".to_owned(), plain)];
    for entry in std::fs::read_dir(database.at("")).unwrap() {
        let path = entry.unwrap().path();
        looked_at.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    assert!(looked_at.len() >= 4, "the database, its log, its key and the archive");
    for (name, bytes) in looked_at {
        for marker in ["ZQMARKER", "0987650001", "092061999001", "DN4920000099001"] {
            let found = bytes.windows(marker.len()).any(|window| window == marker.as_bytes());
            assert!(!found, "{marker} in {name}");
        }
    }
}

/// The archive unpacked; what is sealed in it stays sealed.
fn zstd_plain(path: &std::path::Path) -> Vec<u8> {
    let output = std::process::Command::new("zstd").arg("-dc").arg(path).output().expect("zstd is there");
    assert!(output.status.success() && !output.stdout.is_empty(), "the archive is a zstd file");
    output.stdout
}
