//! Writing JSON whose keys are known, straight into bytes.
//!
//! Writing out a statement is a third of the work of pricing a visit; going field by field through `serde` would make
//! it half.

use std::ops::Range;

use serde::Serialize;
use vienphi_money::Text;

use crate::digest::Digest;
use crate::time::Day;

/// Writes a key that is known when compiling and needs no escapes.
macro_rules! key {
    ($json:ident, $key:literal) => {
        $json.spelled(concat!(",\"", $key, "\":"))
    };
}

pub(crate) use key;

/// Writes one document.
pub(crate) struct JsonWriter<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> JsonWriter<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>) -> JsonWriter<'o> {
        JsonWriter { out }
    }

    /// An object: what `write` writes.
    pub(crate) fn object(&mut self, write: impl FnOnce(&mut Self)) {
        self.out.push(b'{');
        write(self);
        self.out.push(b'}');
    }

    /// A list of what `write` writes of each item.
    pub(crate) fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.out.push(b'[');
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            write(self, item);
        }
        self.out.push(b']');
    }

    /// A key as [`key!`] spells it, `,"name":`.
    pub(crate) fn spelled(&mut self, key: &'static str) {
        let is_first = self.out.last() == Some(&b'{');
        self.out.extend_from_slice(&key.as_bytes()[usize::from(is_first)..]);
    }

    /// A key that is data.
    pub(crate) fn named(&mut self, key: &str) {
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        write_text(key, self.out);
        self.out.push(b':');
    }

    pub(crate) fn text(&mut self, text: &str) {
        write_text(text, self.out);
    }

    pub(crate) fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    pub(crate) fn decimal(&mut self, decimal: &Text) {
        self.out.push(b'"');
        self.out.extend_from_slice(decimal.as_bytes());
        self.out.push(b'"');
    }

    pub(crate) fn decimal_or_null(&mut self, decimal: Option<Text>) {
        match decimal {
            Some(decimal) => self.decimal(&decimal),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    pub(crate) fn day(&mut self, day: Day) {
        self.out.push(b'"');
        self.out.extend_from_slice(&day.text());
        self.out.push(b'"');
    }

    pub(crate) fn digest(&mut self, digest: &Digest) {
        self.out.push(b'"');
        self.out.extend_from_slice(&digest.text());
        self.out.push(b'"');
    }

    pub(crate) fn number(&mut self, number: u64) {
        // Whole numbers are decimals without decimals; none here comes near the limit.
        let number = vienphi_money::Text::of_whole(number);
        self.out.extend_from_slice(number.as_bytes());
    }

    /// Anything else, as `serde` writes it.
    pub(crate) fn value(&mut self, value: &impl Serialize) {
        // What is written here is structs of texts and numbers; writing them into memory cannot fail.
        let _ = serde_json::to_writer(&mut *self.out, value);
    }

    /// Writes something and answers where it stands, so that it can be repeated.
    pub(crate) fn marked(&mut self, write: impl FnOnce(&mut Self)) -> Range<usize> {
        let start = self.out.len();
        write(self);
        start..self.out.len()
    }

    /// Writes again what stands there.
    pub(crate) fn repeat(&mut self, written: Range<usize>) {
        self.out.extend_from_within(written);
    }
}

/// Writes a text in quotes.
pub(crate) fn write_text(text: &str, out: &mut Vec<u8>) {
    // Without a branch for each byte, so that many are looked at at once.
    let needs_escapes =
        text.bytes().fold(false, |needs, byte| needs | (byte < 0x20) | (byte == b'"') | (byte == b'\\'));
    if needs_escapes {
        // Writing a string into a vector cannot fail.
        let _ = serde_json::to_writer(out, text);
    } else {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}
