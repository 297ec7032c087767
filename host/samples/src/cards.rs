//! Cards: objects with the people who have them, and the days on which they are valid.

use fastrand::Rng;
use serde_json::{Value, json};
use vienphi_domain::Day;

use crate::plot::Plot;
use crate::random::{often, weighted};

/// An object of cards, the printed digit, and the ages of those who have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) letters: &'static str,
    pub(crate) youngest: i32,
    pub(crate) oldest: i32,
}

const fn holder(letters: &'static str, youngest: i32, oldest: i32) -> Holder {
    Holder { letters, youngest, oldest }
}

const EMPLOYEE: Holder = holder("DN4", 19, 59);

/// Every level of QĐ 1351/QĐ-BHXH: 1 to 5.
const HOLDERS: [(Holder, u32); 14] = [
    (EMPLOYEE, 22),
    (holder("GD4", 18, 70), 20),
    (holder("HS4", 7, 17), 8),
    (holder("SV4", 18, 23), 3),
    (holder("HT3", 60, 88), 10),
    (holder("TE1", 0, 5), 9),
    (holder("CC1", 55, 90), 3),
    (holder("HN2", 7, 80), 8),
    (holder("DT2", 7, 80), 4),
    (holder("CN3", 18, 70), 5),
    (holder("LH4", 75, 92), 3),
    (holder("QN5", 20, 55), 3),
    (holder("CA5", 20, 55), 1),
    (holder("CY5", 22, 50), 1),
];

impl Holder {
    pub(crate) fn any(rng: &mut Rng, plot: Plot) -> Holder {
        let fits = |holder: &Holder| match plot {
            Plot::LongTerm | Plot::PickUp => holder.youngest >= 18,
            Plot::Surgery => holder.youngest >= 7,
            Plot::Newborn => holder.letters == "TE1",
            _ => true,
        };
        let fitting: Vec<(Holder, u32)> = HOLDERS.iter().filter(|(holder, _)| fits(holder)).copied().collect();
        weighted(rng, &fitting, EMPLOYEE)
    }

    /// One whose card is not paid whole: what hangs on co-payments shows with it alone.
    pub(crate) fn co_paying(rng: &mut Rng) -> Holder {
        const CO_PAYING: [(Holder, u32); 3] = [(EMPLOYEE, 3), (holder("GD4", 18, 70), 3), (holder("HT3", 60, 88), 1)];
        weighted(rng, &CO_PAYING, EMPLOYEE)
    }

    /// A better one that the same person may come to have.
    pub(crate) fn better(self) -> &'static str {
        match self.letters {
            "HT3" => "CC1",
            _ => "HN2",
        }
    }

    /// A card of army, police or cipher: scope 3 is paid too.
    pub(crate) fn is_of_armed_forces(self) -> bool {
        self.letters.ends_with('5')
    }
}

/// What all cards of a person share.
pub(crate) struct Paper<'p> {
    pub(crate) province: &'p str,
    pub(crate) insurance_number: &'p str,
    pub(crate) registered: &'p str,
    pub(crate) presented_at: &'p str,
}

impl Paper<'_> {
    /// A card of `coverages`.
    pub(crate) fn card(&self, letters: &str, from: Day, to: Day) -> Value {
        json!({
            "card": format!("{letters}{}{}", self.province, self.insurance_number),
            "valid_from": from.to_string(),
            "valid_to": to.to_string(),
            "registered_facility": self.registered,
            "presented_at": self.presented_at,
            "checked_at": self.presented_at,
        })
    }

    /// The newer card of ten digits, of which the portal tells the object.
    pub(crate) fn plastic(&self, letters: &str, from: Day, to: Day) -> Value {
        let mut card = self.card(letters, from, to);
        card["card"] = self.insurance_number.into();
        card["object"] = letters.get(..2).unwrap_or_default().into();
        card
    }
}

/// The year of a card that is valid over some days: from its beginning, with a little before it, to its end or longer.
pub(crate) fn year_around(rng: &mut Rng, first: Day, last: Day) -> (Day, Day) {
    let from = Day::of(first.year(), 1, 1).unwrap_or(first);
    let from = if often(rng, 20) { first.plus_days(-rng.i32(0..200)) } else { from };
    let to = last.end_of_year();
    (from, if often(rng, 20) { last.plus_days(rng.i32(1..300)) } else { to })
}
