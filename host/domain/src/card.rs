//! Insurance card numbers: QĐ 1351/QĐ-BHXH (15 characters), QĐ 1666/QĐ-BHXH (10 digits).

use std::fmt;

/// A card number: 15 characters, or the 10-digit number of the newer paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card(Box<str>);

impl Card {
    /// What a number looks like, for messages.
    pub const FORM: &'static str =
        "must be 15 characters (2 letters, a digit 1 to 5, 12 digits) or the 10 digits of the newer card";

    /// Reads a number, upper case and without spaces.
    pub fn parse(text: &str) -> Option<Card> {
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let valid = match text.as_bytes() {
            [object @ .., b'1'..=b'5', _, _, _, _, _, _, _, _, _, _, _, _] if text.len() == 15 => {
                object.iter().all(u8::is_ascii_uppercase) && digits(&text.as_bytes()[3..])
            }
            number => number.len() == 10 && digits(number),
        };
        valid.then(|| Card(text.into()))
    }

    /// The two letters of the object, printed on 15-character cards.
    pub fn object(&self) -> Option<&str> {
        (self.0.len() == 15).then(|| &self.0[..2])
    }

    /// The printed benefit digit, 1 to 5, of 15-character cards. The rate follows the object, not this digit (R7).
    pub fn digit(&self) -> Option<u8> {
        (self.0.len() == 15).then(|| self.0.as_bytes()[2] - b'0')
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Card;

    #[test]
    fn both_forms_are_read_and_nothing_else() {
        let card = Card::parse("DN4920000000001").unwrap();
        assert_eq!((card.object(), card.digit()), (Some("DN"), Some(4)));
        let number = Card::parse("9200000001").unwrap();
        assert_eq!((number.object(), number.digit()), (None, None));
        for text in [
            "",
            "DN492000000000",
            "dn4920000000001",
            "DN0920000000001",
            "DN6920000000001",
            "DN49200000000O1",
            "920000000",
            "ĐN920000000001",
            "1N4920000000001",
        ] {
            assert_eq!(Card::parse(text), None, "{text}");
        }
    }
}
