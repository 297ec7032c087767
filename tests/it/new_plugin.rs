//! `vienphi plugin new --from-catalogue`: an approved catalogue becomes the tables of a package.

use std::path::Path;
use std::process::Output;

use rust_xlsxwriter::Workbook;
use vienphi_tariff::Package;

use crate::catalogues::catalogues;
use crate::program::binary;
use acceptance::folder::Folder;

const HEADER: &str = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU";

/// Line 2 and 3 leave a gap, 4 and 5 contradict each other, 6 and 8 are unreadable, 7 is suspicious, 9 has no
/// resolution.
const ROWS: [&str; 8] = [
    "18.0119.0028,Chụp X-quang ngực,73300,73300,20250101,20250630,20251210_1/NQ-HĐND,,",
    "18.0119.0028,Chụp X-quang ngực,75300,75300,20260101,,20251210_1/NQ-HĐND,,",
    "02.03,Khám Nội,45000,45000,20260101,,20251210_1/NQ-HĐND,,",
    "02.03,Khám Nội,46000,46000,20260101,,20251210_1/NQ-HĐND,,",
    "03.0001.1812,Một dịch vụ,bốn nghìn,4000,20260101,,20251210_1/NQ-HĐND,,",
    "18.0120.0028,Chụp X-quang,753000,753000,20260101,,20251210_1/NQ-HĐND,,",
    "22.0120.1370,Tổng phân tích tế bào máu,\"48,500\",48500,20260101,,20251210_1/NQ-HĐND,,",
    "22.0121.1369,Tổng phân tích nước tiểu,28600,28600,20260101,,,,",
];

fn new(folder: &Folder, name: &str, catalogue: &Path) -> Output {
    std::process::Command::new(binary())
        .args(["plugin", "new", name, "--province", "92", "--from-catalogue"])
        .arg(catalogue)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The prices that a new plugin begins with.
fn prices(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name).join("prices.csv")).unwrap()
}

#[test]
fn rows_that_a_person_should_look_at_are_named_by_line() {
    let folder = Folder::new("new");
    let csv = folder.path().join("catalogue.csv");
    std::fs::write(&csv, format!("\u{feff}{HEADER}\n{}\n", ROWS.join("\n"))).unwrap();
    let output = new(&folder, "tariff-a", &csv);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("4 rows become prices, 4 are left out, 7 remarks"), "{said}");
    for (line, words) in [
        ("line 3", "no price from 2025-07-01 to 2025-12-31"),
        ("line 4", "left out: 02.03 has another price from the same day on line 5"),
        ("line 5", "left out: 02.03 has another price from the same day on line 4"),
        ("line 6", "left out: DON_GIA"),
        ("line 7", "is far from 75300 of 18.0119.0028"),
        ("line 8", "left out: DON_GIA"),
        ("line 9", "it names no resolution"),
    ] {
        assert_eq!(said.lines().filter(|said| said.starts_with(line)).count(), 1, "{line}:\n{said}");
        assert!(said.lines().any(|said| said.starts_with(line) && said.contains(words)), "{line}: {words}:\n{said}");
    }
    let manifest = std::fs::read_to_string(folder.path().join("tariff-a/plugin.toml")).unwrap();
    assert!(manifest.contains("status = \"sample\"") && manifest.contains("20251210_1/NQ-HĐND"), "{manifest}");
    // A folder that is there is never written over.
    let again = new(&folder, "tariff-a", &csv);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("is there already"));
}

#[test]
fn a_workbook_becomes_what_its_rows_as_csv_become() {
    let folder = Folder::new("workbook");
    let (csv, xlsx) = (folder.path().join("catalogue.csv"), folder.path().join("catalogue.xlsx"));
    // As text, as CSV readers take it.
    std::fs::write(&csv, format!("{HEADER}\n{}\n", ROWS.join("\n").replace("\"48,500\"", "48500"))).unwrap();
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Bìa").unwrap().write_string(0, 0, "Danh mục dịch vụ kỹ thuật").unwrap();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "UBND thành phố").unwrap();
    let rows = std::iter::once(HEADER).chain(ROWS);
    for (row, line) in (3..).zip(rows) {
        for (column, cell) in (0..).zip(line.replace("\"48,500\"", "48500").split(',')) {
            // Prices and days are numbers in workbooks of the field, codes are texts.
            match cell.parse::<u32>() {
                Ok(number) if (2..6).contains(&column) => sheet.write_number(row, column, number).unwrap(),
                _ => sheet.write_string(row, column, cell).unwrap(),
            };
        }
    }
    book.save(&xlsx).unwrap();
    for (name, file) in [("tariff-csv", &csv), ("tariff-xlsx", &xlsx)] {
        let output = new(&folder, name, file);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
    let of_workbook = prices(&folder, "tariff-xlsx").replace("catalogue.xlsx", "catalogue.csv");
    assert_eq!(of_workbook, prices(&folder, "tariff-csv"));
    assert!(of_workbook.lines().count() > 4, "{of_workbook}");
}

/// One cell at the end of a sheet would make a table of billions.
#[test]
fn a_cell_far_out_is_refused() {
    let folder = Folder::new("far");
    let xlsx = folder.path().join("far.xlsx");
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "MA_DICH_VU").unwrap().write_string(1_048_575, 16_383, "x").unwrap();
    book.save(&xlsx).unwrap();
    let output = new(&folder, "tariff-far", &xlsx);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no catalogue is so large"), "{}", text(&output.stderr));
}

#[test]
fn every_row_of_a_real_catalogue_becomes_a_price() {
    let folder = Folder::new("real");
    for (number, file) in (0..).zip(catalogues(&folder)) {
        let name = format!("tariff-real-{number}");
        let output = new(&folder, &name, &file);
        assert_eq!(output.status.code(), Some(0), "{}: {}", file.display(), text(&output.stderr));
        let (table, report) = vienphi_tariff::read_catalogue(&std::fs::read(&file).unwrap());
        assert!(report.errors.is_empty());
        let files = ["plugin.toml", "prices.csv"]
            .map(|file| (file.to_owned(), std::fs::read(folder.path().join(&name).join(file)).unwrap()));
        let mut files: std::collections::BTreeMap<_, _> = files.into();
        files.insert("component.wasm".into(), Vec::new());
        let package = Package::read(&files).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(package.table.rows().len(), table.rows().len(), "{}", file.display());
        for (kept, row) in package.table.rows().iter().zip(table.rows()) {
            assert_eq!(
                (&kept.code, kept.insured_price, kept.from, kept.to),
                (&row.code, row.insured_price, row.from, row.to)
            );
        }
    }
}

#[test]
fn what_is_no_catalogue_or_no_name_says_what_to_do() {
    let folder = Folder::new("bad-new");
    let bad = |name: &str, file: &str, bytes: &[u8]| {
        let path = folder.path().join(file);
        std::fs::write(&path, bytes).unwrap();
        let output = new(&folder, name, &path);
        assert_eq!(output.status.code(), Some(2), "{name} {file}");
        assert!(!folder.path().join(name).exists(), "{name} was begun");
        text(&output.stderr)
    };
    for (name, file, bytes, words) in [
        ("tariff-a", "empty.csv", &b""[..], "MA_DICH_VU"),
        ("tariff-a", "columns.csv", b"A,B\n1,2\n", "MA_DICH_VU"),
        ("tariff-a", "no.xlsx", b"PK not a workbook", "cannot be read"),
        ("Tariff_A", "columns.csv", b"A,B\n1,2\n", "lower-case"),
    ] {
        let said = bad(name, file, bytes);
        assert!(said.contains(words), "{name} {file}: {said}");
    }
}
