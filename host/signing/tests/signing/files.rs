//! Key files as OpenSSL writes them.

use vienphi_signing::{Pkcs12Signer, SignError, Signer, sign, verify};

use crate::documents::ENVELOPE;
use crate::identity::{Identity, PASSWORD, hospital, now, profile, stranger};

#[test]
fn key_files_of_all_ages_are_opened() {
    for protection in [
        &[][..],
        &["-legacy"],
        &["-legacy", "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC"],
        &["-macalg", "sha512", "-iter", "1000"],
        &["-certpbe", "NONE"],
        &["-nomac"],
        &["-name", "Bệnh viện Mẫu"],
    ] {
        let signer = Pkcs12Signer::open(&hospital().key_file(protection), PASSWORD)
            .unwrap_or_else(|error| panic!("{protection:?}: {error}"));
        assert_eq!(signer.certificate(), hospital().certificate());
        let signed = sign(ENVELOPE.as_bytes(), &profile(), &signer).unwrap();
        assert!(verify(&signed, &profile(), &hospital().trust(), now()).is_ok());
    }
}

#[test]
fn other_certificates_may_stand_in_the_file() {
    let folder = stranger().unpacked();
    let other = folder.path("certificate.pem");
    let file = hospital().key_file(&["-certfile", other.to_str().unwrap()]);
    assert_eq!(Pkcs12Signer::open(&file, PASSWORD).unwrap().certificate(), hospital().certificate());
}

#[test]
fn what_cannot_be_opened_says_why() {
    let weak = Identity::new("Khóa ngắn", "-newkey rsa:1024");
    let curve = Identity::new("Đường cong", "-newkey ec -pkeyopt ec_paramgen_curve:P-256");
    for (what, file, password, expected) in [
        ("another password", hospital().key_file(&[]), "x", "the password does not open the key file"),
        ("another password, of old", hospital().key_file(&["-legacy"]), "", "the password does not open the key file"),
        ("a short key", weak.key_file(&[]), PASSWORD, "the RSA key has 1024 bits; at least 2048 are needed"),
        ("a key that is not of RSA", curve.key_file(&[]), PASSWORD, "the certificate has no RSA key"),
        ("no key", hospital().key_file(&["-nokeys"]), PASSWORD, "there is no such private key"),
        ("no certificate", hospital().key_file(&["-nocerts"]), PASSWORD, "there is no certificate of the private key"),
        (
            "RC4",
            hospital().key_file(&["-legacy", "-certpbe", "PBE-SHA1-RC4-128"]),
            PASSWORD,
            "the key file cannot be read: ",
        ),
        ("no file", b"-----BEGIN".to_vec(), PASSWORD, "the key file cannot be read: "),
        ("nothing", Vec::new(), PASSWORD, "the key file cannot be read: "),
    ] {
        let error = Pkcs12Signer::open(&file, password).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{what}: {error}");
    }
}

/// Says that it is one and signs as the other.
struct Confused<'s>(&'s dyn Signer, &'s dyn Signer);

impl Signer for Confused<'_> {
    fn certificate(&self) -> &[u8] {
        self.0.certificate()
    }

    fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.1.sign_sha256(message)
    }
}

#[test]
fn nothing_is_given_out_that_does_not_verify() {
    let (one, other) = (hospital().signer(), stranger().signer());
    let signed = sign(ENVELOPE.as_bytes(), &profile(), &Confused(&one, &other));
    assert_eq!(signed, Err(SignError::KeyAndCertificateDiffer));
}

#[test]
fn a_key_does_not_show_in_messages() {
    let signer = hospital().signer();
    let shown = format!("{signer:?}");
    assert_eq!(shown, format!("Pkcs12Signer {{ certificate: {:?}, .. }}", hospital().fingerprint()));
}
