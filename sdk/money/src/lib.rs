//! Exact money: [`Amount`], [`Price`], [`Quantity`] and [`Rate`].
//!
//! Every number is a whole count of a small unit in an `i64`. Products are taken in `i128`, rounded once, half
//! away from zero, and narrowed with a check. Nothing here can overflow silently and nothing is a float.
//!
//! ```
//! use vienphi_money::{Amount, Price, Quantity, Rate};
//!
//! // 3 ampoules at 12 345.675 đồng, insured at 47.5 %: rounded once, at the end.
//! let quantity = Quantity::parse("3").unwrap();
//! let price = Price::parse("12345.675").unwrap();
//! let rate = Rate::parse("47.5").unwrap();
//! assert_eq!(Amount::of(quantity, price, &[rate]).unwrap().to_string(), "17592.59");
//! ```

#![deny(missing_docs)]

mod arithmetic;
mod decimal;

pub use arithmetic::allocate;
pub use decimal::{Text, Unreadable};

use decimal::fixed_point;

/// A result would not fit: more than about 92 million billion đồng.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the amount is too large")
    }
}

impl std::error::Error for TooLarge {}

fixed_point! {
    /// Money in 1/100 đồng, as the claim format writes amounts (two decimals).
    ///
    /// ```
    /// # use vienphi_money::Amount;
    /// assert_eq!(Amount::parse("45000.50").unwrap().to_string(), "45000.5");
    /// assert!(Amount::parse("0.001").is_err());
    /// ```
    Amount, digits = 2
}

fixed_point! {
    /// A price of one unit in 1/1000 đồng (three decimals).
    Price, digits = 3
}

fixed_point! {
    /// A quantity in 1/1000 of its unit (three decimals). Half a bed day is 500.
    Quantity, digits = 3
}

fixed_point! {
    /// A rate in 1/1000 of the whole, read and written in percent: `47.5` is 475.
    ///
    /// ```
    /// # use vienphi_money::Rate;
    /// assert_eq!(Rate::parse("47.5").unwrap(), Rate::from_units(475));
    /// assert_eq!(Rate::WHOLE.to_string(), "100");
    /// ```
    Rate, digits = 1
}

impl Rate {
    /// 100 %.
    pub const WHOLE: Rate = Rate::percent(100);

    /// A whole number of percent.
    pub const fn percent(percent: u16) -> Rate {
        // A u16 times ten always fits an i64, so `as` widens without loss.
        Rate::from_units(percent as i64 * 10)
    }
}

impl Quantity {
    /// One whole unit.
    pub const ONE: Quantity = Quantity::from_units(1000);

    /// Half a unit, as half a bed day.
    pub const HALF: Quantity = Quantity::from_units(500);
}
