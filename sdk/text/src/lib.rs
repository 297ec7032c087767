//! Vietnamese without its marks: as people type it into a search field, and as bank apps take it.

/// Lower case without the marks of Vietnamese, as people type into a search field.
pub fn fold(text: &str) -> String {
    text.chars().filter(|letter| !is_mark(*letter)).flat_map(char::to_lowercase).map(base_letter).collect()
}

/// Vietnamese without its marks; other letters stay as they are.
pub fn without_marks(text: &str) -> String {
    let plain = |letter: char| {
        let small = letter.to_lowercase().next().unwrap_or(letter);
        let base = base_letter(small);
        match (base == small, letter == small) {
            (true, _) => letter,
            (false, true) => base,
            (false, false) => base.to_ascii_uppercase(),
        }
    };
    text.chars().filter(|letter| !is_mark(*letter)).map(plain).collect()
}

/// Marks that stand by themselves behind their letter, as some keyboards write them.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn base_letter(letter: char) -> char {
    const GROUPS: [(char, &str); 7] = [
        ('a', "àáảãạăằắẳẵặâầấẩẫậ"),
        ('e', "èéẻẽẹêềếểễệ"),
        ('i', "ìíỉĩị"),
        ('o', "òóỏõọôồốổỗộơờớởỡợ"),
        ('u', "ùúủũụưừứửữự"),
        ('y', "ỳýỷỹỵ"),
        ('d', "đ"),
    ];
    if letter.is_ascii() {
        return letter;
    }
    GROUPS.iter().find(|(_, marked)| marked.contains(letter)).map_or(letter, |(base, _)| *base)
}

#[cfg(test)]
mod tests {
    use super::{fold, without_marks};

    #[test]
    fn marks_go_and_capitals_stay() {
        assert_eq!(without_marks("Nguyễn Đức Ái, số 5 – ß"), "Nguyen Duc Ai, so 5 – ß");
    }

    #[test]
    fn people_search_without_marks() {
        assert_eq!(fold("Nguye\u{302}\u{303}n"), "nguyen");
        assert_eq!(fold("Phẫu thuật cắt ruột thừa ĐƠN GIẢN"), "phau thuat cat ruot thua don gian");
    }
}
