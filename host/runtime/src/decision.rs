//! Reading a decision, which comes column by column, part by part.

use std::ops::Range;

use crate::contract::{Decision, Most, Parts};

/// Stands for no price.
const NONE: u32 = u32::MAX;

/// A piece of a line paid in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The line's place.
    pub line: u32,
    /// First day.
    pub first_day: i32,
    /// Last day.
    pub last_day: i32,
    /// A place in the visit's candidates; none is a price of zero.
    pub price: Option<u32>,
    /// For each day from the first to the last.
    pub quantity_a_day: i64,
    /// TYLE_TT_DV.
    pub service_ratio: i64,
    /// TYLE_TT_BH.
    pub insured_ratio: i64,
    /// The insurer's share is whole when the route rate is 100 %, else nothing; otherwise it goes by the card.
    pub is_whole_on_route: bool,
    /// The most that may count as insured.
    pub ceiling: Option<Most>,
    /// Where its rules stand among the decision's.
    pub rules: Range<usize>,
}

impl Parts {
    /// Has every column an entry for every part?
    pub(crate) fn is_even(&self) -> bool {
        let count = self.lines.len();
        let others = [
            self.first_days.len(),
            self.last_days.len(),
            self.prices.len(),
            self.quantities_a_day.len(),
            self.service_ratios.len(),
            self.insured_ratios.len(),
            self.rule_counts.len(),
        ];
        others.iter().all(|other| *other == count)
    }
}

impl Decision {
    /// The parts in the order of the answer. Its columns have been found even.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let parts = &self.parts;
        let mut ceilings = self.ceilings.iter().peekable();
        let mut whole_on_route = self.whole_on_route.iter().peekable();
        let mut rules = 0..0_usize;
        (0..parts.lines.len()).map(move |place| {
            rules = rules.end..rules.end.saturating_add(parts.rule_counts[place] as usize);
            Part {
                line: parts.lines[place],
                first_day: parts.first_days[place],
                last_day: parts.last_days[place],
                price: Some(parts.prices[place]).filter(|price| *price != NONE),
                quantity_a_day: parts.quantities_a_day[place],
                service_ratio: parts.service_ratios[place],
                insured_ratio: parts.insured_ratios[place],
                is_whole_on_route: whole_on_route.next_if(|part| **part as usize == place).is_some(),
                ceiling: ceilings.next_if(|ceiling| ceiling.part as usize == place).map(|ceiling| ceiling.most),
                rules: rules.clone(),
            }
        })
    }
}
