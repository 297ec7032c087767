//! How an envelope is signed: data, since the portal's form is not published.

use serde::Deserialize;

use crate::document::is_name;

/// XML Signature's own namespace.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// XML Signature 1.1 §6.6.4.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// RFC 6931 §2.3.2.
pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// XML Encryption 1.0 §5.7.2.
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A way of writing XML in which what means the same is the same bytes; both are without comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canonicalisation {
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
    /// Canonical XML 1.0.
    Inclusive,
}

impl Canonicalisation {
    /// The name that stands in a signature.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Exclusive => "http://www.w3.org/2001/10/xml-exc-c14n#",
            Self::Inclusive => "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        }
    }

    fn of(uri: &str) -> Option<Canonicalisation> {
        [Self::Exclusive, Self::Inclusive].into_iter().find(|known| known.uri() == uri)
    }
}

/// What stands in a signature and where. Only RSA with SHA-256 is known; a profile names it nevertheless, so that one place
/// says all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub(crate) root: Box<str>,
    pub(crate) place: Box<str>,
    /// Of `SignedInfo`.
    pub(crate) canonicalisation: Canonicalisation,
    /// Of the document, when a transform names it.
    pub(crate) transform: Option<Canonicalisation>,
    pub(crate) has_issuer_serial: bool,
    pub(crate) has_subject: bool,
}

/// A profile that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, or keys that are absent or unknown.
    #[error("the profile of signatures cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// An algorithm that is not known.
    #[error("{key}: {found:?} is not known; known: {known}")]
    Unknown {
        /// The key of the file.
        key: &'static str,
        /// What stands there.
        found: Box<str>,
        /// What may stand there.
        known: &'static str,
    },
    /// The first transform is not the enveloped signature, or more than one follows it.
    #[error("transforms: the first is {ENVELOPED}, and at most a canonicalisation follows")]
    Transforms,
    /// Elements that are no elements, or the same.
    #[error("root and place: names of two different elements without prefixes are needed")]
    Elements,
    /// `key_info` without the certificate.
    #[error("key_info: \"certificate\" is missing, without which nobody can verify")]
    NoCertificate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    root: Box<str>,
    place: Box<str>,
    canonicalisation: Box<str>,
    signature: Box<str>,
    transforms: Vec<Box<str>>,
    digest: Box<str>,
    key_info: Vec<Box<str>>,
    /// Read by people.
    #[serde(rename = "ground")]
    _ground: Box<str>,
}

const CANONICALISATIONS: &str =
    "http://www.w3.org/2001/10/xml-exc-c14n#, http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

impl Profile {
    /// Reads `policies/claims/signature.toml`.
    ///
    /// # Errors
    ///
    /// What the file says is not known here or makes no sense.
    pub fn read(text: &str) -> Result<Profile, ProfileError> {
        let file: File = toml::from_str(text)?;
        let is_element = |name: &str| is_name(name) && !name.contains(':');
        if !is_element(&file.root) || !is_element(&file.place) || file.root.eq_ignore_ascii_case(&file.place) {
            return Err(ProfileError::Elements);
        }
        for (key, found, known) in [("signature", &file.signature, RSA_SHA256), ("digest", &file.digest, SHA256)] {
            if **found != *known {
                return Err(ProfileError::Unknown { key, found: found.clone(), known });
            }
        }
        let canonicalisation = |key: &'static str, uri: &str| {
            let unknown = || ProfileError::Unknown { key, found: uri.into(), known: CANONICALISATIONS };
            Canonicalisation::of(uri).ok_or_else(unknown)
        };
        let transform = match &*file.transforms {
            [enveloped] if **enveloped == *ENVELOPED => None,
            [enveloped, second] if **enveloped == *ENVELOPED => Some(canonicalisation("transforms", second)?),
            _ => return Err(ProfileError::Transforms),
        };
        let has = |name: &str| file.key_info.iter().any(|part| **part == *name);
        let known = ["certificate", "issuer-serial", "subject"];
        if let Some(found) = file.key_info.iter().find(|part| !known.contains(&&***part)) {
            let known = "certificate, issuer-serial, subject";
            return Err(ProfileError::Unknown { key: "key_info", found: found.clone(), known });
        }
        if !has("certificate") {
            return Err(ProfileError::NoCertificate);
        }
        Ok(Profile {
            canonicalisation: canonicalisation("canonicalisation", &file.canonicalisation)?,
            transform,
            has_issuer_serial: has("issuer-serial"),
            has_subject: has("subject"),
            root: file.root,
            place: file.place,
        })
    }

    /// The algorithms of the transforms in their order.
    pub(crate) fn transforms(&self) -> impl Iterator<Item = &'static str> + use<> {
        [ENVELOPED].into_iter().chain(self.transform.map(Canonicalisation::uri))
    }

    /// In what form the document is digested: without a transform that says so, the inclusive one (XML Signature 1.1 §4.4.3.2).
    pub(crate) fn document_form(&self) -> Canonicalisation {
        self.transform.unwrap_or(Canonicalisation::Inclusive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../../policies/claims/signature.toml");

    #[test]
    fn the_file_of_policies_is_a_profile() {
        let profile = Profile::read(FILE).unwrap();
        assert_eq!((&*profile.root, &*profile.place), ("GIAMDINHHS", "CHUKYDONVI"));
        assert_eq!(profile.canonicalisation, Canonicalisation::Exclusive);
        assert_eq!(profile.transforms().collect::<Vec<_>>(), [ENVELOPED, Canonicalisation::Exclusive.uri()]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (from, to, message) in [
            ("rsa-sha256", "rsa-sha1", "signature: "),
            ("xmlenc#sha256", "xmlenc#sha512", "digest: "),
            ("[\"certificate\"]", "[\"subject\"]", "key_info: \"certificate\" is missing"),
            ("[\"certificate\"]", "[\"certificate\", \"key\"]", "key_info: \"key\" is not known"),
            ("root = \"GIAMDINHHS\"", "root = \"ChuKyDonVi\"", "root and place: "),
            ("root = \"GIAMDINHHS\"", "root = \"a:b\"", "root and place: "),
            (
                "transforms = [\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\", ",
                "transforms = [",
                "transforms: ",
            ),
            (
                "canonicalisation = \"http://www.w3.org/2001/10/xml-exc-c14n#",
                "canonicalisation = \"c14n",
                "canonicalisation: ",
            ),
            ("ground", "grounds", "the profile of signatures cannot be read"),
        ] {
            assert!(FILE.contains(from), "{from}");
            let error = Profile::read(&FILE.replace(from, to)).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
