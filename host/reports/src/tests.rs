//! Books read back by another reader, and mappings right and wrong.

use std::io::Cursor;

use calamine::{Data, Range, Reader as _, Xlsx};
use vienphi_ledger::{Account, Method};

use crate::{LedgerAccount, LedgerBook, LedgerEntry, Mapping, ReportError};

fn entry(journal: i64, amount_units: i64) -> LedgerEntry {
    LedgerEntry {
        journal,
        place: 1,
        day: "2026-03-02".into(),
        at: "2026-03-02T08:10:05+07:00".into(),
        event: "deposit".into(),
        subject: "receipt/PT-1".into(),
        encounter: Some("L1".into()),
        account: Account::Cash,
        amount_units,
        department: None,
        practitioner: None,
        group: None,
        payer: None,
        method: Some("cash".into()),
        shift: Some(3),
        actor: "thu-ngan-1".into(),
        reverses: None,
    }
}

fn book(mapping: Mapping) -> LedgerBook {
    LedgerBook::new("92114", "2026-01-01", "2026-03-31", mapping).unwrap()
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    open(bytes.to_vec()).worksheet_range(name).unwrap()
}

/// An amount as a cell shows it, in 1/100 đồng, read from the shortest decimal of the cell's number.
fn units(cell: &Data) -> i128 {
    let text = match cell {
        Data::Float(number) => format!("{number}"),
        Data::Int(number) => number.to_string(),
        Data::String(text) => text.clone(),
        other => panic!("{other:?} is no amount"),
    };
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = format!("{part:0<2}");
    assert_eq!(part.len(), 2, "{text} has more than two decimals");
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    whole.parse::<i128>().unwrap() * 100 + sign * part.parse::<i128>().unwrap()
}

/// Amounts where doubles, digits and signs change.
fn amounts() -> Vec<i64> {
    let mut amounts = vec![0, 1, 5, 10, 99, 100, 101, 12_345_678_901, i64::MAX, i64::MIN, i64::MIN + 1];
    for power in 0..=18_u32 {
        let unit = 10_i64.pow(power);
        amounts.extend([unit - 1, unit, unit + 1, unit / 3, unit / 7 * 3]);
    }
    for power in 40..=62_u32 {
        amounts.extend([(1_i64 << power) - 1, 1 << power, (1 << power) + 1]);
    }
    // A plain generator of numbers of every length.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for turn in 0..3_000_u32 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        amounts.push((state >> (turn % 60 + 2)).cast_signed());
    }
    let negative: Vec<i64> = amounts.iter().map(|amount| amount.wrapping_neg()).collect();
    amounts.extend(negative);
    amounts
}

#[test]
fn every_amount_of_an_entry_comes_back_exactly() {
    let amounts = amounts();
    let mut book = book(Mapping::none());
    for (journal, amount) in (1..).zip(&amounts) {
        book.entry(&entry(journal, *amount)).unwrap();
    }
    let range = sheet(&book.finish().unwrap(), "Nhật ký");
    assert_eq!(range.rows().count(), amounts.len() + 1);
    let mut numbers = 0;
    for (row, amount) in range.rows().skip(1).zip(&amounts) {
        let (side, other) = if *amount < 0 { (&row[11], &row[10]) } else { (&row[10], &row[11]) };
        assert_eq!(units(side), i128::from(amount.unsigned_abs()), "{amount}");
        assert_eq!(other, &Data::Empty, "{amount}");
        let is_number = amount.unsigned_abs() <= 999_999_999_999_999;
        assert_eq!(matches!(side, Data::Float(_) | Data::Int(_)), is_number, "{amount}");
        numbers += i32::from(is_number);
    }
    assert!(numbers > 4_000, "{numbers}");
}

#[test]
fn accounts_have_their_sums_and_a_total_equal_on_both_sides() {
    let mut book = book(Mapping::none());
    let debits = [i64::MAX, 0, 1_234_567];
    let credits = [1_234_567, i64::MAX, 0];
    let accounts = [Account::Cash, Account::Revenue, Account::Rounding];
    for ((account, debit_units), credit_units) in accounts.into_iter().zip(debits).zip(credits) {
        book.accounts(&[LedgerAccount { account, debit_units, credit_units }]).unwrap();
    }
    let range = sheet(&book.finish().unwrap(), "Số dư");
    let rows: Vec<&[Data]> = range.rows().collect();
    assert!(rows[0][0].to_string().contains("92114"));
    assert_eq!(rows[2][3].to_string(), "Phát sinh nợ");
    assert_eq!(rows.len(), 3 + 3 + 1);
    for (row, (debit, credit)) in rows[3..].iter().zip(debits.into_iter().zip(credits)) {
        assert_eq!((units(&row[3]), units(&row[4])), (i128::from(debit), i128::from(credit)));
        assert_eq!(units(&row[5]), i128::from(debit) - i128::from(credit));
    }
    assert_eq!(
        rows[3][..3].iter().map(Data::to_string).collect::<Vec<_>>(),
        ["cash", "Tiền mặt tại quầy", "Cash of a shift"]
    );
    assert_eq!(rows[6][0].to_string(), "Tổng cộng");
    assert_eq!(units(&rows[6][3]), units(&rows[6][4]));
    assert_eq!(units(&rows[6][3]), i128::from(i64::MAX) + 1_234_567);
    assert_eq!(units(&rows[6][5]), 0);
}

#[test]
fn accounts_that_do_not_balance_make_no_book() {
    let mut book = book(Mapping::none());
    book.accounts(&[LedgerAccount { account: Account::Cash, debit_units: 1_001, credit_units: 1_000 }]).unwrap();
    let error = book.finish().unwrap_err();
    assert_eq!(error.to_string(), "the accounts do not balance: 10.01 đồng of debits, 10.00 đồng of credits");
}

#[test]
fn a_period_is_from_a_day_to_a_day() {
    for (from, to) in [("2026-02-30", "2026-03-01"), ("2026-01-01", "=1+1"), ("", "2026-01-01")] {
        assert!(matches!(LedgerBook::new("92114", from, to, Mapping::none()), Err(ReportError::Day(_))));
    }
}

#[test]
fn a_full_sheet_is_followed_by_another() {
    let mut book = LedgerBook::with_rows("92114", "2026-01-01", "2026-03-31", Mapping::none(), 11).unwrap();
    for journal in 1..=25 {
        book.entry(&entry(journal, journal)).unwrap();
    }
    let bytes = book.finish().unwrap();
    assert_eq!(open(bytes.clone()).sheet_names(), ["Số dư", "Nhật ký", "Nhật ký 2", "Nhật ký 3"]);
    let mut journals = Vec::new();
    for (name, rows) in [("Nhật ký", 11), ("Nhật ký 2", 11), ("Nhật ký 3", 6)] {
        let range = sheet(&bytes, name);
        assert_eq!(range.rows().count(), rows, "{name}");
        assert_eq!(range.rows().next().unwrap()[0].to_string(), "Bút toán");
        journals.extend(range.rows().skip(1).map(|row| row[0].to_string().parse::<i64>().unwrap()));
    }
    assert_eq!(journals, (1..=25).collect::<Vec<_>>());
}

#[test]
fn a_book_without_entries_opens() {
    let bytes = book(Mapping::none()).finish().unwrap();
    assert_eq!(sheet(&bytes, "Nhật ký").rows().count(), 1);
    assert_eq!(bytes, book(Mapping::none()).finish().unwrap(), "the same ledger is the same file");
}

#[test]
fn what_a_person_typed_is_never_a_formula() {
    let long = "=".repeat(40_000);
    let typed = [
        "=1+1",
        "=HYPERLINK(\"https://example.com/?\"&A1,\"x\")",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "+SUM(1,1)",
        "-2+3",
        "-",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        " =1+1",
        "==",
        "=",
        "'=1+1",
        "\"=1+1\"",
        ";=1+1",
        "=DDE(\"cmd\";\"/C calc\";\"x\")",
        "=IMPORTXML(\"https://example.com\",\"//a\")",
        "=1+1\",\"=2+2",
        "％=1",
        "=",
        "{=1+1}",
        "%0A=1+1",
        "|calc",
        "<f>1+1</f>",
        "</t></is></c><c><f>1+1</f></c>",
        "<![CDATA[=1]]>",
        "&#61;1+1",
        "_x003D_1+1",
        "1.5",
        "007",
        "2026-03-02",
        "TRUE",
        "#REF!",
        "https://example.com/",
        "mailto:a@example.com",
        "Khoa Nội — tổng hợp",
        "a\u{0}b\u{1}c",
        "\u{202e}=1+1",
        "\u{feff}=1+1",
        &long,
    ];
    let mut book = book(Mapping::none());
    for (journal, text) in (1..).zip(typed) {
        let mut entry = entry(journal, 100);
        entry.day = text.into();
        entry.at = text.into();
        entry.event = text.into();
        entry.subject = text.into();
        entry.encounter = Some(text.into());
        entry.department = Some(text.into());
        entry.practitioner = Some(text.into());
        entry.payer = Some(text.into());
        entry.method = Some(text.into());
        entry.actor = text.into();
        book.entry(&entry).unwrap();
    }
    let bytes = book.finish().unwrap();
    let formulas = open(bytes.clone()).worksheet_formula("Nhật ký").unwrap();
    assert_eq!(formulas.used_cells().count(), 0);
    let range = sheet(&bytes, "Nhật ký");
    assert_eq!(range.rows().count(), typed.len() + 1);
    for (row, text) in range.rows().skip(1).zip(typed) {
        let kept: String = text.chars().take(32_767).collect();
        for column in [3, 4, 5, 6, 12, 13, 15, 16, 18] {
            let Data::String(read) = &row[column] else { panic!("{text:?} became {:?}", row[column]) };
            // Readers differ in how they give back characters that XML cannot hold.
            if !text.contains(['\u{0}', '\r']) {
                assert_eq!(read, &kept, "column {column}");
            }
        }
        assert!(matches!(row[2], Data::String(_)) || text == "2026-03-02", "{text:?} became {:?}", row[2]);
    }
}

#[test]
fn a_row_has_its_day_and_dimensions() {
    let mut book = book(Mapping::none());
    let mut entry = entry(7, -250_050);
    entry.department = Some("K02".into());
    entry.practitioner = Some("004567/CT-CCHN".into());
    entry.group = Some(13);
    entry.payer = Some("patient".into());
    entry.reverses = Some(6);
    book.entry(&entry).unwrap();
    let range = sheet(&book.finish().unwrap(), "Nhật ký");
    let row: Vec<String> = range.rows().nth(1).unwrap().iter().map(Data::to_string).collect();
    let Data::DateTime(day) = range.rows().nth(1).unwrap()[2] else { panic!("the day is not one") };
    assert_eq!(day.to_ymd_hms_milli(), (2026, 3, 2, 0, 0, 0, 0));
    assert_eq!(row[..2], ["7", "1"]);
    assert_eq!(
        row[3..],
        [
            "2026-03-02T08:10:05+07:00",
            "deposit",
            "receipt/PT-1",
            "L1",
            "cash",
            "Tiền mặt tại quầy",
            "cash",
            "",
            "2500.5",
            "K02",
            "004567/CT-CCHN",
            "13",
            "patient",
            "cash",
            "3",
            "thu-ngan-1",
            "6"
        ]
    );
}

const OWN: &str = "\u{feff}account,method,group,code,name\r\n\
    bank,,,112,Tiền gửi\r\n\
    bank,transfer,,1121,Tiền gửi VND\r\n\
    bank,,4,1124,\r\n\
    \r\n\
    bank,transfer,4,11214,\"Tiền gửi, thuốc\"\r\n\
    revenue , , 13 , 511.KHAM , Doanh thu khám\r\n";

#[test]
fn the_most_specific_row_of_a_mapping_wins() {
    let mapping = Mapping::read(OWN.as_bytes()).unwrap();
    let code = |account, method, group| mapping.find(account, method, group).map(|own| own.code.as_str());
    for (method, group, expected) in [
        (None, None, "112"),
        (Some(Method::Card), None, "112"),
        (Some(Method::Card), Some(13), "112"),
        (Some(Method::Transfer), None, "1121"),
        (Some(Method::Transfer), Some(13), "1121"),
        (None, Some(4), "1124"),
        (Some(Method::Card), Some(4), "1124"),
        (Some(Method::Transfer), Some(4), "11214"),
    ] {
        assert_eq!(code(Account::Bank, method, group), Some(expected), "{method:?} {group:?}");
    }
    assert_eq!(code(Account::Revenue, None, Some(13)), Some("511.KHAM"));
    assert_eq!(code(Account::Revenue, None, Some(4)), None);
    assert_eq!(code(Account::Cash, Some(Method::Cash), None), None);
    // Method before group when only one of them can be had.
    let both = Mapping::read(b"account,method,group,code,name\nbank,card,,1,\nbank,,4,2,\n").unwrap();
    assert_eq!(both.find(Account::Bank, Some(Method::Card), Some(4)).unwrap().code, "1");
    assert!(Mapping::none().find(Account::Bank, None, None).is_none());
}

#[test]
fn a_book_has_the_codes_of_the_hospital() {
    let mut book = book(Mapping::read(OWN.as_bytes()).unwrap());
    book.accounts(&[LedgerAccount { account: Account::Bank, debit_units: 5, credit_units: 5 }]).unwrap();
    for (method, group) in [("transfer", Some(4)), ("card", Some(4)), ("none such", None)] {
        let account = Account::Bank;
        book.entry(&LedgerEntry { account, group, method: Some(method.into()), ..entry(1, 1) }).unwrap();
    }
    let bytes = book.finish().unwrap();
    let texts = |range: Range<Data>, row: usize, columns: std::ops::Range<usize>| -> Vec<String> {
        range.rows().nth(row).unwrap()[columns].iter().map(Data::to_string).collect()
    };
    assert_eq!(texts(sheet(&bytes, "Số dư"), 3, 0..3), ["112", "Tiền gửi", "Bank"]);
    assert_eq!(texts(sheet(&bytes, "Nhật ký"), 1, 7..10), ["11214", "Tiền gửi, thuốc", "bank"]);
    assert_eq!(texts(sheet(&bytes, "Nhật ký"), 2, 7..10), ["1124", "Tiền gửi ngân hàng", "bank"]);
    assert_eq!(texts(sheet(&bytes, "Nhật ký"), 3, 7..10), ["112", "Tiền gửi", "bank"]);
}

#[test]
fn what_is_wrong_with_a_mapping_is_said_with_its_place() {
    const HEADER: &str = "account,method,group,code,name\n";
    let accounts = "patient-receivable, insurer-receivable";
    for (csv, line, column, part) in [
        ("".to_owned(), 1, 1, "the first line must be account,method,group,code,name"),
        ("account;method;group;code;name\n".into(), 1, 1, "the first line must be"),
        ("account,method,code,group,name\n".into(), 1, 3, "the first line must be"),
        ("account,method,group,code\n".into(), 1, 5, "the first line must be"),
        ("account,method,group,code,name,more\n".into(), 1, 6, "the first line must be"),
        (format!("{HEADER}cash,,,1111,Quỹ\nkash,,,1112,\n"), 3, 1, accounts),
        (format!("{HEADER}cash,,,1111,Quỹ\r\n\r\n\r\ncash,notes,,1112,\r\n"), 5, 2, "cash, card, transfer, rail"),
        (format!("{HEADER}revenue,,0,511,\n"), 2, 3, "\"0\" is none of the numbers of MA_NHOM"),
        (format!("{HEADER}revenue,,-1,511,\n"), 2, 3, "MA_NHOM"),
        (format!("{HEADER}revenue,,256,511,\n"), 2, 3, "MA_NHOM"),
        (format!("{HEADER}revenue,,thuốc,511,\n"), 2, 3, "MA_NHOM"),
        (format!("{HEADER}revenue,,,,Doanh thu\n"), 2, 4, "an account needs a code"),
        (format!("{HEADER}revenue,,,511\n"), 2, 5, "4 fields instead of 5"),
        (format!("{HEADER}revenue,,,511,Doanh thu, khác\n"), 2, 6, "6 fields instead of 5"),
        (format!("{HEADER}cash,,,1,\n\"cash\", ,,2,\n"), 3, 1, "the same account, method and group as in line 2"),
        (format!("{HEADER}\"bank\",,,1,\"hai\ndòng\"\nkash,,,1,\n"), 4, 1, accounts),
        (format!("{HEADER}{},,,1,\n", "x".repeat(5_000)), 2, 1, "xxxx\" is none of"),
    ] {
        let error = Mapping::read(csv.as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{csv:?}: {error}");
        assert!(error.to_string().contains(part), "{csv:?}: {error}");
        assert!(error.to_string().len() < 500, "{error}");
    }
    let error = Mapping::read(b"account,method,group,code,name\ncash,,,1111,Qu\xff\n").unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 5 (name): the text is not UTF-8");
}
