//! Days and moments as claim files write them, without separators.

use vienphi_domain::{Day, Minute};

/// Reads `20260302`.
pub(crate) fn day(text: &str) -> Option<Day> {
    Day::parse_compact(text)
}

/// Reads `202603020810`. The hour is from 00 to 23.
pub(crate) fn moment(text: &str) -> Option<Minute> {
    let (first, clock) = (text.get(..8)?, text.get(8..)?);
    let [h, hh, m, mm] = *<&[u8; 4]>::try_from(clock.as_bytes()).ok()?;
    let (hour, minute) = (pair(h, hh)?, pair(m, mm)?);
    if hour > 23 || minute > 59 {
        return None;
    }
    Some(Minute::from_count(day(first)?.first_minute().count() + hour * 60 + minute))
}

/// Whether a text is a moment of birth: 12 digits, of which those of month, day and clock are 0 when nobody knows them.
pub(crate) fn is_birth(text: &str) -> bool {
    if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    match (&text[4..6], &text[6..8]) {
        ("00", "00") => &text[8..] == "0000" && Day::parse_compact(&format!("{}0101", &text[..4])).is_some(),
        (_, "00") => &text[8..] == "0000" && Day::parse_compact(&format!("{}01", &text[..6])).is_some(),
        _ => moment(text).is_some(),
    }
}

fn pair(tens: u8, ones: u8) -> Option<i64> {
    let is_pair = tens.is_ascii_digit() && ones.is_ascii_digit();
    is_pair.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_twelve_digits() {
        assert_eq!(moment("202603020810").unwrap().to_string(), "2026-03-02T08:10");
        for text in ["20260302081", "2026030208100", "202603022400", "202603020860", "202602290000", "20260302 810", ""]
        {
            assert_eq!(moment(text), None, "{text}");
        }
        // Twelve bytes that break within a character.
        assert_eq!(moment("2026030ế810"), None);
    }

    #[test]
    fn a_birth_may_be_known_by_its_year_alone() {
        for (text, is_one) in [
            ("195103020000", true),
            ("195103022359", true),
            ("195100000000", true),
            ("195103000000", true),
            ("195100000810", false),
            ("195100020000", false),
            ("195113000000", false),
            ("19510302", false),
            ("000000000000", false),
        ] {
            assert_eq!(is_birth(text), is_one, "{text}");
        }
    }
}
