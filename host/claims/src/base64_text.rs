//! The base64 in which a table stands in its envelope.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::DecodeError;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::{DecodePaddingMode, Engine, Simd};

use crate::error::{ClaimError, Reason};

/// Written with padding; read with and without. Most of a claim file is base64.
static ENGINE: LazyLock<Simd> = LazyLock::new(|| {
    Simd::standard(GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent))
});

/// Decodes a text that may have blanks and line breaks anywhere. `offset` is the byte of the envelope at which it begins.
///
/// # Errors
///
/// What is no base64, and what would have more than `allowed` bytes; the latter is found before anything is decoded.
pub(crate) fn decode(text: &str, offset: usize, allowed: usize) -> Result<Vec<u8>, ClaimError> {
    let packed = without_blanks(text);
    let padding = packed.bytes().rev().take(2).take_while(|byte| *byte == b'=').count();
    // Four characters are three bytes. Whole groups first: a product of lengths might not fit.
    let letters = packed.len() - padding;
    let found = letters / 4 * 3 + letters % 4 * 3 / 4;
    if found > allowed {
        return Err(Reason::TableTooLarge { found, allowed }.at(offset));
    }
    ENGINE.decode(packed.as_bytes()).map_err(|error| {
        let (index, why) = match error {
            DecodeError::InvalidByte(index, _) => (index, "a character that is none of A–Z, a–z, 0–9, + and /"),
            DecodeError::InvalidLength(_) => (packed.len(), "it is cut off within a group of four characters"),
            DecodeError::InvalidLastSymbol { offset, .. } => {
                (offset, "the last character has bits that belong to no byte")
            }
            DecodeError::InvalidPadding => (packed.len(), "the padding is wrong"),
        };
        Reason::Base64(why).at(offset + place(text, index))
    })
}

/// Encodes onto the end of a text, in one line.
pub(crate) fn encode(bytes: &[u8], onto: &mut String) {
    ENGINE.encode_string(bytes, onto);
}

fn without_blanks(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    if memchr::memchr3(b' ', b'\n', b'\r', bytes).is_none() && memchr::memchr(b'\t', bytes).is_none() {
        return Cow::Borrowed(text);
    }
    let mut packed = String::with_capacity(text.len());
    packed.extend(text.split([' ', '\t', '\r', '\n']));
    Cow::Owned(packed)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The byte of `text` that is the byte `index` of it without blanks.
fn place(text: &str, index: usize) -> usize {
    let mut kept = text.bytes().enumerate().filter(|(_, byte)| !is_blank(*byte));
    kept.nth(index).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_may_stand_anywhere() {
        for text in ["PEEvPg==", "PEE\r\nvPg==\n", "  P E E v\tP g = =", "PEEvPg"] {
            assert_eq!(decode(text, 0, 4).unwrap(), b"<A/>", "{text}");
        }
        assert_eq!(decode("", 0, 0).unwrap(), b"");
    }

    #[test]
    fn damage_is_named_with_its_byte() {
        for (text, at, why) in [
            ("PE\nE!Pg==", 14, "a character that is none of A–Z, a–z, 0–9, + and /"),
            ("PEEvP", 15, "it is cut off within a group of four characters"),
            ("PEEvPh==", 15, "the last character has bits that belong to no byte"),
        ] {
            assert_eq!(decode(text, 10, 100), Err(Reason::Base64(why).at(at)), "{text}");
        }
    }

    #[test]
    fn too_much_is_refused_before_it_is_decoded() {
        // Not base64 at all: only its length was looked at.
        let error = decode(&"!".repeat(8), 3, 5).unwrap_err();
        assert_eq!(error, Reason::TableTooLarge { found: 6, allowed: 5 }.at(3));
    }
}
