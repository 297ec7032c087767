//! Keys: one file outside the database seals a key for each facility, which seals what is secret or personal.
//!
//! Sealing is XChaCha20-Poly1305 with a random nonce; what a sealed text belongs to is part of it, so that it opens at no
//! other place. Words that people search for are hashed with a key of the facility (HMAC-SHA-256), so that the database
//! alone neither shows nor lets anybody guess them.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use vienphi_domain::Digest;

use crate::error::StoreError;

const NONCE_BYTES: usize = 24;

/// Of a keyed hash this much is kept: enough that no two words of a facility meet by chance.
const WORD_BYTES: usize = 16;

/// What the key file holds.
pub struct MasterKey(Cipher);

/// A facility's key.
pub struct FacilityKey {
    cipher: Cipher,
    words: [u8; 32],
}

struct Cipher(XChaCha20Poly1305);

impl MasterKey {
    /// Reads a key file, 64 hexadecimal digits; makes one that only its owner can read when there is none.
    pub fn open_or_create(path: &Path) -> Result<MasterKey, StoreError> {
        match MasterKey::open(path)? {
            Some(key) => Ok(key),
            None => {
                let key: [u8; 32] = random()?;
                let text = Digest::from_bytes(key).to_string() + "\n";
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let written = options.open(path).and_then(|mut file| {
                    file.write_all(text.as_bytes())?;
                    file.sync_all()
                });
                written.map_err(|error| unusable(path, &error.to_string()))?;
                Ok(MasterKey(Cipher::of(&key)))
            }
        }
    }

    /// A key that is kept nowhere: good for looking at a database that has nothing sealed yet.
    pub fn passing() -> Result<MasterKey, StoreError> {
        Ok(MasterKey(Cipher::of(&random()?)))
    }

    /// Reads a key file; `None` when there is none.
    pub fn open(path: &Path) -> Result<Option<MasterKey>, StoreError> {
        let mut text = String::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(1024).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(path, &error.to_string())),
            Ok(_) => {}
        }
        match Digest::parse(text.trim()) {
            Some(key) => Ok(Some(MasterKey(Cipher::of(key.bytes())))),
            None => Err(unusable(path, "a key file holds 64 hexadecimal digits")),
        }
    }

    /// A new key for a facility, and the key sealed.
    pub(crate) fn new_facility(&self, facility: &str) -> Result<(FacilityKey, Vec<u8>), StoreError> {
        let key: [u8; 32] = random()?;
        Ok((FacilityKey::of(key), self.0.seal(&key, facility.as_bytes())?))
    }

    /// A facility's key.
    pub(crate) fn facility(&self, facility: &str, sealed: &[u8]) -> Result<FacilityKey, StoreError> {
        let opened = self.0.open(sealed, facility.as_bytes()).and_then(|key| <[u8; 32]>::try_from(key).ok());
        let wrong = || StoreError::Key(format!("the records of {facility} were sealed with another key file"));
        opened.map(FacilityKey::of).ok_or_else(wrong)
    }
}

impl FacilityKey {
    /// A key of no facility that is kept nowhere: what it seals opens until the process ends.
    pub fn passing() -> Result<FacilityKey, StoreError> {
        Ok(FacilityKey::of(random()?))
    }

    fn of(key: [u8; 32]) -> FacilityKey {
        let words = hashed(&key, b"words of patients");
        FacilityKey { cipher: Cipher::of(&hashed(&key, b"sealed texts")), words }
    }

    /// Seals bytes for one place, such as `patient/BN1`.
    pub fn seal(&self, plain: &[u8], place: &str) -> Result<Vec<u8>, StoreError> {
        self.cipher.seal(plain, place.as_bytes())
    }

    /// Opens what was sealed for a place.
    pub fn open(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>, StoreError> {
        let opened = self.cipher.open(sealed, place.as_bytes());
        opened.ok_or_else(|| {
            StoreError::Damaged(format!("{place} cannot be opened: it was changed, or sealed elsewhere"))
        })
    }

    /// A digest that nobody without the key can guess the text of.
    pub fn digest(&self, text: &[u8]) -> Digest {
        Digest::from_bytes(hashed(&self.words, &[b"digest ", text].concat()))
    }

    /// The hash by which a word is found.
    pub fn word(&self, word: &str) -> Vec<u8> {
        hashed(&self.words, word.as_bytes())[..WORD_BYTES].to_vec()
    }
}

impl Cipher {
    fn of(key: &[u8; 32]) -> Cipher {
        Cipher(XChaCha20Poly1305::new(key.into()))
    }

    fn seal(&self, plain: &[u8], place: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let sealed = self.0.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: place });
        let sealed = sealed.map_err(|_| StoreError::Key("a text is too long to be sealed".into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn open(&self, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        self.0.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: place }).ok()
    }
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Key(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

/// HMAC-SHA-256.
pub fn hashed(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn unusable(path: &Path, why: &str) -> StoreError {
    StoreError::Key(format!("the key file {} cannot be used: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_only_at_its_place_and_unchanged() {
        let master = MasterKey(Cipher::of(&[7; 32]));
        let (key, sealed_key) = master.new_facility("92114").unwrap();
        let sealed = key.seal("Nguyễn Văn Mẫu".as_bytes(), "patient/BN1").unwrap();
        assert_eq!(key.open(&sealed, "patient/BN1").unwrap(), "Nguyễn Văn Mẫu".as_bytes());
        assert!(key.open(&sealed, "patient/BN2").is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.open(&changed, "patient/BN1").is_err(), "byte {place}");
        }
        let again = master.facility("92114", &sealed_key).unwrap();
        assert_eq!(again.word("i:0912345678"), key.word("i:0912345678"));
        assert!(master.facility("92115", &sealed_key).is_err());
        assert!(MasterKey(Cipher::of(&[8; 32])).facility("92114", &sealed_key).is_err());
    }
}
