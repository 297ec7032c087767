//! The price a part is paid by.

use vienphi_money::Price;

/// A price with where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced<'a> {
    /// What is priced; a surgical bed may be paid as another level than declared.
    pub code: &'a str,
    /// DON_GIA of the row.
    pub list: Price,
    /// What the facility charges.
    pub unit: Price,
    /// What the insurer counts, at most `unit`.
    pub insured: Price,
    /// The resolution the row names; none for prices of the sender's own.
    pub resolution: Option<&'a str>,
    /// No resolution was found for the row.
    pub is_sample: bool,
    /// A private facility without an accepted price for the code (R25).
    pub is_private_without_row: bool,
}
