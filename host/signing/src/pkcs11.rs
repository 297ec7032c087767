//! A key on a token, by its maker's module (PKCS#11 2.40).

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as TokenError, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use crate::certificate::Certificate;
use crate::error::SignError;
use crate::sign::certificate;
use crate::signature::sha256;
use crate::signer::Signer;

/// What stands before a SHA-256 digest that is signed (`DigestInfo`, RFC 8017 §9.2 note 1).
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenName {
    /// Its label.
    Label(String),
    /// The number of the slot that it is in.
    Slot(u64),
}

/// Which private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyName {
    /// `CKA_LABEL`.
    Label(String),
    /// `CKA_ID`.
    Id(Vec<u8>),
}

/// A key that is on a token and stays there.
pub struct Pkcs11Signer {
    names: Names,
    certificate: Certificate,
    state: Mutex<State>,
}

struct Names {
    module: PathBuf,
    token: TokenName,
    key: KeyName,
}

struct State {
    opened: Opened,
    /// Wiped from memory when it is dropped; dropped as soon as the token refuses it.
    pin: Option<AuthPin>,
}

/// A session in which the key can be used.
struct Opened {
    session: Session,
    key: ObjectHandle,
}

impl Pkcs11Signer {
    /// Opens a session and finds the key, and beside it the certificate of the same `CKA_ID`.
    ///
    /// The module is a library that runs within this process: its path comes from whoever runs the server, never from a request.
    ///
    /// # Errors
    ///
    /// The module, the token, the key or the certificate is not found or not unambiguous, or the PIN is refused.
    pub fn open(module: &Path, token: TokenName, key: KeyName, pin: &str) -> Result<Pkcs11Signer, SignError> {
        let names = Names { module: module.to_owned(), token, key };
        let mut pin = Some(AuthPin::from(pin));
        let opened = open(&names, &mut pin)?;
        let certificate = certificate(&certificate_of(&opened)?)?;
        Ok(Pkcs11Signer { names, certificate, state: Mutex::new(State { opened, pin }) })
    }
}

impl Signer for Pkcs11Signer {
    fn certificate(&self) -> &[u8] {
        self.certificate.der()
    }

    /// A session that was lost, as when the token was pulled out and put back, is opened anew once.
    fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        // The digest is made here: old tokens know no other mechanism, and all send less through the wire.
        let info = [&DIGEST_INFO[..], &sha256(message)].concat();
        // Whoever panicked with the lock left at worst a session that failed, which is opened anew.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.opened.sign(&info) {
            Err(error) if is_lost(&error) => {
                state.opened = open(&self.names, &mut state.pin)?;
                state.opened.sign(&info).map_err(failed)
            }
            other => other.map_err(failed),
        }
    }
}

impl fmt::Debug for Pkcs11Signer {
    /// Without the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Names { module, token, key } = &self.names;
        let mut debug = f.debug_struct("Pkcs11Signer");
        debug.field("module", module).field("token", token).field("key", key);
        debug.field("certificate", &self.certificate.fingerprint()).finish_non_exhaustive()
    }
}

impl Opened {
    fn sign(&self, info: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.session.sign(&Mechanism::RsaPkcs, self.key, info)
    }
}

fn open(names: &Names, pin: &mut Option<AuthPin>) -> Result<Opened, SignError> {
    let module = Pkcs11::new(&names.module).map_err(failed)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another signer of this process was first; the module is one for all.
        Ok(()) | Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(error)),
    }
    let session = module.open_ro_session(slot(&module, &names.token)?).map_err(failed)?;
    log_in(&session, pin)?;
    let name = match &names.key {
        KeyName::Label(label) => Attribute::Label(label.as_bytes().to_vec()),
        KeyName::Id(id) => Attribute::Id(id.clone()),
    };
    let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), name]).map_err(failed)?;
    match *keys {
        [] => Err(SignError::NoKey),
        [key] => Ok(Opened { session, key }),
        _ => Err(SignError::ManyKeys(keys.len())),
    }
}

fn slot(module: &Pkcs11, token: &TokenName) -> Result<Slot, SignError> {
    let slots = module.get_slots_with_token().map_err(failed)?;
    let mut found = Vec::new();
    for slot in slots {
        let is_it = match token {
            TokenName::Slot(number) => slot.id() == *number,
            // Labels are padded with blanks. A token that cannot tell its own is another.
            TokenName::Label(label) => {
                module.get_token_info(slot).is_ok_and(|info| info.label().trim_end() == label.trim_end())
            }
        };
        if is_it {
            found.push(slot);
        }
    }
    match *found {
        [] => Err(SignError::NoToken(match token {
            TokenName::Label(label) => format!("{label:?}").into(),
            TokenName::Slot(number) => format!("in slot {number}").into(),
        })),
        [slot] => Ok(slot),
        _ => Err(SignError::ManyTokens(found.len())),
    }
}

fn log_in(session: &Session, pin: &mut Option<AuthPin>) -> Result<(), SignError> {
    let told = pin.as_ref().ok_or(SignError::Pin)?;
    match session.login(UserType::User, Some(told)) {
        Ok(()) | Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(TokenError::Pkcs11(RvError::PinLocked, _)) => Err(SignError::PinLocked),
        Err(TokenError::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
            *pin = None;
            Err(SignError::Pin)
        }
        Err(error) => Err(failed(error)),
    }
}

/// The certificate of the same `CKA_ID` as the key.
fn certificate_of(opened: &Opened) -> Result<Vec<u8>, SignError> {
    let Opened { session, key } = opened;
    let id = session.get_attributes(*key, &[AttributeType::Id]).map_err(failed)?;
    let id = id.into_iter().find(|attribute| matches!(attribute, Attribute::Id(id) if !id.is_empty()));
    let wanted = [Attribute::Class(ObjectClass::CERTIFICATE), id.ok_or(SignError::NoCertificate)?];
    let found = session.find_objects(&wanted).map_err(failed)?;
    let first = found.first().ok_or(SignError::NoCertificate)?;
    let value = session.get_attributes(*first, &[AttributeType::Value]).map_err(failed)?;
    value
        .into_iter()
        .find_map(|attribute| match attribute {
            Attribute::Value(der) => Some(der),
            _ => None,
        })
        .ok_or(SignError::NoCertificate)
}

/// Whether a session was lost that could be opened anew.
fn is_lost(error: &TokenError) -> bool {
    matches!(
        error,
        TokenError::Pkcs11(
            RvError::DeviceError
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SessionClosed
                | RvError::SessionHandleInvalid
                | RvError::KeyHandleInvalid
                | RvError::ObjectHandleInvalid
                | RvError::UserNotLoggedIn
                | RvError::CryptokiNotInitialized,
            _
        )
    )
}

fn failed(error: TokenError) -> SignError {
    SignError::Token(error.to_string().into())
}
