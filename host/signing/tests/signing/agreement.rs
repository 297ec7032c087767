//! Others accept what is signed here, and what others signed is accepted here.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use vienphi_signing::{Canonicalisation, Profile, SignError, Trust, sign, verify};

use crate::documents::{ENVELOPE, envelopes, with_content};
use crate::identity::{PROFILE, hospital, hospital_signer, now, profile, profiles, stranger};
use crate::xmlsec;

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Random documents that xmlsec1 is shown, for each profile.
const SAMPLE: usize = 24;

fn samples() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    (0..SAMPLE).map(|_| envelopes().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn xmlsec1_accepts_what_is_signed_here() {
    for profile in profiles() {
        let mut documents = samples();
        documents.push(ENVELOPE.to_owned());
        let signed: Vec<_> =
            documents.iter().map(|text| sign(text.as_bytes(), &profile, hospital_signer()).unwrap()).collect();
        xmlsec::accepts(&signed, hospital());
    }
    let signed = sign(ENVELOPE.as_bytes(), &profile(), hospital_signer()).unwrap();
    let altered = String::from_utf8(signed).unwrap().replace("92114", "92115").into_bytes();
    assert!(xmlsec::verdict(&[altered], hospital()).is_err());
}

#[test]
fn what_xmlsec1_signed_is_accepted() {
    let (exclusive, inclusive) = (Canonicalisation::Exclusive.uri(), Canonicalisation::Inclusive.uri());
    let forms: [(&str, &[&str]); 4] = [
        (exclusive, &[ENVELOPED, exclusive]),
        (inclusive, &[ENVELOPED, inclusive]),
        (exclusive, &[ENVELOPED]),
        (inclusive, &[ENVELOPED, exclusive]),
    ];
    for ((canonicalisation, transforms), profile) in forms.into_iter().zip(profiles()) {
        for envelope in samples().iter().map(String::as_str).chain([ENVELOPE]) {
            let template = with_content(envelope, &xmlsec::template(canonicalisation, transforms));
            let signed = xmlsec::signs(template.as_bytes(), hospital());
            let verified = verify(&signed, &profile, &hospital().trust(), now());
            assert!(verified.is_ok_and(|signed| signed.is_trusted), "{}", String::from_utf8_lossy(&signed));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_verifies_and_is_otherwise_unchanged(envelope in envelopes(), which in 0_usize..4) {
        let profile: Profile = profiles().swap_remove(which);
        let signed = sign(envelope.as_bytes(), &profile, hospital_signer()).unwrap();
        prop_assert!(verify(&signed, &profile, &hospital().trust(), now()).is_ok());
        let signed = String::from_utf8(signed).unwrap();
        let start = envelope.find("<CHUKYDONVI").unwrap();
        prop_assert_eq!(&signed[..start], &envelope[..start]);
        let (_, end) = envelope.rsplit_once("</GIAMDINHHS").unwrap();
        prop_assert!(signed.ends_with(end));
        let again = sign(signed.as_bytes(), &profile, hospital_signer());
        prop_assert_eq!(again, Err(SignError::AlreadySigned));
    }

    #[test]
    fn no_byte_can_be_changed(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let signed = sign(ENVELOPE.as_bytes(), &profile(), hospital_signer()).unwrap();
        let mut altered = signed.clone();
        *place.get_mut(&mut altered) = byte;
        // Blanks in tags, quotes, declarations of what is not used and comments may change; what is signed may not.
        let known = verify(&signed, &profile(), &hospital().trust(), now()).unwrap();
        if let Ok(verified) = verify(&altered, &profile(), &hospital().trust(), now()) {
            prop_assert_eq!(&verified, &known);
            prop_assert!(xmlsec::verdict(&[altered], hospital()).is_ok());
        }
    }
}

#[test]
fn all_of_key_info_is_written_when_asked_for() {
    let all = PROFILE.replace("[\"certificate\"]", "[\"issuer-serial\", \"subject\", \"certificate\"]");
    let signed = sign(ENVELOPE.as_bytes(), &Profile::read(&all).unwrap(), hospital_signer()).unwrap();
    let text = String::from_utf8(signed.clone()).unwrap();
    assert!(
        text.contains("<X509SubjectName>CN=Bệnh viện Mẫu,O=Bệnh viện Mẫu\\, số 1,C=VN</X509SubjectName>"),
        "{text}"
    );
    let serial = text.split_once("<X509SerialNumber>").unwrap().1.split_once('<').unwrap().0;
    assert!(serial.len() > 20 && serial.bytes().all(|digit| digit.is_ascii_digit()), "{serial}");
    // Whoever expects the certificate alone finds it.
    assert!(verify(&signed, &profile(), &hospital().trust(), now()).is_ok());
}

#[test]
fn only_an_unsigned_envelope_is_signed() {
    let name = |error: SignError| format!("{error:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned();
    let envelope = |text: &str| ENVELOPE.replace("<CHUKYDONVI></CHUKYDONVI>", text);
    for (document, expected) in [
        (ENVELOPE.replace("GIAMDINHHS", "HOSO"), "NotAnEnvelope"),
        (ENVELOPE.replace("<GIAMDINHHS", "<p:GIAMDINHHS xmlns:p='urn:p'").replace("</G", "</p:G"), "NotAnEnvelope"),
        (envelope(""), "NoPlace"),
        (envelope("<CHUKYDONVI/><CHUKYDONVI/>"), "TwoPlaces"),
        (envelope("<chuKyDonVi/><CHUKYDONVI/>"), "TwoPlaces"),
        (envelope("<p:CHUKYDONVI xmlns:p='urn:p'/><CHUKYDONVI/>"), "TwoPlaces"),
        (envelope("<A><CHUKYDONVI/></A>"), "PlaceNotLast"),
        (envelope("<CHUKYDONVI/><A/>"), "PlaceNotLast"),
        (envelope("<CHUKYDONVI/>x"), "PlaceNotLast"),
        (envelope("<CHUKYDONVI/>&#32;"), "PlaceNotLast"),
        (envelope("<chukydonvi/>"), "PlaceNotLast"),
        (envelope("<CHUKYDONVI>x</CHUKYDONVI>"), "PlaceNotEmpty"),
        (envelope("<CHUKYDONVI><!-- --></CHUKYDONVI>"), "PlaceNotEmpty"),
        (envelope("<CHUKYDONVI><A/></CHUKYDONVI>"), "PlaceNotEmpty"),
        (envelope("<CHUKYDONVI><Signature/></CHUKYDONVI>"), "AlreadySigned"),
        (envelope("<a:SIGNATURE xmlns:a='urn:a'/><CHUKYDONVI/>"), "AlreadySigned"),
        (ENVELOPE.replace("<GIAMDINHHS", "<!DOCTYPE GIAMDINHHS><GIAMDINHHS"), "Malformed"),
        (ENVELOPE.replace("92114", "&x;"), "Malformed"),
        (ENVELOPE.replace("</MACSKCB>", ""), "Malformed"),
        (ENVELOPE.replace("utf-8", "utf-16"), "Malformed"),
    ] {
        let error = sign(document.as_bytes(), &profile(), hospital_signer()).map_err(name);
        assert_eq!(error, Err(expected.to_owned()), "{document}");
    }
}

#[test]
fn nothing_but_the_digest_of_the_document_is_signed() {
    // A document that brings along what it would have signed.
    let planted = "<SignedInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><A/></SignedInfo><NGAYLAP>";
    let envelope = ENVELOPE.replace("<NGAYLAP>", planted);
    let signed = sign(envelope.as_bytes(), &profile(), hospital_signer()).unwrap();
    assert!(verify(&signed, &profile(), &hospital().trust(), now()).is_ok());
    xmlsec::accepts(&[signed], hospital());
}

#[test]
fn whose_signature_it_is_gets_known() {
    let signed = sign(ENVELOPE.as_bytes(), &profile(), hospital_signer()).unwrap();
    let known = verify(&signed, &profile(), &Trust::Any, now()).unwrap();
    assert_eq!(known.subject, "CN=Bệnh viện Mẫu,O=Bệnh viện Mẫu\\, số 1,C=VN");
    assert_eq!((&known.issuer, known.fingerprint), (&known.subject, hospital().fingerprint()));
    assert!(!known.is_trusted && !known.serial.is_empty() && known.not_before < now() && now() < known.not_after);
    let other = verify(&signed, &profile(), &stranger().trust(), now());
    assert!(matches!(other, Err(vienphi_signing::Refused::NotTrusted { .. })), "{other:?}");
}
