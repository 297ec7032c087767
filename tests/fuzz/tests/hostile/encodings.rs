//! Files that are not UTF-8.

use vienphi_claims::Reason;

use super::files::{outpatient, refusal, with_documents};

/// Nguyễn Văn Mẫu of the file in windows-1258, where letters and tones are bytes of their own.
const WINDOWS_1258: &[u8] = b"NGUY\xca\xdeN V\xc3N M\xc2\xdeU";

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

/// All wrong forms of a text.
fn wrong(text: &str) -> Vec<(&'static str, Vec<u8>, Reason)> {
    let marked = format!("\u{feff}{text}");
    let plain = text.split_once("?>").unwrap().1;
    let declared = |name: &str| text.replacen("utf-8", name, 1).into_bytes();
    vec![
        ("UTF-16, small end first, marked", utf16(&marked, u16::to_le_bytes), Reason::Utf16),
        ("UTF-16, big end first, marked", utf16(&marked, u16::to_be_bytes), Reason::Utf16),
        ("UTF-16, small end first", utf16(text, u16::to_le_bytes), Reason::Utf16),
        ("UTF-16, big end first", utf16(plain, u16::to_be_bytes), Reason::Utf16),
        ("declared UTF-16", declared("utf-16"), Reason::Encoding("utf-16".into())),
        ("declared windows-1258", declared("windows-1258"), Reason::Encoding("windows-1258".into())),
        ("declared TCVN3", declared("x-viet-tcvn5712"), Reason::Encoding("x-viet-tcvn5712".into())),
        ("UTF-32", "<A/>".chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect(), Reason::Forbidden(0)),
        ("an overlong <", [b"\xc0\xbc", text.as_bytes()].concat(), Reason::NotUtf8),
        ("a half of a pair", [text.as_bytes(), b"\xed\xa0\x80"].concat(), Reason::NotUtf8),
        ("a cut letter", [text.as_bytes(), b"\xe1\xba"].concat(), Reason::NotUtf8),
    ]
}

#[test]
fn envelopes() {
    for (what, file, reason) in wrong(&outpatient()) {
        let error = refusal(&file);
        assert_eq!(error.reason, reason, "{what}: {error}");
        assert!(!error.place.is_inner, "{what}");
    }
}

#[test]
fn tables() {
    let whole = outpatient();
    with_documents(&whole, |number, text| {
        for (what, bytes, reason) in wrong(&text) {
            let change = |kind: &str, text: String| if kind == number { bytes.clone() } else { text.into_bytes() };
            let error = refusal(with_documents(&whole, change));
            assert_eq!(error.reason, reason, "{what}: {error}");
            assert_eq!(error.place.table.as_deref(), Some(number), "{what}");
        }
        text.into_bytes()
    });
}

#[test]
fn a_name_in_windows_1258() {
    let name = "NGUYỄN VĂN MẪU";
    let change = |_: &str, text: String| match text.split_once(name) {
        Some((before, after)) => [before.as_bytes(), WINDOWS_1258, after.as_bytes()].concat(),
        None => text.into_bytes(),
    };
    let error = refusal(with_documents(&outpatient(), change));
    assert_eq!((error.reason, error.place.table.as_deref()), (Reason::NotUtf8, Some("XML1")));
}
