//! Values as numbers and times. Each is `None` when the field is absent or empty.

use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Price, Quantity, Rate, Unreadable};

use super::{Row, Value};
use crate::clock;
use crate::error::{ClaimError, Place, Reason, quoted};

impl Row<'_> {
    /// Money in đồng, with at most 2 decimals.
    ///
    /// # Errors
    ///
    /// A value that is no plain decimal (digits, at most one point between them, perhaps a minus sign; no exponent, no
    /// thousands separator, no blanks), has more decimals, or is too large; the error names the field and its byte.
    pub fn amount(&self, field: &str) -> Result<Option<Amount>, ClaimError> {
        self.number(field, Amount::parse)
    }

    /// The price of one unit in đồng, with at most 3 decimals. Errors as of [`Row::amount`].
    pub fn price(&self, field: &str) -> Result<Option<Price>, ClaimError> {
        self.number(field, Price::parse)
    }

    /// A quantity with at most 3 decimals. Errors as of [`Row::amount`].
    pub fn quantity(&self, field: &str) -> Result<Option<Quantity>, ClaimError> {
        self.number(field, Quantity::parse)
    }

    /// A rate in percent, with at most 1 decimal. Errors as of [`Row::amount`].
    pub fn rate(&self, field: &str) -> Result<Option<Rate>, ClaimError> {
        self.number(field, Rate::parse)
    }

    /// A whole number without sign, as codes and counts are.
    ///
    /// # Errors
    ///
    /// A value that is anything but digits, or more than 18 446 744 073 709 551 615.
    pub fn whole(&self, field: &str) -> Result<Option<u64>, ClaimError> {
        self.read(field, |text| {
            let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| is_whole).ok_or_else(|| Reason::NotWhole(quoted(text)))
        })
    }

    /// A minute, of `yyyymmddHHMM`.
    ///
    /// # Errors
    ///
    /// A value of another form, and a moment that the calendar or the clock (00:00 to 23:59) does not have.
    pub fn moment(&self, field: &str) -> Result<Option<Minute>, ClaimError> {
        self.read(field, |text| clock::moment(text).ok_or_else(|| Reason::NotAMoment(quoted(text))))
    }

    /// A day, of `yyyymmdd`, or the day of `yyyymmddHHMM`: some fields have either.
    ///
    /// # Errors
    ///
    /// A value of another form, and a day that the calendar does not have.
    pub fn day(&self, field: &str) -> Result<Option<Day>, ClaimError> {
        self.read(field, |text| {
            let day = clock::day(text).or_else(|| clock::moment(text).map(Minute::day));
            day.ok_or_else(|| Reason::NotADay(quoted(text)))
        })
    }

    fn number<T>(&self, field: &str, parse: fn(&str) -> Result<T, Unreadable>) -> Result<Option<T>, ClaimError> {
        self.read(field, |text| parse(text).map_err(|why| Reason::NotANumber { text: quoted(text), why }))
    }

    fn read<T>(&self, field: &str, parse: impl FnOnce(&str) -> Result<T, Reason>) -> Result<Option<T>, ClaimError> {
        match self.value(field) {
            Some(value) if !value.text.is_empty() => {
                parse(value.text).map(Some).map_err(|reason| self.error(field, value, reason))
            }
            _ => Ok(None),
        }
    }

    fn error(&self, field: &str, value: Value<'_>, reason: Reason) -> ClaimError {
        let place = Place { offset: Some(value.offset), ..Place::default() };
        ClaimError { place, reason }.in_field(field).in_row(self.index).in_table(self.table.kind())
    }
}
