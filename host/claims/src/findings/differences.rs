//! A claim against our own statement of the same visit, line by line, with the reasons of the statement.

use std::collections::HashMap;
use std::fmt::Display;

use vienphi_domain::statement::{Line as Priced, Part, Statement};
use vienphi_money::{Amount, Rate};

use super::lines::{self, Line, apart, minus};
use super::sink::{Found, Sink};
use super::visit::Visit;
use super::{Finding, Given};
use crate::envelope::Claim;
use crate::import::row_of;

/// Where a claim and our statement of it part. The statement is of the imported claim: its lines' ids name rows.
///
/// A line of several parts is compared by its sums; its price, ratios and rate where the parts agree. The reason of each
/// finding is the statement's rules in their words, its ground theirs.
pub fn differences(claim: &Claim, statement: &Statement<'_>) -> Vec<Finding> {
    let visit = Visit::read(claim, &Given::default());
    let mut sink = Sink::new(visit.end, visit.department);
    let lines = lines::read(claim);
    let placed = (0_usize..).zip(&statement.lines);
    let places: HashMap<_, _> = placed.filter_map(|(place, line)| Some((row_of(line.id)?, place))).collect();
    let mut is_met = vec![false; statement.lines.len()];
    for line in &lines {
        let place = places.get(&(line.table, line.row.index()));
        let Some((place, priced)) = place.and_then(|place| Some((*place, statement.lines.get(*place)?))) else {
            sink.add(line.found("VP-DIFF-LINE", "").at_risk(line.insurer()));
            continue;
        };
        if let Some(is_met) = is_met.get_mut(place) {
            *is_met = true;
        }
        Compared { statement, line, priced }.compare(&mut sink);
    }
    for (priced, _) in statement.lines.iter().zip(&is_met).filter(|(_, is_met)| !**is_met) {
        let found = Found::of_visit("VP-DIFF-MISSING", "").expected(priced.id).at_risk(priced.sum.insurer);
        sink.add(found);
    }
    sink.findings
}

struct Compared<'d, 'c> {
    statement: &'d Statement<'d>,
    line: &'d Line<'c>,
    priced: &'d Priced<'d>,
}

impl Compared<'_, '_> {
    fn compare(&self, sink: &mut Sink<'_>) {
        let (line, priced) = (self.line, self.priced);
        let is_drug = line.table == 2;
        let price = if is_drug { "DON_GIA" } else { "DON_GIA_BV" };
        self.compare_one("VP-DIFF-PRICE", price, line.price, |part| part.unit_price, sink);
        if !is_drug {
            self.compare_one("VP-DIFF-PRICE", "DON_GIA_BH", line.insured_price, |part| part.insured_price, sink);
            let ratio = Some(line.service_ratio);
            self.compare_one("VP-DIFF-RATIO", "TYLE_TT_DV", ratio, |part| part.service_ratio, sink);
        }
        let ratio = Some(line.insured_ratio);
        self.compare_one("VP-DIFF-RATIO", "TYLE_TT_BH", ratio, |part| part.insured_ratio, sink);
        let rate = |part: &Part<'_>| part.benefit_rate.unwrap_or(Rate::ZERO);
        if priced.sum.insured != Amount::ZERO || line.declared.insured != Some(Amount::ZERO) {
            self.compare_one("VP-DIFF-RATE", "MUC_HUONG", Some(line.rate.unwrap_or_default()), rate, sink);
        }
        let declared = &line.declared;
        let amounts = [
            ("THANH_TIEN_BV", declared.hospital, priced.sum.hospital),
            ("THANH_TIEN_BH", declared.insured, priced.sum.insured),
            ("T_NGUONKHAC", Some(declared.sources), priced.sum.other_sources),
            ("T_BNTT", declared.own, priced.sum.own),
            ("T_BNCCT", declared.copayment, priced.sum.copayment),
            ("T_BHTT", declared.insurer, priced.sum.insurer),
        ];
        for (field, declared, expected) in amounts {
            let declared = declared.unwrap_or_default();
            if declared == expected {
                continue;
            }
            let code = match field {
                "T_BHTT" if declared > expected => "VP-DIFF-CUT",
                "T_BHTT" => "VP-DIFF-FORGOTTEN",
                _ => "VP-DIFF-AMOUNT",
            };
            // The insurer's share is what hangs on a line, once.
            let at_risk = if field == "T_BHTT" { apart(declared, expected) } else { Amount::ZERO };
            self.report(self.line.found(code, field).declared(declared).expected(expected).at_risk(at_risk), sink);
        }
    }

    /// A value that every part has alike, or the list of what they have.
    fn compare_one<T: PartialEq + Copy + Display>(
        &self,
        code: &'static str,
        field: &'static str,
        declared: Option<T>,
        of: impl Fn(&Part<'_>) -> T,
        sink: &mut Sink<'_>,
    ) {
        let Some(declared) = declared else { return };
        let mut values = self.priced.parts.iter().map(&of);
        let Some(first) = values.next() else { return };
        if values.all(|value| value == first) && first == declared {
            return;
        }
        let mut expected: Vec<String> = Vec::new();
        for value in self.priced.parts.iter().map(|part| of(part).to_string()) {
            if !expected.contains(&value) {
                expected.push(value);
            }
        }
        let is_of_parts = expected.len() > 1;
        if is_of_parts && minus(self.line.insurer(), self.priced.sum.insurer) == Amount::ZERO {
            // Parts differ and their sum is what is declared: the row speaks for all of them.
            return;
        }
        self.report(self.line.found(code, field).declared(declared).expected(expected.join("; ")), sink);
    }

    /// Adds a finding with the statement's words.
    fn report(&self, found: Found<'_>, sink: &mut Sink<'_>) {
        let (mut vi, mut en, mut ground): (Vec<&str>, Vec<&str>, Vec<&str>) = Default::default();
        for name in self.priced.parts.iter().flat_map(|part| &part.rules) {
            let Some(rule) = self.statement.rules.get(name) else { continue };
            if !vi.contains(&&*rule.text.vi) {
                vi.push(&rule.text.vi);
                en.push(&rule.text.en);
            }
            if !ground.contains(&rule.ground) {
                ground.push(rule.ground);
            }
        }
        let found = found.because(vi.join("; "), en.join("; "));
        sink.add(if ground.is_empty() { found } else { found.on(ground.join("; ")) });
    }
}
