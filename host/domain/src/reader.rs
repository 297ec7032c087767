//! Reading nouns out of JSON with every fault named.
//!
//! A [`Node`] is a place in the document. Its methods return `None` after reporting what is wrong there, so that a
//! reader goes on to the next field instead of stopping at the first fault.

use std::fmt;
use std::ops::RangeInclusive;

use vienphi_money::{Price, Quantity, Rate, Unreadable};

use crate::fault::Faults;
use crate::json::Json;
use crate::time::{Day, Minute};

/// Free text is kept up to this many bytes (the claim format's longest bounded field has 1024 characters).
const LONGEST_TEXT: usize = 4_096;

/// A place in a document.
#[derive(Clone, Copy)]
pub struct Node<'r, 'j> {
    json: Option<&'j Json<'j>>,
    path: Path<'r>,
    faults: &'r Faults,
    private: bool,
}

/// A value that is a truth value or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruthOrAmount {
    /// Nothing was sent.
    Missing,
    /// `true` or `false`.
    Truth(bool),
    /// An amount.
    Amount(vienphi_money::Amount),
}

/// How a place is reached.
#[derive(Clone, Copy)]
enum Path<'r> {
    Root,
    Key(&'r Path<'r>, &'r str),
    Place(&'r Path<'r>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Key(Path::Root, key) => f.write_str(key),
            Path::Key(parent, key) => write!(f, "{parent}.{key}"),
            Path::Place(parent, place) => write!(f, "{parent}[{place}]"),
        }
    }
}

impl<'r, 'j> Node<'r, 'j> {
    /// The whole document.
    pub fn root(json: &'j Json<'j>, faults: &'r Faults) -> Node<'r, 'j> {
        Node { json: Some(json), path: Path::Root, faults, private: false }
    }

    /// What is read from here is a person's: messages never repeat it.
    pub fn private(self) -> Self {
        Node { private: true, ..self }
    }

    /// The path as faults write it.
    pub fn path(&self) -> String {
        self.path.to_string()
    }

    /// Reports a fault here.
    pub fn fault(&self, message: impl Into<String>) {
        self.faults.add(self.path, message);
    }

    /// Reports a fault at a place below this one.
    pub fn fault_at(&self, below: &str, message: impl Into<String>) {
        let path = self.path.to_string();
        let dot = if path.is_empty() || below.starts_with('[') { "" } else { "." };
        self.faults.add(format_args!("{path}{dot}{below}"), message);
    }

    /// The value, unless it is missing or null.
    fn value(&self) -> Option<&'j Json<'j>> {
        self.json.filter(|json| **json != Json::Null)
    }

    /// Is there a value?
    pub fn is_present(&self) -> bool {
        self.value().is_some()
    }

    /// Reports a missing value.
    pub fn required(self) -> Self {
        match self.value() {
            None => self.fault("is required"),
            Some(Json::Text(text)) if text.is_empty() => self.fault("must not be empty"),
            Some(_) => {}
        }
        self
    }

    /// The fields of an object, in the order of `names`; anything else in it is a fault.
    pub fn fields<'s, const N: usize>(&'s self, names: [&'s str; N]) -> Option<[Node<'s, 'j>; N]> {
        let mut nodes = names.map(|name| Node { json: None, path: Path::Key(&self.path, name), ..*self });
        let entries = match self.value()? {
            Json::Object(entries) => entries,
            other => {
                self.fault(format!("must be an object, not {}", other.kind()));
                return None;
            }
        };
        // Senders mostly keep one order: look first behind the field found last.
        let mut next = 0;
        for (key, value) in entries {
            let (before, after) = names.split_at(next);
            let found = after.iter().position(|name| name == key).map(|place| next + place);
            let found = found.or_else(|| before.iter().position(|name| name == key));
            next = found.map_or(next, |place| place + 1);
            match found {
                Some(place) if nodes[place].json.is_some() => nodes[place].fault("is given twice"),
                Some(place) => nodes[place].json = Some(value),
                None => {
                    let shown: String = key.chars().take(60).collect();
                    self.faults
                        .add(Path::Key(&self.path, &shown), format!("is not known here; known: {}", names.join(", ")));
                }
            }
        }
        Some(nodes)
    }

    /// How many items a list has.
    pub fn count(&self) -> usize {
        match self.json {
            Some(Json::List(items)) => items.len(),
            _ => 0,
        }
    }

    /// The items of a list; none when it is missing.
    pub fn items<'s>(&'s self) -> impl Iterator<Item = Node<'s, 'j>> {
        let items: &[Json<'j>] = match self.value() {
            None => &[],
            Some(Json::List(items)) => items,
            Some(other) => {
                self.fault(format!("must be a list, not {}", other.kind()));
                &[]
            }
        };
        items.iter().enumerate().map(move |(place, json)| {
            let item = Node { json: Some(json), path: Path::Place(&self.path, place), ..*self };
            // Of a field it is as if the field were missing; in a list there is something, and nobody knows what.
            if matches!(json, Json::Null) {
                item.fault("must not be null");
            }
            item
        })
    }

    /// The keys and values of an object whose keys are data; none when it is missing.
    pub fn entries<'s>(&'s self) -> impl Iterator<Item = (&'j str, Node<'s, 'j>)>
    where
        'j: 's,
    {
        let entries = match self.value() {
            None => &[][..],
            Some(Json::Object(entries)) => entries,
            Some(other) => {
                self.fault(format!("must be an object, not {}", other.kind()));
                &[]
            }
        };
        entries
            .iter()
            .map(move |(key, json)| (&**key, Node { json: Some(json), path: Path::Key(&self.path, key), ..*self }))
    }

    /// Text; an empty one counts as missing.
    pub fn text(&self) -> Option<&'j str> {
        match self.value()? {
            Json::Text(text) if text.len() > LONGEST_TEXT => {
                self.fault(format!("must be at most {LONGEST_TEXT} bytes long"));
                None
            }
            // No document of the format holds one, and a database may not.
            Json::Text(text) if text.contains('\0') => {
                self.fault("must not hold a NUL character");
                None
            }
            Json::Text(text) => (!text.is_empty()).then_some(&**text),
            other => {
                self.fault(format!("must be a text, not {}", other.kind()));
                None
            }
        }
    }

    /// Text, a number or a truth value, kept as sent.
    pub fn scalar(&self) {
        if let Some(value @ (Json::List(_) | Json::Object(_))) = self.value() {
            self.fault(format!("must be a text or a number, not {}", value.kind()));
        }
    }

    /// Text of a certain form.
    pub fn form<T>(&self, read: impl FnOnce(&str) -> Option<T>, form: &str) -> Option<T> {
        let text = self.text()?;
        let value = read(text);
        if value.is_none() {
            self.fault(format!("{form}{}", self.not(text)));
        }
        value
    }

    /// A day such as `2026-03-02`.
    pub fn day(&self) -> Option<Day> {
        self.form(Day::parse, "must be a day of the years 1900 to 2199 such as 2026-03-02")
    }

    /// A minute such as `2026-03-02T08:10`.
    pub fn minute(&self) -> Option<Minute> {
        self.form(Minute::parse, "must be a Vietnam civil time such as 2026-03-02T08:10")
    }

    /// One of a closed set of words.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.fault(format!("must be one of {}{}", words.join(", "), self.not(text)));
        }
        found
    }

    /// True or false.
    pub fn truth(&self) -> Option<bool> {
        match self.value()? {
            Json::Bool(truth) => Some(*truth),
            other => {
                self.fault(format!("must be true or false, not {}", other.kind()));
                None
            }
        }
    }

    /// A whole number in a range, as a number or its digits.
    pub fn whole(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let number = match self.value()? {
            Json::Whole(number) => u32::try_from(*number).ok(),
            Json::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            Json::Null | Json::Bool(_) | Json::Fraction(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
        };
        let found = number.filter(|number| range.contains(number));
        if found.is_none() {
            self.fault(format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        found
    }

    /// A quantity above zero.
    pub fn quantity(&self) -> Option<Quantity> {
        self.decimal(Quantity::parse, Quantity::from_units(1)..=Quantity::from_units(QUANTITY_MOST * 1000))
    }

    /// A price of one unit, zero included.
    pub fn price(&self) -> Option<Price> {
        self.decimal(Price::parse, Price::ZERO..=Price::from_units(PRICE_MOST * 1000))
    }

    /// An amount, zero included.
    pub fn amount(&self) -> Option<vienphi_money::Amount> {
        use vienphi_money::Amount;
        self.decimal(Amount::parse, Amount::ZERO..=Amount::from_units(PRICE_MOST * 100))
    }

    /// True, false or an amount.
    pub fn truth_or_amount(&self) -> Option<TruthOrAmount> {
        match self.value() {
            None => Some(TruthOrAmount::Missing),
            Some(Json::Bool(truth)) => Some(TruthOrAmount::Truth(*truth)),
            Some(_) => self.amount().map(TruthOrAmount::Amount),
        }
    }

    /// A ratio in percent, 0 to 100.
    pub fn rate(&self) -> Option<Rate> {
        self.decimal(Rate::parse, Rate::ZERO..=Rate::WHOLE)
    }

    fn decimal<T: PartialOrd + fmt::Display>(
        &self,
        read: impl Fn(&str) -> Result<T, Unreadable>,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let written;
        let text: &str = match self.value()? {
            Json::Text(text) => text,
            Json::Whole(number) => {
                written = number.to_string();
                &written
            }
            Json::Fraction(number) => {
                // Beyond every range whatever its last digits are.
                let is_huge = number.abs() >= 1e18;
                match exact_decimal(*number) {
                    Some(decimal) => written = decimal,
                    None if is_huge => written = number.to_string(),
                    None => {
                        self.fault("is not exact as a number: write it as a text such as \"12500.5\"");
                        return None;
                    }
                }
                &written
            }
            other @ (Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_)) => {
                self.fault(format!("must be a decimal, not {}", other.kind()));
                return None;
            }
        };
        match read(text) {
            Ok(value) if range.contains(&value) => Some(value),
            Ok(_) | Err(Unreadable::TooLarge) => {
                self.fault(format!("must be from {} to {}{}", range.start(), range.end(), self.not(text)));
                None
            }
            Err(unreadable) => {
                self.fault(format!("{unreadable}{}", self.not(text)));
                None
            }
        }
    }

    /// Repeats the input in a message, unless it is a person's.
    fn not(&self, text: &str) -> String {
        if self.private {
            return String::new();
        }
        let shown: String = text.chars().take(40).collect();
        let more = if shown.len() < text.len() { "…" } else { "" };
        format!(", not {shown:?}{more}")
    }
}

/// No line has more than a million units.
const QUANTITY_MOST: i64 = 1_000_000;

/// No unit costs more than a million million đồng.
const PRICE_MOST: i64 = 1_000_000_000_000;

/// The shortest decimal of a JSON number, when it has at most 15 digits and so is what the sender wrote.
fn exact_decimal(number: f64) -> Option<String> {
    let text = number.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (digits <= 15).then_some(text)
}
