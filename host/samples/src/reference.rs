//! L, the reference amount, from the policy that pricing reads: no value of the law stands twice.

use std::sync::LazyLock;

use serde::Deserialize;
use vienphi_domain::Day;
use vienphi_money::{Amount, Rate};

#[derive(Deserialize)]
struct Document {
    reference: Vec<Row>,
    small_visit: Percent,
    exemption: Multiple,
    supplies_ceiling: Multiple,
}

#[derive(Deserialize)]
struct Row {
    from: String,
    amount: String,
}

#[derive(Deserialize)]
struct Percent {
    percent: String,
}

#[derive(Deserialize)]
struct Multiple {
    multiple: String,
}

/// L by its first day, and what derives from it.
struct Reference {
    rows: Vec<(Day, Amount)>,
    small_visit: Rate,
    exemption: i64,
    supplies: i64,
}

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    // The text is compiled in, and a test reads it.
    #[allow(clippy::expect_used)]
    let document: Document =
        toml::from_str(include_str!("../../../policies/benefit/reference.toml")).expect("the reference is well-formed");
    let row = |row: &Row| Day::parse(&row.from).zip(Amount::parse(&row.amount).ok());
    Reference {
        rows: document.reference.iter().filter_map(row).collect(),
        small_visit: Rate::parse(&document.small_visit.percent).unwrap_or(Rate::ZERO),
        exemption: document.exemption.multiple.parse().unwrap_or(0),
        supplies: document.supplies_ceiling.multiple.parse().unwrap_or(0),
    }
});

fn reference(day: Day) -> Amount {
    let rows = &REFERENCE.rows;
    rows.iter().rev().find(|(from, _)| *from <= day).map_or(Amount::ZERO, |(_, amount)| *amount)
}

/// A visit strictly below it is paid whole.
pub(crate) fn small_visit(day: Day) -> Amount {
    reference(day).share(REFERENCE.small_visit).unwrap_or_default()
}

/// Co-payments of a year above it exempt from further ones.
pub(crate) fn exemption(day: Day) -> Amount {
    Amount::from_units(reference(day).units().saturating_mul(REFERENCE.exemption))
}

/// Supplies of one service count up to it.
pub(crate) fn supplies_ceiling(day: Day) -> Amount {
    Amount::from_units(reference(day).units().saturating_mul(REFERENCE.supplies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_read() {
        let day = |text: &str| Day::parse(text).unwrap();
        assert_eq!(small_visit(day("2026-06-30")).to_string(), "351000");
        assert_eq!(small_visit(day("2026-07-01")).to_string(), "379500");
        assert_eq!(exemption(day("2026-07-01")).to_string(), "15180000");
        assert_eq!(supplies_ceiling(day("2026-06-30")).to_string(), "105300000");
    }
}
