//! Policy files: unknown keys, overlaps and gaps are errors with file and line.

use std::collections::BTreeMap;

use acceptance::checkout;
use vienphi_service::{Setup, SetupError};

fn benefit() -> BTreeMap<String, Vec<u8>> {
    let folder = checkout::root().join("policies/benefit");
    let files = std::fs::read_dir(folder).unwrap().flatten();
    files.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

/// What reading the policies says after one replacement in one file.
fn after(file: &str, old: &str, new: &str) -> String {
    let mut files = benefit();
    let text = String::from_utf8(files[file].clone()).unwrap();
    assert!(text.contains(old), "{file} has no {old:?}");
    files.insert(file.into(), text.replacen(old, new, 1).into_bytes());
    match (Setup { benefit: files, ..Setup::default() }).build() {
        Err(SetupError::Policies(errors)) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{file}: {new:?} was accepted"),
    }
}

#[test]
fn overlaps_gaps_and_unknown_keys_are_named_by_file_and_line() {
    let overlap = after("reference.toml", "from = \"2023-07-01\"", "from = \"2023-06-30\"");
    assert!(overlap.contains("benefit/reference.toml:11") && overlap.contains("overlaps"), "{overlap}");
    let gap = after("reference.toml", "from = \"2023-07-01\"", "from = \"2023-07-02\"");
    assert!(gap.contains("benefit/reference.toml:11") && gap.contains("gap"), "{gap}");
    let unknown = after("cards.toml", "digit = 2", "digit = 2\ncolour = \"red\"");
    assert!(unknown.contains("benefit/cards.toml:") && unknown.contains("colour"), "{unknown}");
    let not_a_day = after("calendar.toml", "2025-01-01", "2025-02-30");
    assert!(not_a_day.contains("benefit/calendar.toml:") && not_a_day.contains("2025-02-30"), "{not_a_day}");
    let twice = after("subjects.toml", "code = \"1.2\"", "code = \"1.1\"");
    assert!(twice.contains("1.1 is given twice"), "{twice}");
    let not_a_rate = after("cards.toml", "rate = \"95\"", "rate = \"95.55\"");
    assert!(not_a_rate.contains("more than 1 decimal"), "{not_a_rate}");
}

#[test]
fn a_value_outside_its_range_is_named_by_file_and_line() {
    for (file, old, new, says) in [
        ("cards.toml", "level = 4", "level = 7", "a level is from 1 to 5, not 7"),
        ("cards.toml", "rate = \"95\"", "rate = \"101\"", "is not from 0 to 100"),
        ("cards.toml", "rate = \"95\"", "rate = \"-5\"", "is not from 0 to 100"),
        ("reference.toml", "amount = \"2340000\"", "amount = \"-1\"", "is not above 0"),
        ("reference.toml", "percent = \"15\"", "percent = \"150\"", "is not from 0 to 100"),
        ("caps.toml", "multiple = \"0.15\"", "multiple = \"-0.15\"", "is not above 0"),
        ("subjects.toml", "formerly = [\"district\"]", "formerly = [\"districtt\"]", "former level \"districtt\""),
        ("endings.toml", "result = 5\n", "result = 55\n", "result 55 is not from 1 to 7"),
        ("endings.toml", "result = 5\n", "", "needs a result or a discharge"),
        ("endings.toml", "ground = \"TT 39/2024/TT-BYT: died\"", "ground = \" \"", "must name the law or the reading"),
    ] {
        let said = after(file, old, new);
        assert!(said.contains(&format!("benefit/{file}:")) && said.contains(says), "{file}: {new}: {said}");
    }
    let caps = String::from_utf8(benefit()["caps.toml"].clone()).unwrap();
    let first = caps.find("[[cap]]").unwrap();
    let row = &caps[first..first + caps[first..][7..].find("[[cap]]").unwrap() + 7];
    let twice = after("caps.toml", "[[cap]]", &format!("{row}[[cap]]"));
    assert!(twice.contains("a row before it has the same tier"), "{twice}");
}

#[test]
fn all_27_subjects_are_there() {
    let text = String::from_utf8(benefit()["subjects.toml"].clone()).unwrap();
    assert_eq!(text.matches("[[subject]]").count(), 27);
}
