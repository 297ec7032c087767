//! Whose card is asked about.

use std::fmt;

use vienphi_domain::{Card, Day};

/// A card's number with its holder's name and birth, as the portal compares them.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    number: Box<str>,
    name: Box<str>,
    birth: Birth,
}

/// A birth date, as exactly as the card has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Birth {
    /// A day.
    Day(Day),
    /// A month, 1 to 12, of a year.
    Month(i32, u32),
    /// A year alone.
    Year(i32),
}

/// What cannot be asked. It says which field and never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoHolder {
    /// Not a card, a social-insurance number or an identity number.
    #[error("card: must be 15 characters, 10 digits, or an identity number of 12 digits")]
    Number,
    /// Empty, too long, or with control characters.
    #[error("name: must be 1 to 255 letters")]
    Name,
    /// No day, month or year that is one.
    #[error("birth_date: must be 2026-03-02, 2026-03 or 2026")]
    Birth,
}

impl Holder {
    /// The longest name (HO_TEN).
    const LONGEST_NAME: usize = 255;

    /// A holder. The number loses its blanks and gets capital letters, the name its double blanks.
    ///
    /// # Errors
    ///
    /// A field is not of its form.
    pub fn new(number: &str, name: &str, birth: Birth) -> Result<Holder, NoHolder> {
        let number: String = number.split_whitespace().collect::<String>().to_ascii_uppercase();
        let is_identity = number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_identity && Card::parse(&number).is_none() {
            return Err(NoHolder::Number);
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > Self::LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(NoHolder::Name);
        }
        let is_birth = match birth {
            Birth::Day(day) => Day::parse(&day.to_string()) == Some(day),
            Birth::Month(year, month) => Day::of(year, month, 1).is_some(),
            Birth::Year(year) => Day::of(year, 1, 1).is_some(),
        };
        if !is_birth {
            return Err(NoHolder::Birth);
        }
        Ok(Holder { number: number.into(), name: name.into(), birth })
    }

    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// `02/03/1961`, `03/1961` or `1961`.
    pub(crate) fn birth(&self) -> String {
        match self.birth {
            Birth::Day(day) => {
                let (year, month, day) = day.calendar();
                format!("{day:02}/{month:02}/{year:04}")
            }
            Birth::Month(year, month) => format!("{month:02}/{year:04}"),
            Birth::Year(year) => format!("{year:04}"),
        }
    }
}

impl Birth {
    /// Reads `1961-03-02`, `1961-03` or `1961`.
    pub fn parse(text: &str) -> Option<Birth> {
        match text.len() {
            10 => Day::parse(text).map(Birth::Day),
            7 => Day::parse(&format!("{text}-01")).map(|day| {
                let (year, month, _) = day.calendar();
                Birth::Month(year, month)
            }),
            4 => Day::parse(&format!("{text}-01-01")).map(|day| Birth::Year(day.year())),
            _ => None,
        }
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holder(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_written_as_the_portal_compares() {
        let birth = Birth::parse("1961-04-02").unwrap();
        let holder = Holder::new(" dn 4 92 0000000001 ", " Nguyễn  Văn\tMẫu ", birth).unwrap();
        assert_eq!((holder.number(), holder.name()), ("DN4920000000001", "Nguyễn Văn Mẫu"));
        assert_eq!(holder.birth(), "02/04/1961");
        assert_eq!(format!("{holder:?}"), "Holder(…)");
        let written = |text: &str| Holder::new("9200000001", "A", Birth::parse(text).unwrap()).unwrap().birth();
        assert_eq!((written("1961-04"), written("1961")), ("04/1961".to_owned(), "1961".to_owned()));
    }

    #[test]
    fn what_cannot_be_asked_is_named_without_its_value() {
        let birth = Birth::Year(1961);
        assert!(Holder::new("092000000001", "A", birth).is_ok());
        for number in ["", "DN49200000000O1", "12345678901", "DN492000000000"] {
            assert_eq!(Holder::new(number, "A", birth), Err(NoHolder::Number), "{number}");
        }
        for name in ["", "  ", "A\u{7}", &"Ầ".repeat(256)] {
            assert_eq!(Holder::new("9200000001", name, birth), Err(NoHolder::Name));
        }
        for birth in [Birth::Year(1), Birth::Month(1961, 13), Birth::Day(Day::END_OF_TIME)] {
            assert_eq!(Holder::new("9200000001", "A", birth), Err(NoHolder::Birth), "{birth:?}");
        }
        for text in ["02/04/1961", "196", "1961-13", "1961-02-30", "+961", "19 1"] {
            assert_eq!(Birth::parse(text), None, "{text}");
        }
    }
}
