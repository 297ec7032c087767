//! The sums of table 1 against the lines.

use serde::ser::{Serialize, SerializeMap, Serializer};
use std::sync::LazyLock;

use vienphi_money::Amount;

use super::lines::{Amounts, Line, apart, place, plus};
use super::rules::RULES;
use super::sink::{Found, Sink};
use super::visit::Visit;
use crate::schema::Schema;

/// The sums of table 1, in the order of the file.
pub const HEADER_FIELDS: [&str; 9] =
    ["T_THUOC", "T_VTYT", "T_TONGCHI_BV", "T_TONGCHI_BH", "T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC", "T_BHTT_GDV"];

/// The sums of table 1, twice, in đồng.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// As they stand in table 1.
    pub declared: Sums,
    /// As the lines give them by their own quantities, prices, ratios and rates.
    pub expected: Sums,
}

/// An amount for each of [`HEADER_FIELDS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// `None` where the field is empty or no amount.
    pub amounts: [Option<Amount>; 9],
}

impl Sums {
    /// The amount of a field.
    pub fn of(&self, field: &str) -> Option<Amount> {
        let place = HEADER_FIELDS.iter().position(|name| *name == field)?;
        self.amounts.get(place).copied().flatten()
    }
}

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(HEADER_FIELDS.len()))?;
        for (field, amount) in HEADER_FIELDS.iter().zip(&self.amounts) {
            map.serialize_entry(field, &amount.map(|amount| amount.to_string()))?;
        }
        map.end()
    }
}

/// The portal lets the total be this much off its parts: 1 đồng (GDH 34).
const TOLERANCE: Amount = Amount::from_units(100);

static PLACES: LazyLock<[usize; 9]> =
    LazyLock::new(|| HEADER_FIELDS.map(|field| place(Schema::every_day().table(1), field)));

/// Sums of lines by the fields of table 1.
#[derive(Default)]
struct Counted {
    drugs: Amount,
    supplies: Amount,
    all: Amounts,
    fee_for_service: Amount,
}

impl Counted {
    fn add(&mut self, line: &Line<'_>, amounts: Amounts) {
        self.all = self.all.plus(amounts);
        if line.table == 2 {
            self.drugs = plus(self.drugs, amounts.hospital);
        } else if line.is_of(&RULES.shares.supplies.groups) {
            self.supplies = plus(self.supplies, amounts.hospital);
        }
        if line.method == Some(RULES.shares.fee_for_service.method) {
            self.fee_for_service = plus(self.fee_for_service, amounts.insurer);
        }
    }

    fn sums(&self) -> [Amount; 9] {
        let all = &self.all;
        [
            self.drugs,
            self.supplies,
            all.hospital,
            all.insured,
            all.own,
            all.copayment,
            all.insurer,
            all.sources,
            self.fee_for_service,
        ]
    }
}

/// Checks the sums. A sum is right when it is that of the lines as they stand, or as they should.
pub(super) fn check(visit: &Visit<'_>, lines: &[Line<'_>], sink: &mut Sink<'_>) -> Totals {
    let (mut standing, mut right) = (Counted::default(), Counted::default());
    for line in lines {
        let declared = &line.declared;
        let amounts = Amounts {
            hospital: declared.hospital.unwrap_or_default(),
            insured: declared.insured.unwrap_or_default(),
            sources: declared.sources,
            own: declared.own.unwrap_or_default(),
            copayment: declared.copayment.unwrap_or_default(),
            insurer: declared.insurer.unwrap_or_default(),
        };
        standing.add(line, amounts);
        right.add(line, line.expected);
    }
    let declared = PLACES.map(|place| visit.amount(place));
    let (standing, right) = (standing.sums(), right.sums());
    let mut is_off = false;
    let has_row = visit.row.is_some();
    for (place, field) in HEADER_FIELDS.iter().enumerate().filter(|_| has_row) {
        if *field == "T_BHTT_GDV" && visit.has_object(&RULES.shares.fee_for_service.skipped_for) {
            continue;
        }
        let (standing, right) = (standing[place], right[place]);
        let Some(sum) = declared[place] else {
            if standing != Amount::ZERO {
                sink.add(Found::of_visit("VP-EMPTY", field).expected(standing).at_risk(standing));
                is_off = true;
            }
            continue;
        };
        if sum == standing || sum == right {
            continue;
        }
        let off = apart(sum, standing);
        is_off = true;
        let code = match *field {
            "T_BHTT_GDV" => "VP-HEADER-GDV",
            _ if off <= TOLERANCE => "VP-HEADER-SUM",
            "T_TONGCHI_BV" | "T_TONGCHI_BH" => "GDH-4",
            "T_BHTT" => "GDH-31",
            "T_BNTT" | "T_BNCCT" | "T_NGUONKHAC" => "GDH-34",
            _ => "VP-HEADER-SUM",
        };
        sink.add(Found::of_visit(code, field).declared(sum).expected(standing).at_risk(off));
    }
    if let [_, _, Some(hospital), _, Some(own), Some(copayment), Some(insurer), sources, _] = declared {
        let paid = plus(plus(own, copayment), plus(insurer, sources.unwrap_or_default()));
        if !is_off && apart(hospital, paid) > TOLERANCE {
            let found = Found::of_visit("GDH-34", "T_TONGCHI_BV").declared(hospital).expected(paid);
            sink.add(found.at_risk(apart(hospital, paid)));
        }
        if insurer == Amount::ZERO && standing[6] == Amount::ZERO && !lines.is_empty() {
            sink.add(Found::of_visit("GDH-11", "T_BHTT").declared(insurer));
        }
        if visit.cards_text.is_empty() && insurer != Amount::ZERO {
            sink.add(Found::of_visit("GDH-8", "MA_THE_BHYT").declared(insurer).at_risk(insurer));
        }
    }
    Totals { declared: Sums { amounts: declared }, expected: Sums { amounts: right.map(Some) } }
}
