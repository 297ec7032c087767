//! SHA-256 digests: what a statement was made from.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest, written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// One digest over several named pieces. Names and lengths are part of it, so pieces can not run together.
    pub fn of_pieces<'a>(pieces: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Digest {
        let mut hasher = Sha256::new();
        for (name, bytes) in pieces {
            for piece in [name.as_bytes(), bytes] {
                hasher.update(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_be_bytes());
                hasher.update(piece);
            }
        }
        Digest(hasher.finalize().into())
    }

    /// A digest made elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    /// Reads what [`fmt::Display`] writes: 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Digest> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Digest(bytes))
    }

    /// The bytes in hexadecimal.
    pub(crate) fn text(&self) -> [u8; 64] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (place, byte) in self.0.iter().enumerate() {
            text[2 * place] = HEX[usize::from(byte >> 4)];
            text[2 * place + 1] = HEX[usize::from(byte & 15)];
        }
        text
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only hexadecimal digits were written.
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Digest::of(b"vienphi");
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        let text = digest.to_string();
        for wrong in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace(&text[..1], "x")] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }
}
