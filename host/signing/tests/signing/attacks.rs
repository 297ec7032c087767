//! What forgers try, each with the error that names it.

use vienphi_signing::{Refused, Trust, sign, verify};

use crate::documents::{ENVELOPE, with_content};
use crate::identity::{Identity, days_from_now, hospital, now, profile, stranger};
use crate::xmlsec;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

fn signed_by(identity: &Identity) -> String {
    String::from_utf8(sign(ENVELOPE.as_bytes(), &profile(), &identity.signer()).unwrap()).unwrap()
}

/// What stands between two marks, the first time.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

fn signature(text: &str) -> String {
    format!("<Signature{}</Signature>", between(text, "<Signature", "</Signature>"))
}

/// The variant's name.
fn name(refused: &Refused) -> String {
    format!("{refused:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

#[test]
fn forgeries_are_refused_by_name() {
    let signed = signed_by(hospital());
    let signature = signature(&signed);
    let reference = format!("<Reference{}</Reference>", between(&signed, "<Reference", "</Reference>"));
    let value = between(&signed, "<SignatureValue>", "</SignatureValue>");
    let digest = between(&signed, "<DigestValue>", "</DigestValue>");
    let certificate = between(&signed, "<X509Certificate>", "</X509Certificate>");
    let other_certificate = {
        let text = signed_by(stranger());
        between(&text, "<X509Certificate>", "</X509Certificate>").to_owned()
    };
    let root = signed.find("<GIAMDINHHS").unwrap();
    let whole = signed[root..].trim_end();
    let forged = whole.replace("92114", "92115");
    let forged_unsigned = forged.replace(&signature, "");
    let swap = |from: &str, to: &str| {
        assert!(signed.contains(from), "{from}");
        signed.replacen(from, to, 1)
    };

    for (what, document, expected) in [
        // The document was altered.
        ("a letter of the base64", swap("PFRPTkdfSE9QPg==", "PFRPTkdfSE9QPh=="), "Altered"),
        ("the facility", swap("92114", "92115"), "Altered"),
        ("the value of an attribute", swap("id='1'", "id='2'"), "Altered"),
        ("a blank in an attribute", swap("id='1'", "id='1 '"), "Altered"),
        ("one more attribute", swap("id='1'", "id='1' x='1'"), "Altered"),
        ("a blank between elements", swap("<HOSO>", "<HOSO> "), "Altered"),
        ("an end of a line", swap("</THONGTINDONVI>\r\n", "</THONGTINDONVI>"), "Altered"),
        ("a carriage return that stays", swap("</THONGTINDONVI>\r\n", "</THONGTINDONVI>&#13;\n"), "Altered"),
        ("a namespace for all", swap("<GIAMDINHHS ", "<GIAMDINHHS xmlns='urn:a' "), "Altered"),
        ("a namespace for one", swap("<MACSKCB>", "<MACSKCB xmlns='urn:a'>"), "Altered"),
        ("a prefix", swap("<HOSO>", "<xsi:HOSO>").replace("</HOSO>", "</xsi:HOSO>"), "Altered"),
        ("an attribute of the place", swap("<CHUKYDONVI>", "<CHUKYDONVI a='1'>"), "Altered"),
        ("a blank beside the signature", swap("<CHUKYDONVI>", "<CHUKYDONVI> "), "Altered"),
        ("the facility, hidden by CDATA", swap("92114", "<![CDATA[92115]]>"), "Altered"),
        ("the facility, cut by an element", swap("92114", "92<A/>114"), "Altered"),
        ("another digest", swap(digest, &digest.chars().rev().collect::<String>()), "Base64"),
        ("a shorter digest", swap(digest, "kgk="), "Altered"),
        // The document stands within another, or another within it.
        ("wrapped in another root", format!("<GIAMDINHHS2>{whole}</GIAMDINHHS2>"), "NotAnEnvelope"),
        ("wrapped in its like", format!("<GIAMDINHHS>{forged_unsigned}{whole}</GIAMDINHHS>"), "TwoPlaces"),
        (
            "moved under another element, a forged copy around it",
            with_content(&forged, &format!("{signature}</CHUKYDONVI><CHUKYDONVI>{whole}")),
            "TwoSignatures",
        ),
        (
            "moved into the signature",
            swap("</KeyInfo>", &format!("</KeyInfo><Object>{ENVELOPE_INNER}</Object>")),
            "Layout",
        ),
        ("moved into KeyInfo", swap("<KeyInfo>", "<KeyInfo><Object/>"), "Layout"),
        ("moved into X509Data", swap("<X509Data>", "<X509Data><Object/>"), "Layout"),
        ("text in the signature", swap("<KeyInfo>", "x<KeyInfo>"), "Layout"),
        ("a comment in the signature", swap("<KeyInfo>", "<!-- --><KeyInfo>"), "Layout"),
        ("a comment in the digest", swap(digest, &format!("{}<!-- -->{}", &digest[..4], &digest[4..])), "Base64"),
        ("an element in the value", swap(value, &format!("{value}<A/>")), "Base64"),
        ("a place that is another's", swap("<CHUKYDONVI>", "<CHUKYDONVI/><CHUKYDONVI>"), "TwoPlaces"),
        ("a place in small letters", swap("<CHUKYDONVI>", "<chukydonvi/><CHUKYDONVI>"), "TwoPlaces"),
        ("a place with a prefix", swap("<CHUKYDONVI>", "<xsi:CHUKYDONVI/><CHUKYDONVI>"), "TwoPlaces"),
        ("only a place with a prefix", signed.replace("CHUKYDONVI>", "xsi:CHUKYDONVI>"), "PlaceNotLast"),
        ("something behind the place", swap("</CHUKYDONVI>", "</CHUKYDONVI><A/>"), "PlaceNotLast"),
        ("text behind the place", swap("</CHUKYDONVI>", "</CHUKYDONVI>x"), "PlaceNotLast"),
        ("no place", signed.replace("CHUKYDONVI", "CHUKY"), "NoPlace"),
        ("the signature deeper", swap(&signature, &format!("<A>{signature}</A>")), "Elsewhere"),
        (
            "the signature first",
            swap(&signature, "").replacen("<THONGTINDONVI>", &format!("{signature}<THONGTINDONVI>"), 1),
            "Elsewhere",
        ),
        ("text beside the signature", swap("</CHUKYDONVI>", "x</CHUKYDONVI>"), "Beside"),
        ("an element beside the signature", swap("</CHUKYDONVI>", "<A/></CHUKYDONVI>"), "Beside"),
        ("a comment beside the signature", swap("</CHUKYDONVI>", "<!-- --></CHUKYDONVI>"), "Beside"),
        ("the signature twice", swap(&signature, &signature.repeat(2)), "TwoSignatures"),
        (
            "a signature of no namespace",
            swap(&signature, &format!("{signature}<Signature xmlns=''/>")),
            "TwoSignatures",
        ),
        ("a signature within", swap("<HOSO>", "<HOSO><x:signature xmlns:x='urn:x'/>"), "TwoSignatures"),
        ("no signature", signed.replace(&signature, ""), "NotSigned"),
        ("a signature of another namespace", signed.replace(DSIG, "http://www.w3.org/2000/09/xmldsig"), "NotSigned"),
        // The signature is of something else, or made otherwise.
        ("two references", swap(&reference, &reference.repeat(2)), "References"),
        ("no reference", swap(&reference, ""), "References"),
        ("a reference to a part", swap("URI=\"\"", "URI=\"#x\""), "Reference"),
        ("a reference to the root by XPointer", swap("URI=\"\"", "URI=\"#xpointer(/)\""), "Reference"),
        ("a reference to a file", swap("URI=\"\"", "URI=\"file:///etc/passwd\""), "Reference"),
        ("a reference to nothing", swap(" URI=\"\"", ""), "Layout"),
        ("a reference of a type", swap("URI=\"\"", "URI=\"\" Type=\"urn:a\""), "Layout"),
        (
            "another canonicalisation",
            swap(
                &format!("CanonicalizationMethod Algorithm=\"{EXCLUSIVE}"),
                &format!("CanonicalizationMethod Algorithm=\"{EXCLUSIVE}WithComments"),
            ),
            "Algorithm",
        ),
        (
            "namespaces that are not signed",
            swap(
                &format!("<CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>"),
                &format!(
                    "<CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"><InclusiveNamespaces xmlns=\"{EXCLUSIVE}\" PrefixList=\"a\"/></CanonicalizationMethod>"
                ),
            ),
            "Layout",
        ),
        ("SHA-1 of the whole", swap("http://www.w3.org/2001/04/xmlenc#sha256", &format!("{DSIG}sha1")), "Algorithm"),
        (
            "RSA with SHA-1",
            swap("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", &format!("{DSIG}rsa-sha1")),
            "Algorithm",
        ),
        (
            "HMAC with the public key",
            swap(
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            ),
            "Algorithm",
        ),
        (
            "HMAC of no length",
            swap(
                "<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>",
                "<SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"><HMACOutputLength>0</HMACOutputLength></SignatureMethod>",
            ),
            "Layout",
        ),
        (
            "no algorithm",
            swap("<DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>", "<DigestMethod/>"),
            "Layout",
        ),
        ("one transform less", swap(&format!("<Transform Algorithm=\"{EXCLUSIVE}\"/>"), ""), "Transforms"),
        (
            "no transform",
            swap(
                &format!("<Transform Algorithm=\"{DSIG}enveloped-signature\"/><Transform Algorithm=\"{EXCLUSIVE}\"/>"),
                "",
            ),
            "Transforms",
        ),
        (
            "a transform that takes everything out",
            swap(
                "</Transforms>",
                "<Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></Transforms>",
            ),
            "Transforms",
        ),
        (
            "a transform with a content",
            swap(
                &format!("<Transform Algorithm=\"{EXCLUSIVE}\"/>"),
                &format!("<Transform Algorithm=\"{EXCLUSIVE}\"><XPath/></Transform>"),
            ),
            "Layout",
        ),
        // The value is not that of the key.
        ("a value cut off", swap(value, &value[..value.len() - 4]), "WrongValue"),
        ("no value", swap(value, ""), "WrongValue"),
        ("another value", swap(value, &format!("AAAA{}", &value[4..])), "WrongValue"),
        ("a value that is no base64", swap(value, &value[1..]), "Base64"),
        ("the certificate of another", swap(certificate, &other_certificate), "WrongValue"),
        (
            "two certificates",
            swap("</X509Data>", &format!("<X509Certificate>{other_certificate}</X509Certificate></X509Data>")),
            "ManyCertificates",
        ),
        ("no certificate", swap(&format!("<X509Certificate>{certificate}</X509Certificate>"), ""), "NoCertificate"),
        (
            "a bare key",
            swap(
                &format!("<X509Data><X509Certificate>{certificate}</X509Certificate></X509Data>"),
                "<KeyValue><RSAKeyValue/></KeyValue>",
            ),
            "Layout",
        ),
        (
            "no KeyInfo",
            swap(
                &format!("<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>"),
                "",
            ),
            "NoCertificate",
        ),
        ("a certificate cut off", swap(certificate, &certificate[..certificate.len() - 8]), "Certificate"),
        // The document is none.
        (
            "an entity",
            swap("<GIAMDINHHS", "<!DOCTYPE GIAMDINHHS [<!ENTITY f \"92115\">]><GIAMDINHHS").replace("92114", "&f;"),
            "Malformed",
        ),
        ("a DOCTYPE", swap("<GIAMDINHHS", "<!DOCTYPE GIAMDINHHS><GIAMDINHHS"), "Malformed"),
        (
            "an attribute by default",
            swap("<GIAMDINHHS", "<!DOCTYPE GIAMDINHHS [<!ATTLIST HOSO a CDATA 'b'>]><GIAMDINHHS"),
            "Malformed",
        ),
        ("cut off", signed[..signed.len() - 20].to_owned(), "Malformed"),
        ("two documents", format!("{whole}{whole}"), "Malformed"),
        ("nothing", String::new(), "Malformed"),
    ] {
        assert_ne!(document, signed, "{what}");
        let refused =
            verify(document.as_bytes(), &profile(), &hospital().trust(), now()).map_err(|refused| name(&refused));
        assert_eq!(refused, Err(expected.to_owned()), "{what}");
    }
    assert!(verify(signed.as_bytes(), &profile(), &hospital().trust(), now()).is_ok());
}

/// A document to be smuggled along.
const ENVELOPE_INNER: &str = "<A>92115</A>";

#[test]
fn what_another_signed_is_his() {
    let forged = signed_by(stranger());
    let refused = verify(forged.as_bytes(), &profile(), &hospital().trust(), now()).unwrap_err();
    let fingerprint = stranger().fingerprint();
    assert!(matches!(&refused, Refused::NotTrusted { fingerprint: found, .. } if *found == fingerprint), "{refused:?}");
    let anybody = verify(forged.as_bytes(), &profile(), &Trust::Any, now()).unwrap();
    assert!(!anybody.is_trusted && anybody.fingerprint == fingerprint);
    let nobody = verify(forged.as_bytes(), &profile(), &Trust::only([], []).unwrap(), now());
    assert!(matches!(nobody, Err(Refused::NotTrusted { .. })));
}

#[test]
fn a_certificate_has_its_time() {
    let signed = signed_by(hospital());
    for trust in [hospital().trust(), Trust::Any] {
        let at =
            |days| verify(signed.as_bytes(), &profile(), &trust, days_from_now(days)).map_err(|refused| name(&refused));
        assert_eq!(at(31), Err("Expired".to_owned()));
        assert_eq!(at(-1), Err("NotYetValid".to_owned()));
        assert!(at(29).is_ok());
    }
}

#[test]
fn a_short_key_is_refused_whoever_signed_with_it() {
    let weak = Identity::new("Khóa ngắn", "-newkey rsa:1024");
    let template = xmlsec::template(EXCLUSIVE, &[&format!("{DSIG}enveloped-signature"), EXCLUSIVE]);
    let signed = xmlsec::signs(with_content(ENVELOPE, &template).as_bytes(), &weak);
    let refused = verify(&signed, &profile(), &weak.trust(), now());
    assert_eq!(refused, Err(Refused::Certificate("its RSA key has 1024 bits; at least 2048 are needed".into())));
}

#[test]
fn comments_and_what_means_the_same_change_nothing() {
    let signed = signed_by(hospital());
    for (from, to) in [
        ("92114", "92<!-- 5 -->114"),
        ("92114", "<![CDATA[921]]>14"),
        ("92114", "&#57;2114"),
        ("id='1'", "id = \"1\""),
        ("\r\n", "\n"),
        ("<GIAMDINHHS ", "<GIAMDINHHS xmlns:unused='urn:u' "),
        ("\u{feff}", ""),
    ] {
        assert!(signed.contains(from));
        let same = signed.replacen(from, to, 1);
        assert!(verify(same.as_bytes(), &profile(), &hospital().trust(), now()).is_ok(), "{from} {to}");
        xmlsec::accepts(&[same.into_bytes()], hospital());
    }
}
