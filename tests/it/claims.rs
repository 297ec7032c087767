//! Claim files as they leave the hospital.

use std::collections::BTreeMap;

use acceptance::checkout;
use acceptance::claims::identity;
use acceptance::database::{BOTH, Database, Kind};
use acceptance::folder::Folder;
use acceptance::hospital::{Hospital, visit};
use serde_json::{Value, json};
use vienphi_claims::{Envelope, Limits, Row, Schema, Table, violations};
use vienphi_money::Amount;

use crate::desk::with;
use crate::program::{binary, vienphi};

/// A file's tables by number; nothing in them breaks the schema of its day.
fn tables(bytes: &[u8]) -> BTreeMap<u8, Table> {
    let envelope = Envelope::read(bytes, &Limits::default()).unwrap();
    assert_eq!(envelope.breaches().len(), 0, "{:?}", envelope.breaches());
    assert_eq!(envelope.claims().len(), 1);
    let claim = &envelope.claims()[0];
    let schema = Schema::on(claim.discharge_day().unwrap().unwrap());
    for table in claim.tables() {
        assert_eq!(violations(table, schema).len(), 0, "{:?}", violations(table, schema));
        assert_eq!(table.unknown().count(), 0);
    }
    claim.tables().iter().map(|table| (table.number().unwrap(), table.clone())).collect()
}

fn amount(row: Row<'_>, field: &str) -> Amount {
    row.amount(field).unwrap().unwrap_or_default()
}

fn stated(value: &Value) -> Amount {
    Amount::parse(value.as_str().unwrap()).unwrap()
}

fn sum(rows: &[Row<'_>], field: &str) -> Amount {
    rows.iter().fold(Amount::ZERO, |sum, row| sum.plus(amount(*row, field)).unwrap())
}

/// The header is the statement's totals and the sum of the lines; each line divides without a rest.
fn is_the_statement(tables: &BTreeMap<u8, Table>, statement: &Value) {
    let header = tables[&1].row(0).unwrap();
    let drugs: Vec<Row<'_>> = tables.get(&2).into_iter().flat_map(Table::rows).collect();
    let services: Vec<Row<'_>> = tables.get(&3).into_iter().flat_map(Table::rows).collect();
    let all: Vec<Row<'_>> = drugs.iter().chain(&services).copied().collect();
    let totals = &statement["totals"];
    for (field, total, of_line) in [
        ("T_TONGCHI_BV", "amount_hospital", "THANH_TIEN_BV"),
        ("T_TONGCHI_BH", "amount_insured", "THANH_TIEN_BH"),
        ("T_BNTT", "patient_own", "T_BNTT"),
        ("T_BNCCT", "copayment", "T_BNCCT"),
        ("T_BHTT", "insurer", "T_BHTT"),
        ("T_NGUONKHAC", "other_sources", "T_NGUONKHAC"),
    ] {
        assert_eq!(amount(header, field), stated(&totals[total]), "{field}");
        assert_eq!(sum(&all, of_line), stated(&totals[total]), "{of_line}");
    }
    assert_eq!(sum(&drugs, "THANH_TIEN_BV"), amount(header, "T_THUOC"));
    assert_eq!(amount(header, "T_VTYT"), stated(&totals["supplies"]));
    assert_eq!(amount(header, "T_BHTT_GDV"), stated(&totals["insurer_fee_for_service"]));
    for row in &all {
        let parts = ["T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC"].map(|field| amount(*row, field));
        let parts = parts.into_iter().fold(Amount::ZERO, |sum, part| sum.plus(part).unwrap());
        assert_eq!(parts, amount(*row, "THANH_TIEN_BV"));
        let funds = ["NSNN", "VTNN", "VTTN", "CL"].map(|fund| amount(*row, &format!("T_NGUONKHAC_{fund}")));
        let funds = funds.into_iter().fold(Amount::ZERO, |sum, fund| sum.plus(fund).unwrap());
        assert_eq!(funds, amount(*row, "T_NGUONKHAC"));
    }
    // Of a line with several parts each part is a row with its own rate.
    let lines = statement["lines"].as_array().unwrap();
    let rates: Vec<&str> = all.iter().map(|row| row.text("MUC_HUONG").unwrap()).collect();
    let parts = lines.iter().flat_map(|line| line["parts"].as_array().unwrap());
    let mut wanted: Vec<&str> = parts.map(|part| part["benefit_rate"].as_str().unwrap_or("0")).collect();
    let mut rates = rates;
    rates.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(rates, wanted);
}

#[test]
fn the_sample_day_is_claimed_as_it_was_priced() {
    let day = checkout::root().join("tests/fixtures/day-2026-03-02");
    let mut claimed = 0;
    for entry in std::fs::read_dir(day).unwrap() {
        let file = entry.unwrap().path();
        let path = file.to_str().unwrap();
        let folder = Folder::new("claims-day");
        let options = ["--encounter", path, "-o", &folder.at("out"), "--made-on", "2026-04-01"];
        let output = vienphi(&[&["claims", "export"], &options[..]].concat(), b"");
        let said = String::from_utf8_lossy(&output.stderr);
        if path.contains("open") {
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains("visit.discharged_at"), "{said}");
            continue;
        }
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("QĐ 130/4750/3176/1931"), "{said}");
        let written: Vec<_> = std::fs::read_dir(folder.at("out")).unwrap().collect();
        assert_eq!(written.len(), 1);
        let bytes = std::fs::read(written[0].as_ref().unwrap().path()).unwrap();
        let priced = vienphi(&["price", "--json", path], b"");
        is_the_statement(&tables(&bytes), &serde_json::from_slice(&priced.stdout).unwrap());
        claimed += 1;
    }
    assert_eq!(claimed, 11);
}

#[test]
fn what_the_format_asks_for_and_pricing_does_not_is_carried() {
    let folder = Folder::new("claims-clinical");
    let mut encounter = visit("LK 1/7", &[45_000]);
    encounter["patient"]["name"] = json!("Nguyễn <Mẫu> & \"Thử\"");
    encounter["clinical"] = json!({
        "xml1": { "NHOM_MAU": "O", "LY_DO_VV": "Sốt", "MA_KHOA": "K02" },
        "lines": { "1": { "DON_VI_TINH": "viên" } },
        "xml4": [{ "MA_DICH_VU": "22.0121.1369", "MA_CHI_SO": "WBC", "GIA_TRI": "7.1", "NGAY_KQ": "202603020900" }],
        "xml8": [{ "QT_BENHLY": "…" }],
    });
    let export = |encounter: &Value| {
        std::fs::write(folder.at("one.json"), encounter.to_string()).unwrap();
        vienphi(&["claims", "export", "--encounter", &folder.at("one.json"), "-o", &folder.at("out")], b"")
    };
    let output = export(&encounter);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    // The outermost element of table 8 is not public.
    assert!(said.contains("XML8"), "{said}");
    let bytes = std::fs::read(folder.at("out/92114_LK_20_1_2f_7.xml")).unwrap();
    let tables = tables(&bytes);
    assert_eq!(tables.keys().copied().collect::<Vec<u8>>(), [1, 2, 4]);
    let header = tables[&1].row(0).unwrap();
    for (field, text) in
        [("HO_TEN", "Nguyễn <Mẫu> & \"Thử\""), ("NHOM_MAU", "O"), ("MA_KHOA", "K02"), ("MA_LK", "LK 1/7")]
    {
        assert_eq!(header.text(field), Some(text));
    }
    assert_eq!(tables[&2].row(0).unwrap().text("DON_VI_TINH"), Some("viên"));
    assert_eq!(tables[&4].row(0).unwrap().text("GIA_TRI"), Some("7.1"));
    // A file that is there is not replaced by another.
    encounter["clinical"]["xml1"]["NHOM_MAU"] = json!("A");
    let output = export(&encounter);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(folder.at("out/92114_LK_20_1_2f_7.xml")).unwrap(), bytes);
    // A field that the table has not is named.
    encounter["clinical"] = json!({ "xml4": [{ "MA_DICH_VU": "1", "GIA_TRI_MOI": "x" }] });
    let output = export(&encounter);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("clinical.xml4[0].GIA_TRI_MOI"), "{said}");
}

#[test]
fn a_month_of_records_is_claimed() {
    for kind in BOTH {
        let database = Database::new(kind, "claims-month");
        let hospital = Hospital::start(&binary(), &database, &[]);
        let mut open = visit("C3", &[10_000]);
        open["visit"].as_object_mut().unwrap().remove("discharged_at");
        for encounter in [visit("C1", &[45_000, 12_500]), visit("C2", &[3_000]), open] {
            with(201, hospital.put(&encounter));
        }
        let folder = Folder::new("claims-month");
        let month = visit("C1", &[1])["visit"]["discharged_at"].as_str().unwrap()[..7].to_owned();
        let export = |options: &[&str]| {
            let out = folder.at("out");
            hospital.runs(&[&["claims", "export", "-o", &out, "--facility", "92114"], options].concat())
        };
        let output = export(&["--month", &month]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let mut names: Vec<String> = std::fs::read_dir(folder.at("out"))
            .unwrap()
            .map(|one| one.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["92114_C1.xml", "92114_C2.xml"]);
        let statement = with(200, hospital.get("an", "/encounters/C1/statement"));
        is_the_statement(&tables(&std::fs::read(folder.at("out/92114_C1.xml")).unwrap()), &statement);
        // One that is not there, one that has not ended, and another month.
        let output = export(&["C1", "C9"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("C9"));
        let output = export(&["C3"]);
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("0 "), "{output:?}");
        let output = export(&["--month", "2020-01"]);
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("0 "), "{output:?}");
        assert_eq!(export(&[]).status.code(), Some(2));
        // What is kept of one is damaged: it is named, and the others are written.
        let nothing = match kind {
            Kind::Sqlite => "zeroblob(32)",
            Kind::Postgres => "decode(repeat('00', 32), 'hex')",
        };
        database.tamper(&format!("update encounter set statement = {nothing} where id = 'C1'"));
        let output =
            hospital.runs(&["claims", "export", "-o", &folder.at("again"), "--facility", "92114", "--month", &month]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains("error: C1: "), "{said}");
        let names: Vec<String> = std::fs::read_dir(folder.at("again"))
            .unwrap()
            .map(|one| one.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, ["92114_C2.xml"]);
    }
}

#[test]
fn a_claim_is_signed_and_what_is_altered_is_not_valid() {
    let folder = Folder::new("claims-sign");
    identity(&folder);
    std::fs::write(folder.at("one.json"), visit("S1", &[45_000]).to_string()).unwrap();
    let run = |args: &[&str]| vienphi(&[&["claims"], args].concat(), b"");
    let output = run(&["export", "--encounter", &folder.at("one.json"), "-o", &folder.at("out")]);
    assert_eq!(output.status.code(), Some(0));
    let (unsigned, signed) = (folder.at("out/92114_S1.xml"), folder.at("signed/92114_S1.xml"));
    let by = ["--p12", &folder.at("unit.p12"), "--secret-file", &folder.at("secret"), "-o", &folder.at("signed")];
    let output = run(&[&["sign"], &by[..], &[unsigned.as_str()]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    // It is the same claim.
    let (before, after) = (std::fs::read(&unsigned).unwrap(), std::fs::read(&signed).unwrap());
    assert_eq!(tables(&before)[&2].raw(), tables(&after)[&2].raw());
    let verify = |more: &[&str], file: &str| {
        let output = run(&[&["verify-signature", "--json"], more, &[file]].concat());
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (code, said) = verify(&[], &signed);
    assert_eq!((code, &said["valid"], &said["trusted"]), (Some(0), &json!(true), &json!(false)), "{said}");
    assert_eq!(said["subject"], "CN=Benh vien Mau");
    let (code, said) = verify(&["--trust", &folder.at("unit.crt")], &signed);
    assert_eq!((code, &said["trusted"]), (Some(0), &json!(true)), "{said}");
    // Another's certificate does not vouch for it, an altered claim is not valid, nor is one that is not signed.
    let other = Folder::new("claims-other");
    identity(&other);
    assert_eq!(verify(&["--trust", &other.at("unit.crt")], &signed).0, Some(1));
    let altered = String::from_utf8(after).unwrap().replacen("92114", "92115", 1);
    std::fs::write(folder.at("altered.xml"), altered).unwrap();
    assert_eq!(verify(&[], &folder.at("altered.xml")).0, Some(1));
    assert_eq!(verify(&[], &unsigned).0, Some(1));
    // What is signed is not signed again, and a wrong password is said to be one.
    assert_eq!(run(&[&["sign"], &by[..], &[signed.as_str()]].concat()).status.code(), Some(2));
    std::fs::write(folder.at("secret"), "khac").unwrap();
    let output = run(&[&["sign"], &by[..], &[unsigned.as_str()]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}
