//! Claim files checked, turned into encounters and priced beside what they ask for: by the commands and over HTTP.

use std::path::{Path, PathBuf};

use acceptance::checkout;
use acceptance::folder::Folder;
use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;
use vienphi_claims::{Envelope, Limits, NewClaim, NewEnvelope, NewTable};

use crate::program::{Server, vienphi};

/// The claim files of the sample day in a folder.
fn sample_day(name: &str) -> Folder {
    let folder = Folder::new(name);
    let day = checkout::root().join("tests/fixtures/day-2026-03-02");
    let mut command = vec!["claims".to_owned(), "export".to_owned(), "-o".to_owned(), folder.at("out")];
    command.extend(["--made-on".to_owned(), "2026-04-01".to_owned()]);
    for entry in std::fs::read_dir(day).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().contains("open") {
            command.extend(["--encounter".to_owned(), path.to_str().unwrap().to_owned()]);
        }
    }
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let output = vienphi(&command, b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// Changes a field of a file.
fn change(file: &Path, number: u8, row: usize, field: &str, text: &str) {
    let bytes = std::fs::read(file).unwrap();
    let envelope = Envelope::read(&bytes, &Limits::default()).unwrap();
    let claim = &envelope.claims()[0];
    let tables = claim.tables().iter().map(|table| {
        let mut changed = NewTable::changed(table).unwrap();
        if table.number() == Some(number) {
            changed.rows_mut()[row].set(field, text).unwrap();
        }
        changed
    });
    let claim = NewClaim { discharge_day: claim.discharge_day().unwrap().unwrap(), tables: tables.collect() };
    let made_on = envelope.made_on().unwrap().unwrap();
    let changed = NewEnvelope { facility: envelope.facility().unwrap().to_owned(), made_on, claims: vec![claim] };
    std::fs::write(file, changed.write().unwrap()).unwrap();
}

/// The output of a command as JSON, when it ends with this code.
fn json(command: &[&str], code: i32) -> Value {
    let output = vienphi(command, b"");
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("QĐ 130/4750/3176/1931"));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn codes(entry: &Value) -> Vec<&str> {
    entry["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn only(folder: &Folder, part: &str) -> PathBuf {
    let files = std::fs::read_dir(folder.at("out")).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|file| file.to_string_lossy().contains(part)).unwrap()
}

#[test]
fn our_own_files_are_clean_and_stay_as_they_are() {
    let folder = sample_day("check-clean");
    let file = only(&folder, "LK2603020003");
    let before = std::fs::read(&file).unwrap();
    let result = json(&["claims", "check", "--json", &folder.at("out")], 0);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let files = result["files"].as_array().unwrap();
    assert_eq!(files.len(), 11);
    let names: Vec<&str> = files.iter().map(|entry| entry["file"].as_str().unwrap()).collect();
    assert!(names.is_sorted(), "{names:?}");
    for entry in files {
        assert_eq!(entry["totals"]["declared"], entry["totals"]["expected"]);
        assert!(entry["findings"].as_array().unwrap().iter().all(|finding| finding["severity"] == "note"), "{entry}");
    }
    let summary = &result["summary"];
    for (name, count) in
        [("files", 11), ("visits", 11), ("clean", 11), ("unreadable", 0), ("blocking", 0), ("errors", 0)]
    {
        assert_eq!(summary[name], count, "{name}");
    }
    assert_eq!(summary["insurer_declared"], summary["insurer_expected"]);
}

#[test]
fn a_wrong_sum_is_found_with_what_hangs_on_it() {
    let folder = sample_day("check-wrong");
    let file = only(&folder, "LK2603020003");
    change(&file, 1, 0, "T_BHTT", "9999999");
    let out = folder.at("out");
    let result = json(&["claims", "check", "--json", &out], 1);
    let files = result["files"].as_array().unwrap();
    let entry = files.iter().find(|entry| entry["visit"] == "LK2603020003").unwrap();
    let finding = &entry["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"GDH-31".into(), &"blocking".into()), "{finding}");
    assert_eq!((&finding["table"], &finding["row"], &finding["field"]), (&1.into(), &1.into(), &"T_BHTT".into()));
    assert_eq!(finding["declared"], "9999999");
    assert_eq!(entry["totals"]["declared"]["T_BHTT"], "9999999");
    assert_ne!(entry["totals"]["expected"]["T_BHTT"], "9999999");
    assert!(
        finding["text"]["vi"].as_str().unwrap().contains("9999999") && !finding["ground"].as_str().unwrap().is_empty()
    );
    assert_eq!(result["summary"]["clean"], 10);
    assert_eq!(result["summary"]["by_code"][0]["code"], "GDH-31");
    assert_eq!(result["summary"]["by_code"][0]["at_risk"], finding["at_risk"]);
    // People read it too.
    let output = vienphi(&["claims", "check", "--lang", "en", &out], b"");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in ["GDH-31", "XML1:1", "LK2603020003", "at risk", "Department"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn the_same_visit_twice_and_what_cannot_be_read_are_found() {
    let folder = sample_day("check-batch");
    let file = only(&folder, "LK2603020001");
    std::fs::copy(&file, folder.at("out/again.xml")).unwrap();
    std::fs::create_dir(folder.at("out/deeper")).unwrap();
    std::fs::write(folder.at("out/deeper/broken.XML"), "<GIAMDINHHS><THONGTINDONVI>").unwrap();
    std::fs::write(folder.at("out/notes.txt"), "no claim").unwrap();
    let result = json(&["claims", "check", "--json", &folder.at("out")], 2);
    let files = result["files"].as_array().unwrap();
    assert_eq!(files.len(), 13);
    let again = files.iter().filter(|entry| entry["visit"] == "LK2603020001");
    let found: Vec<&Value> = again.filter(|entry| codes(entry).contains(&"GDH-61")).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(codes(found[0]), ["VP-MA-LK-TWICE", "GDH-61"]);
    assert!(found[0]["findings"][0]["other_file"].as_str().unwrap().ends_with(".xml"));
    let broken = files.iter().find(|entry| entry.get("error").is_some()).unwrap();
    assert!(broken["file"].as_str().unwrap().ends_with("deeper/broken.XML") && broken["visit"].is_null(), "{broken}");
    assert_eq!(result["summary"]["unreadable"], 1);
    for nothing in
        [&["claims", "check", "/nowhere.xml"][..], &["claims", "check", &folder.at("none")], &["claims", "check"]]
    {
        assert_eq!(vienphi(nothing, b"").status.code(), Some(2));
    }
}

#[test]
fn prices_and_facilities_that_are_given_are_compared_with() {
    let folder = sample_day("check-prices");
    let file = only(&folder, "LK2603020001");
    let bytes = std::fs::read(&file).unwrap();
    let envelope = Envelope::read(&bytes, &Limits::default()).unwrap();
    let services = envelope.claims()[0].table(3).unwrap();
    let (code, price) =
        (services.row(0).unwrap().text("MA_DICH_VU").unwrap(), services.row(0).unwrap().text("DON_GIA_BH").unwrap());
    let catalogue = format!(
        "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n{code},Dịch vụ,1000,1000,20250101,,QĐ-1,,\n"
    );
    std::fs::write(folder.at("prices.csv"), catalogue).unwrap();
    let result = json(&["claims", "check", "--json", "--prices", &folder.at("prices.csv"), file.to_str().unwrap()], 1);
    let high =
        result["files"][0]["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "VP-PRICE-HIGH");
    let high = high.unwrap();
    assert_eq!((&high["declared"], &high["expected"]), (&price.into(), &"1000".into()));
    assert!(codes(&result["files"][0]).contains(&"VP-PRICE-NONE"));
    let registry = "code,from,to,name,province,former_province,class,tier,formerly,points,ownership,contracted\n\
        99999,2020-01-01,,Nơi khác,92,,I,basic,provincial,80,public,true\n";
    std::fs::write(folder.at("facilities.csv"), registry).unwrap();
    let registry = folder.at("facilities.csv");
    let result = json(&["claims", "check", "--json", "--facilities", &registry, file.to_str().unwrap()], 1);
    assert!(codes(&result["files"][0]).contains(&"GDH-10"), "{:?}", codes(&result["files"][0]));
}

#[test]
fn a_workbook_holds_the_findings() {
    let folder = sample_day("check-xlsx");
    let file = only(&folder, "LK2603020003");
    change(&file, 1, 0, "T_BHTT", "9999999");
    change(&file, 1, 0, "HO_TEN", "=1+1");
    std::fs::write(folder.at("out/broken.xml"), "nothing").unwrap();
    let book = folder.at("found.xlsx");
    let output = vienphi(&["claims", "check", "--xlsx", &book, &folder.at("out")], b"");
    assert_eq!(output.status.code(), Some(2));
    let mut workbook: Xlsx<_> = open_workbook(&book).unwrap();
    assert_eq!(workbook.sheet_names(), ["Tóm tắt", "Hồ sơ", "Phát hiện"]);
    let findings = workbook.worksheet_range("Phát hiện").unwrap();
    let rows: Vec<&[Data]> = findings.rows().skip(1).collect();
    let sum = rows.iter().find(|row| row[2] == Data::String("GDH-31".into())).unwrap();
    assert_eq!(sum[1], Data::String("LK2603020003".into()));
    assert_eq!((&sum[4], &sum[5], &sum[6]), (&Data::Float(1.0), &Data::Float(1.0), &Data::String("T_BHTT".into())));
    assert!(rows.iter().any(|row| row[3] == Data::String("không đọc được".into())));
    let visits = workbook.worksheet_range("Hồ sơ").unwrap();
    assert_eq!(visits.rows().count(), 12);
    let summary = workbook.worksheet_range("Tóm tắt").unwrap();
    assert!(summary.rows().any(|row| row[1] == Data::String("GDH-31".into())));
    // A workbook that cannot be written is said, and none is left half-written.
    let output = vienphi(&["claims", "check", "--xlsx", &folder.at("no/found.xlsx"), &folder.at("out")], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no/found.xlsx"));
}

#[test]
fn over_http_the_check_is_the_commands() {
    let folder = sample_day("check-http");
    let file = only(&folder, "LK2603020003");
    change(&file, 1, 0, "T_BHTT", "9999999");
    let server = Server::start(&[]);
    let bytes = std::fs::read(&file).unwrap();
    let name = file.to_str().unwrap();
    let (status, head, body) = server.post(&format!("/v1/claims/check?file={name}"), "application/xml", &bytes);
    assert_eq!(status, 200, "{body}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer, json(&["claims", "check", "--json", name], 1));
    let refusals = [
        (server.post("/v1/claims/check", "application/json", &bytes), 415, "application/xml"),
        (server.post("/v1/claims/check", "text/xml", b"<GIAMDINHHS>"), 422, "unreadable-claim"),
        (server.post("/v1/claims/check?received_on=today", "text/xml", &bytes), 400, "received_on"),
        (server.post("/v1/claims/check", "text/xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><GIAMDINHHS/>"), 422, "DOCTYPE"),
    ];
    for ((status, head, body), expected, words) in refusals {
        assert_eq!(status, expected, "{body}");
        assert!(head.contains("application/problem+json") && body.contains(words), "{body}");
    }
}

#[test]
fn our_own_files_priced_again_are_the_same() {
    let folder = sample_day("shadow-same");
    let result = json(&["claims", "shadow", "--json", &folder.at("out")], 0);
    for entry in result["files"].as_array().unwrap() {
        assert_eq!(entry["findings"].as_array().map(Vec::len), Some(0), "{entry}");
        for line in entry["lines"].as_array().unwrap() {
            assert_eq!(line["declared"], line["ours"], "{line}");
        }
        assert_eq!(entry["totals"]["declared"], entry["totals"]["expected"]);
    }
    let summary = &result["summary"];
    assert_eq!((&summary["cut"], &summary["forgotten"], &summary["unpriced"]), (&"0".into(), &"0".into(), &0.into()));
}

#[test]
fn what_would_be_cut_and_what_was_forgotten_is_shown_by_line() {
    let folder = sample_day("shadow-differs");
    let file = only(&folder, "LK2603020001");
    let name = file.to_str().unwrap();
    change(&file, 3, 0, "T_BHTT", "1000");
    let result = json(&["claims", "shadow", "--json", name], 1);
    let entry = &result["files"][0];
    let line = entry["lines"].as_array().unwrap().iter().find(|line| line["id"] == "3.1").unwrap();
    assert_eq!(line["declared"]["insurer"], "1000");
    assert_ne!(line["ours"]["insurer"], "1000");
    assert!(!line["why"]["vi"].as_str().unwrap().is_empty());
    assert!(codes(entry).contains(&"VP-DIFF-FORGOTTEN"));
    assert_ne!(result["summary"]["forgotten"], "0");
    let output = vienphi(&["claims", "shadow", "--lang", "en", name], b"");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("XML3:1") && said.contains("the hospital forgot"), "{said}");
    // A code that no table has is no price of ours, and the rest of the batch goes on.
    let other = only(&folder, "LK2603020003");
    change(&other, 3, 0, "MA_DICH_VU", "99.9999.9999");
    let result = json(&["claims", "shadow", "--json", &folder.at("out")], 1);
    assert_eq!(result["summary"]["unpriced"], 1);
    let unpriced = result["files"].as_array().unwrap().iter().find(|entry| entry.get("problem").is_some()).unwrap();
    let errors = unpriced["problem"]["errors"].as_array().unwrap();
    assert!(errors.iter().any(|error| error["path"] == "3.1 code"), "{errors:?}");
}

#[test]
fn imported_visits_can_be_priced() {
    let folder = sample_day("import");
    let output = vienphi(&["claims", "import", "--json-lines", &folder.at("out")], b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let priced = vienphi(&["price", "--json-lines", "-"], &output.stdout);
    assert_eq!(priced.status.code(), Some(0), "{}", String::from_utf8_lossy(&priced.stdout));
    let statements: Vec<Value> = priced
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(statements.len(), 11);
    let file = only(&folder, "LK2603020001");
    change(&file, 1, 0, "GIOI_TINH", "9");
    let output = vienphi(&["claims", "import", file.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("GIOI_TINH"));
}
