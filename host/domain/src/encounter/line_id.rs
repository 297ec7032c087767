//! Ids of lines and their order.

use std::cmp::Ordering;
use std::fmt;

/// The sender's id of a line. Ids order as people read them: digits by their value, so `2` is before `10` (C1).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LineId(Box<str>);

impl LineId {
    /// The longest id (STT and codes of the format are far shorter).
    pub const LONGEST: usize = 100;

    /// Reads an id of 1 to 100 printable characters.
    pub fn parse(text: &str) -> Option<LineId> {
        let printable = !text.chars().any(char::is_control);
        (!text.is_empty() && text.len() <= Self::LONGEST && printable).then(|| LineId(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialOrd for LineId {
    fn partial_cmp(&self, other: &LineId) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for LineId {
    fn cmp(&self, other: &LineId) -> Ordering {
        let (mut left, mut right) = (self.0.as_bytes(), other.0.as_bytes());
        while let ([a, ..], [b, ..]) = (left, right) {
            let order = if a.is_ascii_digit() && b.is_ascii_digit() {
                let (left_digits, left_rest) = leading_digits(left);
                let (right_digits, right_rest) = leading_digits(right);
                (left, right) = (left_rest, right_rest);
                // Without leading zeros the longer number is the larger.
                left_digits.len().cmp(&right_digits.len()).then_with(|| left_digits.cmp(right_digits))
            } else {
                (left, right) = (&left[1..], &right[1..]);
                a.cmp(b)
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        // Equal but for leading zeros, or one is the beginning of the other.
        left.len().cmp(&right.len()).then_with(|| self.0.cmp(&other.0))
    }
}

/// The digits a text begins with, without leading zeros, and what follows them.
fn leading_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let zeros = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    (&digits[zeros..], rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> LineId {
        LineId::parse(text).unwrap()
    }

    #[test]
    fn ids_order_as_people_read_them() {
        let ordered = ["01", "1", "2", "10", "10a", "a", "a2", "a10", "a10b", "b"];
        for pair in ordered.windows(2) {
            assert!(id(pair[0]) < id(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in "[a0-9]{1,6}", b in "[a0-9]{1,6}", c in "[a0-9]{1,6}") {
            let (a, b, c) = (id(&a), id(&b), id(&c));
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }
    }
}
