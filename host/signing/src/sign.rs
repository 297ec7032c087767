//! A document is signed.

use crate::base64_text;
use crate::canonical::canonical;
use crate::certificate::{Certificate, KeyFault};
use crate::document::{Document, Element, Id};
use crate::error::SignError;
use crate::profile::{DSIG, Profile};
use crate::signature::{sha256, written};
use crate::signer::Signer;

/// Signs a document: the same bytes, with the signature in its place. What the place held before are blanks, which it takes.
///
/// # Errors
///
/// The document is none that is signed, it is signed already, or the key cannot sign. Nothing is given out that would not verify
/// with the signer's own certificate.
pub fn sign(document: &[u8], profile: &Profile, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let certificate = certificate(signer.certificate())?;
    let read = Document::read(document)?;
    let place = place(&read, profile)?;
    let element = read.element(place).ok_or_else(|| SignError::NoPlace(profile.place.clone()))?;
    let digest = sha256(&canonical(&read, Document::ROOT, place + 1..element.close, profile.document_form()));

    // What is signed depends on what stands around it, so it is read where it will stand, all but the value.
    let unfinished = with(&read, element, &written(profile, &digest, "", &certificate));
    let message = {
        let read = Document::read(unfinished.as_bytes())?;
        let signed_info = signed_info_of(&read).ok_or(SignError::AlreadySigned)?;
        canonical(&read, signed_info, 0..0, profile.canonicalisation)
    };
    let value = signer.sign_sha256(&message)?;
    // A token may hold another key than its certificate says, and a key that computed wrongly gives itself away.
    if !certificate.signed(&message, &value) {
        return Err(SignError::KeyAndCertificateDiffer);
    }
    Ok(with(&read, element, &written(profile, &digest, &base64_text::encode(&value), &certificate)).into_bytes())
}

/// The `SignedInfo` of the one signature. Whoever wrote the document may have put others into it, which are not to be signed.
fn signed_info_of(document: &Document<'_>) -> Option<Id> {
    let (signature, _) = document.elements().find(|(_, element)| element.is_of(DSIG, "Signature"))?;
    let is_its_own = |element: &Element<'_>| element.parent == Some(signature) && element.is_of(DSIG, "SignedInfo");
    document.elements().find(|(_, element)| is_its_own(element)).map(|(id, _)| id)
}

/// A certificate that can be signed with.
pub(crate) fn certificate(der: &[u8]) -> Result<Certificate, SignError> {
    let certificate = Certificate::read(der).map_err(SignError::Certificate)?;
    match certificate.rsa_key() {
        Ok(_) => {}
        Err(KeyFault::NotRsa) => return Err(SignError::NotRsa),
        Err(KeyFault::TooShort(bits)) => return Err(SignError::KeyTooShort(bits)),
    }
    match certificate.usage_fault() {
        Some(fault) => Err(SignError::Certificate(fault.into())),
        None => Ok(certificate),
    }
}

/// The empty element that takes the signature.
fn place(document: &Document<'_>, profile: &Profile) -> Result<Id, SignError> {
    let name = || profile.place.clone();
    let root = document.element(Document::ROOT).map_or("", |root| root.name.written);
    if root != &*profile.root {
        return Err(SignError::NotAnEnvelope { found: root.into(), expected: profile.root.clone() });
    }
    if document.elements().any(|(_, element)| element.resembles("Signature")) {
        return Err(SignError::AlreadySigned);
    }
    let mut places = document.elements().filter(|(_, element)| element.resembles(&profile.place));
    let (id, element) = places.next().ok_or_else(|| SignError::NoPlace(name()))?;
    if places.next().is_some() {
        return Err(SignError::TwoPlaces(name()));
    }
    if !element.is(&profile.place) || !document.is_last(id) {
        return Err(SignError::PlaceNotLast(name()));
    }
    if document.children(id).all(|(_, node)| node.is_blank()) { Ok(id) } else { Err(SignError::PlaceNotEmpty(name())) }
}

/// The document with this in the element, and everything else as it was.
fn with(document: &Document<'_>, element: &Element<'_>, content: &str) -> String {
    let text = document.text;
    let before = text.get(..element.start_tag.end).unwrap_or_default();
    let after = text.get(element.end_tag..).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + content.len() + 64);
    match before.strip_suffix("/>") {
        // One tag that both begins and ends it becomes two.
        Some(before) => {
            out.extend([before, ">", content, "</", element.name.written, ">", after]);
        }
        None => out.extend([before, content, after]),
    }
    out
}
