//! The base64 in which a table stands in its envelope.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::DecodeError;
use base64::engine::general_purpose::GeneralPurposeConfig;
use base64::engine::{DecodePaddingMode, Engine};

use crate::error::{ClaimError, Reason};

/// Written with padding; read with and without.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Most of a claim file is base64: many bytes at once, where the processor can.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
static ENGINE: LazyLock<base64::engine::Simd> = LazyLock::new(|| base64::engine::Simd::standard(CONFIG));

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
static ENGINE: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, CONFIG));

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

    /// Long ones are read and written many bytes at once.
    #[test]
    fn long_texts_are_as_short_ones() {
        for length in [62, 63, 64, 126, 127, 128, 129, 190, 191, 192, 193, 1_000, 4_099] {
            let bytes: Vec<u8> = (0_u8..=250).cycle().step_by(37).take(length).collect();
            let mut text = String::from("before ");
            encode(&bytes, &mut text);
            let text = text.strip_prefix("before ").unwrap();
            let alone: String = bytes
                .chunks(3)
                .map(|three| {
                    let mut short = String::new();
                    encode(three, &mut short);
                    short
                })
                .collect();
            assert_eq!(text, alone, "{length}");
            let broken = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();
            for text in [text, text.trim_end_matches('='), &broken.join("\r\n")] {
                assert_eq!(decode(text, 0, length).unwrap(), bytes, "{length}");
            }
        }
    }

    #[test]
    fn what_is_no_base64_has_its_place_however_far_behind() {
        for at in [0, 3, 63, 64, 65, 95, 127, 128, 200, 399] {
            let mut text = "QUJD".repeat(100);
            text.replace_range(at..=at, "!");
            let error = decode(&text, 1_000, 300).unwrap_err();
            assert_eq!(error.place.offset, Some(1_000 + at), "{error}");
            // Blanks before it count.
            let error = decode(&format!("\r\n {text}"), 1_000, 300).unwrap_err();
            assert_eq!(error.place.offset, Some(1_003 + at), "{error}");
        }
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
