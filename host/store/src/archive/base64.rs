//! Bytes as text, by RFC 4648 with padding.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(3) {
        let byte = |place: usize| usize::from(piece.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let letters = [18, 12, 6, 0].map(|shift| LETTERS[bits >> shift & 63]);
        out.extend_from_slice(&letters[..=piece.len()]);
        out.extend_from_slice(&b"=="[piece.len() - 1..]);
    }
}

/// Reads what [`write`] writes, and nothing else.
pub(super) fn read(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let last = text.len().saturating_sub(4);
    for (place, letters) in (0..).step_by(4).zip(text.chunks_exact(4)) {
        let padding = letters.iter().rev().take_while(|letter| **letter == b'=').count();
        if padding > 2 || (padding > 0 && place != last) {
            return None;
        }
        let mut bits = 0_u32;
        for letter in &letters[..4 - padding] {
            bits = bits << 6 | value(*letter)?;
        }
        bits <<= 6 * u32::try_from(padding).ok()?;
        let [_, piece @ ..] = bits.to_be_bytes();
        // The bits that belong to no byte are zero, so that no two texts mean the same bytes.
        if piece[3 - padding..].iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(&piece[..3 - padding]);
    }
    Some(bytes)
}

fn value(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_examples_of_the_standard() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(written(plain.as_bytes()), text);
            assert_eq!(read(text).as_deref(), Some(plain.as_bytes()));
        }
    }

    #[test]
    fn bytes_are_read_as_they_were_written_and_other_texts_not_at_all() {
        let bytes: Vec<u8> = (0..=255).chain(0..=255).rev().collect();
        for length in 0..bytes.len() {
            assert_eq!(read(&written(&bytes[..length])).as_deref(), Some(&bytes[..length]));
        }
        for text in ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm 9", "Zm9v\n", "Zm9é"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
