//! xmlsec1, which signs and verifies with libxml2 and OpenSSL.

use std::fs;
use std::process::Command;

use crate::identity::{Folder, Identity};

/// Asserts that it accepts these documents, all with one trusted certificate.
pub(crate) fn accepts(documents: &[Vec<u8>], identity: &Identity) {
    if let Err((place, message)) = verdict(documents, identity) {
        panic!("xmlsec1 refuses: {message}\n{}", String::from_utf8_lossy(&documents[place]));
    }
}

/// What it says to the first document that it refuses.
pub(crate) fn verdict(documents: &[Vec<u8>], identity: &Identity) -> Result<(), (usize, String)> {
    let (folder, keys) = (Folder::new(), identity.unpacked());
    for (place, document) in documents.iter().enumerate() {
        let path = folder.write(&format!("{place}.xml"), document);
        let output = Command::new("xmlsec1")
            .args(["--verify", "--enabled-reference-uris", "empty", "--trusted-pem"])
            .args([keys.path("certificate.pem"), path])
            .output()
            .unwrap();
        if !output.status.success() {
            return Err((place, String::from_utf8_lossy(&output.stderr).into_owned()));
        }
    }
    Ok(())
}

/// What it makes of a template.
pub(crate) fn signs(template: &[u8], identity: &Identity) -> Vec<u8> {
    let (folder, keys) = (Folder::new(), identity.unpacked());
    let (path, signed) = (folder.write("template.xml", template), folder.path("signed.xml"));
    let mut key = keys.path("key.pem").into_os_string();
    key.push(",");
    key.push(keys.path("certificate.pem"));
    let output = Command::new("xmlsec1")
        .args(["--sign", "--privkey-pem"])
        .arg(key)
        .arg("--output")
        .args([&signed, &path])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(signed).unwrap()
}

/// A signature without values, as xmlsec1 wants it, with blanks where it would put them itself.
pub(crate) fn template(canonicalisation: &str, transforms: &[&str]) -> String {
    let transforms: String = transforms.iter().map(|uri| format!("<ds:Transform Algorithm=\"{uri}\"/>")).collect();
    format!(
        "\n<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"s1\">\n <ds:SignedInfo>\n\
         <ds:CanonicalizationMethod Algorithm=\"{canonicalisation}\"/>\n\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\n\
         <ds:Reference URI=\"\"><ds:Transforms>{transforms}</ds:Transforms>\n\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue></ds:Reference>\n\
         </ds:SignedInfo>\n<ds:SignatureValue/>\n\
         <ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>\n"
    )
}
