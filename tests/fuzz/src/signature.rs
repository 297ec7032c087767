//! What must hold of a signed file, whatever its bytes: when its signature is accepted, it says what was signed.
//!
//! A key is made anew by each process and belongs to nobody. So that an input lives longer than the key, it may hold marks, which
//! are replaced before it is read: `@C@` by the certificate, `@D0@` to `@D3@` and `@V0@` to `@V3@` by digest and value of the
//! signatures of [`originals`].

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs, process};

use vienphi_claims::{Envelope, Limits};
use vienphi_domain::{Digest, Moment};
use vienphi_signing::{Pkcs12Signer, Profile, Refused, Signer, Trust, sign, verify};

use crate::packed::find;
use crate::visits::{Visit, file};

/// The profile of the policies.
const PROFILE: &str = include_str!("../../../policies/claims/signature.toml");

/// What stands for the certificate.
pub(crate) const CERTIFICATE_MARK: &[u8] = b"@C@";

/// A signed file of ours.
struct Original {
    signed: Vec<u8>,
    profile: usize,
    meaning: Meaning,
}

/// What a reader of claims takes from a file.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    facility: String,
    made_on: String,
    count: Option<u64>,
    claims: Vec<Vec<(String, String)>>,
    unknown: Vec<String>,
}

/// Who signs, what is accepted, and what was signed.
struct Office {
    signer: Pkcs12Signer,
    trust: Trust,
    profiles: Vec<Profile>,
    /// A moment at which the certificate is valid.
    at: Moment,
    originals: Vec<Original>,
    /// Marks and what stands for them.
    marks: Vec<(String, String)>,
}

static OFFICE: LazyLock<Office> = LazyLock::new(open);

/// Whether a signature was accepted.
pub(crate) fn run(input: &[u8]) -> bool {
    let office = &*OFFICE;
    let document = office.expanded(input);
    let mut is_accepted = false;
    for profile in &office.profiles {
        match verify(&document, profile, &office.trust, office.at) {
            Ok(signed) => {
                is_accepted = true;
                assert!(signed.is_trusted);
                assert_eq!(signed.fingerprint, Digest::of(office.signer.certificate()));
                // What a reader of claims refuses does no harm.
                if let Some(meaning) = meaning(&document) {
                    let is_signed = office.originals.iter().any(|original| original.meaning == meaning);
                    assert!(is_signed, "accepted, but it says what nobody signed: {meaning:?}");
                }
            }
            Err(Refused::NotSigned) => is_accepted |= office.signs(&document, profile),
            Err(refused) => assert!(refused.to_string().len() < 100_000),
        }
    }
    is_accepted
}

/// The signed files that inputs begin with, with marks.
pub(crate) fn originals() -> Vec<Vec<u8>> {
    let office = &*OFFICE;
    office.originals.iter().map(|original| office.marked(&original.signed)).collect()
}

/// The certificate of this process.
pub(crate) fn certificate() -> &'static [u8] {
    OFFICE.signer.certificate()
}

impl Office {
    /// What is not signed yet and can be signed is accepted then, and says what it said.
    fn signs(&self, document: &[u8], profile: &Profile) -> bool {
        match sign(document, profile, &self.signer) {
            Ok(signed) => {
                let verified = verify(&signed, profile, &self.trust, self.at);
                assert!(verified.is_ok(), "what was signed is not accepted: {verified:?}");
                assert_eq!(meaning(&signed), meaning(document));
                true
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                false
            }
        }
    }

    fn expanded(&self, input: &[u8]) -> Vec<u8> {
        if !input.contains(&b'@') {
            return input.to_vec();
        }
        self.marks.iter().fold(input.to_vec(), |document, (mark, text)| replaced(document, mark, text))
    }

    fn marked(&self, signed: &[u8]) -> Vec<u8> {
        self.marks.iter().fold(signed.to_vec(), |document, (mark, text)| replaced(document, text, mark))
    }
}

/// With every place of a text replaced.
fn replaced(document: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = &*document;
    while let Some(at) = find(rest, from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    if out.is_empty() && rest.len() == document.len() {
        return document;
    }
    out.extend_from_slice(rest);
    out
}

fn meaning(document: &[u8]) -> Option<Meaning> {
    let envelope = Envelope::read(document, &Limits::default()).ok()?;
    let claims = envelope
        .claims()
        .iter()
        .map(|claim| claim.tables().iter().map(|table| (table.kind().to_owned(), table.raw().to_owned())).collect());
    Some(Meaning {
        facility: envelope.facility().unwrap_or_default().to_owned(),
        made_on: format!("{:?}", envelope.made_on()),
        count: envelope.declared_count().ok().flatten(),
        claims: claims.collect(),
        unknown: envelope.unknown().map(|(name, _)| name.to_owned()).collect(),
    })
}

fn open() -> Office {
    let signer = Pkcs12Signer::open(&key_file(), "mau").unwrap();
    let trust = Trust::only([Digest::of(signer.certificate())], []).unwrap();
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let profiles = vec![
        Profile::read(PROFILE).unwrap(),
        // Canonical XML of the whole, as it is without a transform that names another.
        Profile::read(&PROFILE.replace(&format!(", \"{exclusive}\"]"), "]").replace(exclusive, inclusive)).unwrap(),
    ];
    let files = [
        file(&[Visit::outpatient()], false),
        String::from_utf8(file(&[Visit::default(), Visit::default()], false))
            .unwrap()
            .replace("<GIAMDINHHS>", "<GIAMDINHHS xmlns:x=\"urn:x\" a='&lt;'>\r\n  <!-- Bệnh viện Mẫu -->")
            .replace("<HOSO/>", "<HOSO></HOSO>")
            .into_bytes(),
    ];
    let mut originals = Vec::new();
    for (number, profile) in profiles.iter().enumerate() {
        for file in &files {
            let signed = sign(file, profile, &signer).unwrap();
            let meaning = meaning(&signed).unwrap();
            originals.push(Original { signed, profile: number, meaning });
        }
    }
    // Whatever the moment at which it is asked, the certificate says when it begins to be valid.
    let at = match verify(&originals[0].signed, &profiles[0], &trust, Moment::from_count(0)) {
        Err(Refused::NotYetValid(at)) => at,
        other => panic!("{other:?}"),
    };
    let mut marks = Vec::new();
    for (number, original) in originals.iter().enumerate() {
        assert!(verify(&original.signed, &profiles[original.profile], &trust, at).is_ok());
        for (letter, element) in [("D", "DigestValue"), ("V", "SignatureValue"), ("C", "X509Certificate")] {
            let mark = if letter == "C" { "@C@".to_owned() } else { format!("@{letter}{number}@") };
            let text = String::from_utf8_lossy(&original.signed);
            let (_, rest) = text.split_once(&format!("<{element}>")).unwrap();
            marks.push((mark, rest.split_once('<').unwrap().0.to_owned()));
        }
    }
    Office { signer, trust, profiles, at, originals, marks }
}

/// A key and a certificate in a file, made by OpenSSL.
fn key_file() -> Vec<u8> {
    let folder: PathBuf = env::temp_dir().join(format!("vienphi-fuzz-{}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let openssl = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&folder).output();
        let output = output.expect("openssl is installed (cargo xtask test installs it)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    openssl("req -x509 -nodes -newkey rsa:2048 -days 30 -subj /CN=Mau -keyout key.pem -out certificate.pem");
    openssl("pkcs12 -export -inkey key.pem -in certificate.pem -passout pass:mau -out key.p12");
    let file = fs::read(folder.join("key.p12")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    file
}
