//! The lines of a source file that ship: without comments and without what is compiled for tests only.

/// Numbers and texts of the lines that ship.
///
/// It relies on rustfmt (which `cargo xtask test` checks first): an item ends at a line of its own indentation that
/// ends with a brace, a semicolon or a comma.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut test_item: Option<usize> = None;
    (1..).zip(text.lines()).filter_map(move |(number, line)| {
        let code = line.split("//").next().unwrap_or(line).trim_end();
        let indentation = line.len() - line.trim_start().len();
        if let Some(start) = test_item {
            let is_attribute = code.trim_start().starts_with("#[");
            let ends = code.ends_with([';', '}', ',']);
            if indentation == start && ends && !is_attribute {
                test_item = None;
            }
            return None;
        }
        if code.trim_start().starts_with("#[cfg(test)]") {
            test_item = Some(indentation);
            return None;
        }
        (!code.trim().is_empty()).then_some((number, code))
    })
}

/// Whether `word` stands in `code` as a word of its own.
pub(crate) fn names(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_test_items_do_not_ship() {
        let text = "\
//! Header.
use a;
#[cfg(test)]
use b;
fn c() {} // d

#[cfg(test)]
mod tests {
    #[test]
    fn e() {
        f();
    }
}
fn g() {}
";
        assert_eq!(lines(text).collect::<Vec<_>>(), [(2, "use a;"), (5, "fn c() {}"), (14, "fn g() {}")]);
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        for (code, found) in [("env", true), ("std::env::var", true), ("envelope", false), ("an_env", false)] {
            assert_eq!(names(code, "env"), found, "{code}");
        }
    }
}
