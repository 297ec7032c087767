//! How much dearer something became.

use vienphi_money::Price;

/// A change in percent of the earlier price, with one decimal, half away from zero; none of something that cost nothing.
pub fn percent(before: Price, after: Price) -> Option<String> {
    let (before, after) = (i128::from(before.units()), i128::from(after.units()));
    if before == 0 {
        return None;
    }
    let change = (after - before) * 1000;
    let half = before / 2 * change.signum();
    let tenths = (change + half) / before;
    let sign = if tenths < 0 { "-" } else { "+" };
    Some(format!("{sign}{}.{} %", tenths.abs() / 10, tenths.abs() % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_in_percent_of_what_was() {
        let price = |text: &str| Price::parse(text).unwrap();
        for (before, after, expected) in [
            ("45000", "50600", "+12.4 %"),
            ("50600", "45000", "-11.1 %"),
            ("1000", "1000.5", "+0.1 %"),
            ("3", "3", "+0.0 %"),
        ] {
            assert_eq!(percent(price(before), price(after)).as_deref(), Some(expected));
        }
        assert_eq!(percent(price("0"), price("1")), None);
    }
}
