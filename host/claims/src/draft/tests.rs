//! What is written is read again, whatever the texts.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::text::is_allowed;
use crate::{Envelope, Limits, violations};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn read(bytes: &[u8]) -> Envelope<'_> {
    Envelope::read(bytes, &Limits::default()).unwrap()
}

fn one_claim(tables: Vec<NewTable>) -> NewEnvelope {
    let claims = vec![NewClaim { discharge_day: day("2026-03-05"), tables }];
    NewEnvelope { facility: "92114".into(), made_on: day("2026-03-06"), claims }
}

/// Texts as people and programs write them: marks that combine, emoji, markup, line breaks.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("&"),
        Just("<"),
        Just(">"),
        Just("]]>"),
        Just("\""),
        Just("'"),
        Just("\r\n"),
        Just("\r"),
        Just("\n\t "),
        Just("&amp;"),
        Just("&#1;"),
        Just("<![CDATA["),
        Just("<!--"),
        Just("e\u{302}\u{301}"),
        Just("Nguyễn Thị Mẫu"),
        Just("🩺"),
        Just("\u{feff}"),
        Just(";"),
        Just("45000.50"),
    ];
    let any_allowed =
        any::<String>().prop_map(|text| text.chars().filter(|character| is_allowed(*character)).collect());
    prop_oneof![vec(piece, 0..6).prop_map(|pieces| pieces.concat()), any_allowed]
}

#[test]
fn a_file_is_written_in_the_order_of_the_schema() {
    let mut table = NewTable::new(4).unwrap();
    let row = table.add_row().unwrap();
    row.set("GIA_TRI", "< 5 & \"6\"").unwrap();
    row.set("MA_LK", "K1").unwrap();
    row.add_other("MOI", "1").unwrap();
    let document = table.document(day("2026-03-05")).unwrap();
    assert_eq!(
        document,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><CHITIEU_CHITIET_DICHVUCANLAMSANG><DSACH_CHI_TIET_CLS><CHI_TIET_CLS>\
         <MA_LK>K1</MA_LK><STT/><MA_DICH_VU/><MA_CHI_SO/><TEN_CHI_SO/><GIA_TRI>&lt; 5 &amp; \"6\"</GIA_TRI><DON_VI_DO/><MO_TA/>\
         <KET_LUAN/><NGAY_KQ/><MA_BS_DOC_KQ/><DU_PHONG/><MOI>1</MOI></CHI_TIET_CLS></DSACH_CHI_TIET_CLS>\
         </CHITIEU_CHITIET_DICHVUCANLAMSANG>"
    );
    let file = String::from_utf8(one_claim(vec![table]).write().unwrap()).unwrap();
    let (head, rest) = file.split_once("<NOIDUNGFILE>").unwrap();
    assert_eq!(
        head,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><GIAMDINHHS><THONGTINDONVI><MACSKCB>92114</MACSKCB></THONGTINDONVI>\
         <THONGTINHOSO><NGAYLAP>20260306</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO><FILEHOSO>\
         <LOAIHOSO>XML4</LOAIHOSO>"
    );
    let (base64, tail) = rest.split_once("</NOIDUNGFILE>").unwrap();
    assert!(base64.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)));
    assert_eq!(tail, "</FILEHOSO></HOSO></DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>");
    assert_eq!(read(file.as_bytes()).breaches(), []);
}

#[test]
fn what_cannot_be_written_is_refused_with_its_place() {
    let with = |number: u8, field: &str, text: &str| {
        let mut table = NewTable::new(number).unwrap();
        table.add_row().unwrap().set(field, text).unwrap();
        table
    };
    let second = |change: fn(&mut NewRow)| {
        let mut table = with(2, "MA_LK", "K");
        change(table.add_row().unwrap());
        table
    };
    let mut empty_summary = NewTable::new(1).unwrap();
    let mut twice = with(1, "MA_LK", "K");
    twice.add_row().unwrap();
    for (table, message) in [
        (with(1, "HO_TEN", "A\u{1}"), "claim 1, XML1, row 1, HO_TEN: U+0001 is a character that XML does not allow"),
        (
            with(2, "CACH_DUNG", "\u{ffff}"),
            "claim 1, XML2, row 1, CACH_DUNG: U+FFFF is a character that XML does not allow",
        ),
        (
            second(|row| row.set("CACH_DUNG", "\u{b}").unwrap()),
            "claim 1, XML2, row 2, CACH_DUNG: U+000B is a character that XML does not allow",
        ),
        (
            second(|row| row.add_other("THEM", "a\u{fffe}").unwrap()),
            "claim 1, XML2, row 2, THEM: U+FFFE is a character that XML does not allow",
        ),
        (with(8, "MA_LK", "K"), "claim 1, XML8: the outermost element of the table is not known; name it"),
        (twice, "claim 1, XML1: 2 rows are to be written; the table holds exactly one"),
        (NewTable::new(1).unwrap(), "claim 1, XML1: 0 rows are to be written; the table holds exactly one"),
    ] {
        assert_eq!(one_claim(vec![table]).write().unwrap_err().to_string(), message);
    }
    assert_eq!(
        NewTable::new(15).unwrap_err().to_string(),
        "XML15: the fields of the table are not known; it can be written only as it was read"
    );
    let row = empty_summary.add_row().unwrap();
    assert_eq!(row.set("MA_LYDO_VVIEN", "1").unwrap_err().to_string(), "MA_LYDO_VVIEN: is not a field of the table");
    assert_eq!(row.add_other("A B", "").unwrap_err().to_string(), "\"A B\" is not a name that an element can have");
    assert_eq!(row.add_other("ho_ten", "").unwrap_err().to_string(), "ho_ten: stands twice; once is allowed");
    let facility = NewEnvelope { facility: "\0".into(), ..one_claim(vec![]) };
    assert_eq!(facility.write().unwrap_err().to_string(), "MACSKCB: U+0000 is a character that XML does not allow");
    assert!(with(8, "MA_LK", "K").with_root("TOM_TAT").unwrap().document(day("2026-03-05")).is_ok());
}

#[test]
fn a_table_that_was_read_can_be_changed_when_nothing_is_lost() {
    let table = |text: &str| Table::read(text.as_bytes(), &Limits::default()).unwrap();
    let read = table("<tong_hop><MA_LK>K1</MA_LK><MOI>1</MOI></tong_hop>");
    let mut changed = NewTable::changed(&read).unwrap();
    changed.rows_mut()[0].set("HO_TEN", "Mẫu").unwrap();
    let written = changed.document(day("2026-03-05")).unwrap();
    let again = table(&written);
    let row = again.row(0).unwrap();
    assert_eq!((again.root(), row.text("MA_LK"), row.text("HO_TEN")), ("tong_hop", Some("K1"), Some("Mẫu")));
    assert_eq!(again.unknown().map(|unknown| (unknown.name, unknown.text)).collect::<Vec<_>>(), [("MOI", Some("1"))]);
    for (text, message) in [
        ("<TONG_HOP><A><B/></A></TONG_HOP>", "XML1: \"A\" would be lost when the table is written anew"),
        ("<TONG_HOP>x</TONG_HOP>", "XML1: \"#text\" would be lost when the table is written anew"),
        (
            "<CHITIEU_CHITIET_THUOC><A>1</A></CHITIEU_CHITIET_THUOC>",
            "XML2: \"A\" would be lost when the table is written anew",
        ),
        (
            "<CHI_TIEU_DU_LIEU_GIAY_RA_VIEN><G><MA_LK>K</MA_LK></G></CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>",
            "XML7: \"G\" would be lost when the table is written anew",
        ),
    ] {
        assert_eq!(NewTable::changed(&table(text)).unwrap_err().to_string(), message, "{text}");
    }
}

/// Tables with texts in some of their fields.
fn tables() -> impl Strategy<Value = Vec<NewTable>> {
    let row = vec((0_usize..66, text()), 0..8);
    let table = (prop_oneof![0_u8..=5, Just(7), Just(13)], vec(row, 1..4)).prop_map(|(number, rows)| {
        let mut table = NewTable::new(number).unwrap();
        let schema = Schema::every_day().table(number).unwrap();
        let is_list = matches!(schema.layout, Layout::List { .. });
        for texts in rows.into_iter().take(if is_list { 3 } else { 1 }) {
            let row = table.add_row().unwrap();
            row.set("MA_LK", "K1").unwrap();
            for (field, text) in texts {
                row.set(&schema.fields()[field % schema.fields().len()].name, text).unwrap();
            }
        }
        if schema.root.is_some() { table } else { table.with_root("GIAY").unwrap() }
    });
    vec(table, 0..5)
}

proptest! {
    #[test]
    fn what_is_written_is_read_with_equal_values(tables in tables()) {
        let envelope = one_claim(tables);
        let bytes = envelope.write().unwrap();
        let again = read(&bytes);
        prop_assert_eq!(again.breaches(), []);
        let claim = &again.claims()[0];
        prop_assert_eq!(claim.tables().len(), envelope.claims[0].tables.len());
        for (table, written) in claim.tables().iter().zip(&envelope.claims[0].tables) {
            prop_assert_eq!((table.kind(), table.status(), table.unknown().count()), (&*written.kind, Status::Typed, 0));
            let Form::Rows { schema, rows, .. } = &written.form else { panic!("rows") };
            prop_assert_eq!(table.row_count(), rows.len());
            for (row, written) in table.rows().zip(rows) {
                for field in schema.fields() {
                    let value = row.value(&field.name).unwrap();
                    prop_assert_eq!(value.text, written.text(&field.name).unwrap_or_default());
                }
            }
            violations(table, Schema::on(day("2026-03-05")));
        }
    }

    #[test]
    fn what_was_read_and_not_changed_is_written_as_it_was(tables in tables(), blank in "[ \r\n\t]{0,3}", is_lower: bool) {
        let bytes = one_claim(tables).write().unwrap();
        // As another program would write it, the base64 broken too.
        let text = String::from_utf8(bytes).unwrap();
        let mut text = text.replace("</NOIDUNGFILE>", &format!("{blank}</NOIDUNGFILE>")).replace("><", &format!(">{blank}<"));
        if is_lower {
            text = text.replace("FILEHOSO", "filehoso");
        }
        let envelope = read(text.as_bytes());
        prop_assert_eq!(envelope.bytes(), text.as_bytes());
    }

    #[test]
    fn tables_that_are_kept_are_written_byte_for_byte(tables in tables()) {
        let bytes = one_claim(tables).write().unwrap();
        let kept: Vec<NewTable> = read(&bytes).claims()[0].tables().iter().map(NewTable::kept).collect();
        prop_assert_eq!(one_claim(kept).write().unwrap(), bytes.clone());
        let changed = read(&bytes).claims()[0].tables().iter().map(|table| NewTable::changed(table).unwrap()).collect();
        prop_assert_eq!(one_claim(changed).write().unwrap(), bytes);
    }

    #[test]
    fn damaged_files_are_refused_or_read_and_nothing_else(
        tables in tables(), cut in any::<prop::sample::Index>(), damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)
    ) {
        let mut bytes = one_claim(tables.clone()).write().unwrap();
        bytes.truncate(cut.index(bytes.len()) + 1);
        for (place, byte) in &damage {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        let _ = Envelope::read(&bytes, &Limits::default());
        for table in &tables {
            let mut document = table.document(day("2026-03-05")).unwrap().into_bytes();
            for (place, byte) in &damage {
                let place = place.index(document.len());
                document[place] = *byte;
            }
            if let Ok(table) = Table::read(&document, &Limits::default()) {
                prop_assert_eq!(table.raw().as_bytes(), &document);
                violations(&table, Schema::on(day("2026-03-05")));
                let values = table.rows().flat_map(|row| row.values().map(|(_, value)| value.offset).collect::<Vec<_>>());
                prop_assert!(values.into_iter().all(|offset| offset <= document.len()));
            }
        }
    }
}
