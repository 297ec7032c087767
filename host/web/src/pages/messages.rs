//! What the interface says of requests and their fields, in Vietnamese: its sentences are a fixed list, in which values stand.

use std::sync::LazyLock;

use super::texts::Lang;
use super::view::money;

/// A sentence and what it is in Vietnamese.
struct Sentence {
    /// What stands before, between and behind the values.
    words: Vec<&'static str>,
    vietnamese: &'static str,
}

static SENTENCES: LazyLock<Vec<Sentence>> = LazyLock::new(|| read(include_str!("../../texts/interface.vi")));

fn read(text: &'static str) -> Vec<Sentence> {
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut sentences = Vec::new();
    while let (Some(said), Some(vietnamese)) = (lines.next(), lines.next()) {
        sentences.push(Sentence { words: said.split("{}").collect(), vietnamese: vietnamese.trim_start() });
    }
    sentences
}

/// What was said, in Vietnamese; none when no words for it are known.
pub(super) fn in_vietnamese(said: &str) -> Option<String> {
    SENTENCES.iter().find_map(|sentence| Some(sentence.filled(&sentence.values(said)?)))
}

impl Sentence {
    /// The values in what was said, if that is this sentence.
    fn values<'s>(&self, said: &'s str) -> Option<Vec<&'s str>> {
        let (first, others) = self.words.split_first()?;
        let mut rest = said.strip_prefix(first)?;
        let Some((last, between)) = others.split_last() else { return rest.is_empty().then(Vec::new) };
        let mut values = Vec::with_capacity(others.len());
        for words in between {
            let (value, behind) = rest.split_once(words)?;
            values.push(value);
            rest = behind;
        }
        values.push(rest.strip_suffix(last)?);
        Some(values)
    }

    /// The Vietnamese with the values in their places: `{1}` as it stands, `{1 đ}` as an amount.
    fn filled(&self, values: &[&str]) -> String {
        let mut text = String::new();
        let mut rest = self.vietnamese;
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((place, behind)) = behind.split_once('}') else { break };
            let number = place.trim_end_matches(" đ");
            let value = number.parse::<usize>().ok().and_then(|number| values.get(number.checked_sub(1)?)).copied();
            // What the sender wrote stands in quotes, and is cut when it is long.
            let value = value.unwrap_or_default().trim_matches(['"', '…']);
            text.push_str(before);
            text.push_str(&if number == place { value.to_owned() } else { money(Lang::Vi, value) });
            rest = behind;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        in_vietnamese(text).unwrap_or_default()
    }

    #[test]
    fn a_sentence_keeps_its_values() {
        assert_eq!(said("must be above 0"), "Phải lớn hơn 0");
        assert_eq!(
            said("must be at most 1162000, what is due net of deposits"),
            "Tối đa 1.162.000 đ: số còn phải thu sau khi trừ tạm ứng"
        );
        assert_eq!(said("has more than 2 decimals, not \"1.234\""), "1.234 có quá 2 chữ số lẻ");
        assert_eq!(said("encounter \"A 1\" is not closed"), "Đợt khám A 1 chưa kết thúc");
        assert_eq!(said("there is no payment request \"999\""), "Không có mã 999 ở đây");
        assert_eq!(said("encounter \"{1} {2}\" is not closed"), "Đợt khám {1} {2} chưa kết thúc");
        assert_eq!(said("has more than 2 decimals, not \"1.2345\"…"), "1.2345 có quá 2 chữ số lẻ");
        assert_eq!(said("payment request 7 is paid"), "Yêu cầu thanh toán 7 đã trả đủ");
        assert_eq!(said("must be above 0 and below 9"), "");
        assert_eq!(said(""), "");
    }

    /// Each is read whole, and puts in no value that it has not.
    #[test]
    fn every_sentence_has_its_vietnamese() {
        let lines = include_str!("../../texts/interface.vi").lines();
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        for (place, line) in lines.enumerate() {
            assert_eq!(line.starts_with("    "), place % 2 == 1, "{line} is not where it belongs");
        }
        assert!(SENTENCES.len() > 60);
        for sentence in SENTENCES.iter() {
            let values: Vec<String> = (1..sentence.words.len()).map(|value| value.to_string()).collect();
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let filled = sentence.filled(&values);
            assert!(!filled.is_empty() && !filled.contains(['{', '}']), "{:?}: {filled}", sentence.words);
            let mut english = sentence.words[0].to_owned();
            for (value, words) in values.iter().zip(&sentence.words[1..]) {
                english.push_str(value);
                english.push_str(words);
            }
            // What stands above it does not take its place.
            assert_eq!(said(&english), filled, "{english}");
        }
    }
}
