//! Every operation agrees with `rust_decimal`, which shares no code with it.

use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use vienphi_money::{Amount, Price, Quantity, Rate, allocate};

const HALF_UP: RoundingStrategy = RoundingStrategy::MidpointAwayFromZero;

fn decimal(units: i64, digits: u32) -> Decimal {
    Decimal::new(units, digits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_amount_prints_as_its_shortest_decimal_and_reads_back(units in any::<i64>()) {
        prop_assume!(units != i64::MIN);
        let amount = Amount::from_units(units);
        prop_assert_eq!(amount.to_string(), decimal(units, 2).normalize().to_string());
        prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
    }

    #[test]
    fn what_is_read_is_what_was_written(whole in 0_i64..9_000_000_000_000, fraction in 0_u32..1000) {
        let text = format!("{whole}.{fraction:03}");
        let price = Price::parse(&text).unwrap();
        prop_assert_eq!(decimal(price.units(), 3), text.parse::<Decimal>().unwrap());
    }

    #[test]
    fn a_product_is_rounded_once_half_away_from_zero(
        quantity in 0_i64..10_000_000, price in 0_i64..10_000_000_000, service in 0_i64..=1000, insured in 0_i64..=1000,
    ) {
        let ours = Amount::of(
            Quantity::from_units(quantity), Price::from_units(price),
            &[Rate::from_units(service), Rate::from_units(insured)],
        ).unwrap();
        let product = decimal(quantity, 3) * decimal(price, 3);
        // rust_decimal keeps 28 digits: multiply the rates as whole numbers to stay exact.
        let exact = product * Decimal::from(service * insured) / Decimal::from(1_000_000);
        prop_assert_eq!(decimal(ours.units(), 2), exact.round_dp_with_strategy(2, HALF_UP));
    }

    #[test]
    fn a_share_and_its_rest_make_the_whole(units in 0_i64..1_000_000_000_000, rate in 0_i64..=1000) {
        let amount = Amount::from_units(units);
        let share = amount.share(Rate::from_units(rate)).unwrap();
        let expected = (decimal(units, 2) * decimal(rate, 3)).round_dp_with_strategy(2, HALF_UP);
        prop_assert_eq!(decimal(share.units(), 2), expected);
        prop_assert!(share >= Amount::ZERO && share <= amount);
    }

    #[test]
    fn a_proportion_is_rounded_once(amount in 0_i64..1_000_000_000, part in 0_i64..1_000_000_000, whole in 1_i64..1_000_000_000) {
        let ours = Amount::from_units(amount)
            .proportion(Amount::from_units(part), Amount::from_units(whole)).unwrap();
        let exact = decimal(amount, 2) * decimal(part, 2) / decimal(whole, 2);
        prop_assert_eq!(decimal(ours.units(), 2), exact.round_dp_with_strategy(2, HALF_UP));
    }

    #[test]
    fn allocation_loses_nothing_and_stays_within_a_hundredth(
        total in 0_i64..1_000_000_000_000, weights in prop::collection::vec(0_i64..1_000_000_000, 1..20),
    ) {
        let weights: Vec<Amount> = weights.into_iter().map(Amount::from_units).collect();
        let shares = allocate(Amount::from_units(total), &weights);
        prop_assert_eq!(shares.iter().map(|share| share.units()).sum::<i64>(), total);
        let sum: i128 = weights.iter().map(|weight| i128::from(weight.units())).sum();
        if sum > 0 {
            for (share, weight) in shares.iter().zip(&weights) {
                let floor = i128::from(total) * i128::from(weight.units()) / sum;
                prop_assert!((floor..=floor + 1).contains(&i128::from(share.units())));
            }
        }
    }

    #[test]
    fn cash_is_asked_for_in_whole_dong(units in -1_000_000_000_i64..1_000_000_000) {
        let ours = Amount::from_units(units).whole_dong().unwrap();
        prop_assert_eq!(decimal(ours.units(), 2), decimal(units, 2).round_dp_with_strategy(0, HALF_UP));
    }
}

#[test]
fn what_is_not_a_decimal_is_refused() {
    for text in ["", ".", "-", "1.", ".5", "1e3", "1,5", " 1", "+1", "٣", "0x1", "--1", "1.2.3", "NaN"] {
        assert!(Amount::parse(text).is_err(), "{text:?} was read");
    }
    for text in ["92233720368547758.08", "10000000000000000000"] {
        assert!(Amount::parse(text).is_err(), "{text:?} was read");
    }
    assert!(Amount::parse("0.005").is_err());
    assert_eq!(Amount::parse("0.500000"), Ok(Amount::from_units(50)));
}

#[test]
fn what_does_not_fit_is_an_error_and_not_a_wrong_number() {
    let huge = Price::from_units(i64::MAX);
    assert!(Amount::of(Quantity::from_units(i64::MAX), huge, &[Rate::WHOLE, Rate::WHOLE]).is_err());
    assert!(Amount::from_units(i64::MAX).plus(Amount::from_units(1)).is_err());
}
