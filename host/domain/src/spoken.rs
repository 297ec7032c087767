//! Amounts in Vietnamese words, as forms want them beside the figures ("viết bằng chữ").

const DIGITS: [&str; 10] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"];

/// Names of thousands, a million and a thousand million; greater ones begin anew.
const GROUPS: [&str; 4] = ["", " nghìn", " triệu", " tỷ"];

/// Whole đồng in words, with a capital: 1 250 005 is "Một triệu hai trăm năm mươi nghìn không trăm linh năm đồng".
pub fn spoken(dong: u64) -> String {
    let number = if dong == 0 { DIGITS[0].to_owned() } else { number(dong) };
    let mut letters = number.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} đồng", letters.as_str())
}

fn number(dong: u64) -> String {
    const BILLION: u64 = 1_000_000_000;
    // What is above a thousand million is said as a number of them: "hai nghìn tỷ".
    let (above, below) = (dong / BILLION, dong % BILLION);
    let mut words = Vec::new();
    if above > 0 {
        words.push(format!("{}{}", number(above), GROUPS[3]));
    }
    for (place, name) in [(2, GROUPS[2]), (1, GROUPS[1]), (0, GROUPS[0])] {
        let group = below / 1000_u64.pow(place) % 1000;
        if group > 0 {
            words.push(format!("{}{name}", three(group, !words.is_empty())));
        }
    }
    words.join(" ")
}

/// A number below a thousand. Behind other words its hundreds are said even where there are none.
fn three(number: u64, is_behind: bool) -> String {
    let digit = |number: u64| DIGITS.get(usize::try_from(number).unwrap_or(0)).copied().unwrap_or_default();
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
    let mut words = Vec::new();
    if hundreds > 0 || is_behind {
        words.push(format!("{} trăm", digit(hundreds)));
    }
    match tens {
        0 if ones > 0 && !words.is_empty() => words.push("linh".to_owned()),
        0 => {}
        1 => words.push("mười".to_owned()),
        tens => words.push(format!("{} mươi", digit(tens))),
    }
    match (tens, ones) {
        (_, 0) => {}
        (2.., 1) => words.push("mốt".to_owned()),
        (2.., 4) => words.push("tư".to_owned()),
        (1.., 5) => words.push("lăm".to_owned()),
        (_, ones) => words.push(digit(ones).to_owned()),
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_as_people_say_them() {
        for (dong, words) in [
            (0, "Không đồng"),
            (5, "Năm đồng"),
            (10, "Mười đồng"),
            (11, "Mười một đồng"),
            (14, "Mười bốn đồng"),
            (15, "Mười lăm đồng"),
            (24, "Hai mươi tư đồng"),
            (104, "Một trăm linh bốn đồng"),
            (21, "Hai mươi mốt đồng"),
            (55, "Năm mươi lăm đồng"),
            (105, "Một trăm linh năm đồng"),
            (110, "Một trăm mười đồng"),
            (1_000, "Một nghìn đồng"),
            (60_500, "Sáu mươi nghìn năm trăm đồng"),
            (1_250_005, "Một triệu hai trăm năm mươi nghìn không trăm linh năm đồng"),
            (100_000_021, "Một trăm triệu không trăm hai mươi mốt đồng"),
            (2_000_000_000_000, "Hai nghìn tỷ đồng"),
            (1_000_000_001, "Một tỷ không trăm linh một đồng"),
        ] {
            assert_eq!(spoken(dong), words);
        }
        assert!(spoken(u64::MAX).ends_with("đồng"));
    }
}
