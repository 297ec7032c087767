//! The portal's JSON, read as it comes: any case of names, numbers as texts, what is absent and what is new.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vienphi_domain::{Day, Minute, Moment};
use vienphi_money::Amount;

use crate::Private;

/// An object, its fields by their names in small letters.
pub(crate) struct Fields<'a>(BTreeMap<String, &'a Value>);

/// Fields that were there and could not be read, by name and never by value.
pub(crate) type Unread = Vec<&'static str>;

/// Reads a body as an object. Some services send JSON as a JSON text; a mark of byte order may come before.
pub(crate) fn object(body: &[u8]) -> Option<Map<String, Value>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match serde_json::from_slice(body).ok()? {
        Value::Object(object) => Some(object),
        Value::String(inner) => serde_json::from_str(&inner).ok(),
        _ => None,
    }
}

impl<'a> Fields<'a> {
    /// Of two names that differ in case, the one that has a value.
    pub(crate) fn of(object: &'a Map<String, Value>) -> Fields<'a> {
        let mut fields: BTreeMap<String, &Value> = BTreeMap::new();
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            fields.entry(name.to_ascii_lowercase()).or_insert(value);
        }
        Fields(fields)
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.0.get(&name.to_ascii_lowercase()).copied()
    }

    /// A text or number without blanks around it; an empty one is absent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let text = match self.value(name)? {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    pub(crate) fn private(&self, name: &str) -> Option<Private> {
        self.text(name).map(|text| Private::new(&text))
    }

    /// A short code of letters, digits, dots and dashes; anything else is no code.
    pub(crate) fn code(&self, name: &'static str, longest: usize, unread: &mut Unread) -> Option<Box<str>> {
        let is_code = |text: &str| {
            text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        };
        self.read(name, unread, |text| is_code(text).then(|| text.into()))
    }

    pub(crate) fn day(&self, name: &'static str, unread: &mut Unread) -> Option<Day> {
        self.read(name, unread, day)
    }

    pub(crate) fn minute(&self, name: &'static str, unread: &mut Unread) -> Option<Minute> {
        self.read(name, unread, |text| moment(text).map(Moment::minute))
    }

    pub(crate) fn moment(&self, name: &'static str, unread: &mut Unread) -> Option<Moment> {
        self.read(name, unread, moment)
    }

    pub(crate) fn amount(&self, name: &'static str, unread: &mut Unread) -> Option<Amount> {
        self.read(name, unread, |text| Amount::parse(text).ok())
    }

    /// What a text is read as; one that cannot be is remembered by name.
    pub(crate) fn read<T>(
        &self,
        name: &'static str,
        unread: &mut Unread,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let found = read(&text);
        if found.is_none() && !unread.contains(&name) {
            unread.push(name);
        }
        found
    }

    pub(crate) fn object(&self, name: &str) -> Option<Fields<'a>> {
        self.value(name)?.as_object().map(Fields::of)
    }

    /// The objects of the first list whose name begins so: the portal puts a year behind it.
    pub(crate) fn list(&self, beginning: &str) -> Vec<Fields<'a>> {
        let beginning = beginning.to_ascii_lowercase();
        let lists = self.0.iter().filter(|(name, _)| name.starts_with(&beginning));
        let first = lists.filter_map(|(_, value)| value.as_array()).next();
        first.into_iter().flatten().filter_map(Value::as_object).map(Fields::of).collect()
    }
}

/// A day: `02/03/2026`, `20260302` or `2026-03-02`; an hour behind it is left out.
pub(crate) fn day(text: &str) -> Option<Day> {
    if text.len() >= 10
        && let Some(day) = slashed(text.get(..10)?).or_else(|| Day::parse(text.get(..10)?))
    {
        return Some(day);
    }
    match text.len() {
        8 | 12 | 14 => Day::parse_compact(text.get(..8)?),
        // Day and month without their zeros.
        _ => slashed(text.split(' ').next()?),
    }
}

/// `2/3/2026`
fn slashed(text: &str) -> Option<Day> {
    let mut parts = text.split('/');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Day::of(number(year)?, number(month)?, number(day)?)
}

/// Digits alone: no sign, no blank.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A moment of Vietnam: `202603020810`, `20260302081005`, `02/03/2026 08:10`, `2026-03-02T08:10:05.123`; without an hour 00:00.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let compact = text.bytes().all(|byte| byte.is_ascii_digit());
    let (day, seconds) = match text.len() {
        12 | 14 if compact => {
            let part = |from: usize| text.get(from..from + 2).map_or(Some(0), number::<i64>);
            (Day::parse_compact(text.get(..8)?)?, clock(part(8)?, part(10)?, part(12)?)?)
        }
        8 if compact => (Day::parse_compact(text)?, 0),
        _ => {
            let (date, rest) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
            let rest = rest.trim().split('.').next()?;
            let mut parts = rest.split(':').map(number::<i64>);
            let (hour, minute) = (parts.next()??, parts.next()??);
            let second = parts.next().unwrap_or(Some(0))?;
            if parts.next().is_some() {
                return None;
            }
            (Day::parse(date).or_else(|| slashed(date))?, clock(hour, minute, second)?)
        }
    };
    let midnight = Moment::at(day.first_minute());
    Some(Moment::from_count(midnight.count() + seconds * 1_000_000))
}

/// Seconds of a day.
fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    is_time.then_some(hour * 3600 + minute * 60 + second)
}
