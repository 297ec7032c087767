//! What must hold for every encounter, checked over many.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use fastrand::Rng;
use serde_json::Value;
use vienphi_domain::{Encounter, Problem};
use vienphi_money::Amount;
use vienphi_service::Pricer;
use vienphi_service::desk::bill::Bill;

use crate::generate::Generator;
use crate::{checkout, compare, native, oracle};

/// Prices many random encounters and checks each.
pub struct Campaign<'c> {
    /// Who prices.
    pub pricer: &'c Pricer,
    /// What is priced.
    pub generator: &'c Generator,
    /// The catalogues laid over, for the independent pricer.
    pub prices: &'c [PathBuf],
    /// The day taken as today.
    pub today: &'c str,
}

/// What a campaign found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Encounters that were priced.
    pub priced: u64,
    /// Encounters that were refused.
    pub refused: u64,
    /// The rules that made amounts, and the findings.
    pub seen: BTreeSet<String>,
    /// What did not hold; the first of many.
    pub failures: Vec<String>,
}

/// Failures kept: the first ones tell, the rest only fill the screen.
const FAILURES_AT_MOST: usize = 30;

/// Encounters whose statements are held at a time.
const BATCH: u64 = 2_000;

impl Campaign<'_> {
    /// Checks `count` encounters from a seed on.
    pub fn run(&self, seed: u64, count: u64) -> Outcome {
        let mut outcome = Outcome::default();
        let (mut first, end) = (seed, seed + count);
        while first < end {
            let next = end.min(first + BATCH);
            self.run_batch(first..next, &mut outcome);
            first = next;
        }
        outcome
    }

    fn run_batch(&self, seeds: Range<u64>, outcome: &mut Outcome) {
        let encounters: Vec<Value> = seeds.clone().map(|seed| self.generator.encounter(seed)).collect();
        let statements: Vec<Value> = encounters.iter().map(|encounter| self.price(encounter)).collect();
        let oracle = oracle::price(&encounters, self.prices, self.today);
        for (((seed, encounter), statement), oracle) in seeds.zip(&encounters).zip(&statements).zip(&oracle) {
            let mut broken = compare::differences(statement, oracle);
            if statement.get("errors").is_some() {
                outcome.refused += 1;
            } else {
                outcome.priced += 1;
                outcome.see(statement);
                broken.extend(self.broken(seed, encounter, statement));
            }
            if !broken.is_empty() {
                outcome.fail(seed, encounter, &broken);
            }
        }
    }

    fn price(&self, encounter: &Value) -> Value {
        let document = encounter.to_string();
        match self.pricer.price_json(document.as_bytes(), checkout::day(self.today)) {
            Ok(priced) => serde_json::from_slice(&priced.json).expect("a statement is JSON"),
            Err(problem) => problem_value(&problem),
        }
    }

    /// What does not hold of a statement.
    fn broken(&self, seed: u64, encounter: &Value, statement: &Value) -> Vec<String> {
        let mut broken: Vec<String> = broken_identity(statement).into_iter().collect();
        let [statement_json, encounter_json] = [statement, encounter].map(|value| value.to_string().into_bytes());
        if Bill::of(&statement_json, &encounter_json).is_none() {
            broken.push("its bill on paper does not add up".into());
        }
        let mut shuffled = encounter.clone();
        let lines = shuffled["lines"].as_array_mut().expect("there are lines");
        Rng::with_seed(seed).shuffle(lines);
        if self.price(&shuffled) != *statement {
            broken.push("another order of lines gives another statement".into());
        }
        let document = encounter.to_string();
        let today = checkout::day(self.today);
        let read = Encounter::read(document.as_bytes()).encounter.expect("it was priced");
        let question = self.pricer.question(&read, today).unwrap_or_else(|problem| panic!("{problem}"));
        let plugin = self.pricer.plugin_for(&read, today).unwrap_or_else(|problem| panic!("{problem}"));
        let answer = plugin.price(&question.told).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if statement["fuel"] != answer.fuel {
            broken.push(format!("the same input cost {} and then {} fuel", statement["fuel"], answer.fuel));
        }
        let native = native::decide(plugin.name(), &native::visit(&question.told.visit));
        if !native::same(&answer.decision, &native) {
            broken.push("the rules run natively answer otherwise than in the sandbox".into());
        }
        broken
    }
}

impl Outcome {
    /// Remembers what a statement was made of.
    fn see(&mut self, statement: &Value) {
        let lines = statement["lines"].as_array().expect("lines");
        let rules = lines
            .iter()
            .flat_map(|line| line["parts"].as_array().expect("parts"))
            .flat_map(|part| part["rules"].as_array().expect("rules"));
        let findings = statement["findings"].as_array().expect("findings").iter().map(|finding| &finding["code"]);
        for name in rules.chain(findings).filter_map(Value::as_str) {
            if !self.seen.contains(name) {
                self.seen.insert(name.to_owned());
            }
        }
    }

    /// Keeps a failure, and its encounter in a file, so that it can be looked at with the command line.
    fn fail(&mut self, seed: u64, encounter: &Value, broken: &[String]) {
        if self.failures.len() < FAILURES_AT_MOST {
            let folder = checkout::target().join("failed-encounters");
            let file = folder.join(format!("{seed}.json"));
            std::fs::create_dir_all(&folder).expect("the folder can be made");
            std::fs::write(&file, format!("{encounter:#}")).expect("the encounter can be written");
            self.failures.push(format!("{}: {}", file.display(), broken.join("; ")));
        }
    }
}

fn problem_value(problem: &Problem) -> Value {
    serde_json::to_value(problem).expect("a problem is JSON")
}

/// BV = other sources + own + co-payment + insurer, each at least zero, for parts, lines and the header; the header is
/// the sum of lines, a line the sum of its parts; cash is whole đồng.
fn broken_identity(statement: &Value) -> Option<String> {
    const FIELDS: [&str; 6] =
        ["amount_hospital", "amount_insured", "other_sources", "patient_own", "copayment", "insurer"];
    let amount =
        |value: &Value, field: &str| Amount::parse(value[field].as_str().unwrap_or("?")).expect("an amount").units();
    let is_whole = |value: &Value| {
        let payers = FIELDS[2..].iter().map(|field| amount(value, field));
        payers.clone().all(|payer| payer >= 0)
            && payers.sum::<i64>() == amount(value, "amount_hospital")
            && amount(value, "amount_insured") <= amount(value, "amount_hospital")
    };
    let lines = statement["lines"].as_array().expect("lines");
    let totals = &statement["totals"];
    for line in lines {
        let parts = line["parts"].as_array().expect("parts");
        for field in FIELDS {
            let sum: i64 = parts.iter().map(|part| amount(part, field)).sum();
            if sum != amount(line, field) {
                return Some(format!("line {}: {field} is not the sum of its parts", line["id"]));
            }
        }
        if !is_whole(line) || !parts.iter().all(is_whole) {
            return Some(format!("line {} does not divide into its payers", line["id"]));
        }
    }
    for field in FIELDS {
        if lines.iter().map(|line| amount(line, field)).sum::<i64>() != amount(totals, field) {
            return Some(format!("the header's {field} is not the sum of lines"));
        }
    }
    let due = amount(totals, "patient_own") + amount(totals, "copayment");
    let cash = amount(totals, "cash_due");
    if cash % 100 != 0 || !(-50..=49).contains(&(due - cash)) {
        return Some(format!("cash due {cash} is not {due} rounded half up"));
    }
    None
}
