//! A signature is verified.

use std::fmt::Write as _;

use vienphi_domain::{Digest, Moment};

use crate::canonical::canonical;
use crate::certificate::{Certificate, KeyFault};
use crate::document::{Document, Id};
use crate::error::Refused;
use crate::profile::{DSIG, Profile};
use crate::signature::{self, sha256};
use crate::trust::{Standing, Trust};

/// Whose signature it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Whose, as RFC 4514 writes names.
    pub subject: String,
    /// Who vouches for it, as RFC 4514 writes names.
    pub issuer: String,
    /// The number that the issuer gave it, in hexadecimal.
    pub serial: String,
    /// The first moment at which the certificate is valid.
    pub not_before: Moment,
    /// The last moment at which the certificate is valid.
    pub not_after: Moment,
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
    /// Whether the certificate is one of those that [`Trust::Only`] names. Never with [`Trust::Any`]: everybody can make a
    /// certificate in any name.
    pub is_trusted: bool,
}

/// Verifies that a whole document is signed as the profile says, by whom it may be, with a certificate valid at a moment.
///
/// What was verified is the document as a whole: comments apart, which anybody may add, nothing in it is not signed. Whether a
/// certificate was revoked is not looked at.
///
/// # Errors
///
/// See [`Refused`]; of several faults, that of the form before that of the content, and that before whose it is.
pub fn verify(document: &[u8], profile: &Profile, trust: &Trust, at: Moment) -> Result<Signed, Refused> {
    let document = Document::read(document)?;
    let signature = signature_of(&document, profile)?;
    let parts = signature::read(&document, signature, profile)?;
    let certificate = Certificate::read(&parts.certificate).map_err(Refused::Certificate)?;
    match certificate.rsa_key() {
        Ok(_) => {}
        Err(KeyFault::NotRsa) => return Err(Refused::Certificate("it has no RSA key".into())),
        Err(KeyFault::TooShort(bits)) => {
            return Err(Refused::Certificate(format!("its RSA key has {bits} bits; at least 2048 are needed").into()));
        }
    }
    if let Some(fault) = certificate.usage_fault() {
        return Err(Refused::Certificate(fault.into()));
    }

    let end = document.element(signature).map_or(signature, |element| element.close);
    let content = canonical(&document, Document::ROOT, signature..end + 1, profile.document_form());
    if sha256(&content) != *parts.digest {
        return Err(Refused::Altered);
    }
    let message = canonical(&document, parts.signed_info, 0..0, profile.canonicalisation);
    if !certificate.signed(&message, &parts.value) {
        return Err(Refused::WrongValue);
    }

    let standing = trust.of(&certificate, at);
    if standing == Standing::Strange {
        let (subject, fingerprint) = (certificate.subject().into(), certificate.fingerprint());
        return Err(Refused::NotTrusted { subject, fingerprint });
    }
    // Certificates count in seconds, the last of which counts.
    if at.seconds() < certificate.not_before().seconds() {
        return Err(Refused::NotYetValid(certificate.not_before()));
    }
    if at.seconds() > certificate.not_after().seconds() {
        return Err(Refused::Expired(certificate.not_after()));
    }
    Ok(signed(&certificate, standing))
}

fn signed(certificate: &Certificate, standing: Standing) -> Signed {
    let mut serial = String::new();
    for byte in certificate.serial() {
        // Writing to a string does not fail.
        let _ = write!(serial, "{byte:02X}");
    }
    Signed {
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial,
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        fingerprint: certificate.fingerprint(),
        is_trusted: standing == Standing::Trusted,
    }
}

/// The one signature, in the one place. What could be taken for another by a reader who cares less is refused as another.
fn signature_of(document: &Document<'_>, profile: &Profile) -> Result<Id, Refused> {
    let name = || profile.place.clone();
    let root = document.element(Document::ROOT).map_or("", |root| root.name.written);
    if root != &*profile.root {
        return Err(Refused::NotAnEnvelope { found: root.into(), expected: profile.root.clone() });
    }
    let mut signatures = document.elements().filter(|(_, element)| element.resembles("Signature"));
    let (id, signature) = signatures.next().ok_or(Refused::NotSigned)?;
    if signatures.next().is_some() {
        return Err(Refused::TwoSignatures);
    }
    if !signature.is_of(DSIG, "Signature") {
        return Err(Refused::NotSigned);
    }
    let mut places = document.elements().filter(|(_, element)| element.resembles(&profile.place));
    let (place, element) = places.next().ok_or_else(|| Refused::NoPlace(name()))?;
    if places.next().is_some() {
        return Err(Refused::TwoPlaces(name()));
    }
    if !element.is(&profile.place) || !document.is_last(place) {
        return Err(Refused::PlaceNotLast(name()));
    }
    if signature.parent != Some(place) {
        return Err(Refused::Elsewhere(name()));
    }
    let is_alone = document.children(place).all(|(child, node)| child == id || node.is_blank());
    if is_alone { Ok(id) } else { Err(Refused::Beside(name())) }
}
