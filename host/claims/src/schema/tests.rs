//! The embedded schema against what is known of it, and what a wrong table says.

use super::load::{FILES, schema};
use super::*;

fn on(day: &str) -> SchemaOn {
    Schema::on(Day::parse(day).unwrap())
}

#[test]
fn every_table_is_there_once() {
    let tables = Schema::every_day().tables();
    assert_eq!(tables.iter().map(|table| table.number).collect::<Vec<_>>(), (0..=15).collect::<Vec<_>>());
    let fields: Vec<usize> = tables.iter().map(|table| table.fields().len()).collect();
    assert_eq!(fields, [16, 66, 39, 47, 12, 9, 0, 26, 22, 0, 0, 23, 0, 37, 22, 0]);
    for table in tables.iter().filter(|table| table.is_typed()) {
        assert!(table.fields()[table.field("MA_LK").unwrap()].is_required, "table {}", table.number);
        for (number, field) in table.fields().iter().enumerate() {
            assert_eq!(table.field(&field.name), Some(number));
            assert_eq!(table.find(&field.name.to_lowercase(), 0), Some(number));
        }
    }
}

#[test]
fn sizes_follow_the_day_of_discharge() {
    for (day, table, field, size) in [
        ("2025-01-01", 1, "MA_DOITUONG_KCB", Some(3)),
        ("2025-06-30", 1, "MA_DOITUONG_KCB", Some(3)),
        ("2025-07-01", 1, "MA_DOITUONG_KCB", Some(4)),
        ("2026-06-30", 3, "MUC_HUONG", Some(3)),
        ("2026-07-01", 3, "MUC_HUONG", Some(4)),
        ("2026-07-01", 2, "MUC_HUONG", Some(4)),
        ("2026-07-01", 1, "HO_TEN", Some(255)),
        ("2026-07-01", 1, "LY_DO_VV", None),
    ] {
        assert_eq!(on(day).format(table, field).unwrap().size, size, "{day} {field}");
    }
    assert_eq!(on("2026-07-01").format(1, "MA_LYDO_VVIEN"), None);
    assert_eq!(on("2026-07-01").format(6, "MA_LK"), None);
}

#[test]
fn roots_are_known_in_any_case() {
    for (root, number) in [
        ("TONG_HOP", Some(1)),
        ("tong_hop", Some(1)),
        ("Chi_Tieu_DieuTri_BenhLao", Some(15)),
        ("GIAMDINHHS", None),
        ("", None),
    ] {
        assert_eq!(Schema::every_day().table_of_root(root).map(|table| table.number), number, "{root}");
    }
}

#[test]
fn a_wrong_table_is_refused_with_its_file() {
    let table = |number: u8, more: &str| {
        format!("number = {number}\nname = \"x\"\nroot_source = \"x\"\nsource = \"x\"\n{more}")
    };
    let key = "{ name = \"MA_LK\", type = \"text\" }";
    for (text, message) in [
        (table(1, "list = \"A\""), "t.toml: either list and row, or rows, or neither"),
        (table(1, "fields = [{ name = \"A\", type = \"text\" }]"), "t.toml: no field MA_LK"),
        (
            table(1, "fields = [{ name = \"a\", type = \"text\" }]"),
            "t.toml: a: a name has at most 32 letters, A–Z, 0–9 and _",
        ),
        (
            table(1, "fields = [{ name = \"A\", type = \"text\", decimals = 2 }]"),
            "t.toml: A: only a number has decimals",
        ),
        (table(1, "fields = [{ name = \"A\", type = \"text\", items = 2 }]"), "t.toml: A: only a list has items"),
        (table(1, "fields = [{ name = \"A\", type = \"number\", kind = \"day\" }]"), "t.toml: A: a number has no kind"),
        (
            table(1, "fields = [{ name = \"A\", type = \"text\", from = \"2026-07-32\" }]"),
            "t.toml: A: \"2026-07-32\" is not a day such as 2026-07-01",
        ),
        (
            table(1, "fields = [{ name = \"A\", type = \"text\", from = \"2026-07-02\", to = \"2026-07-01\" }]"),
            "t.toml: A: the last day 2026-07-01 is before the first day 2026-07-02",
        ),
        (table(1, &format!("fields = [{key}, {key}]")), "t.toml: MA_LK: its lines overlap"),
        (
            table(1, &format!("fields = [{key}, {{ name = \"A\", type = \"text\" }}, {key}]")),
            "t.toml: MA_LK: is given twice, and not one line after the other",
        ),
    ] {
        assert_eq!(schema(&[("t.toml", &text)]).unwrap_err(), message);
    }
    let root = table(1, "root = \"A\"");
    let again = schema(&[("a.toml", &root), ("b.toml", &root)]).unwrap_err();
    assert_eq!(again, "b.toml: table 1 does not follow the one before it");
    let same = schema(&[("a.toml", &root), ("b.toml", &table(2, "root = \"a\""))]).unwrap_err();
    assert_eq!(same, "b.toml: another table has the outermost element a");
    assert!(schema(&FILES).is_ok());
}
