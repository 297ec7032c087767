//! Base64 of tables, found in a file by looking for its tags alone, so that a damaged file can still be changed within.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The tag before a table.
pub(crate) const TABLE: &[u8] = b"<NOIDUNGFILE>";

/// The tag before a certificate.
pub(crate) const CERTIFICATE: &[u8] = b"<X509Certificate>";

/// Where base64 stands in a file, by the tag before it.
pub(crate) fn places(file: &[u8], tag: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = find(&file[from..], tag) {
        let start = from + at + tag.len();
        let length = memchr::memchr(b'<', &file[start..]).unwrap_or(file.len() - start);
        places.push(start..start + length);
        from = start + length;
    }
    places
}

/// What base64 holds; `None` when it is none. Blanks are passed over, as a claim file may have them anywhere.
pub(crate) fn unpack(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).ok()
}

/// Base64.
pub(crate) fn pack(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A claim file of one table.
pub(crate) fn file_of(kind: &str, document: &[u8]) -> Vec<u8> {
    format!(
        "<GIAMDINHHS><THONGTINDONVI><MACSKCB>92114</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>20260307</NGAYLAP>\
         <SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO><FILEHOSO><LOAIHOSO>{kind}</LOAIHOSO>\
         <NOIDUNGFILE>{}</NOIDUNGFILE></FILEHOSO></HOSO></DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>",
        pack(document)
    )
    .into_bytes()
}

/// The first place of some bytes.
pub(crate) fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(within, what)
}
