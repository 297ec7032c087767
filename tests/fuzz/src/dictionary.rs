//! Words of the format, and texts that numbers, times, lists and markup can trip over.

use std::sync::LazyLock;

use vienphi_claims::Schema;

/// Elements of the envelope and of its signature.
const ENVELOPE: [&str; 30] = [
    "GIAMDINHHS",
    "THONGTINDONVI",
    "MACSKCB",
    "THONGTINHOSO",
    "NGAYLAP",
    "SOLUONGHOSO",
    "DANHSACHHOSO",
    "HOSO",
    "FILEHOSO",
    "LOAIHOSO",
    "NOIDUNGFILE",
    "CHUKYDONVI",
    "Signature",
    "SignedInfo",
    "CanonicalizationMethod",
    "SignatureMethod",
    "Reference",
    "Transforms",
    "Transform",
    "DigestMethod",
    "DigestValue",
    "SignatureValue",
    "KeyInfo",
    "X509Data",
    "X509Certificate",
    "X509SubjectName",
    "X509IssuerSerial",
    "X509SKI",
    "Object",
    "Manifest",
];

/// Texts of fields and pieces of markup.
pub(crate) const ODD: [&str; 92] = [
    "",
    "0",
    "1",
    "-1",
    "100",
    "80",
    "95",
    "40",
    "47.5",
    "0.001",
    "1e9",
    "1,000",
    "+1",
    ".5",
    "5.",
    "-0",
    "007",
    "92233720368547758.07",
    "-92233720368547758.08",
    "9223372036854775.807",
    "18446744073709551615",
    "999999999999999",
    "99999999999999999999",
    "20260302",
    "202603020810",
    "202603061000",
    "202602290000",
    "202603022400",
    "20260302081",
    "2026030ế810",
    "000000000000",
    "999912312359",
    "190001010000",
    "198000000000",
    "19800000",
    "1.1",
    "1.13",
    "2",
    "3.1",
    "3.6",
    "7.1",
    "01",
    "02",
    "03",
    "04",
    "05",
    "07",
    "08",
    "09",
    "4",
    "5",
    "6",
    "8",
    "10",
    "11",
    "12",
    "13",
    "14",
    "15",
    "17",
    "18",
    "19",
    "K01",
    "K03",
    "K03.NO1",
    "K03.NG2",
    "K+1",
    "02.03",
    "18.0119.0028",
    "10.0506.0459",
    "10.0506.0459_GT",
    "10.0506.0459_TB",
    "23.0121.1548.K.92000",
    "N06.02.020",
    "XX.0001",
    "92114",
    "92115",
    "DN4920000000001",
    "HN2920000000001;DN4920000000001",
    "QN5920000000001",
    "TE1920000000001",
    "CN3920000000001",
    "9200000001",
    "ĐN920000000001",
    "J18.9",
    "I10;E11;J00",
    ";",
    ";;;;;;;;;;;;;;;",
    "A00†",
    "{field}",
    "Nguyễn Văn Mẫu",
    "🩺",
];

/// Pieces of markup.
pub(crate) const MARKUP: [&str; 30] = [
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "<?xml version='1.0' encoding='utf-8'?>",
    "<?a b?>",
    "&amp;",
    "&lt;",
    "&#65;",
    "&#13;",
    "&#x0;",
    "&#xD800;",
    "&xxe;",
    "&",
    "\u{feff}",
    "\r\n",
    "\t",
    " xmlns=''",
    " xmlns='urn:x'",
    " xmlns:x='urn:x'",
    " a='1'",
    " Id='a'",
    " URI='#a'",
    "x:",
    "/>",
    "</",
    "@C@",
    "@D0@",
    "@V0@",
];

/// Every name of an element, once.
pub(crate) static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names = ENVELOPE.to_vec();
    for table in Schema::every_day().tables() {
        names.extend(table.root.as_deref());
        names.extend(table.fields().iter().map(|field| &*field.name));
    }
    names.extend(["CHI_TIET_THUOC", "DSACH_CHI_TIET_THUOC", "CHI_TIET_DVKT", "DSACH_CHI_TIET_DVKT"]);
    names.sort_unstable();
    names.dedup();
    names
});

/// The dictionary as libFuzzer reads it.
pub fn text() -> String {
    let mut text = String::new();
    let words = NAMES.iter().chain(&ODD).chain(&MARKUP).filter(|word| !word.is_empty() && word.len() <= 64);
    for word in words {
        text.push('"');
        for byte in word.bytes() {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                _ => text.push_str(&format!("\\x{byte:02X}")),
            }
        }
        text.push_str("\"\n");
    }
    text
}
