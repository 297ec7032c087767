//! What a scanner types. It types as a keyboard does, so an input method (Telex, VNI) or another layout may have changed it on the
//! way: the number is put right, the rest is not needed.

use vienphi_domain::text::fold;

use super::visitor::Fields;

/// Shorter texts of a name or of a number are what a hand types.
const SHORTEST: usize = 8;

/// The digits of a French keyboard without its shift key, 0 first.
const AZERTY: [char; 10] = ['à', '&', 'é', '"', '\'', '(', '-', 'è', '_', 'ç'];

/// What a text was taken for. It stands in an address, where neither a number nor a name may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    IdentityCard,
    InsuranceCard,
    Number,
    Words,
}

impl Kind {
    const NAMES: [(Kind, &str); 4] = [
        (Kind::IdentityCard, "identity-card"),
        (Kind::InsuranceCard, "insurance-card"),
        (Kind::Number, "number"),
        (Kind::Words, "words"),
    ];

    pub(super) fn name(self) -> &'static str {
        Kind::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// How a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) kind: Kind,
    /// An input method or a layout had changed it.
    pub(super) is_put_right: bool,
}

impl Reading {
    /// The address of the page that a search leads to, which says how it was read.
    pub(super) fn at(self, address: &str) -> String {
        let put_right = if self.is_put_right { "&put-right=yes" } else { "" };
        format!("{address}?read={}{put_right}", self.kind.name())
    }

    /// What an address says.
    pub(super) fn of(query: Option<&str>) -> Option<Reading> {
        let fields = Fields::read(query.unwrap_or_default().as_bytes());
        let (kind, _) = Kind::NAMES.into_iter().find(|(_, name)| *name == fields.get("read"))?;
        Some(Reading { kind, is_put_right: fields.get("put-right") == "yes" })
    }
}

/// The number in what a reader scanned: the identity card's code (CCCD: `number|old number|name|birth|sex|address|issued`) and the
/// health-insurance card's (`number|name as hexadecimal UTF-8|birth|…|$`) begin with it; a number or a name that was typed stays.
pub(super) fn scanned(text: &str) -> (String, Reading) {
    // Some layouts have another sign where the reader types `|`; no number and no name has one of these.
    let mut fields = text.split(['|', '¦', '¬', '~']);
    let (first, is_code) = (fields.next().unwrap_or_default().trim(), fields.next().is_some());
    let number = azerty(first).or_else(|| unmarked(first)).or_else(|| plain(first));
    let as_typed: String = first.chars().filter(|letter| !letter.is_whitespace()).collect();
    let is_put_right = number.as_ref().is_some_and(|number| *number != as_typed);
    // Twelve figures are an identity number; an insurance card has ten, or fifteen letters and figures.
    let kind = match &number {
        Some(number) if is_code && number.len() == 12 => Kind::IdentityCard,
        Some(_) if is_code => Kind::InsuranceCard,
        Some(_) => Kind::Number,
        None if first.bytes().any(|byte| byte.is_ascii_digit()) => Kind::Number,
        None => Kind::Words,
    };
    (number.unwrap_or_else(|| first.to_owned()), Reading { kind, is_put_right })
}

/// Is it a number as a scanner reads one: digits, with the letters of a card in front at most?
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    text.len() >= SHORTEST && text.len() - digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number of a French keyboard whose digits want the shift key.
fn azerty(text: &str) -> Option<String> {
    let digit =
        |letter: char| AZERTY.iter().position(|known| *known == letter).and_then(|digit| u32::try_from(digit).ok());
    let plain: String = text
        .chars()
        .map(|letter| digit(letter).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(letter))
        .collect();
    (plain != text && text.chars().filter(|letter| digit(*letter).is_some()).count() >= SHORTEST)
        .then(|| plain.to_ascii_uppercase())
        .filter(|plain| is_number(plain))
}

/// A card whose digit became a mark on the letter before it: VNI makes `TÉ92…` of `TE192…`.
fn unmarked(text: &str) -> Option<String> {
    let mut letters = text.chars();
    let (first, second) = (letters.next()?, letters.next()?);
    let rest = letters.as_str();
    let base = |letter: char| fold(&letter.to_string()).to_ascii_uppercase();
    let marks = |letter: char| match letter.to_lowercase().next()? {
        'á' | 'é' | 'í' | 'ó' | 'ú' | 'ý' => Some("1"),
        'à' | 'è' | 'ì' | 'ò' | 'ù' | 'ỳ' => Some("2"),
        'ả' | 'ẻ' | 'ỉ' | 'ỏ' | 'ủ' | 'ỷ' => Some("3"),
        'ã' | 'ẽ' | 'ĩ' | 'õ' | 'ũ' | 'ỹ' => Some("4"),
        'ạ' | 'ẹ' | 'ị' | 'ọ' | 'ụ' | 'ỵ' => Some("5"),
        'â' | 'ê' | 'ô' => Some("6"),
        'ơ' | 'ư' => Some("7"),
        'ă' => Some("8"),
        'đ' => Some("9"),
        _ => None,
    };
    let digit = marks(second).or_else(|| marks(first))?;
    Some(format!("{}{}{digit}{rest}", base(first), base(second))).filter(|plain| is_number(plain))
}

/// A number in other letters or figures than it is written with: full width, small letters, blanks between.
fn plain(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| match u32::from(letter) {
            // The full-width forms of ASCII.
            code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(letter),
            _ => letter,
        })
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    is_number(&plain).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_looked_for_by_its_number() {
        for (scan, number) in [
            ("092161000001|024000001|Nguyễn Thị Mẫu|02041961|Nữ|Số 1, Cần Thơ|01012021", "092161000001"),
            ("DN4920000000001|4e677579e1bb856e|02/04/1961|2|…|92 - 114|01/01/2026|-|…|$", "DN4920000000001"),
            ("9200000001|4e677579|1961|1|$", "9200000001"),
            (" nguyen thi mau ", "nguyen thi mau"),
            ("Nguyễn Thị Mẫu", "Nguyễn Thị Mẫu"),
            ("", ""),
        ] {
            assert_eq!(scanned(scan).0, number);
        }
    }

    #[test]
    fn a_scan_says_what_it_was_read_as() {
        for (scan, address) in [
            ("092161000001|024000001|Nguyễn Thị Mẫu|02041961|Nữ|Số 1, Cần Thơ|01012021", "/x?read=identity-card"),
            ("DN4920000000001|4e677579e1bb856e|02/04/1961|2|…|$", "/x?read=insurance-card"),
            ("TÉ920000000001|4e67|…", "/x?read=insurance-card&put-right=yes"),
            ("092 161 000 001", "/x?read=number"),
            ("０９２１６１０００００１", "/x?read=number&put-right=yes"),
            ("0912", "/x?read=number"),
            ("nguyen thi mau", "/x?read=words"),
        ] {
            let (_, reading) = scanned(scan);
            assert_eq!(reading.at("/x"), address);
            assert_eq!(Reading::of(address.strip_prefix("/x?")), Some(reading));
        }
        assert_eq!(Reading::of(Some("read=<b>")), None);
        assert_eq!(Reading::of(None), None);
    }

    #[test]
    fn what_an_input_method_or_a_layout_changed_is_put_right() {
        for (scan, number) in [
            // VNI, by the digit behind the letters.
            ("TÉ920000000001|4e67|…", "TE1920000000001"),
            ("CẠ92000000000|…", "CA592000000000"),
            // Small letters, full width, blanks, another sign between the fields.
            ("dn4920000000001¦x", "DN4920000000001"),
            ("０９２１６１０００００１", "092161000001"),
            ("092 161 000 001", "092161000001"),
            // A French keyboard.
            ("àçé&-&àààà&", "09216100001"),
        ] {
            assert_eq!(scanned(scan).0, number, "{scan}");
        }
        // A telephone number's plus and a short number stay.
        assert_eq!(scanned("+84 912").0, "+84 912");
        assert_eq!(scanned("é&").0, "é&");
    }
}
