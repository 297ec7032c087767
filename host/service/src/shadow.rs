//! Shadow pricing: what a claim file asks for beside what our statement of the same visit gives.

use std::collections::HashMap;

use serde::Serialize;
use vienphi_claims::{Claim, Finding, HEADER_FIELDS, Row, Sums, Text, Totals, differences, import, row_of};
use vienphi_domain::statement::{Line, Statement};
use vienphi_domain::{Day, Fault, Problem};
use vienphi_money::Amount;

use crate::pricer::Pricer;

/// A visit of a claim file, priced by us.
#[derive(Debug, Serialize)]
pub struct Shadow {
    /// The package that priced it, with its status: a sample is no resolution.
    pub tariff: String,
    /// Every row of tables 2 and 3.
    pub lines: Vec<ShadowLine>,
    /// Where and why both part.
    pub findings: Vec<Finding>,
    /// Table 1 as declared, and our statement.
    pub totals: Totals,
    /// What the insurer will cut: over the lines, what they ask for above ours, in đồng.
    #[serde(serialize_with = "decimal")]
    pub cut: Amount,
    /// What the hospital forgot: over the lines, what they ask for below ours, in đồng.
    #[serde(serialize_with = "decimal")]
    pub forgotten: Amount,
}

/// A row of table 2 or 3 beside our line.
#[derive(Debug, Serialize)]
pub struct ShadowLine {
    /// `2.<row>` or `3.<row>`, rows from 1.
    pub id: String,
    /// `MA_THUOC`, `MA_DICH_VU` or `MA_VAT_TU`.
    pub code: String,
    /// Its name in the file.
    pub name: String,
    /// As it stands in the file.
    pub declared: LineAmounts,
    /// As we price it.
    pub ours: LineAmounts,
    /// The rules that made ours, in words; of lines that differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

impl ShadowLine {
    /// Do both part?
    pub fn differs(&self) -> bool {
        self.declared != self.ours
    }
}

/// How a line divides, in đồng.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LineAmounts {
    /// BV.
    #[serde(serialize_with = "decimal")]
    pub amount_hospital: Amount,
    /// BH.
    #[serde(serialize_with = "decimal")]
    pub amount_insured: Amount,
    /// Other sources.
    #[serde(serialize_with = "decimal")]
    pub other_sources: Amount,
    /// The patient's own.
    #[serde(serialize_with = "decimal")]
    pub patient_own: Amount,
    /// Co-payment.
    #[serde(serialize_with = "decimal")]
    pub copayment: Amount,
    /// The insurer's.
    #[serde(serialize_with = "decimal")]
    pub insurer: Amount,
}

/// Why there is no statement to compare with.
#[derive(Debug, Clone, Serialize)]
pub struct NoShadow {
    /// In one sentence.
    pub detail: String,
    /// Each fault with its place: rows as `3.<row>`.
    pub errors: Vec<Fault>,
}

impl Pricer {
    /// Prices a claim's visit and compares, line by line.
    ///
    /// # Errors
    ///
    /// A claim that is no visit, and a visit that cannot be priced.
    pub fn shadow(&self, claim: &Claim, today: Day) -> Result<Shadow, NoShadow> {
        let encounter = import(claim).map_err(|why| NoShadow { detail: why.to_string(), errors: Vec::new() })?;
        let document = encounter.to_string();
        let refused = |problem: Problem| NoShadow {
            detail: problem.detail,
            errors: problem.errors.into_iter().map(|fault| placed(fault, &encounter)).collect(),
        };
        let read = self.read(document.as_bytes(), today).map_err(refused)?;
        let statement = self.price(&read, today).map_err(refused)?;
        Ok(beside(claim, &statement))
    }
}

fn beside(claim: &Claim, statement: &Statement<'_>) -> Shadow {
    let mut lines = Vec::with_capacity(statement.lines.len());
    let (mut cut, mut forgotten) = (Amount::ZERO, Amount::ZERO);
    let by_row: HashMap<_, _> = statement.lines.iter().filter_map(|line| Some((row_of(line.id)?, line))).collect();
    for (number, row) in rows(claim) {
        let line = by_row.get(&(number, row.index())).copied();
        let ours = line.map_or_else(LineAmounts::default, |line| LineAmounts {
            amount_hospital: line.sum.hospital,
            amount_insured: line.sum.insured,
            other_sources: line.sum.other_sources,
            patient_own: line.sum.own,
            copayment: line.sum.copayment,
            insurer: line.sum.insurer,
        });
        let declared = declared(row);
        let off = declared.insurer.minus(ours.insurer).unwrap_or(Amount::ZERO);
        if off > Amount::ZERO {
            cut = cut.plus(off).unwrap_or(cut);
        } else {
            forgotten = forgotten.minus(off).unwrap_or(forgotten);
        }
        let text = |fields: [&str; 3]| fields.iter().find_map(|field| row.text(field).filter(|text| !text.is_empty()));
        lines.push(ShadowLine {
            id: format!("{number}.{}", row.index() + 1),
            code: text(["MA_THUOC", "MA_VAT_TU", "MA_DICH_VU"]).unwrap_or_default().to_owned(),
            name: text(["TEN_THUOC", "TEN_VAT_TU", "TEN_DICH_VU"]).unwrap_or_default().to_owned(),
            declared,
            ours,
            why: line.filter(|_| declared != ours).map(|line| words(line, statement)),
        });
    }
    let tariff = &statement.tariff;
    Shadow {
        tariff: format!("{} {} ({})", tariff.package, tariff.version, tariff.status),
        lines,
        findings: differences(claim, statement),
        totals: totals(claim, statement),
        cut,
        forgotten,
    }
}

/// The rules of a line, each once.
fn words(line: &Line<'_>, statement: &Statement<'_>) -> Text {
    let mut names: Vec<&str> = Vec::new();
    for name in line.parts.iter().flat_map(|part| &part.rules) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let rules: Vec<_> = names.iter().filter_map(|name| statement.rules.get(name)).collect();
    let joined = |words: Vec<&str>| words.join("; ");
    Text {
        vi: joined(rules.iter().map(|rule| &*rule.text.vi).collect()),
        en: joined(rules.iter().map(|rule| &*rule.text.en).collect()),
    }
}

fn rows(claim: &Claim) -> impl Iterator<Item = (u8, Row<'_>)> {
    [2, 3].into_iter().flat_map(move |number| {
        claim.table(number).into_iter().flat_map(move |table| table.rows().map(move |row| (number, row)))
    })
}

fn declared(row: Row<'_>) -> LineAmounts {
    let of = |field: &str| row.amount(field).ok().flatten().unwrap_or(Amount::ZERO);
    LineAmounts {
        amount_hospital: of("THANH_TIEN_BV"),
        amount_insured: of("THANH_TIEN_BH"),
        other_sources: of("T_NGUONKHAC"),
        patient_own: of("T_BNTT"),
        copayment: of("T_BNCCT"),
        insurer: of("T_BHTT"),
    }
}

fn totals(claim: &Claim, statement: &Statement<'_>) -> Totals {
    let summary = claim.table(1).and_then(|table| table.row(0));
    let of = |field: &&str| summary.and_then(|row| row.amount(field).ok().flatten());
    let ours = &statement.totals;
    let expected = [
        ours.drugs,
        ours.supplies,
        ours.amount_hospital,
        ours.amount_insured,
        ours.patient_own,
        ours.copayment,
        ours.insurer,
        ours.other_sources,
        ours.insurer_fee_for_service,
    ];
    Totals {
        declared: Sums { amounts: HEADER_FIELDS.each_ref().map(of) },
        expected: Sums { amounts: expected.map(Some) },
    }
}

/// A fault with its line named as the file's row: `lines[3].code` becomes `3.2 code`.
fn placed(fault: Fault, encounter: &serde_json::Value) -> Fault {
    let line = fault.path.strip_prefix("lines[").and_then(|rest| rest.split_once(']'));
    let named = line.and_then(|(place, rest)| {
        let (table, row) = row_of(encounter["lines"][place.parse::<usize>().ok()?]["id"].as_str()?)?;
        Some(format!("{table}.{} {}", row + 1, rest.trim_start_matches('.')))
    });
    Fault { path: named.unwrap_or(fault.path), message: fault.message }
}

fn decimal<S: serde::Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(amount.text().as_str())
}
