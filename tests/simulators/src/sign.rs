//! Signatures, by the providers' own rules and by nothing of the product.

use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};

/// HMAC-SHA-256 in small hexadecimal digits.
pub fn sha256(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(message);
    hex(&mac.finalize().into_bytes())
}

/// HMAC-SHA-512 in small hexadecimal digits.
pub fn sha512(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(message);
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
