//! Whoever has a key.

use crate::error::SignError;

/// A private RSA key of at least 2048 bits, wherever it is kept, and its certificate.
pub trait Signer: Send + Sync {
    /// The certificate, in DER.
    fn certificate(&self) -> &[u8];

    /// The signature of a message by RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    ///
    /// # Errors
    ///
    /// The key cannot be used, as when a token was pulled out.
    fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}
