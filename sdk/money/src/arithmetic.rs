//! Products, shares and allocation: the only places where money is rounded.

use crate::{Amount, Price, Quantity, Rate, TooLarge};

/// Thousandths: the scale of quantities, prices and rates.
const THOUSAND: i128 = 1_000;

impl Amount {
    /// quantity × price × every rate, rounded once to 1/100 đồng.
    ///
    /// At most two rates: the service ratio and the insured ratio.
    pub fn of(quantity: Quantity, price: Price, rates: &[Rate]) -> Result<Amount, TooLarge> {
        // 10^-3 × 10^-3 and 10^-3 for each rate, down to 10^-2.
        let mut product = i128::from(quantity.units()) * i128::from(price.units());
        let mut scale = THOUSAND * THOUSAND / 100;
        for rate in rates {
            product = product.checked_mul(i128::from(rate.units())).ok_or(TooLarge)?;
            scale *= THOUSAND;
        }
        narrow(divide(product, scale))
    }

    /// This share of the amount, rounded to 1/100 đồng.
    pub fn share(self, rate: Rate) -> Result<Amount, TooLarge> {
        narrow(divide(i128::from(self.units()) * i128::from(rate.units()), THOUSAND))
    }

    /// amount × numerator / denominator, rounded to 1/100 đồng; nothing of nothing is nothing.
    pub fn proportion(self, numerator: Amount, denominator: Amount) -> Result<Amount, TooLarge> {
        if denominator == Amount::ZERO {
            return Ok(Amount::ZERO);
        }
        narrow(divide(i128::from(self.units()) * i128::from(numerator.units()), i128::from(denominator.units())))
    }

    /// Rounded half away from zero to whole đồng, as cash is asked for.
    pub fn whole_dong(self) -> Result<Amount, TooLarge> {
        narrow(divide(i128::from(self.units()), 100) * 100)
    }

    /// The sum, or an error when it does not fit.
    pub fn plus(self, other: Amount) -> Result<Amount, TooLarge> {
        self.checked_add(other).ok_or(TooLarge)
    }

    /// The difference, or an error when it does not fit.
    pub fn minus(self, other: Amount) -> Result<Amount, TooLarge> {
        self.checked_sub(other).ok_or(TooLarge)
    }
}

impl Rate {
    /// A rate of a rate: 80 % of 40 % is 32 %; rounded to 1/1000.
    pub fn of(self, other: Rate) -> Rate {
        let product = divide(i128::from(self.units()) * i128::from(other.units()), THOUSAND);
        // Both are far below i64 in practice; a product that does not fit saturates and fails the range check.
        Rate::from_units(i64::try_from(product).unwrap_or(i64::MAX))
    }
}

impl Price {
    /// The price of one unit as an amount, rounded to 1/100 đồng.
    pub fn amount(self) -> Result<Amount, TooLarge> {
        Amount::of(Quantity::ONE, self, &[])
    }
}

/// Splits `total` in proportion to `weights` so that the shares add up to it exactly.
///
/// Each share is first cut down to the hundredth; the hundredths left over go one by one to the largest
/// remainders, the earliest first. Both `total` and the weights are at least zero; weights that add up to
/// nothing leave everything to the first share.
///
/// ```
/// # use vienphi_money::{Amount, allocate};
/// let thirds = allocate(Amount::from_units(100), &[Amount::from_units(1); 3]);
/// assert_eq!(thirds, [34, 33, 33].map(Amount::from_units));
/// ```
pub fn allocate(total: Amount, weights: &[Amount]) -> Vec<Amount> {
    let sum: i128 = weights.iter().map(|weight| i128::from(weight.units())).sum();
    if sum == 0 {
        let mut shares = vec![Amount::ZERO; weights.len()];
        if let Some(first) = shares.first_mut() {
            *first = total;
        }
        return shares;
    }
    let exact = |weight: &Amount| i128::from(total.units()) * i128::from(weight.units());
    // A share of an i64 total by a weight not above the sum fits an i64.
    #[allow(clippy::cast_possible_truncation)]
    let mut shares: Vec<i64> = weights.iter().map(|weight| (exact(weight) / sum) as i64).collect();
    let mut left = total.units() - shares.iter().sum::<i64>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|&place| std::cmp::Reverse(exact(&weights[place]) % sum));
    for place in by_remainder {
        if left == 0 {
            break;
        }
        shares[place] += 1;
        left -= 1;
    }
    shares.into_iter().map(Amount::from_units).collect()
}

/// Division rounded half away from zero. The denominator is positive.
fn divide(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    // An odd denominator has no exact half, so comparing 2 × remainder is what decides.
    let quotient = numerator / denominator;
    let remainder = numerator % denominator;
    let beyond_half = if denominator % 2 == 0 { remainder.abs() >= half } else { remainder.abs() > half };
    if beyond_half { quotient + numerator.signum() } else { quotient }
}

fn narrow(units: i128) -> Result<Amount, TooLarge> {
    i64::try_from(units).map(Amount::from_units).map_err(|_| TooLarge)
}
