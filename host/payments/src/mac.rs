//! What signs messages, and what proves them. Comparing takes the same time wherever two tags differ.

use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;

/// Which hash a key is used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// How a tag is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// 0-9a-f; read in either case.
    HexLower,
    /// 0-9A-F; read in either case.
    HexUpper,
    /// Standard, padded.
    Base64,
}

/// The tag of a message.
pub fn tag(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    match hash {
        Hash::Sha256 => Hmac::<Sha256>::new_from_slice(key).map_or_else(|_| Vec::new(), |mac| finish(mac, message)),
        Hash::Sha512 => Hmac::<Sha512>::new_from_slice(key).map_or_else(|_| Vec::new(), |mac| finish(mac, message)),
    }
}

fn finish<M: Mac>(mut mac: M, message: &[u8]) -> Vec<u8> {
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// Is this the tag of the message?
pub fn proves(hash: Hash, key: &[u8], message: &[u8], written: &str, encoding: Encoding) -> bool {
    let right = tag(hash, key, message);
    !right.is_empty() && read(written, encoding).is_some_and(|told| bool::from(right.ct_eq(&told)))
}

/// Are two secrets the same? Not even their length is told apart by time: their tags are compared.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let tags = [one, other].map(|secret| tag(Hash::Sha256, b"same", secret));
    bool::from(tags[0].ct_eq(&tags[1]))
}

/// A tag as it is written.
pub fn write(tag: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::HexLower => tag.iter().map(|byte| format!("{byte:02x}")).collect(),
        Encoding::HexUpper => tag.iter().map(|byte| format!("{byte:02X}")).collect(),
        Encoding::Base64 => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tag),
    }
}

fn read(written: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::HexLower | Encoding::HexUpper => {
            let is_hex = written.len().is_multiple_of(2) && written.bytes().all(|digit| digit.is_ascii_hexdigit());
            let pairs = (0..written.len()).step_by(2);
            is_hex.then(|| pairs.map(|place| u8::from_str_radix(&written[place..place + 2], 16).unwrap_or(0)).collect())
        }
        Encoding::Base64 => base64::Engine::decode(&base64::engine::general_purpose::STANDARD, written).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn published_vectors() {
        let (key, message) = (b"Jefe", b"what do ya want for nothing?");
        let short = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let long = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        for (hash, written) in [(Hash::Sha256, short), (Hash::Sha512, long)] {
            assert_eq!(write(&tag(hash, key, message), Encoding::HexLower), written);
            assert!(proves(hash, key, message, &written.to_uppercase(), Encoding::HexLower));
            assert!(!proves(hash, key, b"what do ya want for nothing!", written, Encoding::HexLower));
            assert!(!proves(hash, b"jefe", message, written, Encoding::HexLower));
            for wrong in ["", "zz", &written[2..], "5bdcc"] {
                assert!(!proves(hash, key, message, wrong, Encoding::HexLower), "{wrong}");
            }
            let base64 = write(&tag(hash, key, message), Encoding::Base64);
            assert!(proves(hash, key, message, &base64, Encoding::Base64));
        }
        assert!(same(b"one", b"one") && !same(b"one", b"One") && !same(b"one", b""));
    }
}
