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
fn all_27_subjects_are_there() {
    let text = String::from_utf8(benefit()["subjects.toml"].clone()).unwrap();
    assert_eq!(text.matches("[[subject]]").count(), 27);
}
