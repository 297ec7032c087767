//! A key in a file: PKCS#12 (RFC 7292), as certification authorities hand them out.

use std::fmt;

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as FileError;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use crate::certificate::Certificate;
use crate::error::SignError;
use crate::sign::certificate;
use crate::signer::Signer;

/// A key that was in a file.
pub struct Pkcs12Signer {
    key: KeyPair,
    certificate: Certificate,
    random: SystemRandom,
}

impl Pkcs12Signer {
    /// Opens a file that has one private key and its certificate; certificates of others may stand beside them.
    ///
    /// Understood: PBES2 with AES (what OpenSSL 3, Java and Windows write now), and the old 40-bit RC2 and triple DES with SHA-1.
    /// Not understood: RC4, RC2 of 128 bits, PBMAC1, BER that is not DER, and files sealed with a public key.
    ///
    /// # Errors
    ///
    /// The password is wrong, the file is not understood, it has no key of RSA or more than one, or no certificate of it, or the
    /// key has fewer than 2048 bits or more than 4096.
    pub fn open(bytes: &[u8], password: &str) -> Result<Pkcs12Signer, SignError> {
        let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| match error {
            FileError::MacError(_) => SignError::Password,
            error => SignError::KeyFile(error.to_string().into()),
        })?;
        let key = match &*archive.keys {
            [] => return Err(SignError::NoKey),
            [key] => key.key.as_der(),
            keys => return Err(SignError::ManyKeys(keys.len())),
        };
        // A key that is too short would be refused without saying so: the only certificate tells its size.
        if let [only] = &*archive.certs {
            certificate(only.cert.as_der())?;
        }
        let key = KeyPair::from_pkcs8(key).map_err(|error| SignError::Key(error.to_string().into()))?;
        let is_of_key = |candidate: &Certificate| candidate.rsa_key() == Ok(key.public_key().as_ref());
        let mut candidates = archive.certs.iter().filter_map(|bag| certificate(bag.cert.as_der()).ok());
        let certificate = candidates.find(is_of_key).ok_or(SignError::NoCertificate)?;
        Ok(Pkcs12Signer { key, certificate, random: SystemRandom::new() })
    }
}

impl Signer for Pkcs12Signer {
    fn certificate(&self) -> &[u8] {
        self.certificate.der()
    }

    fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)
            .map_err(|_| SignError::Key("the signature could not be computed".into()))?;
        Ok(signature)
    }
}

impl fmt::Debug for Pkcs12Signer {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs12Signer").field("certificate", &self.certificate.fingerprint()).finish_non_exhaustive()
    }
}
