//! Reading and writing fixed-point decimals, exactly.

use std::fmt;

/// Why a text is not a decimal of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Not an optional minus sign, digits, and at most one point between digits.
    NotADecimal,
    /// More decimals than the kind carries.
    TooPrecise {
        /// The number of decimals allowed.
        allowed: u32,
    },
    /// Larger than the kind can hold.
    TooLarge,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::NotADecimal => f.write_str("is not a decimal number such as \"1250\" or \"47.5\""),
            Unreadable::TooPrecise { allowed: 1 } => f.write_str("has more than 1 decimal"),
            Unreadable::TooPrecise { allowed } => write!(f, "has more than {allowed} decimals"),
            Unreadable::TooLarge => f.write_str("is too large"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads `text` as a whole count of 10^-`digits`. Trailing zeros beyond `digits` are accepted: they add nothing.
pub(crate) fn parse(text: &str, digits: u32) -> Result<i64, Unreadable> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let point = unsigned.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(point) if point + 1 == unsigned.len() => return Err(Unreadable::NotADecimal),
        Some(point) => (&unsigned[..point], &unsigned[point + 1..]),
        None => (unsigned, &[][..]),
    };
    if whole.is_empty() || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(Unreadable::NotADecimal);
    }
    let kept = fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    let width = digits as usize;
    if kept > width {
        return Err(Unreadable::TooPrecise { allowed: digits });
    }
    let padding = std::iter::repeat_n(&b'0', width - kept);
    let mut units: i64 = 0;
    for digit in whole.iter().chain(&fraction[..kept]).chain(padding) {
        let digit = i64::from(digit - b'0');
        units = units.checked_mul(10).and_then(|units| units.checked_add(digit)).ok_or(Unreadable::TooLarge)?;
    }
    Ok(if negative { -units } else { units })
}

/// A decimal written in its shortest form, on the stack.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; 24],
    start: u8,
}

impl Text {
    /// Writes a whole count of 10^-`DIGITS` without trailing zeros.
    pub(crate) fn new<const DIGITS: u32>(units: i64) -> Text {
        let scale = const { 10_u64.pow(DIGITS) };
        let (whole, mut fraction) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
        let mut text = Text { bytes: [0; 24], start: 24 };
        if fraction != 0 {
            let mut width = DIGITS;
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                width -= 1;
            }
            for _ in 0..width {
                text.put(b'0' + (fraction % 10) as u8);
                fraction /= 10;
            }
            text.put(b'.');
        }
        text.put_whole(whole);
        if units < 0 {
            text.put(b'-');
        }
        text
    }

    /// Writes a whole number.
    pub fn of_whole(number: u64) -> Text {
        let mut text = Text { bytes: [0; 24], start: 24 };
        text.put_whole(number);
        text
    }

    fn put_whole(&mut self, mut whole: u64) {
        loop {
            self.put(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
    }

    /// Puts a character before the others. 20 digits, a point and a sign fit 24 bytes.
    fn put(&mut self, character: u8) {
        self.start -= 1;
        self.bytes[usize::from(self.start)] = character;
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits, a point and a sign were written, so this never takes the fallback.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.start)..]
    }
}

/// Declares one kind of number: a newtype over a count of 10^-`digits`.
macro_rules! fixed_point {
    ($(#[$doc:meta])* $name:ident, digits = $digits:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Nothing.
            pub const ZERO: $name = $name(0);

            /// The number of decimals carried.
            pub const DIGITS: u32 = $digits;

            /// A whole count of the smallest unit.
            pub const fn from_units(units: i64) -> $name {
                $name(units)
            }

            /// The whole count of the smallest unit.
            pub const fn units(self) -> i64 {
                self.0
            }

            /// Reads a plain decimal such as `1250` or `-0.5`; no exponent, no thousands separator.
            pub fn parse(text: &str) -> Result<$name, $crate::Unreadable> {
                $crate::decimal::parse(text, $digits).map($name)
            }

            /// Writes the shortest decimal without touching the heap.
            pub fn text(self) -> $crate::Text {
                $crate::Text::new::<$digits>(self.0)
            }

            /// The sum, or `None` when it does not fit.
            pub fn checked_add(self, other: $name) -> Option<$name> {
                self.0.checked_add(other.0).map($name)
            }

            /// The difference, or `None` when it does not fit.
            pub fn checked_sub(self, other: $name) -> Option<$name> {
                self.0.checked_sub(other.0).map($name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.text().as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Unreadable;

            fn from_str(text: &str) -> Result<$name, $crate::Unreadable> {
                $name::parse(text)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.text().as_str())
            }
        }
    };
}

pub(crate) use fixed_point;
