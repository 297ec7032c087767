//! Certificates that an authority issued.

use std::ffi::OsStr;

use vienphi_signing::{Refused, SignError, Trust, sign, verify};

use crate::documents::ENVELOPE;
use crate::identity::{Identity, RSA, hospital, now, profile, run};

/// An identity that another vouches for, in the digest and with the extensions given.
fn issued_by(authority: &Identity, digest: &str, extensions: &str) -> Identity {
    let (own, authority) = (Identity::new("Bệnh viện Mẫu", RSA).unpacked(), authority.unpacked());
    let (key, request, certificate) = (own.path("key.pem"), own.path("request.pem"), own.path("certificate.pem"));
    run("openssl", &[&"req", &"-new", &"-key", &key, &"-subj", &"/CN=Benh vien", &"-out", &request]);
    let extensions = own.write("extensions.txt", extensions);
    let (ca, ca_key) = (authority.path("certificate.pem"), authority.path("key.pem"));
    let arguments: [&dyn AsRef<OsStr>; 16] = [
        &"x509",
        &"-req",
        &"-in",
        &request,
        &"-CA",
        &ca,
        &"-CAkey",
        &ca_key,
        &"-days",
        &"20",
        &digest,
        &"-set_serial",
        &"0x00FF01",
        &"-extfile",
        &extensions,
        &"-out",
    ];
    let mut arguments = arguments.to_vec();
    arguments.push(&certificate);
    run("openssl", &arguments);
    Identity::in_folder(&own)
}

#[test]
fn an_authority_vouches_for_what_it_issued() {
    for key in [RSA, "-newkey ec -pkeyopt ec_paramgen_curve:P-256"] {
        let authority = Identity::new("Tổ chức chứng thực", key);
        let identity = issued_by(&authority, "-sha256", "keyUsage = digitalSignature\n");
        let signed = sign(ENVELOPE.as_bytes(), &profile(), &identity.signer()).unwrap();
        let with = |authority: &Identity| {
            let trust = Trust::only([], [&*authority.certificate()]).unwrap();
            verify(&signed, &profile(), &trust, now())
        };
        let known = with(&authority).unwrap();
        assert!(known.is_trusted);
        assert_eq!((&*known.serial, &*known.subject), ("FF01", "CN=Benh vien"));
        // One of the same name with another key.
        let pretender = Identity::new("Tổ chức chứng thực", key);
        assert!(matches!(with(&pretender), Err(Refused::NotTrusted { .. })));
    }
}

#[test]
fn an_authority_that_signs_with_sha1_vouches_for_nothing() {
    let authority = Identity::new("Tổ chức chứng thực", RSA);
    let identity = issued_by(&authority, "-sha1", "");
    let signed = sign(ENVELOPE.as_bytes(), &profile(), &identity.signer()).unwrap();
    let trust = Trust::only([], [&*authority.certificate()]).unwrap();
    assert!(matches!(verify(&signed, &profile(), &trust, now()), Err(Refused::NotTrusted { .. })));
}

#[test]
fn only_an_authority_is_one() {
    let authority = Identity::new("Tổ chức chứng thực", RSA);
    let leaf = issued_by(&authority, "-sha256", "basicConstraints = CA:FALSE\n");
    assert!(matches!(Trust::only([], [&*leaf.certificate()]), Err(SignError::Certificate(_))));
    assert!(matches!(Trust::only([], [&b"x"[..]]), Err(SignError::Certificate(_))));
}

#[test]
fn a_key_that_is_not_meant_for_signatures_makes_none() {
    let identity = issued_by(hospital(), "-sha256", "keyUsage = keyEncipherment\n");
    let error = vienphi_signing::Pkcs12Signer::open(&identity.key_file(&[]), crate::identity::PASSWORD).unwrap_err();
    assert_eq!(error, SignError::Certificate("its key is not meant for signatures".into()));
}
