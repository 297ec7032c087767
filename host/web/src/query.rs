//! Parameters of a URL, read whole with every fault named.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use vienphi_domain::{Day, Faults};

use crate::refusal::{Refusal, invalid_query};

/// The parameters of one route.
pub(crate) trait Parameters: Sized {
    /// Their names. Any other in a URL is a fault: a misspelt one must not be passed over in silence.
    const NAMES: &'static [&'static str];

    /// Reads them.
    fn read(query: &Query<'_>) -> Self;
}

/// Parameters as a handler takes them.
pub(crate) struct Read<T>(pub(crate) T);

impl<T: Parameters, S: Sync> FromRequestParts<S> for Read<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Read<T>, Refusal> {
        read(parts.uri.query().unwrap_or_default()).map(Read)
    }
}

/// Reads what stands after the question mark.
pub(crate) fn read<T: Parameters>(text: &str) -> Result<T, Refusal> {
    let query = Query::new(text, T::NAMES);
    let read = T::read(&query);
    if query.faults.is_empty() { Ok(read) } else { Err(invalid_query(query.faults.into_list())) }
}

/// The names and values after the question mark.
pub(crate) struct Query<'u> {
    values: Vec<(Cow<'u, str>, Cow<'u, str>)>,
    faults: Faults,
}

impl<'u> Query<'u> {
    fn new(text: &'u str, names: &[&str]) -> Query<'u> {
        let faults = Faults::default();
        let mut values: Vec<(Cow<'u, str>, Cow<'u, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if !names.contains(&&*name) {
                let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                faults.add(shown(&name), format!("is not known here; known: {known}"));
            } else if values.iter().any(|(earlier, _)| *earlier == name) {
                faults.add(&name, "is given twice");
            } else if value.contains(char::REPLACEMENT_CHARACTER) {
                faults.add(&name, "is not UTF-8");
            } else if value.contains('\0') {
                faults.add(&name, "must not hold a NUL character");
            } else {
                values.push((name, value));
            }
        }
        Query { values, faults }
    }

    /// Text; an empty one counts as missing.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let value = self.values.iter().find(|(known, _)| known == name);
        value.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// A day such as `2026-03-02`.
    pub(crate) fn day(&self, name: &str) -> Option<Day> {
        let text = self.text(name)?;
        let day = Day::parse(text);
        if day.is_none() {
            self.faults.add(name, format!("must be a day such as 2026-03-02, not {:?}", shown(text)));
        }
        day
    }

    /// A whole number in a range.
    pub(crate) fn whole(&self, name: &str, range: RangeInclusive<usize>) -> Option<usize> {
        let text = self.text(name)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            self.faults.add(name, format!("must be a whole number from {least} to {most}, not {:?}", shown(text)));
        }
        number
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_parameter_is_named() {
        let query =
            Query::new("limit=0&limit=7&q=a+b%C3%A1&on=2026-02-30&other=1&bad=%FF", &["limit", "q", "on", "bad"]);
        assert_eq!(query.text("q"), Some("a bá"));
        assert_eq!((query.whole("limit", 1..=9), query.day("on")), (None, None));
        let faults = query.faults.into_list();
        let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["limit", "other", "bad", "limit", "on"]);
    }

    #[test]
    fn missing_and_empty_parameters_are_the_same() {
        let query = Query::new("limit=&", &["limit"]);
        assert_eq!((query.whole("limit", 1..=9), query.faults.is_empty()), (None, true));
    }
}
