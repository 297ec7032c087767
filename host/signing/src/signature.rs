//! What stands in a signature: written, and read with nothing beside it (XML Signature 1.1 §4).

use vienphi_domain::Digest;

use crate::base64_text;
use crate::certificate::{Certificate, decimal};
use crate::document::{Document, Element, Id, Node};
use crate::error::Refused;
use crate::profile::{DSIG, Profile, RSA_SHA256, SHA256};

/// The element, around a value that is known only when the rest is.
pub(crate) fn written(profile: &Profile, digest: &[u8], value: &str, certificate: &Certificate) -> String {
    let canonicalisation = profile.canonicalisation.uri();
    let transforms: String = profile.transforms().map(|uri| format!("<Transform Algorithm=\"{uri}\"/>")).collect();
    let digest = base64_text::encode(digest);
    let mut key = String::new();
    if profile.has_issuer_serial {
        let (issuer, serial) = (escaped(&certificate.issuer()), decimal(certificate.serial()));
        key.push_str(&format!(
            "<X509IssuerSerial><X509IssuerName>{issuer}</X509IssuerName><X509SerialNumber>{serial}</X509SerialNumber></X509IssuerSerial>"
        ));
    }
    if profile.has_subject {
        key.push_str(&format!("<X509SubjectName>{}</X509SubjectName>", escaped(&certificate.subject())));
    }
    let der = base64_text::encode(certificate.der());
    format!(
        "<Signature xmlns=\"{DSIG}\"><SignedInfo><CanonicalizationMethod Algorithm=\"{canonicalisation}\"/>\
         <SignatureMethod Algorithm=\"{RSA_SHA256}\"/><Reference URI=\"\"><Transforms>{transforms}</Transforms>\
         <DigestMethod Algorithm=\"{SHA256}\"/><DigestValue>{digest}</DigestValue></Reference></SignedInfo>\
         <SignatureValue>{value}</SignatureValue><KeyInfo><X509Data>{key}<X509Certificate>{der}</X509Certificate></X509Data>\
         </KeyInfo></Signature>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What stands in a signature.
pub(crate) struct Parts {
    pub(crate) signed_info: Id,
    pub(crate) digest: Vec<u8>,
    pub(crate) value: Vec<u8>,
    /// In DER.
    pub(crate) certificate: Vec<u8>,
}

/// Reads a signature. Everything that the profile does not put there is refused: what is not signed in it is what a forger would
/// use.
pub(crate) fn read(document: &Document<'_>, signature: Id, profile: &Profile) -> Result<Parts, Refused> {
    let shape = Shape { document };
    shape.attributes(signature, &["Id"])?;
    let [signed_info, value, key_info] = match *shape.within(signature)? {
        [signed_info, value] if shape.are(&[signed_info, value], &["SignedInfo", "SignatureValue"]) => {
            return Err(Refused::NoCertificate);
        }
        [signed_info, value, key]
            if shape.are(&[signed_info, value, key], &["SignedInfo", "SignatureValue", "KeyInfo"]) =>
        {
            [signed_info, value, key]
        }
        _ => return Err(Refused::Layout("Signature is SignedInfo, SignatureValue and KeyInfo alone".into())),
    };
    shape.attributes(signed_info, &["Id"])?;
    let within = shape.within(signed_info)?;
    let references = within.iter().filter(|id| shape.are(&[**id], &["Reference"])).count();
    if references != 1 {
        return Err(Refused::References(references));
    }
    let [canonicalisation, method, reference] =
        shape.exactly(within, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
    shape.algorithm(canonicalisation, "CanonicalizationMethod", profile.canonicalisation.uri())?;
    shape.algorithm(method, "SignatureMethod", RSA_SHA256)?;
    let digest = shape.reference(reference, profile)?;
    let value = shape.base64(value, "SignatureValue", &["Id"])?;
    let certificate = shape.certificate(key_info)?;
    Ok(Parts { signed_info, digest, value, certificate })
}

struct Shape<'d, 's> {
    document: &'d Document<'s>,
}

impl<'d, 's> Shape<'d, 's> {
    fn element(&self, id: Id) -> Result<&'d Element<'s>, Refused> {
        // Ids are of elements; this is not reached.
        self.document.element(id).ok_or_else(|| Refused::Layout("an element is missing".into()))
    }

    fn name(&self, id: Id) -> &'d str {
        self.document.element(id).map_or("", |element| element.name.local)
    }

    /// Elements directly in one, which holds no text and no comment beside them.
    fn within(&self, id: Id) -> Result<Vec<Id>, Refused> {
        let mut elements = Vec::new();
        for (child, node) in self.document.children(id) {
            match node {
                Node::Open(_) => elements.push(child),
                node if node.is_blank() => {}
                _ => return Err(Refused::Layout(format!("{} holds a text or a comment", self.name(id)).into())),
            }
        }
        Ok(elements)
    }

    fn are(&self, ids: &[Id], names: &[&str]) -> bool {
        let is = |(id, name): (&Id, &&str)| self.document.element(*id).is_some_and(|element| element.is_of(DSIG, name));
        ids.len() == names.len() && ids.iter().zip(names).all(is)
    }

    fn exactly<const N: usize>(&self, ids: Vec<Id>, names: [&str; N]) -> Result<[Id; N], Refused> {
        let wrong = || Refused::Layout(format!("{} must stand there, and nothing else", names.join(", ")).into());
        if self.are(&ids, &names) { ids.try_into().map_err(|_| wrong()) } else { Err(wrong()) }
    }

    fn attributes(&self, id: Id, allowed: &[&str]) -> Result<(), Refused> {
        let element = self.element(id)?;
        match element.attributes.iter().find(|attribute| !allowed.contains(&attribute.name.written)) {
            Some(other) => {
                let what = format!("{} has the attribute {}", element.name.local, other.name.written);
                Err(Refused::Layout(what.into()))
            }
            None => Ok(()),
        }
    }

    fn uri(&self, id: Id) -> Result<&'d str, Refused> {
        self.attributes(id, &["Algorithm"])?;
        let uri = self.element(id)?.attribute("Algorithm");
        uri.ok_or_else(|| Refused::Layout(format!("{} names no algorithm", self.name(id)).into()))
    }

    /// An algorithm without parameters.
    fn algorithm(&self, id: Id, element: &'static str, allowed: &'static str) -> Result<(), Refused> {
        let found = self.uri(id)?;
        if found != allowed {
            return Err(Refused::Algorithm { element, found: found.into(), allowed });
        }
        self.exactly(self.within(id)?, []).map(|[]| ())
    }

    /// The digest that is signed.
    fn reference(&self, id: Id, profile: &Profile) -> Result<Vec<u8>, Refused> {
        self.attributes(id, &["Id", "URI"])?;
        match self.element(id)?.attribute("URI") {
            Some("") => {}
            Some(other) => return Err(Refused::Reference(other.into())),
            None => return Err(Refused::Layout("Reference has no URI".into())),
        }
        let [transforms, method, value] =
            self.exactly(self.within(id)?, ["Transforms", "DigestMethod", "DigestValue"])?;
        self.attributes(transforms, &[])?;
        let mut found: Vec<Box<str>> = Vec::new();
        for transform in self.within(transforms)? {
            self.exactly(vec![transform], ["Transform"])?;
            found.push(self.uri(transform)?.into());
            self.exactly(self.within(transform)?, [])?;
        }
        if !found.iter().map(|uri| &**uri).eq(profile.transforms()) {
            return Err(Refused::Transforms(found));
        }
        self.algorithm(method, "DigestMethod", SHA256)?;
        self.base64(value, "DigestValue", &[])
    }

    fn certificate(&self, key_info: Id) -> Result<Vec<u8>, Refused> {
        self.attributes(key_info, &["Id"])?;
        let [data] = self.exactly(self.within(key_info)?, ["X509Data"])?;
        let mut certificates = Vec::new();
        for part in self.within(data)? {
            let known = ["X509Certificate", "X509IssuerSerial", "X509SubjectName", "X509SKI"];
            match known.into_iter().find(|name| self.are(&[part], &[name])) {
                Some("X509Certificate") => certificates.push(part),
                // Nobody goes by it: the certificate itself says as much.
                Some(_) => {}
                None => return Err(Refused::Layout(format!("X509Data holds {}", self.name(part)).into())),
            }
        }
        match *certificates {
            [] => Err(Refused::NoCertificate),
            [certificate] => self.base64(certificate, "X509Certificate", &[]),
            _ => Err(Refused::ManyCertificates(certificates.len())),
        }
    }

    /// The bytes of an element that holds base64 and nothing else.
    fn base64(&self, id: Id, name: &'static str, allowed: &[&str]) -> Result<Vec<u8>, Refused> {
        self.attributes(id, allowed)?;
        let mut text = String::new();
        for (_, node) in self.document.children(id) {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Character(character) => text.push(*character),
                Node::Open(_) | Node::Close(_) | Node::Comment => return Err(Refused::Base64(name)),
            }
        }
        base64_text::decode(&text).ok_or(Refused::Base64(name))
    }
}

/// The bytes of a digest.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    *Digest::of(bytes).bytes()
}
