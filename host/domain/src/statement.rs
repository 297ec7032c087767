//! The statement (bảng kê): the one number that quote, desk, receipt, claim and report all read.
//!
//! A statement borrows from the encounter and the tariff it was made from, so that making one copies no text.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeSeq, ser::SerializeStruct};
use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::digest::Digest;
use crate::encounter::Kind;
use crate::finding::{Finding, Words};
use crate::time::Day;

/// A bill with every đồng explained.
#[derive(Debug, Clone, Serialize)]
pub struct Statement<'a> {
    /// The sender's id of the encounter.
    pub encounter: &'a str,
    /// The version of the statement, from 1.
    pub version: u32,
    /// The day taken as today; only an open visit depends on it.
    pub as_of: Day,
    /// MA_DOITUONG_KCB.
    pub subject: Subject<'a>,
    /// The tariff that decided.
    pub tariff: Tariff<'a>,
    /// What is not final yet, in words.
    pub provisional: Vec<String>,
    /// The lines, in the order of their ids.
    pub lines: Vec<Line<'a>>,
    /// Sums over the lines.
    pub totals: Totals,
    /// What is odd.
    pub findings: Vec<Finding<'a>>,
    /// The words of every rule that is named.
    pub rules: BTreeMap<&'a str, Rule<'a>>,
    /// What it was made from.
    pub digests: Digests,
    /// What the plugin's decision cost, in units of fuel; the same input costs the same.
    pub fuel: u64,
}

/// The subject as declared and as derived (R12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Subject<'a> {
    /// What the sender says; used when given.
    pub declared: Option<&'a str>,
    /// What the evidence says.
    pub derived: Option<&'a str>,
}

/// Which tariff decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tariff<'a> {
    /// The package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// `approved` or `sample`.
    pub status: &'a str,
}

/// A line: its parts, and what they agree on.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// The sender's id.
    pub id: &'a str,
    /// As sent.
    pub code: &'a str,
    /// The sender's name for it, else the price list's.
    pub name: Option<&'a str>,
    /// As sent.
    pub kind: Kind,
    /// MA_NHOM.
    pub group: u8,
    /// MA_PTTT.
    pub payment_method: u8,
    /// The parts in order of time.
    pub parts: Vec<Part<'a>>,
    /// Sums over the parts.
    pub sum: Split,
}

/// A piece of a line paid in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// What it is priced as; differs from the line's code for a surgical bed paid at another level.
    pub code: &'a str,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// DON_GIA of the price row.
    pub list_price: Price,
    /// What the facility charges (DON_GIA_BV).
    pub unit_price: Price,
    /// What the insurer counts (DON_GIA_BH).
    pub insured_price: Price,
    /// The resolution the price stands in; none for prices of the sender's own.
    pub resolution: Option<&'a str>,
    /// SO_LUONG.
    pub quantity: Quantity,
    /// TYLE_TT_DV.
    pub service_ratio: Rate,
    /// TYLE_TT_BH as used.
    pub insured_ratio: Rate,
    /// The most that could count as insured (T_TRANTT).
    pub ceiling: Option<Amount>,
    /// The card that covers it.
    pub card: Option<&'a str>,
    /// MUC_HUONG; none without a card.
    pub benefit_rate: Option<Rate>,
    /// How the money divides.
    pub split: Split,
    /// The rules that made it, by name.
    pub rules: Vec<&'a str>,
}

/// How an amount divides. Always: hospital = other sources + own + co-payment + insurer, each at least zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    /// THANH_TIEN_BV.
    pub hospital: Amount,
    /// THANH_TIEN_BH.
    pub insured: Amount,
    /// T_NGUONKHAC, support to the facility included.
    pub other_sources: Amount,
    /// T_BNTT.
    pub own: Amount,
    /// T_BNCCT.
    pub copayment: Amount,
    /// T_BHTT.
    pub insurer: Amount,
}

impl Split {
    /// Both, added up; `None` when a sum does not fit.
    pub fn plus(&self, other: &Split) -> Option<Split> {
        Some(Split {
            hospital: self.hospital.checked_add(other.hospital)?,
            insured: self.insured.checked_add(other.insured)?,
            other_sources: self.other_sources.checked_add(other.other_sources)?,
            own: self.own.checked_add(other.own)?,
            copayment: self.copayment.checked_add(other.copayment)?,
            insurer: self.insurer.checked_add(other.insurer)?,
        })
    }

    /// Does the identity hold?
    pub fn is_whole(&self) -> bool {
        let payers = [self.other_sources, self.own, self.copayment, self.insurer];
        let sum = payers.iter().try_fold(Amount::ZERO, |sum, payer| sum.checked_add(*payer));
        sum == Some(self.hospital) && payers.iter().all(|payer| *payer >= Amount::ZERO)
    }
}

/// Sums over the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// T_THUOC: groups 4, 5, 6, 7 and 17.
    pub drugs: Amount,
    /// T_VTYT: groups 10 and 11.
    pub supplies: Amount,
    /// T_TONGCHI_BV.
    pub amount_hospital: Amount,
    /// T_TONGCHI_BH.
    pub amount_insured: Amount,
    /// T_NGUONKHAC.
    pub other_sources: Amount,
    /// T_BNTT.
    pub patient_own: Amount,
    /// T_BNCCT.
    pub copayment: Amount,
    /// T_BHTT.
    pub insurer: Amount,
    /// T_BHTT_GDV: of it, lines paid by fee for service.
    pub insurer_fee_for_service: Amount,
    /// What the patient is asked for, in whole đồng (R31).
    pub cash_due: Amount,
}

/// The words of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule<'a> {
    /// In both languages.
    pub text: Words<'a>,
    /// The text of law or reading.
    pub ground: &'a str,
}

/// What a statement was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// The encounter, whatever the order of its keys and lines.
    pub encounter: Digest,
    /// The tariff package.
    pub component: Digest,
    /// Its price table and the catalogues laid over it.
    pub tariff: Digest,
    /// Policies and the registry of facilities.
    pub policies: Digest,
    /// The engine and its settings.
    pub engine: Digest,
}

impl<'a> Line<'a> {
    /// What every part agrees on, or `None`.
    fn agreed<'l, T: PartialEq>(&'l self, field: impl Fn(&'l Part<'a>) -> T) -> Option<T> {
        let mut values = self.parts.iter().map(field);
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    }

    /// The sum of the parts' quantities.
    fn quantity(&self) -> Quantity {
        let units = self.parts.iter().map(|part| part.quantity.units()).fold(0_i64, i64::saturating_add);
        Quantity::from_units(units)
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Line", 23)?;
        fields.serialize_field("id", self.id)?;
        fields.serialize_field("code", self.code)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("kind", &self.kind)?;
        fields.serialize_field("group", &self.group)?;
        fields.serialize_field("list_price", &self.agreed(|part| part.list_price))?;
        fields.serialize_field("unit_price", &self.agreed(|part| part.unit_price))?;
        fields.serialize_field("insured_price", &self.agreed(|part| part.insured_price))?;
        fields.serialize_field("resolution", &self.agreed(|part| part.resolution).flatten())?;
        fields.serialize_field("quantity", &self.quantity())?;
        fields.serialize_field("service_ratio", &self.agreed(|part| part.service_ratio))?;
        fields.serialize_field("insured_ratio", &self.agreed(|part| part.insured_ratio))?;
        fields.serialize_field("ceiling", &self.agreed(|part| part.ceiling).flatten())?;
        fields.serialize_field("card", &self.agreed(|part| part.card).flatten())?;
        fields.serialize_field("benefit_rate", &self.agreed(|part| part.benefit_rate).flatten())?;
        serialize_split(&mut fields, &self.sum)?;
        fields.serialize_field("rules", &LineRules(self))?;
        fields.serialize_field("parts", &Parts(self))?;
        fields.end()
    }
}

fn serialize_split<F: SerializeStruct>(fields: &mut F, split: &Split) -> Result<(), F::Error> {
    fields.serialize_field("amount_hospital", &split.hospital)?;
    fields.serialize_field("amount_insured", &split.insured)?;
    fields.serialize_field("other_sources", &split.other_sources)?;
    fields.serialize_field("patient_own", &split.own)?;
    fields.serialize_field("copayment", &split.copayment)?;
    fields.serialize_field("insurer", &split.insurer)
}

/// Every rule of a line's parts, once, in the order met.
struct LineRules<'l, 'a>(&'l Line<'a>);

impl Serialize for LineRules<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let parts = &self.0.parts;
        for (place, part) in parts.iter().enumerate() {
            for rule in &part.rules {
                if !parts[..place].iter().any(|earlier| earlier.rules.contains(rule)) {
                    list.serialize_element(rule)?;
                }
            }
        }
        list.end()
    }
}

/// A line's parts, each with the line's own fields.
struct Parts<'l, 'a>(&'l Line<'a>);

impl Serialize for Parts<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.parts.iter().map(|part| PartOf { line: self.0, part }))
    }
}

struct PartOf<'l, 'a> {
    line: &'l Line<'a>,
    part: &'l Part<'a>,
}

impl Serialize for PartOf<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PartOf { line, part } = self;
        let mut fields = serializer.serialize_struct("Part", 24)?;
        fields.serialize_field("id", line.id)?;
        fields.serialize_field("code", part.code)?;
        fields.serialize_field("name", &line.name)?;
        fields.serialize_field("kind", &line.kind)?;
        fields.serialize_field("group", &line.group)?;
        fields.serialize_field("from", &part.from)?;
        fields.serialize_field("to", &part.to)?;
        fields.serialize_field("list_price", &part.list_price)?;
        fields.serialize_field("unit_price", &part.unit_price)?;
        fields.serialize_field("insured_price", &part.insured_price)?;
        fields.serialize_field("resolution", &part.resolution)?;
        fields.serialize_field("quantity", &part.quantity)?;
        fields.serialize_field("service_ratio", &part.service_ratio)?;
        fields.serialize_field("insured_ratio", &part.insured_ratio)?;
        fields.serialize_field("ceiling", &part.ceiling)?;
        fields.serialize_field("card", &part.card)?;
        fields.serialize_field("benefit_rate", &part.benefit_rate)?;
        serialize_split(&mut fields, &part.split)?;
        fields.serialize_field("rules", &part.rules)?;
        fields.end()
    }
}
