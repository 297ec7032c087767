//! What hinders a signature, and what is wrong with one.

use vienphi_domain::Moment;

use crate::document::Malformed;

/// A document was not signed, or a key was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The document is not well-formed, or has what no envelope has.
    #[error("the document cannot be signed: {0}")]
    Malformed(#[from] Malformed),
    /// The outermost element is another.
    #[error("the outermost element is {found:?}; {expected} is signed")]
    NotAnEnvelope {
        /// What it is called.
        found: Box<str>,
        /// What it must be called.
        expected: Box<str>,
    },
    /// There is a signature.
    #[error("the document is signed already")]
    AlreadySigned,
    /// No element for the signature.
    #[error("there is no {0} for the signature")]
    NoPlace(Box<str>),
    /// More than one, in whatever case it is written.
    #[error("there is more than one {0}")]
    TwoPlaces(Box<str>),
    /// Not the last element directly in the outermost one.
    #[error("{0} is not the last element of the outermost one")]
    PlaceNotLast(Box<str>),
    /// It holds something.
    #[error("{0} is not empty")]
    PlaceNotEmpty(Box<str>),
    /// What was given is no certificate.
    #[error("the certificate cannot be used: {0}")]
    Certificate(Box<str>),
    /// The key of the certificate is not of RSA.
    #[error("the certificate has no RSA key")]
    NotRsa,
    /// Fewer than 2048 bits.
    #[error("the RSA key has {0} bits; at least 2048 are needed")]
    KeyTooShort(usize),
    /// The private key is not the one that the certificate certifies: what it signed does not verify.
    #[error("the key and the certificate do not belong together")]
    KeyAndCertificateDiffer,
    /// A key that cannot sign.
    #[error("the key cannot be used: {0}")]
    Key(Box<str>),
    /// The password does not open the file.
    #[error("the password does not open the key file")]
    Password,
    /// The file is not PKCS#12, or protected in a way that is not known.
    #[error("the key file cannot be read: {0}")]
    KeyFile(Box<str>),
    /// A key file or a token without a private key that was asked for.
    #[error("there is no such private key")]
    NoKey,
    /// More than one private key, and none was told apart.
    #[error("there are {0} private keys; one must be named")]
    ManyKeys(usize),
    /// No certificate of the private key.
    #[error("there is no certificate of the private key")]
    NoCertificate,
    /// No token of the name.
    #[error("there is no token {0}; is it plugged in?")]
    NoToken(Box<str>),
    /// More than one token of the name.
    #[error("there are {0} tokens of that name; name the slot")]
    ManyTokens(usize),
    /// The token refused the PIN. It is not told again, since a token locks itself after a few.
    #[error("the token refused the PIN")]
    Pin,
    /// The token has locked the PIN.
    #[error("the PIN of the token is locked")]
    PinLocked,
    /// The token or its module failed.
    #[error("the token failed: {0}")]
    Token(Box<str>),
}

/// A signature was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The document is not well-formed, or has what no envelope has.
    #[error("the document cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The outermost element is another: the document may stand within a strange one.
    #[error("the outermost element is {found:?}, not {expected}")]
    NotAnEnvelope {
        /// What it is called.
        found: Box<str>,
        /// What it must be called.
        expected: Box<str>,
    },
    /// No signature.
    #[error("the document is not signed")]
    NotSigned,
    /// More than one, or something that could be taken for one.
    #[error("there is more than one signature")]
    TwoSignatures,
    /// No element for the signature.
    #[error("there is no {0}")]
    NoPlace(Box<str>),
    /// More than one, in whatever case it is written.
    #[error("there is more than one {0}")]
    TwoPlaces(Box<str>),
    /// Not the last element directly in the outermost one.
    #[error("{0} is not the last element of the outermost one")]
    PlaceNotLast(Box<str>),
    /// The signature is not directly in its place.
    #[error("the signature does not stand directly in {0}")]
    Elsewhere(Box<str>),
    /// Something stands beside the signature in its place.
    #[error("something other than the signature stands in {0}")]
    Beside(Box<str>),
    /// Elements or attributes of the signature that do not belong there, or are missing.
    #[error("the signature is built wrongly: {0}")]
    Layout(Box<str>),
    /// Other than one reference.
    #[error("{0} references are signed; one to the whole document is allowed")]
    References(usize),
    /// The reference is not to the whole document.
    #[error("the signature is of {0:?}, not of the whole document")]
    Reference(Box<str>),
    /// Transforms other than the profile's.
    #[error("the transforms are {0:?}; others are allowed")]
    Transforms(Vec<Box<str>>),
    /// An algorithm other than the profile's.
    #[error("{element} is {found:?}; {allowed} alone is allowed")]
    Algorithm {
        /// The element that names it.
        element: &'static str,
        /// What it names.
        found: Box<str>,
        /// What it must name.
        allowed: &'static str,
    },
    /// What is base64 in a signature is not.
    #[error("{0} is not base64")]
    Base64(&'static str),
    /// No certificate in `KeyInfo`.
    #[error("the signature has no certificate")]
    NoCertificate,
    /// More than one certificate in `KeyInfo`: whose signature it is would be for the reader to choose.
    #[error("the signature has {0} certificates; one is allowed")]
    ManyCertificates(usize),
    /// What stands for a certificate cannot be one of a signature.
    #[error("the certificate cannot be used: {0}")]
    Certificate(Box<str>),
    /// The document was altered after it was signed.
    #[error("the document was altered after it was signed")]
    Altered,
    /// The signature is not that of the certificate's key over what is signed.
    #[error("the signature was not made by the key of its certificate")]
    WrongValue,
    /// The signature is that of somebody who is not allowed.
    #[error("the certificate of {subject} (SHA-256 {fingerprint}) is not trusted")]
    NotTrusted {
        /// Whose it is.
        subject: Box<str>,
        /// SHA-256 of the certificate.
        fingerprint: vienphi_domain::Digest,
    },
    /// The certificate was not yet valid.
    #[error("the certificate is not valid before {0}")]
    NotYetValid(Moment),
    /// The certificate was no longer valid.
    #[error("the certificate expired at {0}")]
    Expired(Moment),
}
