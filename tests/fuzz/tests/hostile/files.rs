//! A file, its documents changed, and what becomes of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims_fuzz::visits::{Visit, file};
use vienphi_claims::{ClaimError, Envelope, Finding, Given, Limits, NoEncounter, check_claim, import};
use vienphi_domain::Encounter;

/// A clean visit.
pub(crate) fn outpatient() -> String {
    String::from_utf8(file(&[Visit::outpatient()], false)).unwrap()
}

/// The same visit with a text in a field of table 1.
pub(crate) fn with(fields: &[(&'static str, &str)]) -> String {
    let visit = fields.iter().fold(Visit::outpatient(), |visit, (field, text)| visit.with(field, text));
    String::from_utf8(file(&[visit], false)).unwrap()
}

/// A file whose documents are changed, each with its number.
pub(crate) fn with_documents(file: &str, change: impl Fn(&str, String) -> Vec<u8>) -> String {
    let mut parts = file.split("<NOIDUNGFILE>");
    let mut kind = parts.next().unwrap().to_owned();
    let mut out = kind.clone();
    for part in parts {
        let (packed, rest) = part.split_once("</NOIDUNGFILE>").unwrap();
        let number = kind.rsplit_once("<LOAIHOSO>").unwrap().1.split_once('<').unwrap().0;
        let document = String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap();
        let packed = STANDARD.encode(change(number, document));
        out.push_str(&format!("<NOIDUNGFILE>{packed}</NOIDUNGFILE>{rest}"));
        kind = rest.to_owned();
    }
    out
}

/// A file whose table 1 is changed.
pub(crate) fn with_summary(change: impl Fn(&str) -> Vec<u8>) -> String {
    with_documents(&outpatient(), |kind, text| if kind == "XML1" { change(&text) } else { text.into_bytes() })
}

/// Why a file is not read.
pub(crate) fn refusal(file: impl AsRef<[u8]>) -> ClaimError {
    Envelope::read(file.as_ref(), &Limits::default()).unwrap_err()
}

/// What is found in the one claim of a file.
pub(crate) fn findings(file: &str) -> Vec<Finding> {
    let envelope = Envelope::read(file.as_bytes(), &Limits::default()).unwrap();
    let [claim] = envelope.claims() else { panic!("one claim") };
    check_claim(claim, &Given::default())
}

/// The codes of what is found.
pub(crate) fn codes(file: &str) -> Vec<&'static str> {
    findings(file).iter().map(|finding| finding.code).collect()
}

/// The encounter of the one claim, which must be one without a fault, as JSON.
pub(crate) fn imported(file: &str) -> String {
    let json = try_import(file).unwrap();
    let reading = Encounter::read(json.as_bytes());
    assert!(reading.encounter.is_some() && reading.faults.is_empty(), "{:?}", reading.faults);
    json
}

/// The same, or why there is none.
pub(crate) fn try_import(file: &str) -> Result<String, NoEncounter> {
    let envelope = Envelope::read(file.as_bytes(), &Limits::default()).unwrap();
    import(&envelope.claims()[0]).map(|encounter| encounter.to_string())
}

/// Reads the same claim, and nothing is found in it that is not in the plain file.
pub(crate) fn means_the_same(what: &str, file: &str) {
    assert_eq!(codes(file), Vec::<&str>::new(), "{what}");
    assert_eq!(imported(file), imported(&outpatient()), "{what}");
}
