//! Base64 in an element.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::document::is_blank;

/// On one line.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// With the blanks of XML anywhere; `None` when the rest is not base64, written in the one way there is.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !is_blank(*byte)).collect();
    STANDARD.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_allowed_and_nothing_else_is() {
        assert_eq!(decode(" TW\r\n\tF1 ").as_deref(), Some(&b"Mau"[..]));
        assert_eq!(decode("TWF1").map(|bytes| encode(&bytes)).as_deref(), Some("TWF1"));
        for text in ["TWF", "TWF1=", "TW-1", "TWF1.", "TWE", "TWF=", "\u{a0}TWF1"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
