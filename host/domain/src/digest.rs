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
