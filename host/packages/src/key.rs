//! Keys, and what they sign: Ed25519.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use vienphi_domain::Digest;
use vienphi_tariff::SIGNATURE_FILE;

/// Comes before a package's digest in what its author signs, so that no signature serves another purpose.
const PACKAGE: &[u8] = b"vienphi tariff package 1\n";

/// A private key. It is never printed and never leaves the file that it is read from.
pub struct Key(SigningKey);

/// The public half of a key, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

/// A signature, written as 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature([u8; 64]);

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system gave no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(getrandom::Error),
    /// The file is not a private key.
    #[error(
        "it is not an Ed25519 private key in PKCS#8 PEM: make one with `vienphi plugin key FILE` or \
         `openssl genpkey -algorithm ed25519`"
    )]
    Unreadable,
}

/// Why a package's signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none.
    #[error("the package is not signed: sign it with `vienphi plugin sign --key FILE`")]
    Unsigned,
    /// The file is not a signature.
    #[error("{SIGNATURE_FILE} is not a signature: {0}")]
    Unreadable(String),
    /// It is a signature of something else.
    #[error(
        "the signature by {0} is not of this package: it was changed after it was signed, or never signed by that key"
    )]
    Wrong(PublicKey),
}

/// What `signature.toml` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The author's key.
    pub key: PublicKey,
    /// Over the package's digest.
    pub signature: Signature,
}

impl Key {
    /// A new key.
    pub fn generate() -> Result<Key, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(KeyError::Random)?;
        Ok(Key(SigningKey::from_bytes(&seed)))
    }

    /// Reads a PKCS#8 PEM file.
    pub fn read(pem: &str) -> Result<Key, KeyError> {
        SigningKey::from_pkcs8_pem(pem).map(Key).map_err(|_| KeyError::Unreadable)
    }

    /// The key as a PKCS#8 PEM file.
    pub fn pem(&self) -> Result<String, KeyError> {
        // Without the public half: OpenSSL reads no other form.
        let secret = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        secret.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.to_string()).map_err(|_| KeyError::Unreadable)
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a package.
    pub fn sign_package(&self, digest: &Digest) -> Signed {
        Signed { key: self.public(), signature: self.sign(PACKAGE, digest.bytes()) }
    }

    pub(crate) fn sign(&self, purpose: &[u8], message: &[u8]) -> Signature {
        Signature(self.0.sign(&[purpose, message].concat()).to_bytes())
    }
}

impl Signed {
    /// Reads `signature.toml`.
    pub fn read(bytes: Option<&[u8]>) -> Result<Signed, SignatureError> {
        let bytes = bytes.ok_or(SignatureError::Unsigned)?;
        let text = std::str::from_utf8(bytes).map_err(|error| SignatureError::Unreadable(error.to_string()))?;
        toml::from_str(text).map_err(|error| SignatureError::Unreadable(error.message().to_owned()))
    }

    /// The file.
    pub fn text(&self) -> String {
        format!("key = \"{}\"\nsignature = \"{}\"\n", self.key, self.signature)
    }

    /// Is it a signature of the package with this digest?
    pub fn check(&self, digest: &Digest) -> Result<(), SignatureError> {
        if self.key.verifies(PACKAGE, digest.bytes(), &self.signature) {
            Ok(())
        } else {
            Err(SignatureError::Wrong(self.key))
        }
    }
}

impl PublicKey {
    pub(crate) fn verifies(&self, purpose: &[u8], message: &[u8], signature: &Signature) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(&self.0) else { return false };
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        // Strict: weak keys, with which one signature serves for many messages, are refused.
        key.verify_strict(&[purpose, message].concat(), &signature).is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = String;

    fn from_str(text: &str) -> Result<PublicKey, String> {
        bytes(text).map(PublicKey).ok_or_else(|| format!("a public key is 64 hexadecimal digits, not {text:?}"))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = String;

    fn try_from(text: String) -> Result<PublicKey, String> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for Signature {
    type Error = String;

    fn try_from(text: String) -> Result<Signature, String> {
        bytes(&text).map(Signature).ok_or_else(|| "a signature is 128 hexadecimal digits".to_owned())
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> String {
        signature.to_string()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, &self.0)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, &self.0)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

fn write_digits(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Bytes from exactly as many lower-case hexadecimal digits as they need.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_package_by_one_key() {
        let (key, other) = (Key::generate().unwrap(), Key::generate().unwrap());
        let digest = Digest::of(b"package");
        let signed = key.sign_package(&digest);
        assert_eq!(Signed::read(Some(signed.text().as_bytes())).unwrap(), signed);
        assert_eq!(signed.check(&digest), Ok(()));
        assert_eq!(signed.check(&Digest::of(b"changed")), Err(SignatureError::Wrong(key.public())));
        let of_another = Signed { key: other.public(), ..signed };
        assert_eq!(of_another.check(&digest), Err(SignatureError::Wrong(other.public())));
    }

    #[test]
    fn a_key_is_kept_as_openssl_keeps_it() {
        let key = Key::generate().unwrap();
        let pem = key.pem().unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{pem}");
        assert_eq!(Key::read(&pem).unwrap().public(), key.public());
        for text in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(matches!(Key::read(text), Err(KeyError::Unreadable)));
        }
    }

    #[test]
    fn a_file_that_is_no_signature_says_why() {
        assert_eq!(Signed::read(None), Err(SignatureError::Unsigned));
        for text in ["", "key = \"ab\"\nsignature = \"cd\"", "key = 3"] {
            assert!(matches!(Signed::read(Some(text.as_bytes())), Err(SignatureError::Unreadable(_))), "{text}");
        }
    }
}
