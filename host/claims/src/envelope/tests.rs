//! Envelopes as programs write them, and what is refused.

use super::*;
use crate::Limits;
use crate::base64_text::encode;
use crate::table::Status;

fn base64(text: &str) -> String {
    let mut encoded = String::new();
    encode(text.as_bytes(), &mut encoded);
    encoded
}

const SUMMARY: &str = "<TONG_HOP><MA_LK>K1</MA_LK><NGAY_RA>202603051000</NGAY_RA></TONG_HOP>";

fn envelope(files: &str) -> String {
    format!(
        "<GIAMDINHHS><THONGTINDONVI><MACSKCB>92114</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>20260306</NGAYLAP>\
         <SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>{files}</HOSO></DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    )
}

fn file(kind: &str, content: &str) -> String {
    format!("<FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>")
}

fn refuse(text: &str) -> String {
    Envelope::read(text.as_bytes(), &Limits::default()).unwrap_err().to_string()
}

#[test]
fn an_envelope_is_read_whole() {
    let text = envelope(&(file("XML1", &base64(SUMMARY)) + &file("XML15", "") + &file("PHIEU", &base64("<P/>"))));
    let envelope = Envelope::read(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(envelope.facility(), Some("92114"));
    assert_eq!(envelope.made_on(), Ok(Day::parse("2026-03-06")));
    assert_eq!(envelope.declared_count(), Ok(Some(1)));
    assert_eq!(&text[envelope.signature().unwrap()], "<CHUKYDONVI/>");
    assert_eq!((envelope.breaches(), envelope.unknown().count()), (vec![], 0));
    assert_eq!(envelope.bytes(), text.as_bytes());
    let [claim] = envelope.claims() else { panic!("one claim") };
    assert_eq!(&text[claim.offset()..][..6], "<HOSO>");
    assert_eq!(claim.discharge_day(), Ok(Day::parse("2026-03-05")));
    let kinds: Vec<(&str, Status)> = claim.tables().iter().map(|table| (table.kind(), table.status())).collect();
    assert_eq!(kinds, [("XML1", Status::Typed), ("XML15", Status::RootNotSeen), ("PHIEU", Status::RootNotSeen)]);
    let summary = claim.table(1).unwrap();
    assert_eq!((summary.raw(), &text[summary.source().unwrap()]), (SUMMARY, &*base64(SUMMARY)));
}

#[test]
fn an_envelope_is_read_however_it_is_written() {
    let packed = base64(SUMMARY);
    let (head, tail) = packed.split_at(10);
    for text in [
        format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n{}\r\n", envelope(&file("XML1", &packed))),
        envelope(&file("XML1", &packed))
            .to_lowercase()
            .replace(&packed.to_lowercase(), &packed)
            .replace("xml1", "XML1"),
        envelope(&file("xml1", &format!("\r\n\t{head}\r\n {tail}\r\n"))),
        envelope(&file("XML1", &format!("<![CDATA[{packed}]]>"))),
        envelope(&file("XML1", &format!("{head}<!-- half -->{tail}"))),
        envelope(&file(" XML1\n", packed.trim_end_matches('='))),
        envelope(&file("XML1", &packed)).replace("><", ">\r\n  <"),
        envelope(&format!("<FILEHOSO><NOIDUNGFILE>{packed}</NOIDUNGFILE><LOAIHOSO>XML1</LOAIHOSO></FILEHOSO>")),
    ] {
        let envelope = Envelope::read(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(envelope.claims()[0].table(1).unwrap().raw(), SUMMARY, "{text}");
        assert_eq!(envelope.breaches(), [], "{text}");
        assert_eq!(envelope.bytes(), text.as_bytes());
    }
}

#[test]
fn what_is_odd_is_told() {
    use EnvelopeBreach::{Count, Missing, NotADay, SignatureNotLast};
    let whole = envelope("");
    for (text, breaches) in [
        (
            "<GIAMDINHHS/>".to_owned(),
            vec![Missing("MACSKCB"), Missing("NGAYLAP"), Missing("SOLUONGHOSO"), Missing("CHUKYDONVI")],
        ),
        (whole.replace("92114", ""), vec![Missing("MACSKCB")]),
        (whole.replace("20260306", "06/03/2026"), vec![NotADay("06/03/2026".into())]),
        (whole.replace("20260306", "202603061405"), vec![]),
        (whole.replace("HOSO>1<", "HOSO>2<"), vec![Count { declared: "2".into(), found: 1 }]),
        (whole.replace("HOSO>1<", "HOSO>một<"), vec![Count { declared: "một".into(), found: 1 }]),
        (whole.replace("<CHUKYDONVI/>", "<CHUKYDONVI/><MOI/>"), vec![SignatureNotLast]),
        (whole.replace("<CHUKYDONVI/>", "<CHUKYDONVI><Signature xmlns='x'><A>1</A></Signature></CHUKYDONVI>"), vec![]),
    ] {
        assert_eq!(Envelope::read(text.as_bytes(), &Limits::default()).unwrap().breaches(), breaches, "{text}");
    }
}

#[test]
fn elements_that_nobody_knows_are_listed() {
    let text = envelope("<GHICHU><A/></GHICHU>").replace("<THONGTINHOSO>", "<MOI/><THONGTINHOSO><KHAC>1</KHAC>");
    let envelope = Envelope::read(text.as_bytes(), &Limits::default()).unwrap();
    let unknown: Vec<(&str, &str)> = envelope.unknown().map(|(name, at)| (name, &text[at..][..4])).collect();
    assert_eq!(unknown, [("MOI", "<MOI"), ("KHAC", "<KHA"), ("GHICHU", "<GHI")]);
}

#[test]
fn malformed_envelopes_are_refused_with_reason_and_place() {
    let content = |kind: &str, text: &str| envelope(&file(kind, &base64(text)));
    for (text, message) in [
        (String::new(), "byte 0: there is no XML element"),
        (SUMMARY.to_owned(), "byte 0: the outermost element is \"TONG_HOP\"; an envelope begins with GIAMDINHHS"),
        (
            envelope("").replace("<CHUKYDONVI/>", "<CHUKYDONVI/><chukydonvi/>"),
            "chukydonvi, byte 206: stands twice; once is allowed",
        ),
        (
            envelope("").replace("92114</MACSKCB>", "92114</MACSKCB><MACSKCB/>"),
            "MACSKCB, byte 51: stands twice; once is allowed",
        ),
        (
            envelope(&file("XML1", "PE!B")),
            "claim 1, XML1, NOIDUNGFILE, byte 206: is not base64: a character that is none of A–Z, a–z, 0–9, + and /",
        ),
        (
            envelope(&file("XML1", "PEE\nv P")),
            "claim 1, XML1, NOIDUNGFILE, byte 211: is not base64: it is cut off within a group of four characters",
        ),
        (
            envelope(&file("XML1", "PE&xxe;B")),
            "claim 1, XML1, byte 206: the entity \"xxe\" is not allowed; allowed are amp, lt, gt, quot, apos and character references",
        ),
        (
            content("XML1", "<TONG_HOP>"),
            "claim 1, XML1, row 1, byte 10 of the table: the file ends before the element does; is it cut off?",
        ),
        (
            content("XML1", "TONG_HOP"),
            "claim 1, XML1, byte 0 of the table: there is text outside the outermost element",
        ),
        (
            content("PHIEU", "<P>&x;</P>"),
            "claim 1, PHIEU, byte 3 of the table: the entity \"x\" is not allowed; allowed are amp, lt, gt, quot, apos and character references",
        ),
        (
            content("XML1", "<TONG_HOP><STT>1</STT><STT>1</STT></TONG_HOP>"),
            "claim 1, XML1, row 1, STT, byte 22 of the table: stands twice; once is allowed",
        ),
        (
            content(
                "XML1",
                "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><TONG_HOP><HO_TEN>&b;</HO_TEN></TONG_HOP>",
            ),
            "claim 1, XML1, byte 0 of the table: a DOCTYPE is not allowed in a claim file",
        ),
        (
            envelope(&file("XML1", "/w==")),
            "claim 1, XML1, byte 0 of the table: is not UTF-8; a claim file is UTF-8, with or without a byte order mark",
        ),
    ] {
        assert_eq!(refuse(&text), message, "{text}");
    }
}

#[test]
fn limits_are_held() {
    let limits = Limits { file: 2_000, table: 100, claims: 2, tables: 3, ..Limits::default() };
    let refuse = |text: String| Envelope::read(text.as_bytes(), &limits).unwrap_err().to_string();
    let summary = file("XML1", &base64(SUMMARY));
    for (text, message) in [
        (envelope(&" ".repeat(2_000)), "the file has 2219 bytes; at most 2000 are allowed"),
        (
            envelope(&file("XML1", &"A".repeat(136))),
            "claim 1, XML1, NOIDUNGFILE, byte 204: the base64 would decode to 102 bytes; at most 100 are allowed",
        ),
        (envelope("</HOSO><HOSO></HOSO><HOSO>"), "byte 176: there are more claims in the file than the 2 allowed"),
        (envelope(&summary.repeat(4)), "claim 1, byte 651: there are more tables in the claim than the 3 allowed"),
    ] {
        assert_eq!(refuse(text), message);
    }
    // A gibibyte is refused by its length; not a byte of it is looked at.
    let gibibyte = vec![0; 1 << 30];
    let error = Envelope::read(&gibibyte, &Limits::default()).unwrap_err();
    assert_eq!(error.reason, Reason::FileTooLarge { found: 1 << 30, allowed: 64 << 20 });
}
