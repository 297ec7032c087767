//! A facility's approved catalogue laid over the tariff: every row loads, every code prices on a day of its own range.

use std::path::{Path, PathBuf};

use acceptance::checkout;
use serde_json::{Value, json};
use vienphi_domain::Day;
use vienphi_tariff::{Row, read_catalogue};

use acceptance::folder::Folder;

/// A generated catalogue always runs, the real ones when the environment names their folder.
pub(crate) fn catalogues(folder: &Folder) -> Vec<PathBuf> {
    let generated = folder.path().join("generated.csv");
    std::fs::write(&generated, generated_catalogue()).unwrap();
    let mut files = vec![generated];
    match checkout::catalogues() {
        Some(folder) => {
            let mut real: Vec<PathBuf> =
                std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
            real.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
            real.sort();
            assert!(!real.is_empty(), "VIENPHI_CATALOGUES names a folder without catalogues");
            files.extend(real);
        }
        None => println!("VIENPHI_CATALOGUES is not set: only the generated catalogue runs"),
    }
    files
}

fn generated_catalogue() -> String {
    let mut text = String::from(
        "\u{feff}MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\r\n",
    );
    for number in 0..500 {
        let suffix = ["", "_GT", "_BS", ".K.92000"][number % 4];
        let class = ["", "1", "5", "6", "7", "8"][number % 6];
        let to = if number % 5 == 0 { "" } else { "20260630" };
        text.push_str(&format!(
            "{:02}.{:04}.{:04}{suffix},\"Dịch vụ {number}, mẫu\",{}.5,{},20260101,{to},20251210_1/NQ-HĐND,{class},\r\n",
            number % 28 + 1,
            number,
            number * 7 % 2000,
            20_000 + number * 137,
            20_000 + number * 137,
        ));
    }
    for bed in ["K03.NO1", "K19.NG2", "K19.NO2"] {
        text.push_str(&format!("{bed},Giường,250000,250000,20260101,20260630,20251210_1/NQ-HĐND,,\r\n"));
    }
    text
}

#[test]
fn every_code_of_a_catalogue_prices_on_a_day_of_its_own_range() {
    let folder = Folder::new("catalogues");
    for file in catalogues(&folder) {
        let bytes = std::fs::read(&file).unwrap();
        let (table, report) = read_catalogue(&bytes);
        assert!(report.errors.is_empty(), "{}: {:?}", file.display(), report.errors);
        let records = csv_records(&bytes);
        assert_eq!(table.rows().len(), records, "{}: every row loads", file.display());
        let pricer = checkout::pricer(std::slice::from_ref(&file));
        // Many rows in one visit of their first day, so that thousands of codes price in moments.
        let mut days: Vec<Day> = table.rows().iter().map(|row| row.from).collect();
        days.sort();
        days.dedup();
        let mut priced = 0;
        for day in days {
            let rows: Vec<&Row> = table.rows().iter().filter(|row| row.from == day).collect();
            for rows in rows.chunks(200) {
                let document = visit(day, rows).to_string();
                let answer = pricer
                    .price_json(document.as_bytes(), day)
                    .unwrap_or_else(|problem| panic!("{}: {problem:?}", file.display()));
                let statement: Value = serde_json::from_slice(&answer.json).unwrap();
                for (row, line) in rows.iter().zip(statement["lines"].as_array().unwrap()) {
                    assert_eq!(line["list_price"], row.list_price.to_string(), "{}", row.code);
                    assert_eq!(line["insured_price"], row.insured_price.to_string(), "{}", row.code);
                    priced += 1;
                }
            }
        }
        assert_eq!(priced, records, "{}: every code prices", file.display());
    }
}

/// Beds have rules of their own: each is priced in a stay of two days, a surgical one after an operation of its level.
#[test]
fn every_bed_of_a_catalogue_prices_as_a_bed() {
    let folder = Folder::new("beds");
    for file in catalogues(&folder) {
        let (table, _) = read_catalogue(&std::fs::read(&file).unwrap());
        let pricer = checkout::pricer(std::slice::from_ref(&file));
        let mut beds = 0;
        for row in table.rows().iter().filter(|row| is_bed(row)) {
            let is_plain = |other: &&Row| !is_bed(other) && other.from == row.from && other.intervention.is_none();
            let operation = table.rows().iter().find(is_plain).unwrap();
            let (day, left) = (row.from, row.from.plus_days(2));
            let mut lines = vec![json!({"id": "1", "kind": "bed", "code": row.code,
                "segments": [{"from": format!("{day}T08:00"), "to": format!("{left}T10:00")}]})];
            if let Some((_, level)) = row.code.split_once(".NG") {
                let class = ["special", "I", "II", "III"][level.parse::<usize>().unwrap() - 1];
                lines.push(json!({"id": "2", "kind": "surgery", "code": operation.code, "quantity": "1",
                    "performed_at": format!("{day}T09:00"), "operation": {"id": "O", "class": class}}));
            }
            let document = json!({
                "id": "B", "facility": "92114", "patient": {"birth_date": "1980-01-01", "sex": "female"},
                "visit": {"type": "03", "subject": "9", "arrived_at": format!("{day}T08:00"),
                    "discharged_at": format!("{left}T10:00")},
                "lines": lines,
            });
            let answer = pricer
                .price_json(document.to_string().as_bytes(), left)
                .unwrap_or_else(|problem| panic!("{}: {}: {problem:?}", file.display(), row.code));
            let statement: Value = serde_json::from_slice(&answer.json).unwrap();
            let part = &statement["lines"][0]["parts"][0];
            assert_eq!(part["code"], *row.code, "{}", file.display());
            assert_eq!(part["list_price"], row.list_price.to_string(), "{}", row.code);
            assert_eq!(part["quantity"], "2", "{}", row.code);
            beds += 1;
        }
        assert!(beds > 2, "{} has {beds} beds", file.display());
    }
}

fn is_bed(row: &Row) -> bool {
    row.code.starts_with('K') && row.code.contains(".N")
}

fn csv_records(bytes: &[u8]) -> usize {
    csv::Reader::from_reader(bytes).records().count()
}

/// A one-day stay with a line for each row, numbered so that the statement keeps their order.
fn visit(day: Day, rows: &[&Row]) -> Value {
    let lines: Vec<Value> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let at = format!("{day}T09:00");
            if is_bed(row) {
                // Only its row: as a bed it is priced below.
                json!({"id": place.to_string(), "kind": "other", "code": row.code, "quantity": "1", "performed_at": at})
            } else {
                json!({"id": place.to_string(), "kind": "lab", "code": row.code, "quantity": "1", "performed_at": at})
            }
        })
        .collect();
    json!({
        "id": "C", "facility": "92114", "patient": {"birth_date": "1980-01-01", "sex": "female"},
        "visit": {"type": "01", "subject": "9", "arrived_at": format!("{day}T08:00"), "discharged_at": format!("{day}T17:00")},
        "lines": lines,
    })
}

#[test]
fn overlaps_gaps_and_unreadable_rows_are_reported_by_row() {
    let header = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n";
    let read = |rows: &str| read_catalogue(format!("{header}{rows}").as_bytes()).1;
    let equal = read("A.1,x,100,100,20260101,20260630,q,,\nA.1,x,100,100,20260301,20260630,q,,\n");
    assert!(equal.errors.is_empty() && equal.warnings[0].line == 3, "{equal:?}");
    let different = read("A.1,x,100,100,20260101,20260630,q,,\nA.1,x,120,120,20260301,20260630,q,,\n");
    assert!(different.errors.is_empty() && different.warnings[0].message.contains("line 2"), "{different:?}");
    let same_day = read("A.1,x,100,100,20260101,20260630,q,,\nA.1,x,120,120,20260101,20260630,q,,\n");
    assert_eq!(same_day.errors[0].line, 3, "{same_day:?}");
    let gap = read("A.1,x,100,100,20260101,20260228,q,,\nA.1,x,120,120,20260401,,q,,\n");
    assert!(gap.warnings[0].message.contains("2026-03-01 to 2026-03-31"), "{gap:?}");
    let bad = read(
        "A.1,x,abc,100,20260101,,q,,\nA.2,x,100,100,20260230,,q,,\nA.3,x,-5,100,20260101,,q,,\n,x,1,1,20260101,,q,,\nA.5,x,1,1,20260201,20260101,q,,\nA.6,x,1,1,20260101,,q,9,\nA.7,x\n",
    );
    let lines: Vec<u64> = bad.errors.iter().map(|note| note.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8], "{bad:?}");
    let no_column = read_catalogue(b"MA_DICH_VU,TEN_DICH_VU\n").1;
    assert!(no_column.errors.iter().any(|note| note.message.contains("DON_GIA")), "{no_column:?}");
}

/// A long row goes on behind a short one: that is an overlap, and no gap.
#[test]
fn a_row_that_reaches_far_is_compared_with_every_later_one() {
    let header = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU";
    let rows =
        [("20260101", "20261231", 100_000), ("20260201", "20260210", 200_000), ("20260401", "20260410", 300_000)];
    let text = rows.iter().fold(format!("{header}\n"), |text, (from, to, price)| {
        text + &format!("02.03,Khám,{price},{price},{from},{to},Q,,\n")
    });
    let (_, report) = read_catalogue(text.as_bytes());
    let said: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().all(|note| note.contains("overlapping prices") && note.contains("(line 2)")), "{said:?}");
}

#[test]
fn a_later_catalogue_wins_over_an_earlier_one_with_a_warning() {
    let folder = Folder::new("two");
    let write = |name: &str, price: u32| {
        let path = folder.path().join(name);
        let text = format!(
            "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n18.0119.0028,x,{price},{price},20260101,,q,,\n"
        );
        std::fs::write(&path, text).unwrap();
        path
    };
    let files = vec![write("one.csv", 70_000), write("two.csv", 80_000)];
    let sources = vienphi_server::files::Sources { prices: files, ..checkout::sources() };
    let (pricer, warnings) = sources.build().unwrap();
    assert!(warnings.iter().any(|warning| Path::new(&warning.file).ends_with("two.csv")), "{warnings:?}");
    let document = json!({
        "id": "C", "facility": "92114", "patient": {"birth_date": "1980-01-01", "sex": "female"},
        "visit": {"type": "01", "subject": "9", "arrived_at": "2026-03-02T08:00", "discharged_at": "2026-03-02T17:00"},
        "lines": [{"id": "1", "kind": "imaging", "code": "18.0119.0028", "quantity": "1", "performed_at": "2026-03-02T09:00"}],
    });
    let answer = pricer.price_json(document.to_string().as_bytes(), checkout::day("2026-03-02")).unwrap();
    let statement: Value = serde_json::from_slice(&answer.json).unwrap();
    assert_eq!(statement["lines"][0]["list_price"], "80000");
}
