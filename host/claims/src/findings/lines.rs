//! The rows of tables 2 and 3, read once, without copying a text.

use std::sync::LazyLock;

use vienphi_domain::{Day, Minute};
use vienphi_money::{Amount, Price, Quantity, Rate};

use super::rules::RULES;
use super::sink::Found;
use crate::clock;
use crate::envelope::Claim;
use crate::schema::{Schema, TableSchema};
use crate::table::Row;

/// A row of table 2 or 3. Numbers and times are `None` where they are empty or not readable.
pub(super) struct Line<'c> {
    /// 2 or 3.
    pub(super) table: u8,
    pub(super) row: Row<'c>,
    pub(super) places: &'static LinePlaces,
    /// `MA_DICH_VU` of table 3.
    pub(super) service: &'c str,
    pub(super) group: Option<u8>,
    pub(super) scope: Option<u8>,
    pub(super) method: Option<u8>,
    pub(super) quantity: Option<Quantity>,
    /// `DON_GIA` or `DON_GIA_BV`.
    pub(super) price: Option<Price>,
    /// `DON_GIA` or `DON_GIA_BH`.
    pub(super) insured_price: Option<Price>,
    /// `TYLE_TT_DV`; 100 in table 2 and where it is empty.
    pub(super) service_ratio: Rate,
    /// `TYLE_TT_BH`; 100 where it is empty.
    pub(super) insured_ratio: Rate,
    /// `T_TRANTT`.
    pub(super) ceiling: Option<Amount>,
    /// `MUC_HUONG`.
    pub(super) rate: Option<Rate>,
    pub(super) declared: Declared,
    /// What its own quantity, price, ratios and rate give; what is declared where that cannot be said.
    pub(super) expected: Amounts,
    /// `NGAY_YL`.
    pub(super) ordered: Option<Minute>,
    /// `NGAY_TH_YL`.
    pub(super) performed: Option<Minute>,
    /// `NGAY_KQ`.
    pub(super) done: Option<Minute>,
}

/// Money as it is declared; `None` where it is empty or no amount.
#[derive(Clone, Copy)]
pub(super) struct Declared {
    pub(super) hospital: Option<Amount>,
    pub(super) insured: Option<Amount>,
    /// `T_NGUONKHAC`; zero where it is empty.
    pub(super) sources: Amount,
    pub(super) own: Option<Amount>,
    pub(super) copayment: Option<Amount>,
    pub(super) insurer: Option<Amount>,
}

/// How an amount divides.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) hospital: Amount,
    pub(super) insured: Amount,
    pub(super) sources: Amount,
    pub(super) own: Amount,
    pub(super) copayment: Amount,
    pub(super) insurer: Amount,
}

/// Places of the fields of table 2 or 3.
pub(super) struct LinePlaces {
    pub(super) service: usize,
    pub(super) supply: usize,
    pub(super) name: usize,
    pub(super) group: usize,
    scope: usize,
    method: usize,
    pub(super) quantity: usize,
    pub(super) price: usize,
    pub(super) insured_price: usize,
    service_ratio: usize,
    insured_ratio: usize,
    pub(super) hospital: usize,
    pub(super) insured: usize,
    ceiling: usize,
    rate: usize,
    pub(super) each_source: [usize; 4],
    sources: usize,
    pub(super) own: usize,
    pub(super) copayment: usize,
    pub(super) insurer: usize,
    pub(super) department: usize,
    practitioner: usize,
    pub(super) team: usize,
    pub(super) diseases: usize,
    ordered: usize,
    performed: usize,
    done: usize,
}

/// A field that a table has not.
const NOWHERE: usize = usize::MAX;

static DRUGS: LazyLock<LinePlaces> = LazyLock::new(|| line_places(2, "DON_GIA", "DON_GIA"));
static SERVICES: LazyLock<LinePlaces> = LazyLock::new(|| line_places(3, "DON_GIA_BV", "DON_GIA_BH"));

fn line_places(number: u8, price: &str, insured_price: &str) -> LinePlaces {
    let of = |name| place(Schema::every_day().table(number), name);
    LinePlaces {
        service: of("MA_DICH_VU"),
        supply: of("MA_VAT_TU"),
        name: of("TEN_DICH_VU"),
        group: of("MA_NHOM"),
        scope: of("PHAM_VI"),
        method: of("MA_PTTT"),
        quantity: of("SO_LUONG"),
        price: of(price),
        insured_price: of(insured_price),
        service_ratio: of("TYLE_TT_DV"),
        insured_ratio: of("TYLE_TT_BH"),
        hospital: of("THANH_TIEN_BV"),
        insured: of("THANH_TIEN_BH"),
        ceiling: of("T_TRANTT"),
        rate: of("MUC_HUONG"),
        each_source: [of("T_NGUONKHAC_NSNN"), of("T_NGUONKHAC_VTNN"), of("T_NGUONKHAC_VTTN"), of("T_NGUONKHAC_CL")],
        sources: of("T_NGUONKHAC"),
        own: of("T_BNTT"),
        copayment: of("T_BNCCT"),
        insurer: of("T_BHTT"),
        department: of("MA_KHOA"),
        practitioner: of("MA_BAC_SI"),
        team: of("NGUOI_THUC_HIEN"),
        diseases: of("MA_BENH"),
        ordered: of("NGAY_YL"),
        performed: of("NGAY_TH_YL"),
        done: of("NGAY_KQ"),
    }
}

/// The place of a field; [`NOWHERE`] when the table has none.
pub(super) fn place(table: Option<&TableSchema>, name: &str) -> usize {
    table.and_then(|table| table.field(name)).unwrap_or(NOWHERE)
}

/// What stands in a field; empty when there is nothing, or no such field.
pub(super) fn text(row: Row<'_>, place: usize) -> &str {
    if place == NOWHERE { "" } else { row.value_at(place).map_or("", |value| value.text) }
}

/// The rows of tables 2 and 3 in the order of the file.
pub(super) fn read(claim: &Claim) -> Vec<Line<'_>> {
    let of_lines = || claim.tables().iter().filter(|table| matches!(table.number(), Some(2 | 3)));
    let mut lines = Vec::with_capacity(of_lines().map(|table| table.row_count()).sum());
    for table in of_lines() {
        let (number, places) = if table.number() == Some(2) { (2, &*DRUGS) } else { (3, &*SERVICES) };
        lines.extend(table.rows().map(|row| Line::read(number, row, places)));
    }
    lines
}

impl<'c> Line<'c> {
    fn read(table: u8, row: Row<'c>, places: &'static LinePlaces) -> Line<'c> {
        let of = |place: usize| text(row, place);
        let amount = |place: usize| Amount::parse(of(place)).ok();
        let price = |place: usize| Price::parse(of(place)).ok();
        let ratio = |place: usize| Rate::parse(of(place)).unwrap_or(Rate::WHOLE);
        let declared = Declared {
            hospital: amount(places.hospital),
            insured: amount(places.insured),
            sources: amount(places.sources).unwrap_or(Amount::ZERO),
            own: amount(places.own),
            copayment: amount(places.copayment),
            insurer: amount(places.insurer),
        };
        Line {
            table,
            row,
            places,
            service: if table == 3 { of(places.service) } else { "" },
            group: of(places.group).parse().ok(),
            scope: of(places.scope).parse().ok(),
            method: of(places.method).parse().ok(),
            quantity: Quantity::parse(of(places.quantity)).ok(),
            price: price(places.price),
            insured_price: if table == 2 { price(places.price) } else { price(places.insured_price) },
            service_ratio: if table == 2 { Rate::WHOLE } else { ratio(places.service_ratio) },
            insured_ratio: ratio(places.insured_ratio),
            ceiling: amount(places.ceiling),
            rate: Rate::parse(of(places.rate)).ok(),
            declared,
            expected: Amounts {
                hospital: declared.hospital.unwrap_or_default(),
                insured: declared.insured.unwrap_or_default(),
                sources: declared.sources,
                own: declared.own.unwrap_or_default(),
                copayment: declared.copayment.unwrap_or_default(),
                insurer: declared.insurer.unwrap_or_default(),
            },
            ordered: clock::moment(of(places.ordered)),
            performed: clock::moment(of(places.performed)),
            done: clock::moment(of(places.done)),
        }
    }

    pub(super) fn text(&self, place: usize) -> &'c str {
        text(self.row, place)
    }

    /// The minute it was performed, else ordered (READINGS 2).
    pub(super) fn at(&self) -> Option<Minute> {
        self.performed.or(self.ordered)
    }

    /// The day of it.
    pub(super) fn day(&self) -> Option<Day> {
        self.at().map(Minute::day)
    }

    /// The last day of it: a bed is of several, and an operation may go on past midnight.
    pub(super) fn last_day(&self) -> Option<Day> {
        let is_lasting = self.is_of(&RULES.shares.beds.groups) || self.is_of(&RULES.shares.operations.lasting);
        let last = self.done.map(Minute::day).filter(|_| is_lasting);
        self.day().max(last)
    }

    /// Whether its group is one of these.
    pub(super) fn is_of(&self, groups: &[u8]) -> bool {
        self.group.is_some_and(|group| groups.contains(&group))
    }

    /// `T_BHTT` as declared, for what may be refused.
    pub(super) fn insurer(&self) -> Amount {
        self.declared.insurer.unwrap_or_default()
    }

    /// What of the insurer's share hangs on a service ratio that should be lower.
    pub(super) fn at_risk_by_ratio(&self, allowed: Rate) -> Amount {
        let (share, declared) = (i128::from(self.insurer().units()), i128::from(self.service_ratio.units()));
        if declared <= 0 {
            return Amount::ZERO;
        }
        let excess = (declared - i128::from(allowed.units())).max(0);
        Amount::from_units(i64::try_from(share * excess / declared).unwrap_or(i64::MAX))
    }

    /// A finding about one of its fields.
    pub(super) fn found(&self, code: &'static str, field: &'static str) -> Found<'c> {
        Found::of_row(code, Some(self.table), Some(self.row.index()), field)
            .by(self.text(self.places.department), self.text(self.places.practitioner))
    }
}

impl Amounts {
    /// Both, added up; saturates.
    pub(super) fn plus(self, other: Amounts) -> Amounts {
        Amounts {
            hospital: plus(self.hospital, other.hospital),
            insured: plus(self.insured, other.insured),
            sources: plus(self.sources, other.sources),
            own: plus(self.own, other.own),
            copayment: plus(self.copayment, other.copayment),
            insurer: plus(self.insurer, other.insurer),
        }
    }
}

/// The sum; what does not fit is as large as can be, and equals nothing that is declared.
pub(super) fn plus(one: Amount, other: Amount) -> Amount {
    Amount::from_units(one.units().saturating_add(other.units()))
}

/// The difference, likewise.
pub(super) fn minus(one: Amount, other: Amount) -> Amount {
    Amount::from_units(one.units().saturating_sub(other.units()))
}

/// How far apart two amounts are.
pub(super) fn apart(one: Amount, other: Amount) -> Amount {
    Amount::from_units(minus(one, other).units().saturating_abs())
}
