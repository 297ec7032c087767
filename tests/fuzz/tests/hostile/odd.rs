//! What is odd and must be read.

use claims_fuzz::visits::{Visit, file};
use vienphi_claims::{Envelope, Limits, NoEncounter};

use super::files::{
    codes, findings, imported, means_the_same, outpatient, try_import, with, with_documents, with_summary,
};

/// Every document changed.
fn all(change: impl Fn(String) -> String) -> String {
    with_documents(&outpatient(), |_, text| change(text).into_bytes())
}

#[test]
fn the_plain_file_is_clean() {
    means_the_same("plain", &outpatient());
}

#[test]
fn unknown_fields() {
    let more = "<TRUONG_MOI>1</TRUONG_MOI><KHAC><A b='1'>2</A></KHAC><TRONG/>";
    let file = all(|text| text.replace("<MA_LK>", &format!("{more}<MA_LK>")));
    means_the_same("in rows", &file);
    let envelope = Envelope::read(file.as_bytes(), &Limits::default()).unwrap();
    for table in envelope.claims()[0].tables() {
        let names: Vec<&str> = table.unknown().map(|unknown| unknown.name).collect();
        assert_eq!(names, ["TRUONG_MOI", "KHAC", "TRONG"].repeat(table.row_count()), "{}", table.kind());
    }
    let file = outpatient().replace("<HOSO>", &format!("<HOSO>{more}")).replace("<FILEHOSO>", "<FILEHOSO><KY/>");
    means_the_same("in the envelope", &file);
}

#[test]
fn missing_tables() {
    let without = |kind: &str| {
        let whole = outpatient();
        let (head, rest) = whole.split_once(&format!("<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO>")).unwrap();
        format!("{head}{}", rest.split_once("</FILEHOSO>").unwrap().1)
    };
    let summary = without("XML1");
    assert!(codes(&summary).contains(&"VP-NO-SUMMARY"));
    assert_eq!(try_import(&summary), Err(NoEncounter::NoTable { table: 1 }));
    // Sums of which the lines are missing.
    for kind in ["XML2", "XML3"] {
        let file = without(kind);
        let found = findings(&file);
        assert!(found.iter().any(|finding| finding.field == "T_TONGCHI_BV"), "{kind}: {found:#?}");
        assert!(imported(&file).contains("\"lines\""));
    }
    // Which services must have a result no text seen says.
    assert_eq!(codes(&without("XML4")), Vec::<&str>::new());
    imported(&without("XML4"));
    let empty = with_documents(&outpatient(), |kind, text| match kind {
        "XML2" | "XML3" => Vec::new(),
        _ => text.into_bytes(),
    });
    assert_eq!(try_import(&empty), Err(NoEncounter::NoLines));
    let nothing = String::from_utf8(file(&[Visit::default()], false)).unwrap();
    assert_eq!(codes(&nothing), ["VP-NO-SUMMARY"]);
    assert_eq!(try_import(&nothing), Err(NoEncounter::NoTable { table: 1 }));
}

#[test]
fn line_ends_of_windows() {
    means_the_same("in tables", &all(|text| text.replace("><", ">\r\n  <")));
    means_the_same("in the envelope", &outpatient().replace("><", ">\r\n\t<"));
    let wrapped = outpatient().replace("NOIDUNGFILE>", "NOIDUNGFILE>\r\n");
    means_the_same("around base64", &wrapped.replace("</NOIDUNGFILE>\r\n", "\r\n</NOIDUNGFILE>"));
}

#[test]
fn byte_order_marks() {
    means_the_same("of tables", &all(|text| format!("\u{feff}{text}")));
    means_the_same("of the envelope", &format!("\u{feff}{}", outpatient()));
}

#[test]
fn cdata() {
    means_the_same("around a value", &all(|text| text.replace(">K1<", "><![CDATA[K1]]><")));
    means_the_same("around half of a value", &all(|text| text.replace(">K1<", ">K<![CDATA[1]]><")));
    means_the_same("empty", &all(|text| text.replace(">K1<", "><![CDATA[]]>K1<![CDATA[]]><")));
    let whole = outpatient();
    let around =
        whole.replace("<NOIDUNGFILE>", "<NOIDUNGFILE><![CDATA[").replace("</NOIDUNGFILE>", "]]></NOIDUNGFILE>");
    means_the_same("around base64", &around);
    let markup =
        with_summary(|text| text.replace("<DIA_CHI/>", "<DIA_CHI><![CDATA[Ấp 1 & <2>]]></DIA_CHI>").into_bytes());
    assert_eq!(codes(&markup), Vec::<&str>::new());
    assert!(imported(&markup).contains("\"address\":\"Ấp 1 & <2>\""));
}

#[test]
fn empty_optional_fields() {
    // What is written as one tag, as two or not at all is empty.
    let two_tags = |text: String| {
        let mut out = String::new();
        for part in text.split_inclusive("/>") {
            match part.strip_suffix("/>").and_then(|part| part.rsplit_once('<')) {
                Some((before, name)) => out.push_str(&format!("{before}<{name}></{name}>")),
                None => out.push_str(part),
            }
        }
        out
    };
    let absent = |text: String| {
        let mut out = String::new();
        for part in text.split_inclusive("/>") {
            match part.strip_suffix("/>").and_then(|part| part.rsplit_once('<')) {
                Some((before, _)) => out.push_str(before),
                None => out.push_str(part),
            }
        }
        out
    };
    assert!(all(two_tags) != outpatient() && all(absent) != outpatient());
    means_the_same("two tags", &all(two_tags));
    means_the_same("no tag", &all(absent));
}

#[test]
fn small_letters() {
    // Names alone: what stands between tags stays.
    let small = |text: &str| {
        let mut out = String::new();
        for part in text.split_inclusive('>') {
            let (before, tag) = part.split_at(part.find('<').unwrap_or(part.len()));
            out.push_str(before);
            out.push_str(&if tag.starts_with("<?") { tag.to_owned() } else { tag.to_lowercase() });
        }
        out
    };
    let root = |text: String| text.replace("TONG_HOP", "tong_hop").replace("CHITIEU_CHITIET", "chitieu_chitiet");
    means_the_same("roots of tables", &all(root));
    means_the_same("all names of tables", &all(|text| small(&text)));
    means_the_same("the envelope", &small(&outpatient()));
}

#[test]
fn fifteen_cards() {
    let list = |of: &dyn Fn(usize) -> String| (0..15).map(of).collect::<Vec<_>>().join(";");
    let numbers = list(&|number| format!("DN49200000000{number:02}"));
    let facilities = list(&|_| "92114".into());
    // One after another, the last of them today's.
    let from = list(&|number| format!("{}0101", 2012 + number));
    let to = list(&|number| format!("{}1231", 2012 + number));
    let file = with(&[("MA_THE_BHYT", &numbers), ("MA_DKBD", &facilities), ("GT_THE_TU", &from), ("GT_THE_DEN", &to)]);
    assert_eq!(codes(&file), Vec::<&str>::new());
    let json = imported(&file);
    assert_eq!(json.matches("\"registered_facility\"").count(), 15);
    assert!(json.contains("DN4920000000014"));
}

#[test]
fn twelve_diagnoses() {
    let codes_of =
        |count: usize| (0..count).map(|number| format!("E{:02}.9", number + 10)).collect::<Vec<_>>().join(";");
    let file = with(&[("MA_BENH_KT", &codes_of(12))]);
    assert_eq!(codes(&file), Vec::<&str>::new());
    assert!(imported(&file).contains("E21.9"));
    let more = with(&[("MA_BENH_KT", &codes_of(13))]);
    assert_eq!(codes(&more), ["VP-SCHEMA-ITEMS"]);
}

#[test]
fn not_paid_yet() {
    let file = with(&[("NGAY_TTOAN", "")]);
    assert_eq!(codes(&file), Vec::<&str>::new());
    let (paid, unpaid) = (imported(&outpatient()), imported(&file));
    assert!(paid.contains("\"paid_at\":\"2026-03-02T11:40\"") && !unpaid.contains("paid_at"));
}
