//! Tables as programs write them, and what is refused.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample;
use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Price, Quantity, Rate};

use super::*;
use crate::{ClaimError, Limits};

fn read(text: &str) -> Table {
    Table::read(text.as_bytes(), &Limits::default()).unwrap()
}

fn refuse(text: impl AsRef<[u8]>) -> ClaimError {
    Table::read(text.as_ref(), &Limits::default()).unwrap_err()
}

fn unknown(table: &Table) -> Vec<(&str, Option<usize>, Option<&str>)> {
    table.unknown().map(|unknown| (unknown.name, unknown.row, unknown.text)).collect()
}

const DRUGS: &str = "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>\
    <CHI_TIET_THUOC><MA_LK>K1</MA_LK><STT>1</STT><TEN_THUOC>Thuốc A &amp; B</TEN_THUOC></CHI_TIET_THUOC>\
    <CHI_TIET_THUOC><STT>2</STT><MA_LK>K1</MA_LK><TEN_THUOC/></CHI_TIET_THUOC>\
    </DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>";

#[test]
fn rows_are_read_whatever_the_order_of_their_fields() {
    let table = read(DRUGS);
    assert_eq!((table.number(), table.kind(), table.status()), (Some(2), "XML2", Status::Typed));
    assert_eq!((table.row_count(), table.raw(), table.source()), (2, DRUGS, None));
    let [first, second] = [table.row(0).unwrap(), table.row(1).unwrap()];
    for (row, field, text) in [
        (first, "MA_LK", Some("K1")),
        (first, "STT", Some("1")),
        (first, "TEN_THUOC", Some("Thuốc A & B")),
        (first, "DU_PHONG", None),
        (second, "MA_LK", Some("K1")),
        (second, "STT", Some("2")),
        (second, "TEN_THUOC", Some("")),
        (second, "NO_SUCH_FIELD", None),
    ] {
        assert_eq!(row.value(field).map(|value| value.text), text, "{field}");
    }
    assert_eq!(second.text("TEN_THUOC"), None);
    assert_eq!((first.element(), first.index(), second.index()), ("CHI_TIET_THUOC", 0, 1));
    assert_eq!(&DRUGS[second.offset()..][..16], "<CHI_TIET_THUOC>");
}

#[test]
fn a_value_knows_its_byte() {
    for (text, field, value) in [
        ("<TONG_HOP><MA_LK>K1</MA_LK></TONG_HOP>", "MA_LK", ("K1", 17)),
        ("\u{feff}<TONG_HOP><MA_LK>K1</MA_LK></TONG_HOP>", "MA_LK", ("K1", 20)),
        ("<TONG_HOP>\r\n  <MA_LK>K1</MA_LK></TONG_HOP>", "MA_LK", ("K1", 21)),
        ("<TONG_HOP><MA_LK><![CDATA[<K1>]]></MA_LK></TONG_HOP>", "MA_LK", ("<K1>", 26)),
        ("<TONG_HOP><MA_LK>K<!-- one -->1</MA_LK></TONG_HOP>", "MA_LK", ("K1", 17)),
        ("<TONG_HOP><MA_LK>&#75;<![CDATA[1]]>&lt;</MA_LK></TONG_HOP>", "MA_LK", ("K1<", 17)),
        ("<TONG_HOP><MA_LK/></TONG_HOP>", "MA_LK", ("", 18)),
        ("<TONG_HOP><MA_LK></MA_LK></TONG_HOP>", "MA_LK", ("", 17)),
        ("<TONG_HOP><HO_TEN> N \r\n V </HO_TEN></TONG_HOP>", "HO_TEN", (" N \r\n V ", 18)),
        ("<tong_hop><ho_ten a='1' b=\"&lt;\">V</ho_ten ></tong_hop>", "HO_TEN", ("V", 33)),
        ("<?xml version='1.0' encoding='UTF-8'?><TONG_HOP><MA_LK>K</MA_LK></TONG_HOP>", "MA_LK", ("K", 55)),
    ] {
        let table = read(text);
        let found = table.row(0).unwrap().value(field).unwrap();
        assert_eq!((found.text, found.offset), value, "{text}");
        assert_eq!(table.raw(), text);
    }
}

#[test]
fn what_nobody_knows_is_kept_and_listed() {
    let table = read(
        "<TONG_HOP><MA_LK>K</MA_LK><MOI>a&amp;b</MOI><KHAC><X>1</X></KHAC><moi2/>chữ<HO_TEN>V<B>x</B>N</HO_TEN></TONG_HOP>",
    );
    assert_eq!(
        unknown(&table),
        [
            ("MOI", Some(0), Some("a&b")),
            ("KHAC", Some(0), None),
            ("moi2", Some(0), Some("")),
            ("#text", Some(0), None),
            ("B", Some(0), None)
        ]
    );
    assert_eq!(table.row(0).unwrap().text("HO_TEN"), Some("VN"));
    let table = read(
        "<CHITIEU_CHITIET_THUOC><A>1</A><DSACH_CHI_TIET_THUOC><CHI_TIET_DVKT><STT>1</STT></CHI_TIET_DVKT></DSACH_CHI_TIET_THUOC>\
         </CHITIEU_CHITIET_THUOC>",
    );
    assert_eq!((unknown(&table), table.row_count()), (vec![("A", None, None), ("CHI_TIET_DVKT", None, None)], 0));
}

#[test]
fn a_table_without_a_known_form_has_its_row_where_the_key_stands() {
    for (kind, text, rows) in [
        ("XML7", "<CHI_TIEU_DU_LIEU_GIAY_RA_VIEN><MA_LK>K</MA_LK><MA_BS>1</MA_BS></CHI_TIEU_DU_LIEU_GIAY_RA_VIEN>", 1),
        ("XML14", "<GIAY><DS><HEN><MA_BS>1</MA_BS><MA_LK>K</MA_LK></HEN><HEN><MA_LK>K</MA_LK></HEN></DS></GIAY>", 2),
        ("XML8", "<X><MA_LOAI_KCB>03</MA_LOAI_KCB></X>", 1),
    ] {
        let table = Table::of(kind, text.as_ref(), None, &Limits::default()).unwrap();
        assert_eq!((table.status(), table.row_count()), (Status::Typed, rows), "{text}");
        assert_eq!(table.episode().map(|key| key.text), text.contains("MA_LK").then_some("K"), "{text}");
    }
}

#[test]
fn tables_that_nobody_has_seen_are_kept() {
    let number_and_status = |kind: &str, text: &str| {
        let table = Table::of(kind, text.as_ref(), None, &Limits::default()).unwrap();
        assert_eq!((table.raw(), table.row_count()), (text, 0));
        (table.number(), table.status(), table.episode().map(|key| key.text.to_owned()))
    };
    let key = |text: &str| Some(text.to_owned());
    for (kind, text, expected) in [
        (
            "XML15",
            "<CHI_TIEU_DIEUTRI_BENHLAO><A><MA_LK>K</MA_LK></A></CHI_TIEU_DIEUTRI_BENHLAO>",
            (Some(15), Status::SchemaNotSeen, key("K")),
        ),
        ("xml15", "<LAO><MA_LK>K</MA_LK></LAO>", (Some(15), Status::RootNotSeen, key("K"))),
        ("XML10", "<ANY/>", (Some(10), Status::SchemaNotSeen, None)),
        ("XML2", "<TONG_HOP><MA_LK>K</MA_LK></TONG_HOP>", (Some(2), Status::RootNotSeen, key("K"))),
        ("XML16", "<ANY/>", (None, Status::RootNotSeen, None)),
        ("", "<TONG_HOP/>", (None, Status::RootNotSeen, None)),
        ("XML4", "", (Some(4), Status::RootNotSeen, None)),
        ("XML4", " \r\n", (Some(4), Status::RootNotSeen, None)),
    ] {
        assert_eq!(number_and_status(kind, text), expected, "{kind} {text}");
    }
    assert_eq!(read("<ANY><MA_LK>K</MA_LK></ANY>").kind(), "");
}

#[test]
fn values_are_numbers_and_times() {
    let table = read(
        "<CHITIEU_CHITIET_DVKT_VTYT><DSACH_CHI_TIET_DVKT><CHI_TIET_DVKT><MA_LK>K</MA_LK><STT>7</STT><SO_LUONG>0.5</SO_LUONG>\
         <DON_GIA_BV>305500.125</DON_GIA_BV><TYLE_TT_DV>50</TYLE_TT_DV><MUC_HUONG>47.5</MUC_HUONG><T_BHTT>-1.20</T_BHTT>\
         <T_BNTT></T_BNTT><NGAY_YL>202603020810</NGAY_YL></CHI_TIET_DVKT></DSACH_CHI_TIET_DVKT></CHITIEU_CHITIET_DVKT_VTYT>",
    );
    let row = table.row(0).unwrap();
    assert_eq!(row.whole("STT"), Ok(Some(7)));
    assert_eq!(row.quantity("SO_LUONG"), Ok(Some(Quantity::HALF)));
    assert_eq!(row.price("DON_GIA_BV"), Ok(Some(Price::from_units(305_500_125))));
    assert_eq!(row.rate("TYLE_TT_DV"), Ok(Some(Rate::percent(50))));
    assert_eq!(row.rate("MUC_HUONG"), Ok(Some(Rate::from_units(475))));
    assert_eq!(row.amount("T_BHTT"), Ok(Some(Amount::from_units(-120))));
    assert_eq!((row.amount("T_BNTT"), row.amount("T_BNCCT")), (Ok(None), Ok(None)));
    assert_eq!(row.moment("NGAY_YL"), Ok(Minute::parse("2026-03-02T08:10")));
    assert_eq!(row.day("NGAY_YL"), Ok(Day::parse("2026-03-02")));
}

#[test]
fn a_value_of_another_form_is_an_error_that_names_it() {
    let check = |value: &str, message: &str, typed: fn(&Row<'_>) -> Option<ClaimError>| {
        let table = read(&format!("<TONG_HOP><STT>{value}</STT></TONG_HOP>"));
        let error = typed(&table.row(0).unwrap()).unwrap();
        assert_eq!(error.to_string(), format!("XML1, row 1, STT, byte 15 of the table: {message}"), "{value}");
    };
    for (value, message) in [
        ("1,000", "\"1,000\" is not a decimal number such as \"1250\" or \"47.5\""),
        ("1e3", "\"1e3\" is not a decimal number such as \"1250\" or \"47.5\""),
        (" 1", "\" 1\" is not a decimal number such as \"1250\" or \"47.5\""),
        ("1.005", "\"1.005\" has more than 2 decimals"),
        ("99999999999999999999", "\"99999999999999999999\" is too large"),
    ] {
        check(value, message, |row| row.amount("STT").err());
    }
    check("1.0005", "\"1.0005\" has more than 3 decimals", |row| row.price("STT").err());
    check("1.0005", "\"1.0005\" has more than 3 decimals", |row| row.quantity("STT").err());
    check("47.55", "\"47.55\" has more than 1 decimal", |row| row.rate("STT").err());
    for value in ["-1", "1.0", "+1", "99999999999999999999"] {
        check(value, &format!("{value:?} is not a whole number such as 12"), |row| row.whole("STT").err());
    }
    for value in ["2026-03-02", "20260229", "2026030"] {
        check(value, &format!("{value:?} is not a day such as 20260302"), |row| row.day("STT").err());
    }
    for value in ["20260302", "202603022400", "2026030208101"] {
        check(value, &format!("{value:?} is not a moment such as 202603020810"), |row| row.moment("STT").err());
    }
}

#[test]
fn malformed_documents_are_refused_with_reason_and_place() {
    let entity = |name: &str| {
        format!("the entity {name:?} is not allowed; allowed are amp, lt, gt, quot, apos and character references")
    };
    let instruction =
        "a processing instruction is not allowed in a claim file, save an XML declaration at its beginning";
    let cut_off = "the file ends before the element does; is it cut off?";
    for (text, message) in [
        ("", "byte 0 of the table: there is no XML element".to_owned()),
        (" <!-- x --> ", "byte 12 of the table: there is no XML element".into()),
        ("chữ", "byte 0 of the table: there is text outside the outermost element".into()),
        ("<TONG_HOP/>chữ", "XML1, byte 11 of the table: there is text outside the outermost element".into()),
        ("<TONG_HOP/><![CDATA[ ]]>", "XML1, byte 11 of the table: there is text outside the outermost element".into()),
        ("<TONG_HOP/><A/>", "XML1, byte 11 of the table: there is a second outermost element".into()),
        ("<TONG_HOP/>&#65;", format!("XML1, byte 11 of the table: {}", entity("#65"))),
        ("\u{feff}\u{feff}<TONG_HOP/>", "byte 3 of the table: there is text outside the outermost element".into()),
        ("<TONG_HOP>", format!("XML1, row 1, byte 10 of the table: {cut_off}")),
        ("<TONG_HOP><MA_LK>K", format!("XML1, row 1, byte 18 of the table: {cut_off}")),
        ("<TONG_HOP><MA_LK", "XML1, row 1, byte 10 of the table: a tag is not closed by >".into()),
        ("<TONG_HOP><MA_LK a='>", "XML1, row 1, byte 10 of the table: a tag is not closed by >".into()),
        ("<TONG_HOP><", "XML1, row 1, byte 10 of the table: a tag is not closed by >".into()),
        (
            "<TONG_HOP></MA_LK>",
            "XML1, row 1, byte 10 of the table: </MA_LK> was found where </TONG_HOP> must stand".into(),
        ),
        ("<TONG_HOP/></TONG_HOP>", "XML1, byte 11 of the table: </TONG_HOP> ends an element that was not begun".into()),
        (
            "<TONG_HOP><MA_LK>1</MA_LK><ma_lk>2</ma_lk></TONG_HOP>",
            "XML1, row 1, ma_lk, byte 26 of the table: stands twice; once is allowed".into(),
        ),
        ("<!DOCTYPE x><TONG_HOP/>", "byte 0 of the table: a DOCTYPE is not allowed in a claim file".into()),
        ("<!DOCTYPE x [<!ENTITY a 'b'>", "byte 0 of the table: a DOCTYPE is not allowed in a claim file".into()),
        ("<!doctype html><TONG_HOP/>", "byte 0 of the table: a DOCTYPE is not allowed in a claim file".into()),
        ("<?php x?><TONG_HOP/>", format!("byte 0 of the table: {instruction}")),
        ("<TONG_HOP><?a b?></TONG_HOP>", format!("XML1, row 1, byte 10 of the table: {instruction}")),
        (" <?xml version='1.0'?><TONG_HOP/>", format!("byte 1 of the table: {instruction}")),
        (
            "<?xml version='1.0' encoding='utf-16'?><TONG_HOP/>",
            "byte 0 of the table: the declared encoding is \"utf-16\"; only \"UTF-8\" is allowed".into(),
        ),
        (
            "<?xml version='1.0' encoding='windows-1258'?><TONG_HOP/>",
            "byte 0 of the table: the declared encoding is \"windows-1258\"; only \"UTF-8\" is allowed".into(),
        ),
        (
            "<?xml version='1.1'?><TONG_HOP/>",
            "byte 0 of the table: the declared version of XML is \"1.1\"; only \"1.0\" is allowed".into(),
        ),
        (
            "<?xml encoding='utf-8'?><TONG_HOP/>",
            "byte 0 of the table: the XML declaration is wrong; it is <?xml version=\"1.0\" encoding=\"utf-8\"?>"
                .into(),
        ),
        ("<?xml version='1.0'", "byte 0 of the table: what begins with <? is not closed by ?>".into()),
        ("<TONG_HOP><MA_LK>&xxe;</MA_LK></TONG_HOP>", format!("XML1, row 1, byte 17 of the table: {}", entity("xxe"))),
        (
            "<TONG_HOP><MA_LK>&#xD800;</MA_LK></TONG_HOP>",
            format!("XML1, row 1, byte 17 of the table: {}", entity("#xD800")),
        ),
        (
            "<TONG_HOP><MA_LK>&#+65;</MA_LK></TONG_HOP>",
            format!("XML1, row 1, byte 17 of the table: {}", entity("#+65")),
        ),
        (
            "<TONG_HOP><MA_LK>&#1;</MA_LK></TONG_HOP>",
            "XML1, row 1, byte 17 of the table: U+0001 is a character that XML does not allow".into(),
        ),
        (
            "<TONG_HOP><MA_LK>\u{8}</MA_LK></TONG_HOP>",
            "byte 17 of the table: U+0008 is a character that XML does not allow".into(),
        ),
        (
            "<TONG_HOP><MA_LK>A & B</MA_LK></TONG_HOP>",
            "XML1, row 1, byte 19 of the table: an & stands alone; it is written &amp;".into(),
        ),
        (
            "<TONG_HOP><MA_LK a='&xxe;'/></TONG_HOP>",
            format!("XML1, row 1, MA_LK, byte 10 of the table: {}", entity("xxe")),
        ),
        (
            "<TONG_HOP><MA_LK a='& b'/></TONG_HOP>",
            "XML1, row 1, MA_LK, byte 10 of the table: an & stands alone; it is written &amp;".into(),
        ),
        (
            "<TONG_HOP><MA_LK a='<'/></TONG_HOP>",
            "XML1, row 1, MA_LK, byte 10 of the table: an attribute holds a <; it is written &lt;".into(),
        ),
        (
            "<TONG_HOP><1A/></TONG_HOP>",
            "XML1, row 1, byte 10 of the table: \"1A\" is not a name that an element can have".into(),
        ),
        (
            "<TONG_HOP><></></TONG_HOP>",
            "XML1, row 1, byte 10 of the table: \"\" is not a name that an element can have".into(),
        ),
        ("<TONG_HOP><!-- x</TONG_HOP>", "XML1, row 1, byte 10 of the table: a comment is not closed by -->".into()),
        (
            "<TONG_HOP><![CDATA[x</TONG_HOP>",
            "XML1, row 1, byte 10 of the table: a CDATA section is not closed by ]]>".into(),
        ),
        ("<TONG_HOP><!x></TONG_HOP>", "XML1, row 1, byte 10 of the table: what begins with <! is none of XML's".into()),
    ] {
        assert_eq!(refuse(text).to_string(), message, "{text}");
    }
}

#[test]
fn other_encodings_are_refused() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let is_wide = "byte 0 of the table: is UTF-16; a claim file is UTF-8, with or without a byte order mark";
    assert_eq!(refuse(wide("\u{feff}<TONG_HOP/>")).to_string(), is_wide);
    assert_eq!(refuse(wide("<TONG_HOP/>")).to_string(), is_wide);
    // TCVN3 and windows-1258 have bytes that UTF-8 has not.
    assert_eq!(
        refuse(b"<TONG_HOP><HO_TEN>Nguy\xd4n</HO_TEN></TONG_HOP>").to_string(),
        "byte 22 of the table: is not UTF-8; a claim file is UTF-8, with or without a byte order mark"
    );
}

#[test]
fn hostile_documents_stop_at_a_limit() {
    let deep = "<A>".repeat(1_000_000);
    let wide = format!("<A {}/>", (0..1_000_000).map(|number| format!("a{number}='' ")).collect::<String>());
    for (text, message) in [
        (deep, "byte 192 of the table: there are more elements within elements than the 64 allowed"),
        (wide, "A, byte 0 of the table: there are more attributes of one element than the 32 allowed"),
        (
            format!("<A>{}</A>", "x".repeat(5 << 20)),
            "byte 3 of the table: there are more bytes in the text of one element than the 4194304 allowed",
        ),
        (
            format!("<TONG_HOP><HO_TEN>{}</HO_TEN></TONG_HOP>", "x&amp;".repeat(1 << 20)),
            "XML1, row 1, HO_TEN, byte 4194319 of the table: there are more bytes in the text of one element than the 4194304 allowed",
        ),
        (
            format!(
                "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>{}</DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>",
                "<CHI_TIET_THUOC/>".repeat(100_001)
            ),
            "XML2, byte 1700045 of the table: there are more rows in the table than the 100000 allowed",
        ),
    ] {
        assert_eq!(refuse(text).to_string(), message);
    }
    let error = refuse(vec![0; (64 << 20) + 1]).to_string();
    assert_eq!(error, "the file has 67108865 bytes; at most 67108864 are allowed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_soup_of_markup_is_too_much(pieces in vec(sample::select(SOUP), 0..40), is_whole: bool) {
        let soup = pieces.concat();
        let text = if is_whole { format!("<TONG_HOP>{soup}</TONG_HOP>") } else { soup };
        if let Ok(table) = Table::read(text.as_bytes(), &Limits::default()) {
            prop_assert_eq!(table.raw(), &text);
            for value in table.rows().flat_map(|row| row.values().map(|(_, value)| value).collect::<Vec<_>>()) {
                // A value that was not put together stands where it says.
                prop_assert!(text.is_char_boundary(value.offset));
            }
            for unknown in table.unknown() {
                prop_assert!(unknown.name == "#text" || text[unknown.offset + 1..].starts_with(unknown.name));
            }
        }
    }
}

const SOUP: &[&str] = &[
    "<",
    "</",
    ">",
    "/>",
    "<MA_LK>",
    "</MA_LK>",
    "<MA_LK/>",
    "<STT>",
    "</STT>",
    "<A>",
    "</A>",
    "<A b='",
    "'",
    "\"",
    "=",
    "MA_LK",
    "TONG_HOP",
    "<TONG_HOP>",
    "</TONG_HOP>",
    "&",
    ";",
    "&amp;",
    "&#65;",
    "&#",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml",
    "?>",
    "<!DOCTYPE",
    "[",
    "<!",
    "ệ",
    "\u{feff}",
    " ",
    "\r\n",
    "1",
    "🩺",
];
