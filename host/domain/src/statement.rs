//! The statement (bảng kê): the one number that quote, desk, receipt, claim and report all read.
//!
//! A statement borrows from the encounter and the tariff it was made from, so that making one copies no text.

use std::collections::BTreeMap;

use vienphi_money::{Amount, Price, Quantity, Rate};

use crate::digest::Digest;
use crate::encounter::Kind;
use crate::finding::{Finding, Words};
use crate::json_writer::{JsonWriter, key};
use crate::time::Day;

/// A bill with every đồng explained.
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// What the sender says; used when given.
    pub declared: Option<&'a str>,
    /// What the evidence says.
    pub derived: Option<&'a str>,
}

/// Which tariff decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tariff<'a> {
    /// The package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// `approved` or `sample`.
    pub status: &'a str,
    /// Its author signed it and two others approved it. People are shown what is not; it is no part of the document,
    /// which names the package by its digest.
    pub is_signed: bool,
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
    /// What the price list calls that code, where it is not the line's.
    pub name: Option<&'a str>,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule<'a> {
    /// In both languages.
    pub text: Words<'a>,
    /// The text of law or reading.
    pub ground: &'a str,
}

/// What a statement was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Statement<'_> {
    /// Writes the statement as JSON.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        JsonWriter::new(out).object(|json| {
            key!(json, "encounter");
            json.text(self.encounter);
            key!(json, "version");
            json.number(self.version.into());
            key!(json, "as_of");
            json.day(self.as_of);
            key!(json, "subject");
            json.object(|json| self.subject.write_json(json));
            key!(json, "tariff");
            json.object(|json| self.tariff.write_json(json));
            key!(json, "provisional");
            json.list(&self.provisional, |json, words| json.text(words));
            key!(json, "lines");
            json.list(&self.lines, |json, line| line.write_json(json));
            key!(json, "totals");
            json.object(|json| self.totals.write_json(json));
            key!(json, "findings");
            json.value(&self.findings);
            key!(json, "rules");
            json.object(|json| {
                for (name, rule) in &self.rules {
                    json.named(name);
                    json.object(|json| rule.write_json(json));
                }
            });
            key!(json, "digests");
            json.object(|json| self.digests.write_json(json));
            key!(json, "fuel");
            json.number(self.fuel);
        });
    }
}

impl Subject<'_> {
    fn write_json(&self, json: &mut JsonWriter<'_>) {
        key!(json, "declared");
        json.text_or_null(self.declared);
        key!(json, "derived");
        json.text_or_null(self.derived);
    }
}

impl Tariff<'_> {
    fn write_json(&self, json: &mut JsonWriter<'_>) {
        key!(json, "package");
        json.text(self.package);
        key!(json, "version");
        json.text(self.version);
        key!(json, "status");
        json.text(self.status);
    }
}

impl Totals {
    fn write_json(&self, json: &mut JsonWriter<'_>) {
        key!(json, "drugs");
        json.decimal(&self.drugs.text());
        key!(json, "supplies");
        json.decimal(&self.supplies.text());
        key!(json, "amount_hospital");
        json.decimal(&self.amount_hospital.text());
        key!(json, "amount_insured");
        json.decimal(&self.amount_insured.text());
        key!(json, "other_sources");
        json.decimal(&self.other_sources.text());
        key!(json, "patient_own");
        json.decimal(&self.patient_own.text());
        key!(json, "copayment");
        json.decimal(&self.copayment.text());
        key!(json, "insurer");
        json.decimal(&self.insurer.text());
        key!(json, "insurer_fee_for_service");
        json.decimal(&self.insurer_fee_for_service.text());
        key!(json, "cash_due");
        json.decimal(&self.cash_due.text());
    }
}

impl Digests {
    fn write_json(&self, json: &mut JsonWriter<'_>) {
        key!(json, "encounter");
        json.digest(&self.encounter);
        key!(json, "component");
        json.digest(&self.component);
        key!(json, "tariff");
        json.digest(&self.tariff);
        key!(json, "policies");
        json.digest(&self.policies);
        key!(json, "engine");
        json.digest(&self.engine);
    }
}

impl Rule<'_> {
    fn write_json(&self, json: &mut JsonWriter<'_>) {
        key!(json, "text");
        json.object(|json| {
            key!(json, "vi");
            json.text(&self.text.vi);
            key!(json, "en");
            json.text(&self.text.en);
        });
        key!(json, "ground");
        json.text(self.ground);
    }
}

impl Line<'_> {
    fn write_json(&self, json: &mut JsonWriter<'_>) {
        json.object(|json| {
            let head = json.marked(|json| self.write_head(json, self.code, self.name));
            // Most lines have one part, which repeats the line.
            let (priced, rules) = match &self.parts[..] {
                [part] => (json.marked(|json| part.write_priced(json)), json.marked(|json| part.write_rules(json))),
                _ => {
                    self.write_agreed(json);
                    write_split(json, &self.sum);
                    key!(json, "rules");
                    json.list(self.rules(), |json, rule| json.text(rule));
                    (0..0, 0..0)
                }
            };
            key!(json, "parts");
            json.list(&self.parts, |json, part| {
                json.object(|json| {
                    if part.code == self.code {
                        json.repeat(head.clone());
                    } else {
                        self.write_head(json, part.code, part.name);
                    }
                    key!(json, "from");
                    json.day(part.from);
                    key!(json, "to");
                    json.day(part.to);
                    if priced.is_empty() {
                        part.write_priced(json);
                        part.write_rules(json);
                    } else {
                        json.repeat(priced.clone());
                        json.repeat(rules.clone());
                    }
                });
            });
        });
    }

    fn write_head(&self, json: &mut JsonWriter<'_>, code: &str, name: Option<&str>) {
        key!(json, "id");
        json.text(self.id);
        key!(json, "code");
        json.text(code);
        key!(json, "name");
        json.text_or_null(name);
        key!(json, "kind");
        json.text(self.kind.word());
        key!(json, "group");
        json.number(self.group.into());
    }

    /// The fields of parts: what every part agrees on, else null.
    fn write_agreed(&self, json: &mut JsonWriter<'_>) {
        key!(json, "list_price");
        json.decimal_or_null(self.agreed(|part| part.list_price).map(Price::text));
        key!(json, "unit_price");
        json.decimal_or_null(self.agreed(|part| part.unit_price).map(Price::text));
        key!(json, "insured_price");
        json.decimal_or_null(self.agreed(|part| part.insured_price).map(Price::text));
        key!(json, "resolution");
        json.text_or_null(self.agreed(|part| part.resolution).flatten());
        key!(json, "quantity");
        json.decimal(&self.quantity().text());
        key!(json, "service_ratio");
        json.decimal_or_null(self.agreed(|part| part.service_ratio).map(Rate::text));
        key!(json, "insured_ratio");
        json.decimal_or_null(self.agreed(|part| part.insured_ratio).map(Rate::text));
        key!(json, "ceiling");
        json.decimal_or_null(self.agreed(|part| part.ceiling).flatten().map(Amount::text));
        key!(json, "card");
        json.text_or_null(self.agreed(|part| part.card).flatten());
        key!(json, "benefit_rate");
        json.decimal_or_null(self.agreed(|part| part.benefit_rate).flatten().map(Rate::text));
    }

    /// Every rule of the parts, once, in the order met.
    fn rules(&self) -> Vec<&str> {
        let mut rules = Vec::new();
        for rule in self.parts.iter().flat_map(|part| &part.rules) {
            if !rules.contains(rule) {
                rules.push(*rule);
            }
        }
        rules
    }
}

impl Part<'_> {
    fn write_priced(&self, json: &mut JsonWriter<'_>) {
        key!(json, "list_price");
        json.decimal(&self.list_price.text());
        key!(json, "unit_price");
        json.decimal(&self.unit_price.text());
        key!(json, "insured_price");
        json.decimal(&self.insured_price.text());
        key!(json, "resolution");
        json.text_or_null(self.resolution);
        key!(json, "quantity");
        json.decimal(&self.quantity.text());
        key!(json, "service_ratio");
        json.decimal(&self.service_ratio.text());
        key!(json, "insured_ratio");
        json.decimal(&self.insured_ratio.text());
        key!(json, "ceiling");
        json.decimal_or_null(self.ceiling.map(Amount::text));
        key!(json, "card");
        json.text_or_null(self.card);
        key!(json, "benefit_rate");
        json.decimal_or_null(self.benefit_rate.map(Rate::text));
        write_split(json, &self.split);
    }

    fn write_rules(&self, json: &mut JsonWriter<'_>) {
        key!(json, "rules");
        json.list(&self.rules, |json, rule| json.text(rule));
    }
}

fn write_split(json: &mut JsonWriter<'_>, split: &Split) {
    key!(json, "amount_hospital");
    json.decimal(&split.hospital.text());
    key!(json, "amount_insured");
    json.decimal(&split.insured.text());
    key!(json, "other_sources");
    json.decimal(&split.other_sources.text());
    key!(json, "patient_own");
    json.decimal(&split.own.text());
    key!(json, "copayment");
    json.decimal(&split.copayment.text());
    key!(json, "insurer");
    json.decimal(&split.insurer.text());
}
