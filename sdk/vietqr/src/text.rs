//! Text as bank apps take it: printable ASCII.

use crate::TEXT_AT_MOST;

/// Vietnamese without its marks; what is no printable ASCII even then becomes a blank, and blanks do not follow each other.
pub fn ascii(written: &str) -> String {
    let plain = vienphi_text::without_marks(written);
    let printable =
        plain.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { ' ' }).collect::<String>();
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A purpose of at most 25 characters. It is shortened from its free text: a reference in it stays whole.
pub fn purpose(written: &str, reference: Option<&str>) -> String {
    let plain = ascii(written);
    if plain.len() <= TEXT_AT_MOST {
        return plain;
    }
    let kept = reference.filter(|reference| !reference.is_empty() && reference.len() <= TEXT_AT_MOST);
    let Some((place, reference)) = kept.and_then(|reference| Some((plain.find(reference)?, reference))) else {
        return plain[..TEXT_AT_MOST].trim_end().to_owned();
    };
    let (before, after) = (plain[..place].trim_end(), plain[place + reference.len()..].trim_start());
    // The blank between counts too.
    let room = (TEXT_AT_MOST - reference.len()).saturating_sub(1);
    let before = before[..before.len().min(room)].trim_end();
    let mut short = [before, reference].join(" ").trim_start().to_owned();
    let room = (TEXT_AT_MOST - short.len()).saturating_sub(1);
    let after = after[..after.len().min(room)].trim_end();
    if !after.is_empty() {
        short = [&short, after].join(" ");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_folded() {
        assert_eq!(ascii("Viện phí  Nguyễn Thị Đẹp – số 5"), "Vien phi Nguyen Thi Dep so 5");
    }

    #[test]
    fn a_purpose_is_shortened_and_its_reference_is_not() {
        assert_eq!(purpose("Viện phí VP7K2M", Some("VP7K2M")), "Vien phi VP7K2M");
        assert_eq!(purpose("Thanh toan vien phi cho nguoi benh", None), "Thanh toan vien phi cho n");
        assert_eq!(
            purpose("Thanh toán viện phí cho người bệnh VP7K2M9Q", Some("VP7K2M9Q")),
            "Thanh toan vien VP7K2M9Q"
        );
        assert_eq!(purpose("VP7K2M9Q viện phí Nguyễn Thị Mẫu", Some("VP7K2M9Q")), "VP7K2M9Q vien phi Nguyen");
        assert_eq!(
            purpose("a VP7K2M9Q12345678901234567 b c", Some("VP7K2M9Q12345678901234567")),
            "VP7K2M9Q12345678901234567"
        );
        for room in 0..40 {
            let long = format!("{}REF123 {}", "x ".repeat(room), "y ".repeat(20));
            let short = purpose(&long, Some("REF123"));
            assert!(short.contains("REF123") && short.len() <= 25, "{short}");
        }
    }
}
