//! What a text must be to stand in a claim file: UTF-8, of characters that XML allows.

use crate::error::{ClaimError, Reason};

/// The byte order mark of UTF-8.
pub(crate) const BOM: &str = "\u{feff}";

/// The bytes as text, when they are UTF-8 and hold no character that XML 1.0 forbids.
pub(crate) fn checked(bytes: &[u8]) -> Result<&str, ClaimError> {
    check_wide(bytes)?;
    let text = simdutf8::compat::from_utf8(bytes).map_err(|error| Reason::NotUtf8.at(error.valid_up_to()))?;
    check_characters(text).map(|()| text)
}

fn check_wide(bytes: &[u8]) -> Result<(), ClaimError> {
    let beginnings: [&[u8]; 4] = [&[0xff, 0xfe], &[0xfe, 0xff], b"<\0", b"\0<"];
    if beginnings.iter().any(|beginning| bytes.starts_with(beginning)) {
        return Err(Reason::Utf16.at(0));
    }
    Ok(())
}

fn check_characters(text: &str) -> Result<(), ClaimError> {
    match forbidden(text) {
        Some((offset, character)) => Err(Reason::Forbidden(character.into()).at(offset)),
        None => Ok(()),
    }
}

/// The first character that XML 1.0 forbids, and its byte.
pub(crate) fn forbidden(text: &str) -> Option<(usize, char)> {
    let bytes = text.as_bytes();
    // Hardly a text has one: the whole is looked at without branches first, sixteen bytes at a time or more.
    let has_control = bytes.iter().fold(false, |found, byte| found | is_control(*byte));
    // U+FFFE and U+FFFF begin with EF BF.
    let has_noncharacter =
        memchr::memchr_iter(0xef, bytes).any(|at| matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])));
    if !has_control && !has_noncharacter {
        return None;
    }
    text.char_indices().find(|(_, character)| !is_allowed(*character))
}

/// Whether XML 1.0 allows a character.
pub(crate) fn is_allowed(character: char) -> bool {
    !matches!(character, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
}

/// Whether a text is nothing but the blanks of XML.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether an element can have this name. Letters beyond ASCII are allowed without looking at which.
pub(crate) fn is_name(name: &str) -> bool {
    let begins = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80;
    let continues = |byte: u8| begins(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let mut bytes = name.bytes();
    bytes.next().is_some_and(begins) && bytes.all(continues)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_forbids_are_found() {
        for code in (0..0x20).chain([0xfffd, 0xfffe, 0xffff, 0x1_0000, 0xefbf, 0x7f]) {
            let character = char::from_u32(code).unwrap();
            let text = format!("Nguyễn Văn Mẫu{character}");
            let expected = (!is_allowed(character)).then_some((text.len() - character.len_utf8(), character));
            assert_eq!(forbidden(&text), expected, "{code:x}");
        }
        assert!(is_allowed('\t') && is_allowed('\u{fffd}') && !is_allowed('\u{1}') && !is_allowed('\u{ffff}'));
    }

    #[test]
    fn names() {
        for (name, is_one) in [
            ("MA_LK", true),
            ("ds:Signature", true),
            ("_a-1.b", true),
            ("Đơn", true),
            ("", false),
            ("1A", false),
            ("A B", false),
            ("A/", false),
            ("A<B", false),
        ] {
            assert_eq!(is_name(name), is_one, "{name}");
        }
    }
}
