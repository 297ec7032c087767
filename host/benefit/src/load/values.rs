//! Single values of a policy file, each within its range.

use serde::Deserialize;
use vienphi_money::{Amount, Quantity, Rate};

/// The law or the reading that a value comes from: no value without one.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Ground;

impl TryFrom<String> for Ground {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Ground, &'static str> {
        if text.trim().is_empty() { Err("a ground must name the law or the reading") } else { Ok(Ground) }
    }
}

/// The digit of a benefit level.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u8")]
pub(super) struct Digit(pub(super) u8);

impl TryFrom<u8> for Digit {
    type Error = String;

    fn try_from(digit: u8) -> Result<Digit, String> {
        if (1..=5).contains(&digit) { Ok(Digit(digit)) } else { Err(format!("a level is from 1 to 5, not {digit}")) }
    }
}

/// A rate that something is multiplied by: 0 to 100 %.
pub(super) fn share(text: &str) -> Result<Rate, String> {
    let rate = Rate::parse(text).map_err(|error| error.to_string())?;
    if (Rate::ZERO..=Rate::WHOLE).contains(&rate) { Ok(rate) } else { Err("is not from 0 to 100".into()) }
}

pub(super) fn positive_multiple(text: &str) -> Result<Quantity, String> {
    let multiple = Quantity::parse(text).map_err(|error| error.to_string())?;
    if multiple > Quantity::ZERO { Ok(multiple) } else { Err("is not above 0".into()) }
}

pub(super) fn positive_amount(text: &str) -> Result<Amount, String> {
    let amount = Amount::parse(text).map_err(|error| error.to_string())?;
    if amount > Amount::ZERO { Ok(amount) } else { Err("is not above 0".into()) }
}

/// What a word of a policy stands for.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Option<T> {
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
}
