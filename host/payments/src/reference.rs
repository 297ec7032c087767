//! The reference that a payment carries through banks and back.
//!
//! `VP`, the facility's code, the number of the request in letters that nobody confuses, and a letter that checks the rest:
//! `VP921140002K7`. Banks put their own words around it, change its case, and break it with blanks and points.

/// Letters without those that look like digits (I, L, O, Z) and without U. There are 31, a prime: that is what makes the check
/// letter see every single wrong one.
const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRSTVWXY";

/// What every reference begins with.
const MARK: &str = "VP";

/// Characters of a facility's code.
const FACILITY: usize = 5;

/// Characters of a request's number, in base 31.
const NUMBER: usize = 5;

/// A facility has fewer requests: 28 million.
const NUMBERS: u64 = 31 * 31 * 31 * 31 * 31;

/// Characters of a reference.
pub const LENGTH: usize = MARK.len() + FACILITY + NUMBER + 1;

/// A reference of ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(String);

impl Reference {
    /// Of a request. `None` when the facility's code has not five digits or the number does not fit.
    pub fn of(facility: &str, number: u64) -> Option<Reference> {
        let is_code = facility.len() == FACILITY && facility.bytes().all(|digit| digit.is_ascii_digit());
        if !is_code || number >= NUMBERS {
            return None;
        }
        let mut letters = [LETTERS[0]; NUMBER];
        let mut rest = number;
        for letter in letters.iter_mut().rev() {
            *letter = LETTERS[usize::try_from(rest % 31).ok()?];
            rest /= 31;
        }
        let mut text = format!("{MARK}{facility}");
        text.extend(letters.map(char::from));
        text.push(check_letter(text.as_bytes())?);
        Some(Reference(text))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The references in a text, whatever stands around and between their letters.
    pub fn all_in(text: &str) -> Vec<Reference> {
        let letters: Vec<u8> =
            text.bytes().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
        let mut found: Vec<Reference> = Vec::new();
        for window in letters.windows(LENGTH) {
            let (body, check) = window.split_at(LENGTH - 1);
            if window.starts_with(MARK.as_bytes())
                && check_letter(body) == Some(char::from(check[0]))
                && let Ok(text) = std::str::from_utf8(window)
                && !found.iter().any(|known| known.0 == text)
            {
                found.push(Reference(text.to_owned()));
            }
        }
        found
    }
}

/// Catches every single wrong letter and every two neighbours that changed places: weights are none of them 0 modulo 31, and
/// neighbours' differ. `None` for a letter that no reference has.
fn check_letter(text: &[u8]) -> Option<char> {
    let mut sum = 0;
    for (place, letter) in text.iter().enumerate() {
        sum += LETTERS.iter().position(|known| known == letter)? * (2 * place + 1);
    }
    Some(char::from(LETTERS[sum % LETTERS.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> Reference {
        Reference::of("92114", 2_087).unwrap()
    }

    #[test]
    fn a_reference_is_found_in_what_banks_make_of_it() {
        let reference = reference();
        let text = reference.as_str();
        assert_eq!(text.len(), LENGTH);
        for written in [
            format!("{text} vien phi"),
            format!("MBVCB.123456.{text}.CT tu 0011 toi 0022"),
            format!("CHUYEN TIEN{}", text.to_lowercase()),
            format!("{} {}", &text[..6], &text[6..]),
            format!("VP{text}VP"),
        ] {
            assert_eq!(Reference::all_in(&written), std::slice::from_ref(&reference), "{written}");
        }
        assert!(Reference::all_in("VIEN PHI NGUYEN VAN MAU 0912345678").is_empty());
    }

    #[test]
    fn one_wrong_letter_is_noticed() {
        let text = reference().as_str().to_owned();
        for place in 2..LENGTH {
            for letter in LETTERS {
                let mut wrong = text.clone().into_bytes();
                if wrong[place] == *letter {
                    continue;
                }
                wrong[place] = *letter;
                let wrong = String::from_utf8(wrong).unwrap();
                assert!(Reference::all_in(&wrong).is_empty(), "{wrong}");
            }
        }
    }

    #[test]
    fn only_a_facility_and_a_number_that_fit_have_one() {
        assert!(Reference::of("9211", 1).is_none() && Reference::of("92A14", 1).is_none());
        assert!(Reference::of("92114", NUMBERS).is_none() && Reference::of("92114", NUMBERS - 1).is_some());
    }
}
